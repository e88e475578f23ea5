/** What the bytes of a part amount to, so that the store can refuse damaged ones before it keeps them. */
import { createHash } from 'node:crypto';
import zlib from 'node:zlib';
import { failure } from '../../../src-shared/errors.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { BufferPool } from './request-handler.ts';

/** Base64, as the header takes it. */
export type Checksum = { crc32: string } | { md5: string };

export interface Range { start: number; length: number }

export type ChecksumKind = 'crc32' | 'md5';

/** CRC32 needs zlib.crc32 (Node 20.15); without it Content-MD5 does, which every store takes. */
export const checksumKind = (wanted: ChecksumKind): ChecksumKind => (wanted === 'crc32' && 'crc32' in zlib ? 'crc32' : 'md5');

/**
 * Reads the range once, in slices, so the event loop is never held for long; the second reading, when it is sent, comes
 * from the system's cache.
 * @throws AppFailure source-changed, canceled
 */
export async function checksumOf(source: Pick<FileSource, 'read'>, range: Range, { kind, buffers, signal }: { kind: ChecksumKind; buffers: BufferPool; signal: AbortSignal }): Promise<Checksum> {
  const sum = kind === 'crc32' ? crc32Sum() : md5Sum();
  const buffer = buffers.take();
  for (let done = 0; done < range.length;) {
    if (signal.aborted) throw failure('canceled');
    const count = await source.read(buffer.subarray(0, Math.min(buffer.length, range.length - done)), range.start + done);
    if (count <= 0) throw failure('source-changed');
    sum.add(buffer.subarray(0, count));
    done += count;
  }
  buffers.give(buffer);
  return sum.result();
}

interface Sum { add(bytes: Buffer): void; result(): Checksum }

function crc32Sum(): Sum {
  let value = 0;
  return {
    add: (bytes) => { value = zlib.crc32(bytes, value); },
    result: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return { crc32: bytes.toString('base64') };
    },
  };
}

function md5Sum(): Sum {
  const hash = createHash('md5');
  return { add: (bytes) => { hash.update(bytes); }, result: () => ({ md5: hash.digest('base64') }) };
}

// ---------------------------------------------------------------- comparing

/** What a store says of the bytes it has. */
export interface Fingerprints { ETag?: string; ChecksumCRC32?: string; ServerSideEncryption?: string; SSECustomerAlgorithm?: string }

/** As stores write it: of one request the sum itself, of several parts the sum of their sums and how many they are. */
export function textOf(sums: Checksum | readonly Checksum[]): string {
  if (isOne(sums)) return written(sums);
  const all = sums.map(bytesOf);
  const whole = sums.some((sum) => 'md5' in sum) ? md5Sum() : crc32Sum();
  for (const bytes of all) whole.add(bytes);
  return `${written(whole.result())}-${all.length}`;
}

const isOne = (sums: Checksum | readonly Checksum[]): sums is Checksum => !Array.isArray(sums);
const bytesOf = (sum: Checksum): Buffer => Buffer.from('crc32' in sum ? sum.crc32 : sum.md5, 'base64');
const written = (sum: Checksum): string => ('crc32' in sum ? sum.crc32 : bytesOf(sum).toString('hex'));

/**
 * Are the store's bytes those that were hashed here? An ETag tells only where it is an MD5: not where the store encrypts
 * with its own keys, not for stores that make it up otherwise, and of parts only in the form that counts them.
 */
export function compared(sums: Checksum | readonly Checksum[], stored: Fingerprints, etag: 'md5' | 'opaque'): 'same' | 'other' | 'unknown' {
  const kinds = new Set((isOne(sums) ? [sums] : sums).map((sum) => ('crc32' in sum ? 'crc32' : 'md5')));
  const claimed = kinds.size > 1 ? undefined : kinds.has('crc32') ? stored.ChecksumCRC32 : md5Of(stored, etag);
  const ours = textOf(sums);
  if (claimed === undefined || countOf(claimed) !== countOf(ours)) return 'unknown';
  return claimed === ours ? 'same' : 'other';
}

function md5Of({ ETag: tag, ServerSideEncryption: byStore, SSECustomerAlgorithm: byUs }: Fingerprints, etag: 'md5' | 'opaque'): string | undefined {
  if (etag === 'opaque' || byStore !== undefined || byUs !== undefined) return undefined;
  return /^"?([0-9a-f]{32}(?:-\d+)?)"?$/i.exec(tag ?? '')?.[1]?.toLowerCase();
}

/** How many parts a sum is of; '' when it is of the bytes themselves. */
const countOf = (text: string): string => /-(\d+)$/.exec(text)?.[1] ?? '';
