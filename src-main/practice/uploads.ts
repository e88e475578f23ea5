/** Multipart uploads: parts in any order and several times, an object at the end or nothing. */
import { randomBytes } from 'node:crypto';
import type { Call, Handler, Shop } from './call.ts';
import {
  base64Of,
  compositeOf,
  elementName,
  isChecksumName,
  startSum,
  type ChecksumName,
  type ChecksumType,
} from './checksums.ts';
import { writingGuard } from './conditions.ts';
import type { Upload } from './depot.ts';
import { describedBy } from './kept-headers.ts';
import {
  checksumElements,
  checksumHeaders,
  copySource,
  etagOfParts,
  maxBodyBytes,
  maxDocumentBytes,
} from './objects.ts';
import type { ObjectRecord, PartRecord, UploadRecord } from './records.ts';
import { refuse } from './refusal.ts';
import { childrenOf, document, elements, listOf, readDocument, textOf } from './xml.ts';

/** Every part but the last one has at least so many bytes. */
const minPartBytes = 5 * 1024 * 1024;
const maxPartNumber = 10_000;

export const createUpload: Handler = async ({ key, headers }, { depot, bucket, now }) => {
  const id = randomBytes(24).toString('base64url');
  const checksum = wantedChecksum(headers);
  await depot.openUpload({ v: 1, id, key, initiated: now(), ...describedBy(headers), checksum });
  return {
    status: 200,
    body: document('InitiateMultipartUploadResult', elements({ Bucket: bucket, Key: key, UploadId: id })),
    ...(checksum && {
      headers: { 'x-amz-checksum-algorithm': checksum.name.toUpperCase(), 'x-amz-checksum-type': checksum.type },
    }),
  };
};

/** CRC64NVME exists only for whole objects, the SHAs only composed (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html). */
function wantedChecksum(headers: Call['headers']): UploadRecord['checksum'] {
  const algorithm = headers['x-amz-checksum-algorithm'];
  if (algorithm === undefined) return undefined;
  const name = String(algorithm).toLowerCase();
  if (!isChecksumName(name)) throw refuse('InvalidRequest', { message: 'Checksum algorithm provided is unsupported.' });
  const type = String(headers['x-amz-checksum-type'] ?? (name === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE'));
  if (!isTypeOf(name, type))
    throw refuse('InvalidRequest', {
      message: `The ${type} checksum type cannot be used with the ${name} checksum algorithm.`,
    });
  return { name, type };
}

const isTypeOf = (name: ChecksumName, type: string): type is ChecksumType =>
  (type === 'COMPOSITE' && name !== 'crc64nvme') || (type === 'FULL_OBJECT' && !name.startsWith('sha'));

// ---------------------------------------------------------------- parts

export const uploadPart: Handler = async (call, shop) => {
  const { id, upload, number } = asked(call, shop);
  const wanted = upload.record.checksum;
  const body = call.payload(wanted?.name);
  if (body.length > maxBodyBytes) throw refuse('EntityTooLarge');
  const { announced } = body;
  if (wanted && announced && announced.name !== wanted.name) throw wrongChecksum(wanted.name, announced.name);
  if (wanted?.type === 'COMPOSITE' && announced?.from === 'us') throw wrongChecksum(wanted.name, 'null');
  const piece = await shop.depot.pieces.receive(body.bytes(), body.length);
  const { checksum } = body;
  await shop.depot.putPart(id, { v: 1, number, piece, etag: body.md5, modified: shop.now(), checksum });
  return { status: 200, headers: { etag: `"${body.md5}"`, ...checksumHeaders(checksum) } };
};

const wrongChecksum = (expected: string, actual: string) =>
  refuse('InvalidRequest', {
    message: `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${actual}`,
  });

/** Here the bytes are written once more: a part is a piece of its own. */
export const copyPart: Handler = async (call, shop) => {
  const { id, upload, number } = asked(call, shop);
  const { depot } = shop;
  const source = copySource(call, shop);
  const span = copyRange(call, source);
  const sum = upload.record.checksum && startSum(upload.record.checksum.name);
  const md5 = startSum('md5');
  for (const piece of source.pieces) depot.pieces.hold(piece);
  let part: PartRecord;
  try {
    const piece = await depot.pieces.receive(
      watched(depot.pieces.read(source.pieces, span), [md5, ...(sum ? [sum] : [])]),
      span.end - span.start,
    );
    const etag = Buffer.from(await md5.digest()).toString('hex');
    part = {
      v: 1,
      number,
      piece,
      etag,
      modified: shop.now(),
      checksum: sum && upload.record.checksum && { name: upload.record.checksum.name, value: await base64Of(sum) },
    };
  } finally {
    for (const piece of source.pieces) await depot.pieces.release(piece);
  }
  await depot.putPart(id, part);
  return {
    status: 200,
    body: document('CopyPartResult', [
      ...elements({ ETag: `"${part.etag}"`, LastModified: new Date(part.modified).toISOString() }),
      ...(part.checksum ? elements({ [elementName(part.checksum.name)]: part.checksum.value }) : []),
    ]),
  };
};

async function* watched(
  bytes: AsyncIterable<Buffer>,
  sums: readonly { update(bytes: Buffer): unknown }[],
): AsyncGenerator<Buffer> {
  for await (const slice of bytes) {
    for (const sum of sums) sum.update(slice);
    yield slice;
  }
}

function copyRange({ headers }: Call, { size }: ObjectRecord): { start: number; end: number } {
  const text = headers['x-amz-copy-source-range'];
  if (text === undefined) return { start: 0, end: size };
  const match = /^bytes=(\d+)-(\d+)$/.exec(String(text));
  const [start, end] = [Number(match?.[1]), Number(match?.[2]) + 1];
  if (!match || start >= end)
    throw refuse('InvalidArgument', {
      message: 'The x-amz-copy-source-range value must be of the form bytes=first-last',
    });
  if (end > size) throw refuse('InvalidRange');
  return { start, end };
}

function asked({ key, query }: Call, { depot }: Shop): { id: string; upload: Upload; number: number } {
  const id = query.get('uploadId') ?? '';
  const text = query.get('partNumber') ?? '';
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > maxPartNumber)
    throw refuse('InvalidArgument', { message: 'Part number must be an integer between 1 and 10000, inclusive' });
  return { id, upload: uploadOf(depot.upload(id), key), number };
}

/** An id is good for its own key only. */
function uploadOf(upload: Upload | undefined, key: string): Upload {
  if (upload?.record.key !== key) throw refuse('NoSuchUpload');
  return upload;
}

// ---------------------------------------------------------------- the end

interface Named {
  number: number;
  etag: string;
  checksums: Record<string, unknown>;
}

export const completeUpload: Handler = async (call, shop) => {
  const { key, query, headers } = call;
  const { depot, bucket } = shop;
  const id = query.get('uploadId') ?? '';
  // Said at once where it can be, and looked at again when the object is made.
  if (depot.upload(id)) uploadOf(depot.upload(id), key);
  const named = namedParts(await call.payload().text(maxDocumentBytes));
  const record = await depot.completeUpload(
    id,
    async (upload) =>
      upload ? composed(uploadOf(upload, key), named, call, shop) : already(depot.object(key), id, named),
    writingGuard(headers),
  );
  return {
    status: 200,
    body: document('CompleteMultipartUploadResult', [
      ...elements({ Location: `/${bucket}/${key}`, Bucket: bucket, Key: key, ETag: `"${record.etag}"` }),
      ...checksumElements(record.checksum),
    ]),
  };
};

/** The first answer was lost: the same request again gets the same answer, as long as the object is the one it made. */
function already(there: ObjectRecord | undefined, id: string, named: readonly Named[]): ObjectRecord {
  if (there?.uploadId !== id || there.etag !== etagOfParts(named.map((part) => part.etag)))
    throw refuse('NoSuchUpload');
  return there;
}

function namedParts(text: string): Named[] {
  const parts = listOf(readDocument(text, 'CompleteMultipartUpload')['Part']).map((value) => {
    const { PartNumber: number, ETag: etag, ...checksums } = childrenOf(value) ?? {};
    const tag = /^"?([0-9a-f]{32})"?$/i.exec(textOf(etag)?.trim() ?? '')?.[1]?.toLowerCase() ?? '';
    if (!/^\d{1,5}$/.test(textOf(number)?.trim() ?? '')) throw refuse('MalformedXML');
    return { number: Number(number), etag: tag, checksums };
  });
  if (parts.length === 0 || parts.length > maxPartNumber) throw refuse('MalformedXML');
  return parts;
}

async function composed(
  upload: Upload,
  named: readonly Named[],
  { headers }: Call,
  { depot, now }: Shop,
): Promise<ObjectRecord> {
  const parts = named.map((one, index) => chosen(upload, one, named[index - 1]));
  for (const part of parts.slice(0, -1)) {
    if (part.piece.size < minPartBytes)
      throw refuse('EntityTooSmall', {
        details: {
          PartNumber: String(part.number),
          ProposedSize: String(part.piece.size),
          MinSizeAllowed: String(minPartBytes),
        },
      });
  }
  const pieces = parts.map((part) => part.piece);
  const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
  const promised = headers['x-amz-mp-object-size'];
  if (promised !== undefined && Number(promised) !== size)
    throw refuse('InvalidRequest', {
      message: "The provided 'x-amz-mp-object-size' header does not match what was computed.",
    });
  const { key, id, headers: kept, meta } = upload.record;
  const checksum = await checksumOfAll(upload.record, parts, depot.pieces);
  const claimed = checksum && headers[`x-amz-checksum-${checksum.name}`];
  if (claimed !== undefined && String(claimed).replace(/-\d+$/, '') !== checksum?.value.replace(/-\d+$/, ''))
    throw refuse('BadDigest');
  return {
    v: 1,
    key,
    etag: etagOfParts(parts.map((part) => part.etag)),
    modified: now(),
    size,
    headers: kept,
    meta,
    pieces,
    inParts: true,
    checksum,
    uploadId: id,
  };
}

function chosen({ record, parts }: Upload, { number, etag, checksums }: Named, before: Named | undefined): PartRecord {
  if (before && number <= before.number) throw refuse('InvalidPartOrder');
  const part = parts.get(number);
  if (part?.etag !== etag) throw refuse('InvalidPart', { details: { PartNumber: String(number) } });
  const { checksum } = part;
  const claimed = checksum && textOf(checksums[elementName(checksum.name)]);
  if (record.checksum?.type === 'COMPOSITE' && claimed === undefined) {
    throw refuse('InvalidRequest', {
      message: `The upload was created using a ${record.checksum.name} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    });
  }
  if (claimed !== undefined && claimed !== checksum?.value)
    throw refuse('InvalidPart', { details: { PartNumber: String(number) } });
  return part;
}

/** Only a checksum of the whole object has to read it all once more. */
async function checksumOfAll(
  { checksum }: UploadRecord,
  parts: readonly PartRecord[],
  pieces: Shop['depot']['pieces'],
): Promise<ObjectRecord['checksum']> {
  if (!checksum) return undefined;
  const { name, type } = checksum;
  if (type === 'COMPOSITE')
    return {
      name,
      type,
      value: await compositeOf(
        name,
        parts.map((part) => part.checksum?.value ?? ''),
      ),
    };
  const sum = startSum(name);
  const end = parts.reduce((total, part) => total + part.piece.size, 0);
  for await (const slice of pieces.read(
    parts.map((part) => part.piece),
    { start: 0, end },
  ))
    sum.update(slice);
  return { name, type, value: await base64Of(sum) };
}

export const abortUpload: Handler = async ({ key, query }, { depot }) => {
  const id = query.get('uploadId') ?? '';
  uploadOf(depot.upload(id), key);
  await depot.abortUpload(id);
  return { status: 204 };
};
