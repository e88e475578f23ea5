/** Operations on objects: store, copy, delete. */
import { createHash } from 'node:crypto';
import type { S3Request, OperationHandler, ServerContext } from './operation-handler.ts';
import { checksumElementName, isChecksumName } from './checksums.ts';
import { checkReadConditions, parseConditions, writePrecondition } from './conditions.ts';
import { parseObjectMetadata } from './object-metadata.ts';
import type { ObjectRecord } from './records.ts';
import { S3Error, s3Error } from './s3-error.ts';
import { percentDecode } from './request-target.ts';
import { asElement, renderDocument, element, elements, toArray, parseDocument, asText } from './xml.ts';

/** Largest body of a request, and largest object that one request can copy, in bytes. */
export const maxBodyBytes = 5 * 1024 ** 3;
/** Largest XML document of a request, in bytes. A list of 10,000 parts with checksums is smaller. */
export const maxDocumentBytes = 4 * 1024 * 1024;

export const putObject: OperationHandler = async ({ key, headers, payload }, { store, now }) => {
  const metadata = parseObjectMetadata(headers);
  const precondition = writePrecondition(headers);
  const algorithm = String(headers['x-amz-sdk-checksum-algorithm'] ?? '').toLowerCase();
  const body = payload(isChecksumName(algorithm) ? algorithm : undefined);
  if (body.length > maxBodyBytes) throw s3Error('EntityTooLarge');
  // Check before requesting the body, and again when the object is stored.
  precondition(store.object(key));
  const blob = await store.blobs.write(body.bytes(), body.length);
  const checksum = body.checksum && { ...body.checksum, type: 'FULL_OBJECT' as const };
  await store.putObject(
    {
      v: 1,
      key,
      etag: body.md5,
      modified: now(),
      size: blob.size,
      ...metadata,
      blobs: [blob],
      inParts: false,
      checksum,
    },
    precondition,
  );
  return { status: 200, headers: { etag: `"${body.md5}"`, ...checksumHeaders(checksum) } };
};

/** Response headers with the checksum of the stored bytes. */
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

/**
 * The source object of a copy, if the conditions of the request allow the copy.
 * @throws S3Error NoSuchBucket, NoSuchKey, InvalidArgument, PreconditionFailed
 */
export function copySource({ headers }: S3Request, { store, bucket }: ServerContext): ObjectRecord {
  const [path = '', version] = String(headers['x-amz-copy-source']).replace(/^\//, '').split('?versionId=');
  if (version !== undefined && version !== 'null')
    throw s3Error('InvalidArgument', { message: 'This store does not support versions' });
  const name = percentDecode(path);
  const slash = name.indexOf('/');
  if (slash < 0)
    throw s3Error('InvalidArgument', {
      message: 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    });
  if (name.slice(0, slash) !== bucket) throw s3Error('NoSuchBucket');
  const record = store.object(name.slice(slash + 1));
  if (!record) throw s3Error('NoSuchKey', { details: { Key: name.slice(slash + 1) } });
  try {
    checkReadConditions(parseConditions(headers, 'x-amz-copy-source-'), record);
  } catch (cause) {
    throw cause instanceof S3Error && cause.code === 'NotModified' ? s3Error('PreconditionFailed') : cause;
  }
  return record;
}

/** The copy is a new record that refers to the blobs of the source. */
export const copyObject: OperationHandler = async (request, context) => {
  const { key, headers } = request;
  const source = copySource(request, context);
  if (source.size > maxBodyBytes)
    throw s3Error('InvalidRequest', {
      message: 'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
    });
  const directive = String(headers['x-amz-metadata-directive'] ?? 'COPY');
  if (directive !== 'COPY' && directive !== 'REPLACE')
    throw s3Error('InvalidArgument', { message: 'Unknown metadata directive.' });
  if (directive === 'COPY' && source.key === key) {
    throw s3Error('InvalidRequest', {
      message:
        'This copy request is illegal because it is trying to copy an object to itself without changing the ' +
        "object's metadata.",
    });
  }
  // Call this even if its result is not used: it refuses unsupported headers.
  const metadata = parseObjectMetadata(headers);
  // The copy does not come from the multipart upload that created the source.
  const { uploadId: _, ...rest } = source;
  const copy: ObjectRecord = { ...rest, key, modified: context.now(), ...(directive === 'REPLACE' ? metadata : {}) };
  // This refuses unsupported headers, so it comes before the copy's references to the bytes.
  const precondition = writePrecondition(headers);
  for (const blob of copy.blobs) context.store.blobs.retain(blob);
  await context.store.putObject(copy, precondition);
  return {
    status: 200,
    body: renderDocument(
      'CopyObjectResult',
      elements({ ETag: `"${copy.etag}"`, LastModified: new Date(copy.modified).toISOString() }),
    ),
  };
};

// ---------------------------------------------------------------- removing

export const deleteObject: OperationHandler = async ({ key, headers }, { store }) => {
  const match = headers['if-match'];
  if (match !== undefined) throw s3Error('NotImplemented');
  await store.removeObject(key);
  return { status: 204 };
};

const maxDeleted = 1000;

export const deleteObjects: OperationHandler = async ({ payload }, { store }) => {
  const body = payload();
  if (!body.hasIntegrityCheck)
    throw s3Error('InvalidRequest', {
      message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    });
  const deleteRequest = parseDocument(await body.text(maxDocumentBytes), 'Delete');
  const keys = toArray(deleteRequest['Object']).map((object) => asText(asElement(object)?.['Key']));
  if (keys.length === 0 || keys.length > maxDeleted || keys.some((key) => !key)) throw s3Error('MalformedXML');
  const objectKeys = keys as string[];
  for (const key of objectKeys) await store.removeObject(key);
  const isQuiet = asText(deleteRequest['Quiet'])?.toLowerCase() === 'true';
  return {
    status: 200,
    body: renderDocument(
      'DeleteResult',
      isQuiet ? [] : objectKeys.flatMap((key) => element('Deleted', elements({ Key: key }))),
    ),
  };
};

// ---------------------------------------------------------------- for parts

/** The ETag of a multipart object: MD5 of the MD5s of all parts, and the number of parts. */
export function multipartEtag(etags: readonly string[]): string {
  const hash = createHash('md5');
  for (const etag of etags) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${etags.length}`;
}

/** XML elements with the checksum, for the response to a completed upload. */
export const checksumElements = (checksum: ObjectRecord['checksum']) =>
  checksum ? elements({ [checksumElementName(checksum.name)]: checksum.value, ChecksumType: checksum.type }) : [];
