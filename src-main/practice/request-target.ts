/** Parses bucket, key and query of a request, in path style or with the bucket in the host name. */
import { s3Error } from './s3-error.ts';

export interface RequestTarget {
  /** '' for requests to the service */
  bucket: string;
  /** '' for requests to the bucket */
  key: string;
  /** as received */
  path: string;
  query: Query;
}

/** Decoded names and values, in the received order. */
export class Query {
  readonly pairs: readonly (readonly [name: string, value: string])[];

  constructor(pairs: readonly (readonly [string, string])[]) {
    this.pairs = pairs;
  }

  has(name: string): boolean {
    return this.pairs.some(([pairName]) => pairName === name);
  }
  get(name: string): string | undefined {
    return this.pairs.find(([pairName]) => pairName === name)?.[1];
  }
}

const maxKeyBytes = 1024;
/** These hosts always mean this computer (RFC 6761), so a page of another host can't use them. */
const loopbackHosts = /^(?:127\.0\.0\.1|(?:([a-z0-9][a-z0-9.-]*)\.)?localhost)(?::\d{1,5})?$/i;

/**
 * Checks the Host header, before any other part of the request. Refuses a foreign name that resolves to this computer
 * (DNS rebinding). Accepts every port, because a proxy on this computer sends its own port.
 * @returns the bucket in front of the host name
 * @throws S3Error MisdirectedRequest
 */
export function bucketFromHost(host: string | undefined): string | undefined {
  const match = loopbackHosts.exec(host ?? '');
  if (!match) throw s3Error('MisdirectedRequest');
  return match[1]?.toLowerCase();
}

/**
 * @param url path and query as received
 * @throws S3Error InvalidURI, KeyTooLongError
 */
export function parseRequestTarget(url: string, hostBucket: string | undefined): RequestTarget {
  if (!url.startsWith('/')) throw s3Error('InvalidURI');
  const [path = '', ...rest] = url.split('?');
  const names = hostBucket === undefined ? path.slice(1) : `${hostBucket}${path}`;
  const slash = names.indexOf('/');
  const [bucket, key] = slash < 0 ? [names, ''] : [names.slice(0, slash), names.slice(slash + 1)];
  const target = { bucket: percentDecode(bucket), key: percentDecode(key), path, query: parseQuery(rest.join('?')) };
  if (Buffer.byteLength(target.key) > maxKeyBytes) throw s3Error('KeyTooLongError');
  return target;
}

function parseQuery(text: string): Query {
  if (text === '') return new Query([]);
  return new Query(
    text
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const equals = pair.indexOf('=');
        const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
        return [percentDecode(name.replaceAll('+', ' ')), percentDecode(value.replaceAll('+', ' '))] as const;
      }),
  );
}

/**
 * Percent-decodes text from a path or query.
 * @throws S3Error InvalidURI for invalid UTF-8
 */
export function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    if (cause instanceof URIError) throw s3Error('InvalidURI');
    throw cause;
  }
}

/** Percent-encodes everything except letters, digits and `-._~` (RFC 3986), as Signature Version 4 requires. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Like {@link percentEncode}, but keeps slashes: the form of keys in paths and in lists with encoding-type=url. */
export const percentEncodePath = (text: string): string => text.split('/').map(percentEncode).join('/');
