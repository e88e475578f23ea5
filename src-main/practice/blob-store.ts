/**
 * Stores bytes as blobs: files with random names, each written once and never changed. An object is a list of blobs, so
 * completing an upload or copying an object moves no bytes. Blobs are reference-counted: a blob is deleted when no
 * object, part or reader refers to it.
 */
import { randomBytes } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { isNoSpaceError } from '../platform/file-errors.ts';
import { reservedBytes } from './free-space.ts';
import { syncFolder, type BlobRef } from './records.ts';
import { s3Error } from './s3-error.ts';

export interface StorageLimits {
  /** Maximum of all blobs together, in bytes */
  quotaBytes: number;
  /** Free space of the disk, in bytes */
  freeBytes(): Promise<number>;
}

/** A long write checks the free space each time it has written this many bytes. */
const spaceCheckBytes = 64 * 1024 * 1024;
/** Size of one read from disk, in bytes. */
const sliceBytes = 256 * 1024;

export class BlobStore {
  readonly #folder: string;
  readonly #limits: StorageLimits;
  /** By blob id. */
  readonly #refCounts = new Map<string, { size: number; count: number }>();
  /** Bytes of all blobs. A blob that is being written counts with its declared size. */
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
   * Writes a new blob with one reference. It is durable when this returns. A failed write leaves no file.
   * @param length declared number of bytes; more or fewer are refused
   * @throws S3Error QuotaExceeded, IncompleteBody; errors of `bytes`
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
      throw isNoSpaceError(cause) ? s3Error('QuotaExceeded', { message: 'The disk is full.' }) : cause;
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

  /** While one slice is written to disk, the next one is received and hashed. */
  async #writeSlices(handle: FileHandle, bytes: AsyncIterable<Buffer>, length: number): Promise<number> {
    let pendingWrite: Promise<unknown> = Promise.resolve();
    let position = 0;
    try {
      for await (const slice of bytes) {
        await pendingWrite;
        if (position + slice.length > length) throw s3Error('IncompleteBody');
        // True when this slice completes another `spaceCheckBytes`.
        if ((position % spaceCheckBytes) + slice.length >= spaceCheckBytes)
          await this.#checkFreeSpace(length - position);
        pendingWrite = writeAll(handle, slice, position);
        pendingWrite.catch(() => undefined); // Avoids an unhandled rejection until it is awaited below.
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

  /** Adds a reference to a blob. At the start, the records that are loaded make their blobs known by this call. */
  retain({ id, size }: BlobRef): void {
    const entry = this.#refCounts.get(id);
    if (entry) {
      entry.count++;
    } else {
      this.#refCounts.set(id, { size, count: 1 });
      this.#bytes += size;
    }
  }

  /** Removes a reference. The blob is deleted with its last reference. */
  async release({ id }: BlobRef): Promise<void> {
    const entry = this.#refCounts.get(id);
    if (!entry || --entry.count > 0) return;
    this.#refCounts.delete(id);
    this.#bytes -= entry.size;
    await rm(this.#file(id), { force: true });
  }

  /**
   * The bytes from `start` (inclusive) to `end` (exclusive) of the concatenated blobs. The caller must hold references
   * to the blobs until it has read them.
   * @throws errors of the disk
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
