/** The process's standard output. */
import { fstatSync, write } from 'node:fs';
import { Writable } from 'node:stream';
import type { Stream } from './terminal.ts';

/**
 * Returns a stream that writes files itself: when an almost full disk takes only a part of a line, Node.js loses the
 * rest without an error.
 * @param stdout `process.stdout`
 */
export function standardOutput(stdout: Stream & { fd: number }): Stream {
  return isFile(stdout) ? new FileOutput(stdout.fd) : stdout;
}

/** A device such as /dev/full counts as a file. */
function isFile({ fd, isTTY }: Stream & { fd: number }): boolean {
  const stat = fstatSync(fd);
  return stat.isFile() || (stat.isCharacterDevice() && !isTTY);
}

/** Writes each chunk completely, or fails. */
export class FileOutput extends Writable {
  readonly #fd: number;
  readonly #write: WriteToFile;

  constructor(fd: number, writeToFile: WriteToFile = write) {
    super();
    this.#fd = fd;
    this.#write = writeToFile;
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (cause?: Error | null) => void): void {
    this.#write(this.#fd, chunk, (cause, bytesWritten) => {
      if (cause || bytesWritten === chunk.length) done(cause);
      else this._write(chunk.subarray(bytesWritten), encoding, done);
    });
  }
}

type WriteToFile = (
  fd: number,
  chunk: Buffer,
  done: (cause: NodeJS.ErrnoException | null, bytesWritten: number) => void,
) => void;
