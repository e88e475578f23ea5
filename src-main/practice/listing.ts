/** Paged lists of objects (both versions of ListObjects), unfinished multipart uploads and parts. */
import type { XmlNode } from '@aws-sdk/xml-builder';
import type { S3Request, OperationHandler } from './operation-handler.ts';
import type { ObjectStore, MultipartUpload } from './object-store.ts';
import { checksumElementName } from './checksums.ts';
import { ownerElement } from './owner-element.ts';
import { s3Error } from './s3-error.ts';
import { compareKeys } from './sorted-keys.ts';
import { percentEncodePath, type Query } from './request-target.ts';
import { renderDocument, element, elements } from './xml.ts';

const maxPage = 1000;

interface ListOptions {
  prefix: string;
  delimiter: string;
  after: string;
  count: number;
  encode(text: string): string;
  encoding: string | undefined;
}

/** Rows of a page: keys, and common prefixes, each of which represents all keys up to the delimiter. */
interface Page {
  keys: string[];
  prefixes: string[];
  next: string | undefined;
}

/** @throws S3Error InvalidArgument */
export function pageSize(query: Query, name: string): number {
  const text = query.get(name);
  if (text === undefined || text === '') return maxPage;
  if (!/^\d{1,10}$/.test(text))
    throw s3Error('InvalidArgument', { message: `Provided ${name} not an integer or within integer range` });
  return Math.min(Number(text), maxPage);
}

function parseListOptions({ query }: S3Request, count: number, after: string): ListOptions {
  const encoding = query.get('encoding-type');
  if (encoding !== undefined && encoding !== 'url')
    throw s3Error('InvalidArgument', { message: 'Invalid Encoding Method specified in Request' });
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    after,
    count,
    encoding,
    encode: encoding === 'url' ? percentEncodePath : (text) => text,
  };
}

/** If the last row of the previous page was a common prefix, all keys with that prefix are skipped. */
function selectPage(store: ObjectStore, { prefix, delimiter, after, count }: ListOptions): Page {
  const page: Page = { keys: [], prefixes: [], next: undefined };
  const { keys } = store;
  const end = delimiter === '' || !after.startsWith(prefix) ? -1 : after.indexOf(delimiter, prefix.length);
  const isPrefixRow = end >= 0 && end + delimiter.length === after.length;
  const isPast = (key: string): boolean => compareKeys(key, after) > 0 && !(isPrefixRow && key.startsWith(after));
  let index = keys.findFirst((key) => compareKeys(key, prefix) >= 0 && isPast(key));
  let last = '';
  for (;;) {
    const key = keys.at(index);
    if (!key?.startsWith(prefix)) return page;
    if (page.keys.length + page.prefixes.length >= count) return { ...page, next: last };
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (end < 0) {
      page.keys.push((last = key));
      index++;
    } else {
      const common = key.slice(0, end + delimiter.length);
      page.prefixes.push((last = common));
      index = keys.findFirst((one) => !one.startsWith(common), index);
    }
  }
}

function pageElements(store: ObjectStore, page: Page, { encode }: ListOptions, owner: readonly XmlNode[]): XmlNode[] {
  const contents = page.keys.flatMap((key) => {
    const object = store.object(key);
    if (!object) return [];
    const { etag, size, modified, checksum } = object;
    return element('Contents', [
      ...elements({ Key: encode(key), LastModified: new Date(modified).toISOString(), ETag: `"${etag}"`, Size: size }),
      ...(checksum ? elements({ ChecksumAlgorithm: checksum.name.toUpperCase(), ChecksumType: checksum.type }) : []),
      ...owner,
      ...element('StorageClass', 'STANDARD'),
    ]);
  });
  return [...contents, ...prefixElements(page.prefixes, encode)];
}

const prefixElements = (prefixes: readonly string[], encode: (text: string) => string): XmlNode[] =>
  prefixes.flatMap((prefix) => element('CommonPrefixes', element('Prefix', encode(prefix))));

export const listObjects: OperationHandler = (request, { store, bucket }) => {
  const { query } = request;
  const options = parseListOptions(request, pageSize(query, 'max-keys'), query.get('marker') ?? '');
  const page = options.count === 0 ? emptyPage : selectPage(store, options);
  const { encode, prefix, delimiter, count, encoding } = options;
  return {
    status: 200,
    body: renderDocument('ListBucketResult', [
      ...elements({
        Name: bucket,
        Prefix: encode(prefix),
        Marker: encode(options.after),
        MaxKeys: count,
        Delimiter: delimiter === '' ? undefined : encode(delimiter),
        IsTruncated: page.next !== undefined,
        EncodingType: encoding,
        NextMarker: delimiter === '' || page.next === undefined ? undefined : encode(page.next),
      }),
      ...pageElements(store, page, options, ownerElement),
    ]),
  };
};

export const listObjectsV2: OperationHandler = (request, { store, bucket }) => {
  const { query } = request;
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const options = parseListOptions(
    request,
    pageSize(query, 'max-keys'),
    token === undefined ? (startAfter ?? '') : decodeToken(token),
  );
  const page = options.count === 0 ? emptyPage : selectPage(store, options);
  const { encode, prefix, delimiter, count, encoding } = options;
  return {
    status: 200,
    body: renderDocument('ListBucketResult', [
      ...elements({
        Name: bucket,
        Prefix: encode(prefix),
        StartAfter: startAfter === undefined ? undefined : encode(startAfter),
        ContinuationToken: token,
        KeyCount: page.keys.length + page.prefixes.length,
        MaxKeys: count,
        Delimiter: delimiter === '' ? undefined : encode(delimiter),
        IsTruncated: page.next !== undefined,
        EncodingType: encoding,
        NextContinuationToken: page.next === undefined ? undefined : encodeToken(page.next),
      }),
      ...pageElements(store, page, options, query.get('fetch-owner') === 'true' ? ownerElement : []),
    ]),
  };
};

const emptyPage: Page = { keys: [], prefixes: [], next: undefined };

const encodeToken = (last: string): string => Buffer.from(last).toString('base64url');
function decodeToken(token: string): string {
  const last = Buffer.from(token, 'base64url').toString('utf8');
  if (last === '' || encodeToken(last) !== token)
    throw s3Error('InvalidArgument', { message: 'The continuation token provided is incorrect' });
  return last;
}

// ---------------------------------------------------------------- unfinished uploads

const compareUploads = (a: MultipartUpload, b: MultipartUpload): number =>
  compareKeys(a.record.key, b.record.key) ||
  a.record.initiated - b.record.initiated ||
  compareKeys(a.record.id, b.record.id);

export const listMultipartUploads: OperationHandler = (request, { store, bucket }) => {
  const { query } = request;
  const keyMarker = query.get('key-marker') ?? '';
  const options = parseListOptions(request, pageSize(query, 'max-uploads'), keyMarker);
  const { prefix, delimiter, count, encode, encoding } = options;
  const from = store.upload(query.get('upload-id-marker') ?? '');
  const all = store.uploads.filter(({ record: { key } }) => key.startsWith(prefix)).sort(compareUploads);
  const rest =
    keyMarker === ''
      ? all
      : all.filter((one) => (from ? compareUploads(one, from) > 0 : compareKeys(one.record.key, keyMarker) > 0));
  const { page, prefixes, isTruncated } = selectUploads(rest, { prefix, delimiter, count });
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

function selectUploads(
  uploads: readonly MultipartUpload[],
  { prefix, delimiter, count }: Pick<ListOptions, 'prefix' | 'delimiter' | 'count'>,
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

// ---------------------------------------------------------------- parts of an upload

export const listUploadParts: OperationHandler = ({ key, query }, { store, bucket }) => {
  const id = query.get('uploadId') ?? '';
  const upload = store.upload(id);
  if (upload?.record.key !== key) throw s3Error('NoSuchUpload');
  const count = pageSize(query, 'max-parts');
  const marker = query.get('part-number-marker') ?? '0';
  if (!/^\d{1,10}$/.test(marker)) throw s3Error('InvalidArgument');
  const rest = [...upload.parts.values()]
    .filter((part) => part.number > Number(marker))
    .sort((a, b) => a.number - b.number);
  const page = rest.slice(0, count);
  const isTruncated = rest.length > page.length;
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
            Size: part.piece.size,
          }),
          ...(part.checksum ? element(checksumElementName(part.checksum.name), part.checksum.value) : []),
        ]),
      ),
    ]),
  };
};
