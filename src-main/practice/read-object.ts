/** GET and HEAD of an object: conditions, ranges, parts, and response headers that the URL overrides. */
import type { IncomingHttpHeaders } from 'node:http';
import type { S3Request, OperationHandler, S3Response, ServerContext } from './operation-handler.ts';
import { checkReadConditions, parseConditions, matchesEtag } from './conditions.ts';
import { checksumHeaders } from './objects.ts';
import type { ObjectRecord } from './records.ts';
import { s3Error } from './s3-error.ts';
import { withSecurityHeaders } from './response-headers.ts';
import type { Query } from './request-target.ts';
import { renderDocument, element } from './xml.ts';

interface ByteRange {
  start: number;
  end: number;
}

export const getObject: OperationHandler = (request, context) => {
  const { record, response, range } = openObject(request, context);
  const { blobs } = context.store;
  // Retain the blobs, so that they remain when the object is replaced or deleted during the response.
  for (const blob of record.blobs) blobs.retain(blob);
  return {
    ...response,
    body: { length: range.end - range.start, bytes: blobs.read(record.blobs, range) },
    onFinished: async () => {
      for (const blob of record.blobs) await blobs.release(blob);
    },
  };
};

export const headObject: OperationHandler = (request, context) => {
  const { response, range } = openObject(request, context);
  return { ...response, headers: { ...response.headers, 'content-length': String(range.end - range.start) } };
};

/** Objects have no tags. Some clients request the tags before they copy an object. */
export const getObjectTagging: OperationHandler = ({ key }, { store }) => {
  if (!store.object(key)) throw s3Error('NoSuchKey', { details: { Key: key } });
  return { status: 200, body: renderDocument('Tagging', element('TagSet', [])) };
};

function openObject(
  { key, query, headers }: S3Request,
  { store }: ServerContext,
): { record: ObjectRecord; response: S3Response; range: ByteRange } {
  const record = store.object(key);
  if (!record) throw s3Error('NoSuchKey', { details: { Key: key } });
  if (query.has('versionId') && query.get('versionId') !== 'null')
    throw s3Error('InvalidArgument', { message: 'This store does not support versions' });
  checkReadConditions(parseConditions(headers), record);
  const part = partRange(query, record);
  const range = part ?? requestedRange(headers, record);
  const isWhole = range === undefined;
  const { start, end } = range ?? { start: 0, end: record.size };
  return {
    record,
    range: { start, end },
    response: {
      status: isWhole ? 200 : 206,
      headers: {
        ...representationHeaders(record, query),
        'accept-ranges': 'bytes',
        etag: `"${record.etag}"`,
        'last-modified': new Date(record.modified).toUTCString(),
        ...(isWhole ? {} : { 'content-range': `bytes ${start}-${end - 1}/${record.size}` }),
        ...(part && record.inParts ? { 'x-amz-mp-parts-count': String(record.blobs.length) } : {}),
        // The checksum applies to the whole object.
        ...(isWhole && String(headers['x-amz-checksum-mode']).toUpperCase() === 'ENABLED'
          ? checksumHeaders(record.checksum)
          : {}),
      },
    },
  };
}

// ---------------------------------------------------------------- ranges

/** @returns undefined for the whole object, also when the header is invalid or contains several ranges */
function requestedRange(headers: IncomingHttpHeaders, { size, etag }: ObjectRecord): ByteRange | undefined {
  const condition = headers['if-range'];
  if (condition !== undefined && !matchesEtag(String(condition), etag)) return undefined;
  const range = parseRangeHeader(headers.range, size);
  if (!range) return undefined;
  if (range.start >= size || range.start >= range.end) {
    throw s3Error('InvalidRange', {
      details: { RangeRequested: headers.range ?? '', ActualObjectSize: String(size) },
      headers: { 'content-range': `bytes */${size}` },
    });
  }
  return range;
}

/** `-5` means the last five bytes, `5-` all bytes from the sixth on. Undefined for an invalid range. */
function parseRangeHeader(range: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range?.trim() ?? '') ?? [];
  if (first + last === '' || (first !== '' && last !== '' && Number(last) < Number(first))) return undefined;
  if (first === '') return { start: Math.max(0, size - Number(last)), end: size };
  return { start: Number(first), end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

/** The bytes of the part that `partNumber` names; undefined without `partNumber` and for an empty object. */
function partRange(query: Query, { blobs, size, inParts }: ObjectRecord): ByteRange | undefined {
  const text = query.get('partNumber');
  if (text === undefined) return undefined;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1)
    throw s3Error('InvalidArgument', { message: 'Part number must be an integer between 1 and 10000, inclusive' });
  if (number > (inParts ? blobs.length : 1)) throw s3Error('InvalidRange');
  if (size === 0) return undefined;
  const start = inParts ? blobs.slice(0, number - 1).reduce((sum, blob) => sum + blob.size, 0) : 0;
  return { start, end: inParts ? start + (blobs[number - 1]?.size ?? 0) : size };
}

// ---------------------------------------------------------------- response headers

const overrides = {
  'response-content-type': 'content-type',
  'response-content-language': 'content-language',
  'response-expires': 'expires',
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
};

function representationHeaders({ headers, meta }: ObjectRecord, query: Query): Record<string, string> {
  const overridden = Object.entries(overrides).flatMap(([name, header]) => {
    const value = query.get(name);
    return value === undefined ? [] : [[header, encodeHeaderValue(value)]];
  });
  return {
    ...withSecurityHeaders({
      'content-type': 'binary/octet-stream',
      ...headers,
      ...(Object.fromEntries(overridden) as Record<string, string>),
    }),
    ...Object.fromEntries(Object.entries(meta).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  };
}

/** Encodes a text from the URL as a header value. Refuses line breaks, because they would start another header. */
function encodeHeaderValue(text: string): string {
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text))
    throw s3Error('InvalidArgument', { message: 'Header value cannot be represented' });
  return Buffer.from(text, 'utf8').toString('latin1');
}
