/** What a store says of the bytes it has, held against what was sent. */
import { crc32Sum, md5Sum, type Checksum } from '../sending/checksum.ts';

/** What a store says of the bytes it has. */
export interface Fingerprints {
  ETag?: string;
  ChecksumCRC32?: string;
  ServerSideEncryption?: string;
  SSECustomerAlgorithm?: string;
}

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
export function compared(
  sums: Checksum | readonly Checksum[],
  stored: Fingerprints,
  etag: 'md5' | 'opaque',
): 'same' | 'other' | 'unknown' {
  const kinds = new Set((isOne(sums) ? [sums] : sums).map((sum) => ('crc32' in sum ? 'crc32' : 'md5')));
  const claimed = kinds.size > 1 ? undefined : kinds.has('crc32') ? stored.ChecksumCRC32 : md5Of(stored, etag);
  const ours = textOf(sums);
  if (claimed === undefined || countOf(claimed) !== countOf(ours)) return 'unknown';
  return claimed === ours ? 'same' : 'other';
}

function md5Of(
  { ETag: tag, ServerSideEncryption: byStore, SSECustomerAlgorithm: byUs }: Fingerprints,
  etag: 'md5' | 'opaque',
): string | undefined {
  if (etag === 'opaque' || byStore !== undefined || byUs !== undefined) return undefined;
  return /^"?([0-9a-f]{32}(?:-\d+)?)"?$/i.exec(tag ?? '')?.[1]?.toLowerCase();
}

/** How many parts a sum is of; '' when it is of the bytes themselves. */
const countOf = (text: string): string => /-(\d+)$/.exec(text)?.[1] ?? '';
