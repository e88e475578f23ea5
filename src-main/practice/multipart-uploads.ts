/** Multipart uploads. Parts may arrive in any order and repeatedly. The upload is completed to an object or aborted. */
import { randomBytes } from 'node:crypto';
import type { S3Request, OperationHandler, ServerContext } from './operation-handler.ts';
import {
  base64Digest,
  checksumElementName,
  isChecksumName,
  createHasher,
  type ChecksumName,
  type ChecksumType,
} from './checksums.ts';
import type { MultipartUpload } from './object-store.ts';
import { parseObjectMetadata } from './object-metadata.ts';
import { checksumHeaders, copySource, maxBodyBytes } from './objects.ts';
import type { ObjectRecord, PartRecord, UploadRecord } from './records.ts';
import { s3Error } from './s3-error.ts';
import { renderDocument, elements } from './xml.ts';

export const maxPartNumber = 10_000;

export const createUpload: OperationHandler = async ({ key, headers }, { store, bucket, now }) => {
  const id = randomBytes(24).toString('base64url');
  const checksum = parseChecksumAlgorithm(headers);
  await store.createUpload({ v: 1, id, key, initiated: now(), ...parseObjectMetadata(headers), checksum });
  return {
    status: 200,
    body: renderDocument('InitiateMultipartUploadResult', elements({ Bucket: bucket, Key: key, UploadId: id })),
    ...(checksum && {
      headers: { 'x-amz-checksum-algorithm': checksum.name.toUpperCase(), 'x-amz-checksum-type': checksum.type },
    }),
  };
};

/**
 * CRC64NVME exists only as FULL_OBJECT, the SHA checksums only as COMPOSITE:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
function parseChecksumAlgorithm(headers: S3Request['headers']): UploadRecord['checksum'] {
  const algorithm = headers['x-amz-checksum-algorithm'];
  if (algorithm === undefined) return undefined;
  const name = String(algorithm).toLowerCase();
  if (!isChecksumName(name))
    throw s3Error('InvalidRequest', { message: 'Checksum algorithm provided is unsupported.' });
  const type = String(headers['x-amz-checksum-type'] ?? (name === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE'));
  if (!isValidChecksumType(name, type))
    throw s3Error('InvalidRequest', {
      message: `The ${type} checksum type cannot be used with the ${name} checksum algorithm.`,
    });
  return { name, type };
}

const isValidChecksumType = (name: ChecksumName, type: string): type is ChecksumType =>
  (type === 'COMPOSITE' && name !== 'crc64nvme') || (type === 'FULL_OBJECT' && !name.startsWith('sha'));

// ---------------------------------------------------------------- parts

export const uploadPart: OperationHandler = async (request, context) => {
  const { id, upload, number } = parsePartRequest(request, context);
  const expectedChecksum = upload.record.checksum;
  const body = request.payload(expectedChecksum?.name);
  if (body.length > maxBodyBytes) throw s3Error('EntityTooLarge');
  const { declaredChecksum } = body;
  if (expectedChecksum && declaredChecksum && declaredChecksum.name !== expectedChecksum.name)
    throw wrongChecksum(expectedChecksum.name, declaredChecksum.name);
  // A composite checksum needs the client's checksum of each part.
  if (expectedChecksum?.type === 'COMPOSITE' && declaredChecksum?.from === 'server')
    throw wrongChecksum(expectedChecksum.name, 'null');
  const blob = await context.store.blobs.write(body.bytes(), body.length);
  const { checksum } = body;
  await context.store.putPart(id, { v: 1, number, blob, etag: body.md5, modified: context.now(), checksum });
  return { status: 200, headers: { etag: `"${body.md5}"`, ...checksumHeaders(checksum) } };
};

const wrongChecksum = (expected: string, actual: string) =>
  s3Error('InvalidRequest', {
    message: `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${actual}`,
  });

/** A part is a separate blob, so the copied bytes are written again. */
export const copyPart: OperationHandler = async (request, context) => {
  const { id, upload, number } = parsePartRequest(request, context);
  const { store } = context;
  const source = copySource(request, context);
  const range = copyRange(request, source);
  const hasher = upload.record.checksum && createHasher(upload.record.checksum.name);
  const md5 = createHasher('md5');
  for (const blob of source.blobs) store.blobs.retain(blob);
  let part: PartRecord;
  try {
    const blob = await store.blobs.write(
      hashWhileReading(store.blobs.read(source.blobs, range), [md5, ...(hasher ? [hasher] : [])]),
      range.end - range.start,
    );
    const etag = Buffer.from(await md5.digest()).toString('hex');
    part = {
      v: 1,
      number,
      blob,
      etag,
      modified: context.now(),
      checksum: hasher &&
        upload.record.checksum && { name: upload.record.checksum.name, value: await base64Digest(hasher) },
    };
  } finally {
    for (const blob of source.blobs) await store.blobs.release(blob);
  }
  await store.putPart(id, part);
  return {
    status: 200,
    body: renderDocument('CopyPartResult', [
      ...elements({ ETag: `"${part.etag}"`, LastModified: new Date(part.modified).toISOString() }),
      ...(part.checksum ? elements({ [checksumElementName(part.checksum.name)]: part.checksum.value }) : []),
    ]),
  };
};

async function* hashWhileReading(
  bytes: AsyncIterable<Buffer>,
  hashers: readonly { update(bytes: Buffer): unknown }[],
): AsyncGenerator<Buffer> {
  for await (const slice of bytes) {
    for (const hasher of hashers) hasher.update(slice);
    yield slice;
  }
}

/** The bytes to copy, from `start` (inclusive) to `end` (exclusive). */
function copyRange({ headers }: S3Request, { size }: ObjectRecord): { start: number; end: number } {
  const text = headers['x-amz-copy-source-range'];
  if (text === undefined) return { start: 0, end: size };
  const match = /^bytes=(\d+)-(\d+)$/.exec(String(text));
  const [start, end] = [Number(match?.[1]), Number(match?.[2]) + 1];
  if (!match || start >= end)
    throw s3Error('InvalidArgument', {
      message: 'The x-amz-copy-source-range value must be of the form bytes=first-last',
    });
  if (end > size) throw s3Error('InvalidRange');
  return { start, end };
}

function parsePartRequest(
  { key, query }: S3Request,
  { store }: ServerContext,
): { id: string; upload: MultipartUpload; number: number } {
  const id = query.get('uploadId') ?? '';
  const text = query.get('partNumber') ?? '';
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > maxPartNumber)
    throw s3Error('InvalidArgument', { message: 'Part number must be an integer between 1 and 10000, inclusive' });
  return { id, upload: requireUpload(store.upload(id), key), number };
}

/** @throws S3Error NoSuchUpload when the upload does not exist or belongs to another key */
export function requireUpload(upload: MultipartUpload | undefined, key: string): MultipartUpload {
  if (upload?.record.key !== key) throw s3Error('NoSuchUpload');
  return upload;
}

export const abortUpload: OperationHandler = async ({ key, query }, { store }) => {
  const id = query.get('uploadId') ?? '';
  requireUpload(store.upload(id), key);
  await store.abortUpload(id);
  return { status: 204 };
};
