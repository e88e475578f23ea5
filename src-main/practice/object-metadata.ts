/** Reads the metadata headers of a request, and refuses headers of features that this store doesn't support. */
import type { IncomingHttpHeaders } from 'node:http';
import { s3Error } from './s3-error.ts';

const storedHeaderNames = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
] as const;
const metadataPrefix = 'x-amz-meta-';
/** S3's limit, in bytes */
const maxMetaBytes = 2048;

export interface ObjectMetadata {
  headers: Record<string, string>;
  meta: Record<string, string>;
}

/**
 * @throws S3Error MetadataTooLarge; errors of {@link rejectUnsupportedHeaders}
 */
export function parseObjectMetadata(headers: IncomingHttpHeaders): ObjectMetadata {
  rejectUnsupportedHeaders(headers);
  const meta = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(metadataPrefix) ? [[name.slice(metadataPrefix.length), String(value)]] : [],
    ),
  );
  const size = Object.entries(meta).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size > maxMetaBytes) throw s3Error('MetadataTooLarge');
  const stored = Object.fromEntries(
    storedHeaderNames.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
  return { headers: { ...stored, ...contentEncoding(stored['content-encoding']) }, meta };
}

/** aws-chunked is an encoding of the transfer, not of the object. */
function contentEncoding(value: string | undefined): Record<string, string> {
  if (value === undefined) return {};
  return {
    'content-encoding': value
      .split(',')
      .map((encoding) => encoding.trim())
      .filter((encoding) => encoding !== 'aws-chunked')
      .join(', '),
  };
}

const unsupportedHeaders = [
  'x-amz-tagging',
  'x-amz-website-redirect-location',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
  'x-amz-write-offset-bytes',
];

/**
 * All objects are private: every read needs a signature. A request for other access is refused. Otherwise the client
 * would get a link that doesn't open, or expect a protection that doesn't exist.
 * @throws S3Error AccessControlListNotSupported, InvalidStorageClass, NotImplemented
 */
function rejectUnsupportedHeaders(headers: IncomingHttpHeaders): void {
  const acl = headers['x-amz-acl'];
  const isPrivate = acl === undefined || acl === 'private' || acl === 'bucket-owner-full-control';
  if (!isPrivate || Object.keys(headers).some((name) => name.startsWith('x-amz-grant-')))
    throw s3Error('AccessControlListNotSupported');
  if ((headers['x-amz-storage-class'] ?? 'STANDARD') !== 'STANDARD') throw s3Error('InvalidStorageClass');
  if (
    unsupportedHeaders.some((name) => headers[name] !== undefined) ||
    Object.keys(headers).some((name) => name.startsWith('x-amz-server-side-encryption'))
  )
    throw s3Error('NotImplemented');
}
