/** Multipart uploads: parts in any order and several times, an object at the end or nothing. */
import { randomBytes } from 'node:crypto';
import type { S3Request, OperationHandler, ServerContext } from './operation-handler.ts';
import {
  base64Digest,
  compositeChecksum,
  checksumElementName,
  isChecksumName,
  createHasher,
  type ChecksumName,
  type ChecksumType,
} from './checksums.ts';
import { writePrecondition } from './conditions.ts';
import type { MultipartUpload } from './object-store.ts';
import { parseObjectMetadata } from './object-metadata.ts';
import {
  checksumElements,
  checksumHeaders,
  copySource,
  multipartEtag,
  maxBodyBytes,
  maxDocumentBytes,
} from './objects.ts';
import type { ObjectRecord, PartRecord, UploadRecord } from './records.ts';
import { s3Error } from './s3-error.ts';
import { asElement, renderDocument, elements, toArray, parseDocument, asText } from './xml.ts';

/** Every part but the last one has at least so many bytes. */
const minPartBytes = 5 * 1024 * 1024;
const maxPartNumber = 10_000;

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

/** CRC64NVME exists only for whole objects, the SHAs only composed (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html). */
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
  if (expectedChecksum?.type === 'COMPOSITE' && declaredChecksum?.from === 'server')
    throw wrongChecksum(expectedChecksum.name, 'null');
  const blob = await context.store.blobs.write(body.bytes(), body.length);
  const { checksum } = body;
  await context.store.putPart(id, { v: 1, number, piece: blob, etag: body.md5, modified: context.now(), checksum });
  return { status: 200, headers: { etag: `"${body.md5}"`, ...checksumHeaders(checksum) } };
};

const wrongChecksum = (expected: string, actual: string) =>
  s3Error('InvalidRequest', {
    message: `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${actual}`,
  });

/** Here the bytes are written once more: a part is a piece of its own. */
export const copyPart: OperationHandler = async (request, context) => {
  const { id, upload, number } = parsePartRequest(request, context);
  const { store } = context;
  const source = copySource(request, context);
  const range = copyRange(request, source);
  const hasher = upload.record.checksum && createHasher(upload.record.checksum.name);
  const md5 = createHasher('md5');
  for (const blob of source.pieces) store.blobs.retain(blob);
  let part: PartRecord;
  try {
    const blob = await store.blobs.write(
      hashWhileReading(store.blobs.read(source.pieces, range), [md5, ...(hasher ? [hasher] : [])]),
      range.end - range.start,
    );
    const etag = Buffer.from(await md5.digest()).toString('hex');
    part = {
      v: 1,
      number,
      piece: blob,
      etag,
      modified: context.now(),
      checksum: hasher &&
        upload.record.checksum && { name: upload.record.checksum.name, value: await base64Digest(hasher) },
    };
  } finally {
    for (const blob of source.pieces) await store.blobs.release(blob);
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

/** An id is good for its own key only. */
function requireUpload(upload: MultipartUpload | undefined, key: string): MultipartUpload {
  if (upload?.record.key !== key) throw s3Error('NoSuchUpload');
  return upload;
}

// ---------------------------------------------------------------- the end

interface PartReference {
  number: number;
  etag: string;
  checksums: Record<string, unknown>;
}

export const completeUpload: OperationHandler = async (request, context) => {
  const { key, query, headers } = request;
  const { store, bucket } = context;
  const id = query.get('uploadId') ?? '';
  // Said at once where it can be, and looked at again when the object is made.
  if (store.upload(id)) requireUpload(store.upload(id), key);
  const references = parsePartList(await request.payload().text(maxDocumentBytes));
  const record = await store.completeUpload(
    id,
    async (upload) =>
      upload
        ? composeObject(requireUpload(upload, key), references, request, context)
        : findCompleted(store.object(key), id, references),
    writePrecondition(headers),
  );
  return {
    status: 200,
    body: renderDocument('CompleteMultipartUploadResult', [
      ...elements({ Location: `/${bucket}/${key}`, Bucket: bucket, Key: key, ETag: `"${record.etag}"` }),
      ...checksumElements(record.checksum),
    ]),
  };
};

/** The first answer was lost: the same request again gets the same answer, as long as the object is the one it made. */
function findCompleted(
  existing: ObjectRecord | undefined,
  id: string,
  references: readonly PartReference[],
): ObjectRecord {
  if (existing?.uploadId !== id || existing.etag !== multipartEtag(references.map((part) => part.etag)))
    throw s3Error('NoSuchUpload');
  return existing;
}

function parsePartList(text: string): PartReference[] {
  const parts = toArray(parseDocument(text, 'CompleteMultipartUpload')['Part']).map((value) => {
    const { PartNumber: number, ETag: etag, ...checksums } = asElement(value) ?? {};
    const tag = /^"?([0-9a-f]{32})"?$/i.exec(asText(etag)?.trim() ?? '')?.[1]?.toLowerCase() ?? '';
    if (!/^\d{1,5}$/.test(asText(number)?.trim() ?? '')) throw s3Error('MalformedXML');
    return { number: Number(number), etag: tag, checksums };
  });
  if (parts.length === 0 || parts.length > maxPartNumber) throw s3Error('MalformedXML');
  return parts;
}

async function composeObject(
  upload: MultipartUpload,
  references: readonly PartReference[],
  { headers }: S3Request,
  { store, now }: ServerContext,
): Promise<ObjectRecord> {
  const parts = references.map((one, index) => selectPart(upload, one, references[index - 1]));
  for (const part of parts.slice(0, -1)) {
    if (part.piece.size < minPartBytes)
      throw s3Error('EntityTooSmall', {
        details: {
          PartNumber: String(part.number),
          ProposedSize: String(part.piece.size),
          MinSizeAllowed: String(minPartBytes),
        },
      });
  }
  const blobs = parts.map((part) => part.piece);
  const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
  const declaredSize = headers['x-amz-mp-object-size'];
  if (declaredSize !== undefined && Number(declaredSize) !== size)
    throw s3Error('InvalidRequest', {
      message: "The provided 'x-amz-mp-object-size' header does not match what was computed.",
    });
  const { key, id, headers: storedHeaders, meta } = upload.record;
  const checksum = await objectChecksum(upload.record, parts, store.blobs);
  const declaredValue = checksum && headers[`x-amz-checksum-${checksum.name}`];
  if (
    declaredValue !== undefined &&
    String(declaredValue).replace(/-\d+$/, '') !== checksum?.value.replace(/-\d+$/, '')
  )
    throw s3Error('BadDigest');
  return {
    v: 1,
    key,
    etag: multipartEtag(parts.map((part) => part.etag)),
    modified: now(),
    size,
    headers: storedHeaders,
    meta,
    pieces: blobs,
    inParts: true,
    checksum,
    uploadId: id,
  };
}

function selectPart(
  { record, parts }: MultipartUpload,
  { number, etag, checksums }: PartReference,
  previous: PartReference | undefined,
): PartRecord {
  if (previous && number <= previous.number) throw s3Error('InvalidPartOrder');
  const part = parts.get(number);
  if (part?.etag !== etag) throw s3Error('InvalidPart', { details: { PartNumber: String(number) } });
  const { checksum } = part;
  const declaredValue = checksum && asText(checksums[checksumElementName(checksum.name)]);
  if (record.checksum?.type === 'COMPOSITE' && declaredValue === undefined) {
    throw s3Error('InvalidRequest', {
      message: `The upload was created using a ${record.checksum.name} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    });
  }
  if (declaredValue !== undefined && declaredValue !== checksum?.value)
    throw s3Error('InvalidPart', { details: { PartNumber: String(number) } });
  return part;
}

/** Only a checksum of the whole object has to read it all once more. */
async function objectChecksum(
  { checksum }: UploadRecord,
  parts: readonly PartRecord[],
  blobs: ServerContext['store']['blobs'],
): Promise<ObjectRecord['checksum']> {
  if (!checksum) return undefined;
  const { name, type } = checksum;
  if (type === 'COMPOSITE')
    return {
      name,
      type,
      value: await compositeChecksum(
        name,
        parts.map((part) => part.checksum?.value ?? ''),
      ),
    };
  const hasher = createHasher(name);
  const end = parts.reduce((total, part) => total + part.piece.size, 0);
  for await (const slice of blobs.read(
    parts.map((part) => part.piece),
    { start: 0, end },
  ))
    hasher.update(slice);
  return { name, type, value: await base64Digest(hasher) };
}

export const abortUpload: OperationHandler = async ({ key, query }, { store }) => {
  const id = query.get('uploadId') ?? '';
  requireUpload(store.upload(id), key);
  await store.abortUpload(id);
  return { status: 204 };
};
