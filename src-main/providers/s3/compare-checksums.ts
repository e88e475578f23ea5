/** Compares the store's checksums with those of the sent bytes. */
import { crc32Hasher, md5Hasher, type PartChecksum } from '../transfer/checksum.ts';

/** The checksums that a store reports for its bytes. */
export interface ObjectChecksums {
  ETag?: string;
  ChecksumCRC32?: string;
  ServerSideEncryption?: string;
  SSECustomerAlgorithm?: string;
}

/**
 * Formats checksums as stores do: for a single request the checksum itself; for several parts the checksum of their
 * checksums and the number of parts.
 */
export function formatChecksums(sums: PartChecksum | readonly PartChecksum[]): string {
  if (isSingle(sums)) return formatChecksum(sums);
  const partSums = sums.map(checksumBytes);
  const whole = sums.some((sum) => 'md5' in sum) ? md5Hasher() : crc32Hasher();
  for (const bytes of partSums) whole.add(bytes);
  return `${formatChecksum(whole.result())}-${partSums.length}`;
}

const isSingle = (sums: PartChecksum | readonly PartChecksum[]): sums is PartChecksum => !Array.isArray(sums);
const checksumBytes = (sum: PartChecksum): Buffer => Buffer.from('crc32' in sum ? sum.crc32 : sum.md5, 'base64');
const formatChecksum = (sum: PartChecksum): string => ('crc32' in sum ? sum.crc32 : checksumBytes(sum).toString('hex'));

/**
 * Compares the store's checksum with that of the sent bytes. An ETag is comparable only if it is an MD5: not if the
 * store encrypts the object, not at stores with other ETags, and only if it is for the same number of parts.
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

/** The number of parts in a checksum of parts; '' for a checksum of the bytes themselves. */
const partCount = (text: string): string => /-(\d+)$/.exec(text)?.[1] ?? '';
