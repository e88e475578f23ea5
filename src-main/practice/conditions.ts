/** Conditional requests, such as If-Match (RFC 9110, section 13), for reading and writing. */
import type { IncomingHttpHeaders } from 'node:http';
import type { WritePrecondition } from './object-store.ts';
import type { ObjectRecord } from './records.ts';
import { s3Error } from './s3-error.ts';

interface Conditions {
  match?: string;
  noneMatch?: string;
  modifiedSince?: string;
  unmodifiedSince?: string;
}

/** @param prefix `x-amz-copy-source-` for the conditions on the source of a copy */
export function parseConditions(headers: IncomingHttpHeaders, prefix = ''): Conditions {
  const header = (name: string): string | undefined => headers[`${prefix}${name}`]?.toString();
  return {
    match: header('if-match'),
    noneMatch: header('if-none-match'),
    modifiedSince: header('if-modified-since'),
    unmodifiedSince: header('if-unmodified-since'),
  };
}

/**
 * @throws S3Error PreconditionFailed; NotModified, which a copy must treat as PreconditionFailed
 */
export function checkReadConditions(
  { match, noneMatch, modifiedSince, unmodifiedSince }: Conditions,
  { etag, modified }: ObjectRecord,
): void {
  // HTTP dates have a resolution of one second.
  const modifiedAt = Math.floor(modified / 1000) * 1000;
  // A condition on the ETag overrides the one on the date. A missing or invalid date is NaN: both comparisons are
  // false.
  const isPreconditionFailed =
    match !== undefined ? !matchesEtag(match, etag) : modifiedAt > Date.parse(unmodifiedSince ?? '');
  if (isPreconditionFailed) throw s3Error('PreconditionFailed');
  const isNotModified =
    noneMatch !== undefined ? matchesEtag(noneMatch, etag) : modifiedAt <= Date.parse(modifiedSince ?? '');
  if (isNotModified) {
    throw s3Error('NotModified', { headers: { etag: `"${etag}"`, 'last-modified': new Date(modified).toUTCString() } });
  }
}

/**
 * @returns a function that throws S3Error PreconditionFailed or NoSuchKey
 * @throws S3Error NotImplemented for a condition that S3 doesn't support
 */
export function writePrecondition(headers: IncomingHttpHeaders): WritePrecondition {
  const { match, noneMatch } = parseConditions(headers);
  if (noneMatch !== undefined && noneMatch.trim() !== '*') throw s3Error('NotImplemented');
  return (existing) => {
    if (noneMatch !== undefined && existing)
      throw s3Error('PreconditionFailed', { details: { Condition: 'If-None-Match' } });
    if (match === undefined) return;
    if (!existing) throw s3Error('NoSuchKey');
    if (!matchesEtag(match, existing.etag)) throw s3Error('PreconditionFailed', { details: { Condition: 'If-Match' } });
  };
}

/** True when a list of ETags contains this one or is `*`. The mark of a weak ETag, `W/`, is ignored. */
export const matchesEtag = (list: string, etag: string): boolean =>
  list.split(',').some(
    (listed) =>
      listed.trim() === '*' ||
      listed
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1') === etag,
  );
