/**
 * What a command says: its results on standard output, one a line, everything else on standard error. Whoever stops
 * reading the results does not stop the command.
 */
import type { Writable } from 'node:stream';
import { createLogUpdate } from 'log-update';

/** A stream of the process; the last two are there when it is a terminal. */
export type Stream = Writable & { isTTY?: boolean; columns?: number; rows?: number };

export interface Terminal {
  /** One line of the result. Resolves when the reader took it, or when there is no reader any more. */
  result(line: string): Promise<void>;
  /** A line for the person at the terminal, or the log of a script. */
  message(line: string): void;
  /** The last line of a terminal, drawn again and again; on anything else it is not drawn. */
  progress(line: string): void;
  /** Takes the progress away. */
  close(): void;
}

const usualSize = { columns: 80, rows: 24 };

export function openTerminal(stdout: Stream, stderr: Stream): Terminal {
  // Some terminals say that they have no size; what is drawn would be cut down to it.
  if (stderr.isTTY)
    Object.assign(stderr, { columns: stderr.columns || usualSize.columns, rows: stderr.rows || usualSize.rows });
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
      // Both may be the same terminal.
      live?.clear();
      await new Promise<void>((resolve) => {
        // Called with an error when the reader has gone, and by `close` when that comes first.
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
