/** GET and HEAD of an object: conditions, a range or a part of it, and what the address says instead of the object. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Call, Handler, Reply, Shop } from './call.ts';
import { checkReading, conditionsOf, names } from './conditions.ts';
import { checksumHeaders } from './objects.ts';
import type { ObjectRecord } from './records.ts';
import { refuse } from './refusal.ts';
import { harmless } from './shown.ts';
import type { Query } from './target.ts';
import { document, element } from './xml.ts';

interface Span {
  start: number;
  end: number;
}

export const getObject: Handler = (call, shop) => {
  const { record, reply, span } = opened(call, shop);
  const { pieces } = shop.depot;
  // What is read stays until it has been read, whatever happens to the object meanwhile.
  for (const piece of record.pieces) pieces.hold(piece);
  return {
    ...reply,
    body: { length: span.end - span.start, bytes: pieces.read(record.pieces, span) },
    after: async () => {
      for (const piece of record.pieces) await pieces.release(piece);
    },
  };
};

export const headObject: Handler = (call, shop) => {
  const { reply, span } = opened(call, shop);
  return { ...reply, headers: { ...reply.headers, 'content-length': String(span.end - span.start) } };
};

/** No object has tags, which some clients ask before they copy. */
export const getObjectTagging: Handler = ({ key }, { depot }) => {
  if (!depot.object(key)) throw refuse('NoSuchKey', { details: { Key: key } });
  return { status: 200, body: document('Tagging', element('TagSet', [])) };
};

function opened({ key, query, headers }: Call, { depot }: Shop): { record: ObjectRecord; reply: Reply; span: Span } {
  const record = depot.object(key);
  if (!record) throw refuse('NoSuchKey', { details: { Key: key } });
  if (query.has('versionId') && query.get('versionId') !== 'null')
    throw refuse('InvalidArgument', { message: 'There are no versions here' });
  checkReading(conditionsOf(headers), record);
  const part = partSpan(query, record);
  const span = part ?? rangeOf(headers, record);
  const isWhole = span === undefined;
  const { start, end } = span ?? { start: 0, end: record.size };
  return {
    record,
    span: { start, end },
    reply: {
      status: isWhole ? 200 : 206,
      headers: {
        ...describing(record, query),
        'accept-ranges': 'bytes',
        etag: `"${record.etag}"`,
        'last-modified': new Date(record.modified).toUTCString(),
        ...(isWhole ? {} : { 'content-range': `bytes ${start}-${end - 1}/${record.size}` }),
        ...(part && record.inParts ? { 'x-amz-mp-parts-count': String(record.pieces.length) } : {}),
        // The checksum is that of the whole object.
        ...(isWhole && String(headers['x-amz-checksum-mode']).toUpperCase() === 'ENABLED'
          ? checksumHeaders(record.checksum)
          : {}),
      },
    },
  };
}

// ---------------------------------------------------------------- which bytes

/** @returns undefined for all of them: also for what is no range, and for several at once */
function rangeOf(headers: IncomingHttpHeaders, { size, etag }: ObjectRecord): Span | undefined {
  const condition = headers['if-range'];
  if (condition !== undefined && !names(String(condition), etag)) return undefined;
  const span = spanOf(headers.range, size);
  if (!span) return undefined;
  if (span.start >= size || span.start >= span.end) {
    throw refuse('InvalidRange', {
      details: { RangeRequested: headers.range ?? '', ActualObjectSize: String(size) },
      headers: { 'content-range': `bytes */${size}` },
    });
  }
  return span;
}

/** `-5` are the last five bytes, `5-` all from the sixth on; undefined for what is no range. */
function spanOf(range: string | undefined, size: number): Span | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range?.trim() ?? '') ?? [];
  if (first + last === '' || (first !== '' && last !== '' && Number(last) < Number(first))) return undefined;
  if (first === '') return { start: Math.max(0, size - Number(last)), end: size };
  return { start: Number(first), end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

function partSpan(query: Query, { pieces, size, inParts }: ObjectRecord): Span | undefined {
  const text = query.get('partNumber');
  if (text === undefined) return undefined;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1)
    throw refuse('InvalidArgument', { message: 'Part number must be an integer between 1 and 10000, inclusive' });
  if (number > (inParts ? pieces.length : 1)) throw refuse('InvalidRange');
  if (size === 0) return undefined;
  const start = inParts ? pieces.slice(0, number - 1).reduce((sum, piece) => sum + piece.size, 0) : 0;
  return { start, end: inParts ? start + (pieces[number - 1]?.size ?? 0) : size };
}

// ---------------------------------------------------------------- what is said about them

const overrides = {
  'response-content-type': 'content-type',
  'response-content-language': 'content-language',
  'response-expires': 'expires',
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
};

function describing({ headers, meta }: ObjectRecord, query: Query): Record<string, string> {
  const said = Object.entries(overrides).flatMap(([name, header]) => {
    const value = query.get(name);
    return value === undefined ? [] : [[header, headerValue(value)]];
  });
  return {
    ...harmless({
      'content-type': 'binary/octet-stream',
      ...headers,
      ...(Object.fromEntries(said) as Record<string, string>),
    }),
    ...Object.fromEntries(Object.entries(meta).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  };
}

/** Text from the address as bytes of a header; a line end in it would begin a header of its own. */
function headerValue(text: string): string {
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text))
    throw refuse('InvalidArgument', { message: 'Header value cannot be represented' });
  return Buffer.from(text, 'utf8').toString('latin1');
}
