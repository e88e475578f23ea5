/** If-Match and its like (RFC 9110, section 13), for reading and for writing. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Guard } from './depot.ts';
import type { ObjectRecord } from './records.ts';
import { refuse } from './refusal.ts';

interface Conditions {
  match?: string;
  noneMatch?: string;
  modifiedSince?: string;
  unmodifiedSince?: string;
}

/** @param start `x-amz-copy-source-` for the conditions on the object that is copied */
export function conditionsOf(headers: IncomingHttpHeaders, start = ''): Conditions {
  const of = (name: string): string | undefined => headers[`${start}${name}`]?.toString();
  return {
    match: of('if-match'),
    noneMatch: of('if-none-match'),
    modifiedSince: of('if-modified-since'),
    unmodifiedSince: of('if-unmodified-since'),
  };
}

/**
 * @throws Refusal PreconditionFailed; NotModified, which a copy has to take for the former
 */
export function checkReading(
  { match, noneMatch, modifiedSince, unmodifiedSince }: Conditions,
  { etag, modified }: ObjectRecord,
): void {
  // Dates in headers have whole seconds.
  const at = Math.floor(modified / 1000) * 1000;
  if (match !== undefined ? !names(match, etag) : at > Date.parse(unmodifiedSince ?? ''))
    throw refuse('PreconditionFailed');
  if (noneMatch !== undefined ? names(noneMatch, etag) : at <= Date.parse(modifiedSince ?? '')) {
    throw refuse('NotModified', { headers: { etag: `"${etag}"`, 'last-modified': new Date(modified).toUTCString() } });
  }
}

/**
 * @returns what throws Refusal PreconditionFailed or NoSuchKey
 * @throws Refusal NotImplemented for a condition that S3 has not
 */
export function writingGuard(headers: IncomingHttpHeaders): Guard {
  const { match, noneMatch } = conditionsOf(headers);
  if (noneMatch !== undefined && noneMatch.trim() !== '*') throw refuse('NotImplemented');
  return (there) => {
    if (noneMatch !== undefined && there)
      throw refuse('PreconditionFailed', { details: { Condition: 'If-None-Match' } });
    if (match === undefined) return;
    if (!there) throw refuse('NoSuchKey');
    if (!names(match, there.etag)) throw refuse('PreconditionFailed', { details: { Condition: 'If-Match' } });
  };
}

/** Does a list of ETags, or `*`, name this one? */
export const names = (list: string, etag: string): boolean =>
  list.split(',').some(
    (one) =>
      one.trim() === '*' ||
      one
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1') === etag,
  );
