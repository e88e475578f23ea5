/** Computes checksums of parts. With them, the store detects damaged bytes before it stores them. */
import { createHash } from 'node:crypto';
import zlib from 'node:zlib';
import { failure } from '../../../src-shared/errors.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { BufferPool } from './buffer-pool.ts';

/** The checksum of a part, in base64 as the request header requires. */
export type PartChecksum = { crc32: string } | { md5: string };

export interface ByteRange {
  start: number;
  length: number;
}

export type ChecksumKind = 'crc32' | 'md5';

/** CRC32 needs zlib.crc32 (Node 20.15). Older runtimes use Content-MD5, which every store accepts. */
export const supportedChecksumKind = (wanted: ChecksumKind): ChecksumKind =>
  wanted === 'crc32' && 'crc32' in zlib ? 'crc32' : 'md5';

/**
 * Computes the checksum of a range of the file. Reads one buffer at a time, so it never blocks the event loop for long.
 * The part is read again when it is sent; its bytes then usually come from the operating system's file cache.
 * @throws AppFailure source-changed, canceled
 */
export async function computeChecksum(
  source: Pick<FileSource, 'read'>,
  range: ByteRange,
  { kind, buffers, signal }: { kind: ChecksumKind; buffers: BufferPool; signal: AbortSignal },
): Promise<PartChecksum> {
  const hasher = kind === 'crc32' ? crc32Hasher() : md5Hasher();
  const buffer = buffers.acquire();
  for (let done = 0; done < range.length;) {
    if (signal.aborted) throw failure('canceled');
    const count = await source.read(
      buffer.subarray(0, Math.min(buffer.length, range.length - done)),
      range.start + done,
    );
    if (count <= 0) throw failure('source-changed');
    hasher.add(buffer.subarray(0, count));
    done += count;
  }
  buffers.release(buffer);
  return hasher.result();
}

interface ChecksumHasher {
  add(bytes: Buffer): void;
  result(): PartChecksum;
}

export function crc32Hasher(): ChecksumHasher {
  let value = 0;
  return {
    add: (bytes) => {
      value = zlib.crc32(bytes, value);
    },
    result: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return { crc32: bytes.toString('base64') };
    },
  };
}

export function md5Hasher(): ChecksumHasher {
  const hash = createHash('md5');
  return {
    add: (bytes) => {
      hash.update(bytes);
    },
    result: () => ({ md5: hash.digest('base64') }),
  };
}
