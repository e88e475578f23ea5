/** What a store says of the bytes it has, held against what was sent. */
import { crc32Hasher, md5Hasher, type PartChecksum } from '../transfer/checksum.ts';

/** What a store says of the bytes it has. */
export interface ObjectChecksums {
  ETag?: string;
  ChecksumCRC32?: string;
  ServerSideEncryption?: string;
  SSECustomerAlgorithm?: string;
}

/** As stores write it: of one request the sum itself, of several parts the sum of their sums and how many they are. */
export function formatChecksums(sums: PartChecksum | readonly PartChecksum[]): string {
  if (isSingle(sums)) return formatChecksum(sums);
  const all = sums.map(checksumBytes);
  const whole = sums.some((sum) => 'md5' in sum) ? md5Hasher() : crc32Hasher();
  for (const bytes of all) whole.add(bytes);
  return `${formatChecksum(whole.result())}-${all.length}`;
}

const isSingle = (sums: PartChecksum | readonly PartChecksum[]): sums is PartChecksum => !Array.isArray(sums);
const checksumBytes = (sum: PartChecksum): Buffer => Buffer.from('crc32' in sum ? sum.crc32 : sum.md5, 'base64');
const formatChecksum = (sum: PartChecksum): string => ('crc32' in sum ? sum.crc32 : checksumBytes(sum).toString('hex'));

/**
 * Are the store's bytes those that were hashed here? An ETag tells only where it is an MD5: not where the store encrypts
 * with its own keys, not for stores that make it up otherwise, and of parts only in the form that counts them.
 */
export function compareChecksums(
  sums: PartChecksum | readonly PartChecksum[],
  stored: ObjectChecksums,
  etag: 'md5' | 'opaque',
): 'same' | 'other' | 'unknown' {
  const kinds = new Set((isSingle(sums) ? [sums] : sums).map((sum) => ('crc32' in sum ? 'crc32' : 'md5')));
  const reported = kinds.size > 1 ? undefined : kinds.has('crc32') ? stored.ChecksumCRC32 : md5FromEtag(stored, etag);
  const expected = formatChecksums(sums);
  if (reported === undefined || partCount(reported) !== partCount(expected)) return 'unknown';
  return reported === expected ? 'same' : 'other';
}

function md5FromEtag(
  { ETag: tag, ServerSideEncryption: storeEncryption, SSECustomerAlgorithm: clientEncryption }: ObjectChecksums,
  etag: 'md5' | 'opaque',
): string | undefined {
  if (etag === 'opaque' || storeEncryption !== undefined || clientEncryption !== undefined) return undefined;
  return /^"?([0-9a-f]{32}(?:-\d+)?)"?$/i.exec(tag ?? '')?.[1]?.toLowerCase();
}

/** How many parts a sum is of; '' when it is of the bytes themselves. */
const partCount = (text: string): string => /-(\d+)$/.exec(text)?.[1] ?? '';
