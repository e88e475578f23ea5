/**
 * Signature Version 4, in the Authorization header or in the address
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html). Nothing is served without one:
 * a link is readable because its address carries it.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { refuse } from './refusal.ts';
import { decoded, encoded, type Query } from './target.ts';

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

export interface SignedRequest {
  method: string;
  /** as it was sent */
  path: string;
  query: Query;
  headers: RawHeaders;
}

/** Lower-case names with all their values, as they were sent. */
export type RawHeaders = ReadonlyMap<string, readonly string[]>;

export interface Signed {
  /** What x-amz-content-sha256 says of the body: a hash, UNSIGNED-PAYLOAD or a kind of STREAMING-… */
  payload: string;
  chain: SignatureChain;
}

const algorithm = 'AWS4-HMAC-SHA256';
const skewMs = 15 * 60_000;
const maxExpiresSeconds = 604_800;

/** What a request says about its own signature. */
interface Claim {
  kind: 'header' | 'query';
  credential: string;
  signedHeaders: string[];
  signature: string;
  /** 20261124T120000Z */
  date: string;
  payload: string;
}

/**
 * @param now ms since 1970
 * @throws Refusal with the code that S3 has for what is wrong
 */
export function checkSignature(request: SignedRequest, keys: Keys, now: number): Signed {
  const claim = readClaim(request);
  const scope = checkScope(claim, keys);
  checkTime(claim, request.query, now);
  checkSignedHeaders(claim, request.headers);
  const key = ['aws4_request', 's3', keys.region, claim.date.slice(0, 8)].reduceRight<string | Buffer>(
    (secret, text) => hmac(secret, text),
    `AWS4${keys.secretAccessKey}`,
  );
  const sign = (name: string, ...lines: string[]): string =>
    hmac(key, [name, claim.date, scope, ...lines].join('\n')).toString('hex');
  if (!isSame(sign(algorithm, sha256(canonical(request, claim))), claim.signature))
    throw refuse('SignatureDoesNotMatch');
  return { payload: claim.payload, chain: new SignatureChain(sign, claim.signature) };
}

/** Each chunk of a body is signed together with the signature before it, so none can be changed, left out or moved. */
export class SignatureChain {
  readonly #sign: (name: string, ...lines: string[]) => string;
  #last: string;

  constructor(sign: (name: string, ...lines: string[]) => string, first: string) {
    this.#sign = sign;
    this.#last = first;
  }

  /**
   * @param hash SHA-256 of the chunk, in hexadecimal digits
   * @throws Refusal SignatureDoesNotMatch
   */
  check(kind: 'PAYLOAD' | 'TRAILER', hash: string, signature: string): void {
    const lines = kind === 'PAYLOAD' ? [sha256(''), hash] : [hash];
    if (!isSame(this.#sign(`${algorithm}-${kind}`, this.#last, ...lines), signature))
      throw refuse('SignatureDoesNotMatch');
    this.#last = signature;
  }
}

// ---------------------------------------------------------------- what the request claims

function readClaim({ headers, query }: SignedRequest): Claim {
  const authorization = headers.get('authorization')?.[0];
  const inQuery = query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm');
  if (query.has('Signature') && query.has('AWSAccessKeyId'))
    throw refuse('InvalidRequest', { message: 'Please use AWS4-HMAC-SHA256.' });
  if (authorization !== undefined && inQuery)
    throw refuse('InvalidArgument', { message: 'Only one auth mechanism allowed' });
  if (authorization !== undefined) return headerClaim(authorization, headers);
  if (inQuery) return queryClaim(query, headers);
  throw refuse('AccessDenied');
}

function headerClaim(authorization: string, headers: RawHeaders): Claim {
  if (!authorization.startsWith(`${algorithm} `)) {
    throw refuse('InvalidRequest', {
      message: 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    });
  }
  const fields = new Map(
    authorization
      .slice(algorithm.length)
      .split(',')
      .map((field) => field.trim().split('=', 2) as [string, string]),
  );
  const [credential, signedHeaders, signature] = ['Credential', 'SignedHeaders', 'Signature'].map(
    (name) => fields.get(name) ?? '',
  );
  if (!credential || !signedHeaders || !signature) throw refuse('AuthorizationHeaderMalformed');
  const payload = headers.get('x-amz-content-sha256')?.[0];
  if (payload === undefined)
    throw refuse('InvalidRequest', { message: 'Missing required header for this request: x-amz-content-sha256' });
  const date = headers.get('x-amz-date')?.[0] ?? compactDate(headers.get('date')?.[0]);
  return { kind: 'header', credential, signedHeaders: signedHeaders.split(';'), signature, date, payload };
}

function queryClaim(query: Query, headers: RawHeaders): Claim {
  const [, credential, signedHeaders, signature, date] = [
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
    'X-Amz-Date',
    'X-Amz-Expires',
  ].map((name) => {
    const values = query.pairs.filter(([one]) => one === name);
    if (values.length !== 1) throw refuse('AuthorizationQueryParametersError');
    return values[0]?.[1] ?? '';
  }) as [string, string, string, string, string];
  if (query.get('X-Amz-Algorithm') !== algorithm) throw refuse('AuthorizationQueryParametersError');
  const payload = query.get('X-Amz-Content-Sha256') ?? headers.get('x-amz-content-sha256')?.[0] ?? 'UNSIGNED-PAYLOAD';
  return { kind: 'query', credential, signedHeaders: signedHeaders.split(';'), signature, date, payload };
}

const malformed = (kind: Claim['kind'], rest: { message?: string; details?: Record<string, string> } = {}) =>
  refuse(kind === 'header' ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError', rest);

/** @returns `20261124/us-east-1/s3/aws4_request` */
function checkScope({ kind, credential, date }: Claim, { accessKeyId, region }: Keys): string {
  const [id, ...scope] = credential.split('/');
  const [day, itsRegion, service, end] = scope;
  if (scope.length !== 4 || service !== 's3' || end !== 'aws4_request') throw malformed(kind);
  if (id !== accessKeyId) throw refuse('InvalidAccessKeyId', { details: { AWSAccessKeyId: id ?? '' } });
  if (itsRegion !== region)
    throw malformed(kind, {
      message: `The authorization is malformed; the region '${itsRegion}' is wrong; expecting '${region}'`,
      details: { Region: region },
    });
  if (day !== date.slice(0, 8))
    throw malformed(kind, { message: 'The date of the credential is not that of the request' });
  return scope.join('/');
}

// ---------------------------------------------------------------- time

function checkTime({ kind, date }: Claim, query: Query, now: number): void {
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(at))
    throw kind === 'header'
      ? refuse('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' })
      : malformed(kind);
  const serverTime = new Date(now).toISOString();
  if (kind === 'header') {
    if (Math.abs(now - at) > skewMs)
      throw refuse('RequestTimeTooSkewed', {
        details: { RequestTime: date, ServerTime: serverTime, MaxAllowedSkewMilliseconds: String(skewMs) },
      });
    return;
  }
  const expires = query.get('X-Amz-Expires') ?? '';
  const seconds = /^\d{1,7}$/.test(expires) ? Number(expires) : 0;
  if (seconds < 1 || seconds > maxExpiresSeconds)
    throw malformed(kind, { message: 'X-Amz-Expires must be a number of seconds between 1 and 604800' });
  if (at > now + skewMs) throw refuse('AccessDenied', { message: 'Request is not valid yet' });
  const until = at + seconds * 1000;
  if (now > until)
    throw refuse('AccessDenied', {
      message: 'Request has expired',
      details: { Expires: new Date(until).toISOString(), ServerTime: serverTime, 'X-Amz-Expires': expires },
    });
}

/** Of the Date header, for clients that send no x-amz-date. */
function compactDate(date: string | undefined): string {
  const at = new Date(date ?? NaN);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString().replace(/\.\d+|[-:]/g, '');
}

// ---------------------------------------------------------------- what was signed

/** A header that means something must be signed, or somebody on the way could add it. */
function checkSignedHeaders({ kind, signedHeaders }: Claim, headers: RawHeaders): void {
  const signed = new Set(signedHeaders);
  if ((headers.get('host')?.length ?? 0) !== 1) throw refuse('InvalidRequest');
  const unsigned = [...headers.keys()]
    .filter((name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.has(name))
    // In an address the hash of the body stands in the query, or is part of what is signed below.
    .filter((name) => kind === 'header' || name !== 'x-amz-content-sha256');
  if (unsigned.length > 0)
    throw refuse('AccessDenied', {
      message: 'There were headers present in the request which were not signed',
      details: { HeadersNotSigned: unsigned.join(', ') },
    });
}

function canonical({ method, path, query, headers }: SignedRequest, { kind, signedHeaders, payload }: Claim): string {
  return [
    method,
    path
      .split('/')
      .map((segment) => encoded(decoded(segment)))
      .join('/'),
    query.pairs
      .filter(([name]) => kind === 'header' || name !== 'X-Amz-Signature')
      .map(([name, value]) => [encoded(name), encoded(value)] as const)
      .sort(([a, x], [b, y]) => order(a, b) || order(x, y))
      .map((pair) => pair.join('='))
      .join('&'),
    ...signedHeaders.map(
      (name) => `${name}:${(headers.get(name) ?? []).map((value) => value.trim().replace(/ +/g, ' ')).join(',')}`,
    ),
    '',
    signedHeaders.join(';'),
    payload,
  ].join('\n');
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
// Headers hold bytes, which Node gives as Latin-1; clients sign what they send.
const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');

/** Takes as long for a signature that is almost right as for one that is all wrong. */
function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
