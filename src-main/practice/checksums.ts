/** S3's checksums: which one a request brings, what the bytes amount to, and whether that is the same. */
import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import zlib from 'node:zlib';
import { Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { refuse } from './refusal.ts';

export const checksumNames = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type ChecksumName = (typeof checksumNames)[number];

/** COMPOSITE: the checksum of the parts' checksums. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  name: ChecksumName;
  /** base64; of a composite one with `-` and the number of parts behind it */
  value: string;
}

const byteCounts: Record<ChecksumName, number> = { crc32: 4, crc32c: 4, crc64nvme: 8, sha1: 20, sha256: 32 };

export const isChecksumName = (text: string): text is ChecksumName =>
  (checksumNames as readonly string[]).includes(text);

/** As it is called in XML. */
export const elementName = (name: ChecksumName): string => `Checksum${name.toUpperCase()}`;

export interface RunningSum {
  update(bytes: Buffer): unknown;
  /** Once, at the end. */
  digest(): Buffer | Promise<Uint8Array>;
}

export function startSum(name: ChecksumName | 'md5'): RunningSum {
  if (name === 'crc32c') return new Crc32c();
  if (name === 'crc64nvme') return new Crc64Nvme();
  if (name === 'crc32') return crc32Sum();
  const hash: Hash = createHash(name);
  return { update: (bytes) => hash.update(bytes), digest: () => hash.digest() };
}

function crc32Sum(): RunningSum {
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

export const base64Of = async (sum: RunningSum): Promise<string> => Buffer.from(await sum.digest()).toString('base64');

/** The checksum of a body, and where its value comes from: a header, behind the body, or only from us. */
export type Announced =
  | { from: 'header'; name: ChecksumName; value: string }
  | { from: 'trailer' | 'us'; name: ChecksumName };

/** @throws Refusal InvalidRequest when there are several, or one that is none */
export function announcedChecksum(headers: IncomingHttpHeaders): Announced | undefined {
  const all: Announced[] = checksumNames.flatMap((name) => {
    const value = headers[`x-amz-checksum-${name}`];
    return value === undefined ? [] : [{ from: 'header' as const, name, value: checkedValue(name, String(value)) }];
  });
  const trailer = /^x-amz-checksum-(\w+)$/.exec(
    String(headers['x-amz-trailer'] ?? '')
      .trim()
      .toLowerCase(),
  )?.[1];
  if (trailer !== undefined && isChecksumName(trailer)) all.push({ from: 'trailer', name: trailer });
  if (all.length > 1)
    throw refuse('InvalidRequest', {
      message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    });
  return all[0];
}

/** @throws Refusal InvalidRequest for what cannot be such a checksum */
export function checkedValue(name: ChecksumName, value: string): string {
  if (!isBase64Of(value, byteCounts[name]))
    throw refuse('InvalidRequest', { message: `Value for x-amz-checksum-${name} header is invalid.` });
  return value;
}

/** @param count how many bytes it must be */
export function isBase64Of(value: string, count: number): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === count && bytes.toString('base64') === value;
}

/** @param parts the checksums of the parts, in their order */
export async function compositeOf(name: ChecksumName, parts: readonly string[]): Promise<string> {
  const sum = startSum(name);
  for (const part of parts) sum.update(Buffer.from(part, 'base64'));
  return `${await base64Of(sum)}-${parts.length}`;
}
