/**
 * The output of a command: results on standard output, one per line, and everything else on standard error. Characters
 * that are not printable are escaped, because names and messages of servers may contain terminal commands. The command
 * continues when the reader closes standard output. When standard output can't be written for another reason, such as a
 * full disk, the results go to standard error.
 */
import type { Writable } from 'node:stream';
import { createLogUpdate } from 'log-update';
import { isNoSpaceError } from '../platform/file-errors.ts';
import { escapeForTerminal } from '../platform/printable.ts';
import { text } from '../../src-shared/text/text.ts';

/** A stream of the process. `columns` and `rows` are set when it is a terminal. */
export type Stream = Writable & { isTTY?: boolean; columns?: number; rows?: number };

export interface Terminal {
  /** Writes one line of the result. Resolves when the reader has received it or has closed the stream. */
  result(line: string): Promise<void>;
  /** Whether a result could not be written to standard output. A reader that closes it does not count. */
  readonly hasLostResults: boolean;
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
  // The cursor stays visible: to restore it, log-update would install signal handlers, and a killed command can't.
  const live = stderr.isTTY ? createLogUpdate(stderr as NodeJS.WriteStream, { showCursor: true }) : undefined;
  let output: 'open' | 'closed' | 'failed' = 'open';
  let isErrOpen = true;
  let hasLostResults = false;
  const onOutputError = (cause: NodeJS.ErrnoException): void => {
    if (output === 'open') output = isClosedByReader(cause, stdout) ? 'closed' : 'failed';
    if (output === 'failed' && !hasLostResults) {
      hasLostResults = true;
      message(text(isNoSpaceError(cause) ? 'cli.output-disk-full' : 'cli.output-failed', { code: cause.code ?? '' }));
    }
  };
  const message = (line: string): void => {
    if (!isErrOpen) return;
    live?.clear();
    stderr.write(`${escapeForTerminal(line)}\n`);
  };
  stdout.on('error', onOutputError);
  stderr.on('error', () => {
    isErrOpen = false;
  });
  return {
    async result(line) {
      // Standard output and standard error may be the same terminal.
      live?.clear();
      if (output === 'open')
        await new Promise<void>((resolve) => {
          // When the reader has closed the pipe, the callback receives an error, or `close` is emitted before it.
          stdout.once('close', resolve);
          stdout.write(`${escapeForTerminal(line)}\n`, (cause) => {
            if (cause) onOutputError(cause);
            stdout.off('close', resolve);
            resolve();
          });
        });
      if (output === 'failed') message(line);
    },
    get hasLostResults() {
      return hasLostResults;
    },
    message,
    progress(line) {
      if (isErrOpen) live?.(escapeForTerminal(line));
    },
    close() {
      live?.clear();
      live?.done();
    },
  };
}

/** A terminal whose window was closed fails with EIO. */
const isClosedByReader = ({ code }: NodeJS.ErrnoException, { isTTY = false }: Stream): boolean =>
  code === 'EPIPE' || code === 'ECONNRESET' || (code === 'EIO' && isTTY);
