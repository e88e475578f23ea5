/** S3 checksums: parses the checksum of a request, computes it, and verifies it. */
import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import zlib from 'node:zlib';
import { Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { s3Error } from './s3-error.ts';

export const checksumNames = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type ChecksumName = (typeof checksumNames)[number];

/** COMPOSITE: a checksum of the checksums of all parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface ChecksumValue {
  name: ChecksumName;
  /** base64; a composite value ends with `-` and the number of parts */
  value: string;
}

/** Length of each checksum in bytes. */
const byteCounts: Record<ChecksumName, number> = { crc32: 4, crc32c: 4, crc64nvme: 8, sha1: 20, sha256: 32 };

export const isChecksumName = (text: string): text is ChecksumName =>
  (checksumNames as readonly string[]).includes(text);

/** Name of the XML element. */
export const checksumElementName = (name: ChecksumName): string => `Checksum${name.toUpperCase()}`;

export interface Hasher {
  update(bytes: Buffer): unknown;
  /** Call it once, after the last `update`. */
  digest(): Buffer | Promise<Uint8Array>;
}

export function createHasher(name: ChecksumName | 'md5'): Hasher {
  if (name === 'crc32c') return new Crc32c();
  if (name === 'crc64nvme') return new Crc64Nvme();
  if (name === 'crc32') return createCrc32Hasher();
  const hash: Hash = createHash(name);
  return { update: (bytes) => hash.update(bytes), digest: () => hash.digest() };
}

function createCrc32Hasher(): Hasher {
  let value = 0;
  return {
    update: (bytes) => {
      value = zlib.crc32(bytes, value);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    },
  };
}

export const base64Digest = async (hasher: Hasher): Promise<string> =>
  Buffer.from(await hasher.digest()).toString('base64');

/**
 * The checksum to compute for a body. `header` and `trailer`: the client sends the expected value there. `server`: the
 * client sends no value, and the store keeps the computed one.
 */
export type DeclaredChecksum =
  | { from: 'header'; name: ChecksumName; value: string }
  | { from: 'trailer' | 'server'; name: ChecksumName };

/** @throws S3Error InvalidRequest when there are several checksums or an unknown one */
export function parseDeclaredChecksum(headers: IncomingHttpHeaders): DeclaredChecksum | undefined {
  const declared: DeclaredChecksum[] = checksumNames.flatMap((name) => {
    const value = headers[`x-amz-checksum-${name}`];
    return value === undefined
      ? []
      : [{ from: 'header' as const, name, value: validateChecksumValue(name, String(value)) }];
  });
  const trailer = /^x-amz-checksum-(\w+)$/.exec(
    String(headers['x-amz-trailer'] ?? '')
      .trim()
      .toLowerCase(),
  )?.[1];
  if (trailer !== undefined && isChecksumName(trailer)) declared.push({ from: 'trailer', name: trailer });
  if (declared.length > 1)
    throw s3Error('InvalidRequest', {
      message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    });
  return declared[0];
}

/** @throws S3Error InvalidRequest for a value that is not a valid checksum of this kind */
export function validateChecksumValue(name: ChecksumName, value: string): string {
  if (!isBase64OfLength(value, byteCounts[name]))
    throw s3Error('InvalidRequest', { message: `Value for x-amz-checksum-${name} header is invalid.` });
  return value;
}

/** @param count the required number of bytes */
export function isBase64OfLength(value: string, count: number): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === count && bytes.toString('base64') === value;
}

/** @param parts the checksums of the parts, in order */
export async function compositeChecksum(name: ChecksumName, parts: readonly string[]): Promise<string> {
  const hasher = createHasher(name);
  for (const part of parts) hasher.update(Buffer.from(part, 'base64'));
  return `${await base64Digest(hasher)}-${parts.length}`;
}
