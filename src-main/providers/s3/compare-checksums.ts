/** Compares the store's checksums with those of the sent bytes. A checksum is CRC32 or MD5. */
import { crc32Hasher, md5Hasher, type PartChecksum } from '../transfer/checksum.ts';

/** The checksums that a store reports for its bytes. */
export interface ObjectChecksums {
  ETag?: string;
  ChecksumCRC32?: string;
  ServerSideEncryption?: string;
  SSECustomerAlgorithm?: string;
}

/**
 * Formats checksums as stores do. An object from a single request has the checksum of its bytes. An object from several
 * parts has the checksum of the parts' checksums, then a hyphen and the number of parts.
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
 * Compares the store's checksum with that of the sent bytes.
 * @param sums one checksum for a single request; a list for an upload in parts
 * @param etag `opaque` if the store's ETags are not MD5 checksums
 * @returns `unknown` when the store reports no checksum of the same kind and for the same number of parts
 */
export function compareChecksums(
  sums: PartChecksum | readonly PartChecksum[],
  stored: ObjectChecksums,
  etag: 'md5' | 'opaque',
): 'same' | 'other' | 'unknown' {
  const kinds = new Set((isSingle(sums) ? [sums] : sums).map((sum) => ('crc32' in sum ? 'crc32' : 'md5')));
  if (kinds.size > 1) return 'unknown';
  const reported = kinds.has('crc32') ? stored.ChecksumCRC32 : md5FromEtag(stored, etag);
  const expected = formatChecksums(sums);
  if (reported === undefined || partCount(reported) !== partCount(expected)) return 'unknown';
  return reported === expected ? 'same' : 'other';
}

/** The MD5 in an ETag: 32 hexadecimal digits. The ETag of an encrypted object is not an MD5. */
function md5FromEtag(
  { ETag: tag, ServerSideEncryption: storeEncryption, SSECustomerAlgorithm: clientEncryption }: ObjectChecksums,
  etag: 'md5' | 'opaque',
): string | undefined {
  if (etag === 'opaque' || storeEncryption !== undefined || clientEncryption !== undefined) return undefined;
  return /^"?([0-9a-f]{32}(?:-\d+)?)"?$/i.exec(tag ?? '')?.[1]?.toLowerCase();
}

/** The number of parts in a checksum of parts; '' for a checksum of the bytes themselves. */
const partCount = (text: string): string => /-(\d+)$/.exec(text)?.[1] ?? '';
