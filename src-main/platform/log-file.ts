/** A rotated log file that only the user can read. The window and the command line may write to the same file. */
import { chmodSync, closeSync, fstatSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.ts';

export interface LogFile {
  write(line: string): void;
}

export interface LogFileOptions {
  path: string;
  /** bytes after which a new file is started */
  maxBytes: number;
  /** Number of old files to keep. `hoist.1.log` is the newest of them. */
  keepFiles: number;
}

/**
 * Opens and closes the file for each line: lines are rare, and another process may rotate the file in between. Lines
 * that can't be written (disk full, folder missing) are counted; the next line that can be written reports their
 * number. A failing log never stops an upload.
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
    makeFolder(dirname(path));
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

/** -1 when the file does not exist */
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? -1;
