/** Sends raw requests with custom signatures, including invalid requests that an S3 client would not send. */
import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import type { PracticeAddress } from '../practice.ts';

export interface RawRequest {
  method?: string;
  /** the path and query as sent */
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Buffer | string;
  /** x-amz-content-sha256; by default the hash of the body */
  payload?: string;
  /** 'no': an anonymous request */
  signed?: 'header' | 'no';
  /** Host header; by default the host of the address */
  host?: string;
  /** time of the signature in ms since 1970; by default the current time */
  at?: number;
  /** number of body bytes after which the connection is closed */
  cutAfter?: number;
}

export interface RawResponse {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
  /** the code of the S3 error */
  code: string | undefined;
  /** whether the server sent `100 Continue` */
  continued: boolean;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const encodeRfc3986 = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Signs a request. `chunk` and `trailer` sign the parts of an aws-chunked body, in order. */
export function signRequest(
  address: PracticeAddress,
  {
    method = 'GET',
    path,
    query = {},
    headers,
    payload,
    at,
  }: RawRequest & { headers: Record<string, string>; payload: string; at: number },
): { authorization: string; date: string; chunk(bytes: Buffer): string; trailer(text: string): string } {
  const date = new Date(at).toISOString().replace(/\.\d+|[-:]/g, '');
  const scope = `${date.slice(0, 8)}/${address.region}/s3/aws4_request`;
  const signedHeaders: Record<string, string> = { ...headers, 'x-amz-date': date, 'x-amz-content-sha256': payload };
  const names = Object.keys(signedHeaders)
    .filter((name) => name === 'host' || name.startsWith('x-amz-'))
    .sort();
  const canonical = [
    method,
    path
      .split('/')
      .map((segment) => encodeRfc3986(decodeURIComponent(segment)))
      .join('/'),
    Object.entries(query)
      .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
      .sort()
      .join('&'),
    ...names.map((name) => `${name}:${signedHeaders[name]}`),
    '',
    names.join(';'),
    payload,
  ].join('\n');
  const key = ['aws4_request', 's3', address.region, date.slice(0, 8)].reduceRight<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${address.secretAccessKey}`,
  );
  let lastSignature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${address.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${lastSignature}`;
  const signNext = (kind: string, ...lines: string[]): string => {
    const text = [`AWS4-HMAC-SHA256-${kind}`, date, scope, lastSignature, ...lines].join('\n');
    lastSignature = hmac(key, text).toString('hex');
    return lastSignature;
  };
  return {
    authorization,
    date,
    chunk: (bytes) => signNext('PAYLOAD', sha256(''), sha256(bytes)),
    trailer: (text) => signNext('TRAILER', sha256(text)),
  };
}

export async function sendRawRequest(address: PracticeAddress, request: RawRequest): Promise<RawResponse> {
  const { method = 'GET', path, query = {}, body, signed = 'header', at = Date.now() } = request;
  const { port, host } = new URL(address.endpoint);
  const payload = request.payload ?? sha256(body ?? '');
  const headers: Record<string, string> = {
    ...(body === undefined ? {} : { 'content-length': String(body.length) }),
    ...request.headers,
    host: request.host ?? host,
  };
  if (signed === 'header') {
    const { authorization, date } = signRequest(address, { ...request, headers, payload, at });
    Object.assign(headers, { authorization, 'x-amz-date': date, 'x-amz-content-sha256': payload });
  }
  const text = Object.entries(query)
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .join('&');
  return exchange(
    { host: '127.0.0.1', port, method, path: text === '' ? path : `${path}?${text}`, headers, agent: false },
    request,
  );
}

function exchange(options: http.RequestOptions, { body, cutAfter, headers = {} }: RawRequest): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    let continued = false;
    const request = http.request(options);
    request.on('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const responseBody = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: responseBody,
          code: /<Code>(\w+)</.exec(responseBody.toString())?.[1],
          continued,
        });
      });
    });
    const isWaiting = headers['expect'] !== undefined;
    request.once('continue', () => {
      continued = true;
      request.end(body);
    });
    if (cutAfter !== undefined)
      request.write(Buffer.from(body ?? '').subarray(0, cutAfter), () => request.destroy(new Error('cut')));
    else if (isWaiting) request.flushHeaders();
    else request.end(body);
  });
}

/** One chunk of an aws-chunked body. */
export const encodeChunk = (bytes: Buffer | string, signature?: string): Buffer =>
  Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}${signature === undefined ? '' : `;chunk-signature=${signature}`}\r\n`),
    Buffer.from(bytes),
    Buffer.from(bytes.length === 0 ? '' : '\r\n'),
  ]);
