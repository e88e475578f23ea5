/** Lines in a file that only the user can read, put aside when it is long. Window and command line may write to the same one. */
import { chmodSync, closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface LogFile {
  write(line: string): void;
}

export interface LogFileOptions {
  path: string;
  /** bytes after which a new file is begun */
  maxBytes: number;
  /** how many old files are kept: `hoist.1.log` is the newest of them */
  keepFiles: number;
}

/**
 * Opened and closed for each line: lines are few, and another process may have put the file aside meanwhile. What cannot
 * be written (disk full, folder gone) is counted and said when it can be again: a log never stops the work it is about.
 */
export function openLogFile({ path, maxBytes, keepFiles }: LogFileOptions): LogFile {
  let droppedLines = 0;
  return {
    write(line) {
      try {
        append(droppedLines === 0 ? line : `${JSON.stringify({ event: 'lines-lost', lines: droppedLines })}\n${line}`);
        droppedLines = 0;
      } catch (thrown) {
        if (!(thrown instanceof Error && 'code' in thrown)) throw thrown;
        droppedLines++;
      }
    },
  };

  function append(text: string): void {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (sizeOf(path) >= maxBytes) rotate();
    const handle = openSync(path, 'a', 0o600);
    try {
      if ((fstatSync(handle).mode & 0o077) !== 0 && process.platform !== 'win32') chmodSync(path, 0o600);
      writeSync(handle, text);
    } finally {
      closeSync(handle);
    }
  }

  function rotate(): void {
    rmSync(numbered(keepFiles), { force: true });
    for (let number = keepFiles - 1; number >= 1; number--)
      if (sizeOf(numbered(number)) >= 0) renameSync(numbered(number), numbered(number + 1));
    renameSync(path, numbered(1));
  }

  function numbered(number: number): string {
    return path.replace(/\.log$/u, `.${number}.log`);
  }
}

/** -1 when there is none */
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? -1;
