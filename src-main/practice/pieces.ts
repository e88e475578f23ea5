/**
 * The bytes: files with random names, each written once and never changed. An object is a list of them, so a completed
 * upload and a copy need no byte to be moved. A piece goes when nothing holds it any more: no object, no part, no reader.
 */
import { randomBytes } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, syncFolder, type Piece } from './records.ts';
import { refuse } from './refusal.ts';

export interface Room {
  /** bytes that all pieces together may have */
  quotaBytes: number;
  /** bytes that the disk still takes */
  freeBytes(): Promise<number>;
}

/** Left free for everything else on this computer: bytes. */
const marginBytes = 256 * 1024 * 1024;
/** How often a long writing looks at the free space: bytes. */
const lookEveryBytes = 64 * 1024 * 1024;
/** One reading from disk: bytes. */
const sliceBytes = 256 * 1024;

export class Pieces {
  readonly #folder: string;
  readonly #room: Room;
  readonly #holds = new Map<string, { size: number; count: number }>();
  /** bytes of all pieces, and of those that are being written at their promised size */
  #bytes = 0;

  constructor(folder: string, room: Room) {
    this.#folder = folder;
    this.#room = room;
  }

  get bytes(): number {
    return this.#bytes;
  }
  get quotaBytes(): number {
    return this.#room.quotaBytes;
  }

  has(id: string): boolean {
    return this.#holds.has(id);
  }

  /**
   * Writes a new piece, held once, durable when this returns. Nothing is left of one that fails.
   * @param length bytes that were promised; more or fewer are refused
   * @throws Refusal QuotaExceeded, IncompleteBody; what the bytes throw
   */
  async receive(bytes: AsyncIterable<Buffer>, length: number): Promise<Piece> {
    if (this.#bytes + length > this.#room.quotaBytes)
      throw refuse('QuotaExceeded', { message: 'The quota of this store is used up.' });
    this.#bytes += length;
    const piece = { id: randomBytes(18).toString('base64url'), size: length };
    try {
      await this.#checkFree(length);
      await this.#write(piece, bytes);
    } catch (cause) {
      this.#bytes -= length;
      await rm(this.#file(piece.id), { force: true });
      throw isFull(cause) ? refuse('QuotaExceeded', { message: 'The disk is full.' }) : cause;
    }
    this.#holds.set(piece.id, { size: length, count: 1 });
    return piece;
  }

  async #write(piece: Piece, bytes: AsyncIterable<Buffer>): Promise<void> {
    const handle = await open(this.#file(piece.id), 'wx', 0o600);
    try {
      const written = await this.#pour(handle, bytes, piece.size);
      if (written !== piece.size) throw refuse('IncompleteBody');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(this.#folder);
  }

  /** While one slice is on its way to the disk, the next one is taken in and hashed. */
  async #pour(handle: FileHandle, bytes: AsyncIterable<Buffer>, length: number): Promise<number> {
    let onItsWay: Promise<unknown> = Promise.resolve();
    let position = 0;
    try {
      for await (const slice of bytes) {
        await onItsWay;
        if (position + slice.length > length) throw refuse('IncompleteBody');
        if ((position % lookEveryBytes) + slice.length >= lookEveryBytes) await this.#checkFree(length - position);
        onItsWay = writeAll(handle, slice, position);
        onItsWay.catch(() => undefined); // it is awaited below; this only tells Node that a failure will be looked at
        position += slice.length;
      }
    } finally {
      await onItsWay;
    }
    return position;
  }

  async #checkFree(wanted: number): Promise<void> {
    if ((await this.#room.freeBytes()) < wanted + marginBytes)
      throw refuse('QuotaExceeded', { message: 'There is not enough free space on the disk.' });
  }

  /** Counts a piece that is there already, or holds it once more. */
  hold({ id, size }: Piece): void {
    const held = this.#holds.get(id);
    if (held) {
      held.count++;
    } else {
      this.#holds.set(id, { size, count: 1 });
      this.#bytes += size;
    }
  }

  /** The last one to let go removes it. */
  async release({ id }: Piece): Promise<void> {
    const held = this.#holds.get(id);
    if (!held || --held.count > 0) return;
    this.#holds.delete(id);
    this.#bytes -= held.size;
    await rm(this.#file(id), { force: true });
  }

  /**
   * The bytes from `start` to before `end` of the pieces one after the other. Who reads holds them meanwhile.
   * @throws what the disk throws
   */
  async *read(pieces: readonly Piece[], { start, end }: { start: number; end: number }): AsyncGenerator<Buffer> {
    let offset = 0;
    for (const piece of pieces) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, piece.size);
      if (from < to) yield* this.#readOne(piece, from, to);
      offset += piece.size;
      if (offset >= end) return;
    }
  }

  async *#readOne({ id }: Piece, from: number, to: number): AsyncGenerator<Buffer> {
    const handle = await open(this.#file(id), 'r');
    try {
      for (let position = from; position < to;) {
        const { buffer, bytesRead } = await handle.read(
          Buffer.allocUnsafeSlow(Math.min(sliceBytes, to - position)),
          0,
          undefined,
          position,
        );
        if (bytesRead === 0) throw refuse('InternalError');
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

const isFull = (cause: unknown): boolean => ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(codeOf(cause)));
