/** Objects as a whole: storing, copying, removing. */
import { createHash } from 'node:crypto';
import type { Call, Handler, Shop } from './call.ts';
import { elementName, isChecksumName } from './checksums.ts';
import { checkReading, conditionsOf, writingGuard } from './conditions.ts';
import { describedBy } from './kept-headers.ts';
import type { ObjectRecord } from './records.ts';
import { Refusal, refuse } from './refusal.ts';
import { decoded } from './target.ts';
import { childrenOf, document, element, elements, listOf, readDocument, textOf } from './xml.ts';

/** Largest body of one request, and largest object that one request copies: bytes. */
export const maxBodyBytes = 5 * 1024 ** 3;
/** Of a document that comes in: bytes. Ten thousand parts with checksums take less. */
export const maxDocumentBytes = 4 * 1024 * 1024;

export const putObject: Handler = async ({ key, headers, payload }, { depot, now }) => {
  const described = describedBy(headers);
  const guard = writingGuard(headers);
  const algorithm = String(headers['x-amz-sdk-checksum-algorithm'] ?? '').toLowerCase();
  const body = payload(isChecksumName(algorithm) ? algorithm : undefined);
  if (body.length > maxBodyBytes) throw refuse('EntityTooLarge');
  // Before the body is asked for, and again when it is there.
  guard(depot.object(key));
  const piece = await depot.pieces.receive(body.bytes(), body.length);
  const checksum = body.checksum && { ...body.checksum, type: 'FULL_OBJECT' as const };
  await depot.putObject(
    {
      v: 1,
      key,
      etag: body.md5,
      modified: now(),
      size: piece.size,
      ...described,
      pieces: [piece],
      inParts: false,
      checksum,
    },
    guard,
  );
  return { status: 200, headers: { etag: `"${body.md5}"`, ...checksumHeaders(checksum) } };
};

/** As an answer names the checksum of what it stored. */
export function checksumHeaders(
  checksum: ObjectRecord['checksum'] | { name: string; value: string },
): Record<string, string> {
  if (!checksum) return {};
  return {
    [`x-amz-checksum-${checksum.name}`]: checksum.value,
    ...('type' in checksum ? { 'x-amz-checksum-type': checksum.type } : {}),
  };
}

// ---------------------------------------------------------------- copying

export interface Source {
  record: ObjectRecord;
  start: number;
  end: number;
}

/**
 * The object that a copy starts from, when the conditions of the copy allow it.
 * @throws Refusal NoSuchBucket, NoSuchKey, InvalidArgument, PreconditionFailed
 */
export function copySource({ headers }: Call, { depot, bucket }: Shop): ObjectRecord {
  const [path = '', version] = String(headers['x-amz-copy-source']).replace(/^\//, '').split('?versionId=');
  if (version !== undefined && version !== 'null')
    throw refuse('InvalidArgument', { message: 'There are no versions here' });
  const name = decoded(path);
  const slash = name.indexOf('/');
  if (slash < 0)
    throw refuse('InvalidArgument', {
      message: 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    });
  if (name.slice(0, slash) !== bucket) throw refuse('NoSuchBucket');
  const record = depot.object(name.slice(slash + 1));
  if (!record) throw refuse('NoSuchKey', { details: { Key: name.slice(slash + 1) } });
  try {
    checkReading(conditionsOf(headers, 'x-amz-copy-source-'), record);
  } catch (cause) {
    throw cause instanceof Refusal && cause.code === 'NotModified' ? refuse('PreconditionFailed') : cause;
  }
  return record;
}

/** The copy is the same pieces under another key. */
export const copyObject: Handler = async (call, shop) => {
  const { key, headers } = call;
  const source = copySource(call, shop);
  if (source.size > maxBodyBytes)
    throw refuse('InvalidRequest', {
      message: 'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
    });
  const directive = String(headers['x-amz-metadata-directive'] ?? 'COPY');
  if (directive !== 'COPY' && directive !== 'REPLACE')
    throw refuse('InvalidArgument', { message: 'Unknown metadata directive.' });
  if (directive === 'COPY' && source.key === key) {
    throw refuse('InvalidRequest', {
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata.",
    });
  }
  // Also when none of it is used: what this store cannot promise is refused.
  const described = describedBy(headers);
  const { uploadId: _, ...rest } = source;
  const copy: ObjectRecord = { ...rest, key, modified: shop.now(), ...(directive === 'REPLACE' ? described : {}) };
  for (const piece of copy.pieces) shop.depot.pieces.hold(piece);
  await shop.depot.putObject(copy, writingGuard(headers));
  return {
    status: 200,
    body: document(
      'CopyObjectResult',
      elements({ ETag: `"${copy.etag}"`, LastModified: new Date(copy.modified).toISOString() }),
    ),
  };
};

// ---------------------------------------------------------------- removing

export const deleteObject: Handler = async ({ key, headers }, { depot }) => {
  const match = headers['if-match'];
  if (match !== undefined) throw refuse('NotImplemented');
  await depot.removeObject(key);
  return { status: 204 };
};

const maxDeleted = 1000;

export const deleteObjects: Handler = async ({ payload }, { depot }) => {
  const body = payload();
  if (!body.isGuarded)
    throw refuse('InvalidRequest', {
      message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    });
  const wanted = readDocument(await body.text(maxDocumentBytes), 'Delete');
  const keys = listOf(wanted['Object']).map((one) => textOf(childrenOf(one)?.['Key']));
  if (keys.length === 0 || keys.length > maxDeleted || keys.some((key) => !key)) throw refuse('MalformedXML');
  const named = keys as string[];
  for (const key of named) await depot.removeObject(key);
  const isQuiet = textOf(wanted['Quiet'])?.toLowerCase() === 'true';
  return {
    status: 200,
    body: document('DeleteResult', isQuiet ? [] : named.flatMap((key) => element('Deleted', elements({ Key: key })))),
  };
};

// ---------------------------------------------------------------- for parts

/** As clients expect it: the MD5 of the parts' MD5s, and how many there are. */
export function etagOfParts(etags: readonly string[]): string {
  const hash = createHash('md5');
  for (const etag of etags) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${etags.length}`;
}

/** In the answer to a completed upload. */
export const checksumElements = (checksum: ObjectRecord['checksum']) =>
  checksum ? elements({ [elementName(checksum.name)]: checksum.value, ChecksumType: checksum.type }) : [];
