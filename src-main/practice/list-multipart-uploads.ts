/** Paged lists of unfinished multipart uploads and of their parts. */
import { checksumElementName } from './checksums.ts';
import { pageSize, parseListParameters, prefixElements, type ListParameters } from './list-parameters.ts';
import type { MultipartUpload } from './object-store.ts';
import type { OperationHandler } from './operation-handler.ts';
import { ownerElement } from './owner-element.ts';
import { s3Error } from './s3-error.ts';
import { compareKeys } from './sorted-keys.ts';
import { renderDocument, element, elements } from './xml.ts';

/** Sorts by key, then by time, then by id. */
const compareUploads = (a: MultipartUpload, b: MultipartUpload): number =>
  compareKeys(a.record.key, b.record.key) ||
  a.record.initiated - b.record.initiated ||
  compareKeys(a.record.id, b.record.id);

export const listMultipartUploads: OperationHandler = (request, { store, bucket }) => {
  const { query } = request;
  const keyMarker = query.get('key-marker') ?? '';
  const options = parseListParameters(request, pageSize(query, 'max-uploads'), keyMarker);
  const { prefix, delimiter, count, encode, encoding } = options;
  // The last upload of the previous page; undefined if it is gone or this is the first page.
  const marker = store.upload(query.get('upload-id-marker') ?? '');
  const matching = store.uploads.filter(({ record: { key } }) => key.startsWith(prefix)).sort(compareUploads);
  const isAfterMarker = (upload: MultipartUpload): boolean =>
    marker ? compareUploads(upload, marker) > 0 : compareKeys(upload.record.key, keyMarker) > 0;
  const remaining = keyMarker === '' ? matching : matching.filter(isAfterMarker);
  const { page, prefixes, isTruncated } = selectUploads(remaining, { prefix, delimiter, count });
  const last = page.at(-1)?.record;
  return {
    status: 200,
    body: renderDocument('ListMultipartUploadsResult', [
      ...elements({
        Bucket: bucket,
        KeyMarker: encode(keyMarker),
        UploadIdMarker: query.get('upload-id-marker') ?? '',
        Prefix: encode(prefix),
        Delimiter: delimiter === '' ? undefined : encode(delimiter),
        NextKeyMarker: isTruncated ? encode(last?.key ?? '') : undefined,
        NextUploadIdMarker: isTruncated ? last?.id : undefined,
        MaxUploads: count,
        IsTruncated: isTruncated,
        EncodingType: encoding,
      }),
      ...page.flatMap(({ record }) =>
        element('Upload', [
          ...elements({
            Key: encode(record.key),
            UploadId: record.id,
            Initiated: new Date(record.initiated).toISOString(),
            StorageClass: 'STANDARD',
          }),
          ...(record.checksum
            ? elements({ ChecksumAlgorithm: record.checksum.name.toUpperCase(), ChecksumType: record.checksum.type })
            : []),
          ...element('Initiator', elements({ ID: 'practice', DisplayName: 'practice' })),
          ...ownerElement,
        ]),
      ),
      ...prefixElements(prefixes, encode),
    ]),
  };
};

/** The first `count` uploads. Uploads whose keys share a common prefix up to `delimiter` are listed as that prefix. */
function selectUploads(
  uploads: readonly MultipartUpload[],
  { prefix, delimiter, count }: Pick<ListParameters, 'prefix' | 'delimiter' | 'count'>,
): { page: MultipartUpload[]; prefixes: string[]; isTruncated: boolean } {
  const page: MultipartUpload[] = [];
  const prefixes = new Set<string>();
  for (const upload of uploads) {
    if (page.length >= count) return { page, prefixes: [...prefixes], isTruncated: true };
    const end = delimiter === '' ? -1 : upload.record.key.indexOf(delimiter, prefix.length);
    if (end < 0) page.push(upload);
    else prefixes.add(upload.record.key.slice(0, end + delimiter.length));
  }
  return { page, prefixes: [...prefixes], isTruncated: false };
}

export const listUploadParts: OperationHandler = ({ key, query }, { store, bucket }) => {
  const id = query.get('uploadId') ?? '';
  const upload = store.upload(id);
  if (upload?.record.key !== key) throw s3Error('NoSuchUpload');
  const count = pageSize(query, 'max-parts');
  const marker = query.get('part-number-marker') ?? '0';
  if (!/^\d{1,10}$/.test(marker)) throw s3Error('InvalidArgument');
  const remaining = [...upload.parts.values()]
    .filter((part) => part.number > Number(marker))
    .sort((a, b) => a.number - b.number);
  const page = remaining.slice(0, count);
  const isTruncated = remaining.length > page.length;
  const { checksum } = upload.record;
  return {
    status: 200,
    body: renderDocument('ListPartsResult', [
      ...elements({
        Bucket: bucket,
        Key: key,
        UploadId: id,
        StorageClass: 'STANDARD',
        PartNumberMarker: Number(marker),
        NextPartNumberMarker: page.at(-1)?.number ?? Number(marker),
        MaxParts: count,
        IsTruncated: isTruncated,
        ChecksumAlgorithm: checksum?.name.toUpperCase(),
        ChecksumType: checksum?.type,
      }),
      ...ownerElement,
      ...page.flatMap((part) =>
        element('Part', [
          ...elements({
            PartNumber: part.number,
            LastModified: new Date(part.modified).toISOString(),
            ETag: `"${part.etag}"`,
            Size: part.blob.size,
          }),
          ...(part.checksum ? element(checksumElementName(part.checksum.name), part.checksum.value) : []),
        ]),
      ),
    ]),
  };
};
