/**
 * The output of a command: results on standard output, one per line, and everything else on standard error. The command
 * continues when the reader closes standard output.
 */
import type { Writable } from 'node:stream';
import { createLogUpdate } from 'log-update';

/** A stream of the process. `columns` and `rows` are set when it is a terminal. */
export type Stream = Writable & { isTTY?: boolean; columns?: number; rows?: number };

export interface Terminal {
  /** Writes one line of the result. Resolves when the reader has received it or has closed the stream. */
  result(line: string): Promise<void>;
  /** Writes a line for the user to standard error. */
  message(line: string): void;
  /** Redraws the last line of the terminal. Does nothing when standard error is not a terminal. */
  progress(line: string): void;
  /** Removes the progress line. */
  close(): void;
}

const defaultSize = { columns: 80, rows: 24 };

export function openTerminal(stdout: Stream, stderr: Stream): Terminal {
  // Some terminals report a size of 0, and log-update would then truncate every line to nothing.
  if (stderr.isTTY)
    Object.assign(stderr, { columns: stderr.columns || defaultSize.columns, rows: stderr.rows || defaultSize.rows });
  const live = stderr.isTTY ? createLogUpdate(stderr as NodeJS.WriteStream) : undefined;
  let isOutOpen = true;
  let isErrOpen = true;
  stdout.on('error', () => {
    isOutOpen = false;
  });
  stderr.on('error', () => {
    isErrOpen = false;
  });
  return {
    async result(line) {
      if (!isOutOpen) return;
      // Standard output and standard error may be the same terminal.
      live?.clear();
      await new Promise<void>((resolve) => {
        // When the reader has closed the pipe, the callback receives an error, or `close` is emitted before it.
        stdout.once('close', resolve);
        stdout.write(`${line}\n`, () => {
          stdout.off('close', resolve);
          resolve();
        });
      });
    },
    message(line) {
      if (!isErrOpen) return;
      live?.clear();
      stderr.write(`${line}\n`);
    },
    progress(line) {
      if (isErrOpen) live?.(line);
    },
    close() {
      live?.clear();
      live?.done();
    },
  };
}
