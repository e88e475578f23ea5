/** CompleteMultipartUpload: checks the listed parts and composes the object. */
import type { S3Request, OperationHandler, ServerContext } from './operation-handler.ts';
import { base64Digest, compositeChecksum, checksumElementName, createHasher } from './checksums.ts';
import { writePrecondition } from './conditions.ts';
import { maxPartNumber, requireUpload } from './multipart-uploads.ts';
import type { MultipartUpload } from './object-store.ts';
import { checksumElements, multipartEtag, maxDocumentBytes } from './objects.ts';
import type { ObjectRecord, PartRecord, UploadRecord } from './records.ts';
import { s3Error } from './s3-error.ts';
import { asElement, renderDocument, elements, toArray, parseDocument, asText } from './xml.ts';

/** Minimum size of every part except the last one, in bytes. */
const minPartBytes = 5 * 1024 * 1024;

interface PartReference {
  number: number;
  etag: string;
  checksums: Record<string, unknown>;
}

export const completeMultipartUpload: OperationHandler = async (request, context) => {
  const { key, query, headers } = request;
  const { store, bucket } = context;
  const id = query.get('uploadId') ?? '';
  // An upload of another key fails before the body is read. A missing upload may have been completed by an earlier
  // request of the same client, see findCompleted.
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

/** A client that lost the first response sends the request again. It gets the same response while the object exists. */
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
    // 32 hexadecimal digits (MD5), with or without quotes.
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
  const parts = references.map((reference, index) => selectPart(upload, reference, references[index - 1]));
  for (const part of parts.slice(0, -1)) {
    if (part.blob.size < minPartBytes)
      throw s3Error('EntityTooSmall', {
        details: {
          PartNumber: String(part.number),
          ProposedSize: String(part.blob.size),
          MinSizeAllowed: String(minPartBytes),
        },
      });
  }
  const blobs = parts.map((part) => part.blob);
  const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
  const declaredSize = headers['x-amz-mp-object-size'];
  if (declaredSize !== undefined && Number(declaredSize) !== size)
    throw s3Error('InvalidRequest', {
      message: "The provided 'x-amz-mp-object-size' header does not match what was computed.",
    });
  const { key, id, headers: storedHeaders, meta } = upload.record;
  const checksum = await objectChecksum(upload.record, parts, store.blobs);
  // Some clients omit the number of parts (`-3`) at the end of a composite checksum.
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
    blobs,
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
      message:
        `The upload was created using a ${record.checksum.name} checksum. The complete request must include the ` +
        `checksum for each part. It was missing for part ${number} in the request.`,
    });
  }
  if (declaredValue !== undefined && declaredValue !== checksum?.value)
    throw s3Error('InvalidPart', { details: { PartNumber: String(number) } });
  return part;
}

/** A FULL_OBJECT checksum requires reading all bytes again. */
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
  const end = parts.reduce((total, part) => total + part.blob.size, 0);
  for await (const slice of blobs.read(
    parts.map((part) => part.blob),
    { start: 0, end },
  ))
    hasher.update(slice);
  return { name, type, value: await base64Digest(hasher) };
}
