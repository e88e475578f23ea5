/** Test files that exist only in memory: any size, with predictable bytes. */
import { open } from 'node:fs/promises';
import { failure } from '../../../src-shared/errors.ts';
import type { FileSource, StreamSource } from '../../engine/ports.ts';

/** The pattern repeats after this many bytes. No part size is a multiple of it, so misplaced bytes never match. */
const period = 1_000_003;
const block = Buffer.allocUnsafe(period);
// Pseudorandom bytes, the same in every run (xorshift32).
for (let i = 0, x = 0x9e3779b9; i < period; i++) {
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  block[i] = x;
}

/** Fills `into` with the pattern's bytes from `position` on. */
export function fillPattern(into: Uint8Array, position: number): void {
  for (let done = 0; done < into.length;) {
    const from = (position + done) % period;
    const count = Math.min(into.length - done, period - from);
    into.set(block.subarray(from, from + count), done);
    done += count;
  }
}

/** All bytes of a small test source. */
export function patternBytes(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  fillPattern(bytes, 0);
  return bytes;
}

export interface PatternSourceOptions {
  name?: string;
  contentType?: string;
  /** The position at which reading ends, although the size is larger. */
  endsAt?: number;
  /** Called with the position before each read. */
  onRead?(position: number): void | Promise<void>;
  /** Called by `assertUnchanged`; throws when the file has changed. */
  check?(): Promise<void>;
}

/** @param size bytes, as recorded when the file was accepted */
export function patternSource(size: number, options: PatternSourceOptions = {}): FileSource {
  const { name = 'file.bin', contentType = 'application/octet-stream', endsAt = size, onRead, check } = options;
  return {
    name,
    size,
    contentType,
    async read(into, position) {
      await onRead?.(position);
      const count = Math.min(into.length, endsAt - position);
      // A real file source also reports an early end as a change.
      if (count <= 0) throw failure('source-changed');
      fillPattern(into.subarray(0, count), position);
      return count;
    },
    assertUnchanged: async () => {
      await check?.();
    },
    close: async () => undefined,
  };
}

/**
 * A file that is rewritten after the byte at position `after` was read: its first byte then differs. The writer
 * restores the size and modification time, so only the system's change time reveals the change.
 */
export function rewrittenSource(size: number, after: number): FileSource {
  let isRewritten = false;
  const source = patternSource(size);
  return {
    ...source,
    async read(into, position) {
      const count = await source.read(into, position);
      if (isRewritten && position === 0) into[0]! ^= 1;
      if (position + count > after) isRewritten = true;
      return count;
    },
    mayHaveChanged: async () => isRewritten,
  };
}

/** A source that ends early without an error, so that the driver itself has to detect the missing bytes. */
export function truncatedSource(size: number, endsAt: number): FileSource {
  const source = patternSource(size, { endsAt });
  return { ...source, read: async (into, position) => (position >= endsAt ? 0 : source.read(into, position)) };
}

/** A stream of unknown length, like a pipe. @param breaksAt the position at which reading fails */
export function patternStream(
  size: number,
  { breaksAt, name = 'piped.bin' }: { breaksAt?: number; name?: string } = {},
): StreamSource {
  let produced = 0;
  return {
    name,
    size: undefined,
    contentType: 'application/octet-stream',
    async *chunks() {
      for (const end = Math.min(size, breaksAt ?? size); produced < end;) {
        const chunk = Buffer.allocUnsafe(Math.min(100_000, end - produced));
        fillPattern(chunk, produced);
        produced += chunk.length;
        yield chunk;
      }
      if (breaksAt !== undefined) throw failure('source-unreadable');
    },
    bytesRead: () => produced,
    close: async () => undefined,
  };
}

/** A file on the disk. */
export async function openFileSource(
  path: string,
  options: Pick<PatternSourceOptions, 'name' | 'contentType'> = {},
): Promise<FileSource> {
  const handle = await open(path);
  const { size } = await handle.stat();
  return {
    name: options.name ?? 'file.bin',
    contentType: options.contentType ?? 'application/octet-stream',
    size,
    read: async (into, position) =>
      (await handle.read(into, 0, Math.min(into.length, size - position), position)).bytesRead,
    assertUnchanged: async () => undefined,
    close: () => handle.close(),
  };
}
