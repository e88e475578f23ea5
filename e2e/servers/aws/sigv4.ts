/** Verifies Signature Version 4. Follows AWS's specification, not the code of a client. */
import { createHash, createHmac } from 'node:crypto';
import type { LoopbackRequest } from './loopback-server.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

export interface SignatureClaim {
  accessKeyId: string;
  region: string;
  service: string;
  isSignedWith(secret: string): boolean;
}

/** The key that signs requests of one day to one service (AWS's documentation calls it the signing key). */
const signingKey = (secret: string, day: string, region: string, service: string): Buffer =>
  hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request');

/**
 * Parses the Authorization header: `AWS4-HMAC-SHA256 Credential=KEY/DAY/REGION/SERVICE/aws4_request,
 * SignedHeaders=NAME;NAME, Signature=HEX`.
 * @returns undefined when the request is unsigned or signed in another format
 */
export function parseSigV4({ method, url, headers, body }: LoopbackRequest): SignatureClaim | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=(?<key>[^/,]+)\/(?<day>\d{8})\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request, ?SignedHeaders=(?<signed>[^,]+), ?Signature=(?<signature>[\da-f]{64})$/.exec(
      headers.authorization ?? '',
    )?.groups;
  const date = headers['x-amz-date'];
  if (!match || typeof date !== 'string' || !date.startsWith(match.day ?? '')) return undefined;
  const { key = '', day = '', region = '', service = '', signed = '', signature = '' } = match;
  // Headers that identify the caller must be signed.
  const required = ['host', 'x-amz-date', ...(headers['x-amz-security-token'] ? ['x-amz-security-token'] : [])];
  if (!required.every((name) => signed.split(';').includes(name))) return undefined;
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');
  const lines = signed
    .split(';')
    .map(
      (name) =>
        `${name}:${String(headers[name] ?? '')
          .trim()
          .replace(/\s+/g, ' ')}\n`,
    )
    .join('');
  const request = [method, url.pathname, query, lines, signed, sha256(body)].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(request)].join('\n');
  return {
    accessKeyId: key,
    region,
    service,
    isSignedWith: (secret) => hmac(signingKey(secret, day, region, service), text).toString('hex') === signature,
  };
}
