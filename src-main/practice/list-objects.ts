/** Paged lists of objects, in both versions of ListObjects. */
import type { XmlNode } from '@aws-sdk/xml-builder';
import { pageSize, parseListParameters, prefixElements, type ListParameters } from './list-parameters.ts';
import type { ObjectStore } from './object-store.ts';
import type { OperationHandler } from './operation-handler.ts';
import { ownerElement } from './owner-element.ts';
import { s3Error } from './s3-error.ts';
import { compareKeys } from './sorted-keys.ts';
import { renderDocument, element, elements } from './xml.ts';

/** One page of a list. Each common prefix ends with the delimiter and stands for all keys that start with it. */
interface Page {
  keys: string[];
  prefixes: string[];
  /** The last row, after which the next page starts; undefined on the last page. */
  next: string | undefined;
}

/** If the last row of the previous page was a common prefix, all keys with that prefix are skipped. */
function selectPage(store: ObjectStore, { prefix, delimiter, after, count }: ListParameters): Page {
  const page: Page = { keys: [], prefixes: [], next: undefined };
  const { keys } = store;
  const commonPrefixOf = (key: string): string | undefined => {
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return at < 0 ? undefined : key.slice(0, at + delimiter.length);
  };
  const isAfterPrefix = after.startsWith(prefix) && commonPrefixOf(after) === after;
  const isPast = (key: string): boolean => compareKeys(key, after) > 0 && !(isAfterPrefix && key.startsWith(after));
  let index = keys.findFirst((key) => compareKeys(key, prefix) >= 0 && isPast(key));
  let lastRow = '';
  for (;;) {
    const key = keys.at(index);
    if (!key?.startsWith(prefix)) return page;
    if (page.keys.length + page.prefixes.length >= count) return { ...page, next: lastRow };
    const commonPrefix = commonPrefixOf(key);
    if (commonPrefix === undefined) {
      page.keys.push(key);
      index++;
    } else {
      page.prefixes.push(commonPrefix);
      index = keys.findFirst((other) => !other.startsWith(commonPrefix), index);
    }
    lastRow = commonPrefix ?? key;
  }
}

function pageElements(
  store: ObjectStore,
  page: Page,
  { encode }: ListParameters,
  owner: readonly XmlNode[],
): XmlNode[] {
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

export const listObjects: OperationHandler = (request, { store, bucket }) => {
  const { query } = request;
  const options = parseListParameters(request, pageSize(query, 'max-keys'), query.get('marker') ?? '');
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
  const options = parseListParameters(
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
