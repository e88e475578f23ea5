/** Parameters and XML elements that all lists share. */
import type { XmlNode } from '@aws-sdk/xml-builder';
import type { S3Request } from './operation-handler.ts';
import { percentEncodePath, type Query } from './request-target.ts';
import { s3Error } from './s3-error.ts';
import { element } from './xml.ts';

const maxPageSize = 1000;

export interface ListParameters {
  /** Only keys that start with this text are listed. */
  prefix: string;
  /** Keys with this text after the prefix are grouped by their common prefix; '' for no groups. */
  delimiter: string;
  /** The last row of the previous page; '' for the first page. */
  after: string;
  /** Rows per page. */
  count: number;
  /** Encodes a key for the response. */
  encode(text: string): string;
  encoding: string | undefined;
}

/** @throws S3Error InvalidArgument */
export function pageSize(query: Query, name: string): number {
  const text = query.get(name);
  if (text === undefined || text === '') return maxPageSize;
  if (!/^\d{1,10}$/.test(text))
    throw s3Error('InvalidArgument', { message: `Provided ${name} not an integer or within integer range` });
  return Math.min(Number(text), maxPageSize);
}

export function parseListParameters({ query }: S3Request, count: number, after: string): ListParameters {
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

export const prefixElements = (prefixes: readonly string[], encode: (text: string) => string): XmlNode[] =>
  prefixes.flatMap((prefix) => element('CommonPrefixes', element('Prefix', encode(prefix))));
