/** What is in the bucket: objects (both versions of the listing) and unfinished uploads, in pages. */
import type { XmlNode } from '@aws-sdk/xml-builder';
import type { Call, Handler } from './call.ts';
import type { Depot, Upload } from './depot.ts';
import { elementName } from './checksums.ts';
import { refuse } from './refusal.ts';
import { compareKeys } from './sorted-keys.ts';
import { encodedPath, type Query } from './target.ts';
import { document, element, elements } from './xml.ts';

const maxPage = 1000;

interface Wanted {
  prefix: string;
  delimiter: string;
  after: string;
  count: number;
  encode(text: string): string;
  encoding: string | undefined;
}

/** Rows of a page: keys, and prefixes that stand for all keys behind them up to the delimiter. */
interface Page {
  keys: string[];
  prefixes: string[];
  next: string | undefined;
}

/** @throws Refusal InvalidArgument */
export function pageSize(query: Query, name: string): number {
  const text = query.get(name);
  if (text === undefined || text === '') return maxPage;
  if (!/^\d{1,10}$/.test(text))
    throw refuse('InvalidArgument', { message: `Provided ${name} not an integer or within integer range` });
  return Math.min(Number(text), maxPage);
}

function wantedOf({ query }: Call, count: number, after: string): Wanted {
  const encoding = query.get('encoding-type');
  if (encoding !== undefined && encoding !== 'url')
    throw refuse('InvalidArgument', { message: 'Invalid Encoding Method specified in Request' });
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    after,
    count,
    encoding,
    encode: encoding === 'url' ? encodedPath : (text) => text,
  };
}

/** A prefix that was the last row of a page is passed over together with everything behind it. */
function pageOf(depot: Depot, { prefix, delimiter, after, count }: Wanted): Page {
  const page: Page = { keys: [], prefixes: [], next: undefined };
  const { keys } = depot;
  const end = delimiter === '' || !after.startsWith(prefix) ? -1 : after.indexOf(delimiter, prefix.length);
  const isPrefixRow = end >= 0 && end + delimiter.length === after.length;
  const isPast = (key: string): boolean => compareKeys(key, after) > 0 && !(isPrefixRow && key.startsWith(after));
  let index = keys.firstFrom((key) => compareKeys(key, prefix) >= 0 && isPast(key));
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
      index = keys.firstFrom((one) => !one.startsWith(common), index);
    }
  }
}

function rows(depot: Depot, page: Page, { encode }: Wanted, owner: readonly XmlNode[]): XmlNode[] {
  const contents = page.keys.flatMap((key) => {
    const object = depot.object(key);
    if (!object) return [];
    const { etag, size, modified, checksum } = object;
    return element('Contents', [
      ...elements({ Key: encode(key), LastModified: new Date(modified).toISOString(), ETag: `"${etag}"`, Size: size }),
      ...(checksum ? elements({ ChecksumAlgorithm: checksum.name.toUpperCase(), ChecksumType: checksum.type }) : []),
      ...owner,
      ...element('StorageClass', 'STANDARD'),
    ]);
  });
  return [...contents, ...prefixRows(page.prefixes, encode)];
}

const prefixRows = (prefixes: readonly string[], encode: (text: string) => string): XmlNode[] =>
  prefixes.flatMap((prefix) => element('CommonPrefixes', element('Prefix', encode(prefix))));

const someOwner = element('Owner', elements({ ID: 'practice', DisplayName: 'practice' }));

export const listObjects: Handler = (call, { depot, bucket }) => {
  const { query } = call;
  const wanted = wantedOf(call, pageSize(query, 'max-keys'), query.get('marker') ?? '');
  const page = wanted.count === 0 ? empty : pageOf(depot, wanted);
  const { encode, prefix, delimiter, count, encoding } = wanted;
  return {
    status: 200,
    body: document('ListBucketResult', [
      ...elements({
        Name: bucket,
        Prefix: encode(prefix),
        Marker: encode(wanted.after),
        MaxKeys: count,
        Delimiter: delimiter === '' ? undefined : encode(delimiter),
        IsTruncated: page.next !== undefined,
        EncodingType: encoding,
        NextMarker: delimiter === '' || page.next === undefined ? undefined : encode(page.next),
      }),
      ...rows(depot, page, wanted, someOwner),
    ]),
  };
};

export const listObjectsV2: Handler = (call, { depot, bucket }) => {
  const { query } = call;
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const wanted = wantedOf(
    call,
    pageSize(query, 'max-keys'),
    token === undefined ? (startAfter ?? '') : fromToken(token),
  );
  const page = wanted.count === 0 ? empty : pageOf(depot, wanted);
  const { encode, prefix, delimiter, count, encoding } = wanted;
  return {
    status: 200,
    body: document('ListBucketResult', [
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
        NextContinuationToken: page.next === undefined ? undefined : toToken(page.next),
      }),
      ...rows(depot, page, wanted, query.get('fetch-owner') === 'true' ? someOwner : []),
    ]),
  };
};

const empty: Page = { keys: [], prefixes: [], next: undefined };

const toToken = (last: string): string => Buffer.from(last).toString('base64url');
function fromToken(token: string): string {
  const last = Buffer.from(token, 'base64url').toString('utf8');
  if (last === '' || toToken(last) !== token)
    throw refuse('InvalidArgument', { message: 'The continuation token provided is incorrect' });
  return last;
}

// ---------------------------------------------------------------- unfinished uploads

const compareUploads = (a: Upload, b: Upload): number =>
  compareKeys(a.record.key, b.record.key) ||
  a.record.initiated - b.record.initiated ||
  compareKeys(a.record.id, b.record.id);

export const listMultipartUploads: Handler = (call, { depot, bucket }) => {
  const { query } = call;
  const keyMarker = query.get('key-marker') ?? '';
  const wanted = wantedOf(call, pageSize(query, 'max-uploads'), keyMarker);
  const { prefix, delimiter, count, encode, encoding } = wanted;
  const from = depot.upload(query.get('upload-id-marker') ?? '');
  const all = depot.uploads.filter(({ record: { key } }) => key.startsWith(prefix)).sort(compareUploads);
  const rest =
    keyMarker === ''
      ? all
      : all.filter((one) => (from ? compareUploads(one, from) > 0 : compareKeys(one.record.key, keyMarker) > 0));
  const { shown, prefixes, isTruncated } = uploadPage(rest, { prefix, delimiter, count });
  const last = shown.at(-1)?.record;
  return {
    status: 200,
    body: document('ListMultipartUploadsResult', [
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
      ...shown.flatMap(({ record }) =>
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
          ...someOwner,
        ]),
      ),
      ...prefixRows(prefixes, encode),
    ]),
  };
};

function uploadPage(
  uploads: readonly Upload[],
  { prefix, delimiter, count }: Pick<Wanted, 'prefix' | 'delimiter' | 'count'>,
): { shown: Upload[]; prefixes: string[]; isTruncated: boolean } {
  const shown: Upload[] = [];
  const prefixes = new Set<string>();
  for (const upload of uploads) {
    if (shown.length >= count) return { shown, prefixes: [...prefixes], isTruncated: true };
    const end = delimiter === '' ? -1 : upload.record.key.indexOf(delimiter, prefix.length);
    if (end < 0) shown.push(upload);
    else prefixes.add(upload.record.key.slice(0, end + delimiter.length));
  }
  return { shown, prefixes: [...prefixes], isTruncated: false };
}

// ---------------------------------------------------------------- parts of one of them

export const listParts: Handler = ({ key, query }, { depot, bucket }) => {
  const id = query.get('uploadId') ?? '';
  const upload = depot.upload(id);
  if (upload?.record.key !== key) throw refuse('NoSuchUpload');
  const count = pageSize(query, 'max-parts');
  const marker = query.get('part-number-marker') ?? '0';
  if (!/^\d{1,10}$/.test(marker)) throw refuse('InvalidArgument');
  const rest = [...upload.parts.values()]
    .filter((part) => part.number > Number(marker))
    .sort((a, b) => a.number - b.number);
  const shown = rest.slice(0, count);
  const isTruncated = rest.length > shown.length;
  const { checksum } = upload.record;
  return {
    status: 200,
    body: document('ListPartsResult', [
      ...elements({
        Bucket: bucket,
        Key: key,
        UploadId: id,
        StorageClass: 'STANDARD',
        PartNumberMarker: Number(marker),
        NextPartNumberMarker: shown.at(-1)?.number ?? Number(marker),
        MaxParts: count,
        IsTruncated: isTruncated,
        ChecksumAlgorithm: checksum?.name.toUpperCase(),
        ChecksumType: checksum?.type,
      }),
      ...someOwner,
      ...shown.flatMap((part) =>
        element('Part', [
          ...elements({
            PartNumber: part.number,
            LastModified: new Date(part.modified).toISOString(),
            ETag: `"${part.etag}"`,
            Size: part.piece.size,
          }),
          ...(part.checksum ? element(elementName(part.checksum.name), part.checksum.value) : []),
        ]),
      ),
    ]),
  };
};
