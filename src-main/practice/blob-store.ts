/**
 * The bytes: files with random names, each written once and never changed. An object is a list of them, so a completed
 * upload and a copy need no byte to be moved. A piece goes when nothing holds it any more: no object, no part, no reader.
 */
import { randomBytes } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, syncFolder, type BlobRef } from './records.ts';
import { s3Error } from './s3-error.ts';

export interface StorageLimits {
  /** bytes that all pieces together may have */
  quotaBytes: number;
  /** bytes that the disk still takes */
  freeBytes(): Promise<number>;
}

/** Left free for everything else on this computer: bytes. */
const reservedBytes = 256 * 1024 * 1024;
/** How often a long writing looks at the free space: bytes. */
const spaceCheckBytes = 64 * 1024 * 1024;
/** One reading from disk: bytes. */
const sliceBytes = 256 * 1024;

export class BlobStore {
  readonly #folder: string;
  readonly #limits: StorageLimits;
  readonly #refCounts = new Map<string, { size: number; count: number }>();
  /** bytes of all pieces, and of those that are being written at their promised size */
  #bytes = 0;

  constructor(folder: string, limits: StorageLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }
  get quotaBytes(): number {
    return this.#limits.quotaBytes;
  }

  has(id: string): boolean {
    return this.#refCounts.has(id);
  }

  /**
   * Writes a new piece, held once, durable when this returns. Nothing is left of one that fails.
   * @param length bytes that were promised; more or fewer are refused
   * @throws S3Error QuotaExceeded, IncompleteBody; what the bytes throw
   */
  async write(bytes: AsyncIterable<Buffer>, length: number): Promise<BlobRef> {
    if (this.#bytes + length > this.#limits.quotaBytes)
      throw s3Error('QuotaExceeded', { message: 'The quota of this store is used up.' });
    this.#bytes += length;
    const blob = { id: randomBytes(18).toString('base64url'), size: length };
    try {
      await this.#checkFreeSpace(length);
      await this.#writeFile(blob, bytes);
    } catch (cause) {
      this.#bytes -= length;
      await rm(this.#file(blob.id), { force: true });
      throw isDiskFull(cause) ? s3Error('QuotaExceeded', { message: 'The disk is full.' }) : cause;
    }
    this.#refCounts.set(blob.id, { size: length, count: 1 });
    return blob;
  }

  async #writeFile(blob: BlobRef, bytes: AsyncIterable<Buffer>): Promise<void> {
    const handle = await open(this.#file(blob.id), 'wx', 0o600);
    try {
      const written = await this.#writeSlices(handle, bytes, blob.size);
      if (written !== blob.size) throw s3Error('IncompleteBody');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(this.#folder);
  }

  /** While one slice is on its way to the disk, the next one is taken in and hashed. */
  async #writeSlices(handle: FileHandle, bytes: AsyncIterable<Buffer>, length: number): Promise<number> {
    let pendingWrite: Promise<unknown> = Promise.resolve();
    let position = 0;
    try {
      for await (const slice of bytes) {
        await pendingWrite;
        if (position + slice.length > length) throw s3Error('IncompleteBody');
        if ((position % spaceCheckBytes) + slice.length >= spaceCheckBytes)
          await this.#checkFreeSpace(length - position);
        pendingWrite = writeAll(handle, slice, position);
        pendingWrite.catch(() => undefined); // it is awaited below; this only tells Node that a failure will be looked at
        position += slice.length;
      }
    } finally {
      await pendingWrite;
    }
    return position;
  }

  async #checkFreeSpace(neededBytes: number): Promise<void> {
    if ((await this.#limits.freeBytes()) < neededBytes + reservedBytes)
      throw s3Error('QuotaExceeded', { message: 'There is not enough free space on the disk.' });
  }

  /** Counts a piece that is there already, or holds it once more. */
  retain({ id, size }: BlobRef): void {
    const entry = this.#refCounts.get(id);
    if (entry) {
      entry.count++;
    } else {
      this.#refCounts.set(id, { size, count: 1 });
      this.#bytes += size;
    }
  }

  /** The last one to let go removes it. */
  async release({ id }: BlobRef): Promise<void> {
    const entry = this.#refCounts.get(id);
    if (!entry || --entry.count > 0) return;
    this.#refCounts.delete(id);
    this.#bytes -= entry.size;
    await rm(this.#file(id), { force: true });
  }

  /**
   * The bytes from `start` to before `end` of the pieces one after the other. Who reads holds them meanwhile.
   * @throws what the disk throws
   */
  async *read(blobs: readonly BlobRef[], { start, end }: { start: number; end: number }): AsyncGenerator<Buffer> {
    let offset = 0;
    for (const blob of blobs) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, blob.size);
      if (from < to) yield* this.#readOne(blob, from, to);
      offset += blob.size;
      if (offset >= end) return;
    }
  }

  async *#readOne({ id }: BlobRef, from: number, to: number): AsyncGenerator<Buffer> {
    const handle = await open(this.#file(id), 'r');
    try {
      for (let position = from; position < to;) {
        const { buffer, bytesRead } = await handle.read(
          Buffer.allocUnsafeSlow(Math.min(sliceBytes, to - position)),
          0,
          undefined,
          position,
        );
        if (bytesRead === 0) throw s3Error('InternalError');
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  #file(id: string): string {
    return join(this.#folder, id);
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

const isDiskFull = (cause: unknown): boolean => ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(codeOf(cause)));
