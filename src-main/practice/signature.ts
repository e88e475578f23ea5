/**
 * Verifies Signature Version 4, in the Authorization header or in the URL
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html). Every request needs a
 * signature. A presigned link works because its URL contains one.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { s3Error } from './s3-error.ts';
import { percentDecode, percentEncode, type Query } from './request-target.ts';

export interface SigningKeys {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

export interface SignedRequest {
  method: string;
  /** as received */
  path: string;
  query: Query;
  headers: RawHeaders;
}

/** All values by lower-case name, as received. */
export type RawHeaders = ReadonlyMap<string, readonly string[]>;

export interface VerifiedSignature {
  /** Value of x-amz-content-sha256: a hash, UNSIGNED-PAYLOAD or a kind of STREAMING-… */
  contentSha256: string;
  chain: SignatureChain;
}

const algorithm = 'AWS4-HMAC-SHA256';
/** Allowed difference between the clocks of client and server. */
const skewMs = 15 * 60_000;
/** Longest validity of a presigned link: 7 days, as in S3. */
const maxExpiresSeconds = 604_800;

/** The signature parameters of a request. */
interface SignatureParameters {
  kind: 'header' | 'query';
  credential: string;
  signedHeaders: string[];
  signature: string;
  /** For example 20261124T120000Z */
  date: string;
  contentSha256: string;
}

/**
 * @param now ms since 1970
 * @throws S3Error with the S3 code for the problem
 */
export function checkSignature(request: SignedRequest, keys: SigningKeys, now: number): VerifiedSignature {
  const parameters = readSignatureParameters(request);
  const scope = checkScope(parameters, keys);
  checkTime(parameters, request.query, now);
  checkSignedHeaders(parameters, request.headers);
  // The signing key: the secret key is hashed with the day, then the region, the service and 'aws4_request'.
  const key = ['aws4_request', 's3', keys.region, parameters.date.slice(0, 8)].reduceRight<string | Buffer>(
    (secret, text) => hmac(secret, text),
    `AWS4${keys.secretAccessKey}`,
  );
  const sign = (name: string, ...lines: string[]): string =>
    hmac(key, [name, parameters.date, scope, ...lines].join('\n')).toString('hex');
  if (!isEqualConstantTime(sign(algorithm, sha256(canonicalRequest(request, parameters))), parameters.signature))
    throw s3Error('SignatureDoesNotMatch');
  return { contentSha256: parameters.contentSha256, chain: new SignatureChain(sign, parameters.signature) };
}

/**
 * Verifies chunk signatures. Each one includes the previous signature, so that no chunk can be changed, omitted or
 * moved.
 */
export class SignatureChain {
  readonly #sign: (name: string, ...lines: string[]) => string;
  #last: string;

  constructor(sign: (name: string, ...lines: string[]) => string, first: string) {
    this.#sign = sign;
    this.#last = first;
  }

  /**
   * @param hash SHA-256 of the chunk, in hexadecimal digits
   * @throws S3Error SignatureDoesNotMatch
   */
  check(kind: 'PAYLOAD' | 'TRAILER', hash: string, signature: string): void {
    const lines = kind === 'PAYLOAD' ? [sha256(''), hash] : [hash];
    if (!isEqualConstantTime(this.#sign(`${algorithm}-${kind}`, this.#last, ...lines), signature))
      throw s3Error('SignatureDoesNotMatch');
    this.#last = signature;
  }
}

// ---------------------------------------------------------------- signature parameters

function readSignatureParameters({ headers, query }: SignedRequest): SignatureParameters {
  const authorization = headers.get('authorization')?.[0];
  const hasQuerySignature = query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm');
  if (query.has('Signature') && query.has('AWSAccessKeyId'))
    throw s3Error('InvalidRequest', { message: 'Please use AWS4-HMAC-SHA256.' });
  if (authorization !== undefined && hasQuerySignature)
    throw s3Error('InvalidArgument', { message: 'Only one auth mechanism allowed' });
  if (authorization !== undefined) return parametersFromHeader(authorization, headers);
  if (hasQuerySignature) return parametersFromQuery(query, headers);
  throw s3Error('AccessDenied');
}

function parametersFromHeader(authorization: string, headers: RawHeaders): SignatureParameters {
  if (!authorization.startsWith(`${algorithm} `)) {
    throw s3Error('InvalidRequest', {
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
  if (!credential || !signedHeaders || !signature) throw s3Error('AuthorizationHeaderMalformed');
  const contentSha256 = headers.get('x-amz-content-sha256')?.[0];
  if (contentSha256 === undefined)
    throw s3Error('InvalidRequest', { message: 'Missing required header for this request: x-amz-content-sha256' });
  const date = headers.get('x-amz-date')?.[0] ?? compactDate(headers.get('date')?.[0]);
  return { kind: 'header', credential, signedHeaders: signedHeaders.split(';'), signature, date, contentSha256 };
}

function parametersFromQuery(query: Query, headers: RawHeaders): SignatureParameters {
  const [, credential, signedHeaders, signature, date] = [
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
    'X-Amz-Date',
    'X-Amz-Expires',
  ].map((name) => {
    const values = query.pairs.filter(([pairName]) => pairName === name);
    if (values.length !== 1) throw s3Error('AuthorizationQueryParametersError');
    return values[0]?.[1] ?? '';
  }) as [string, string, string, string, string];
  if (query.get('X-Amz-Algorithm') !== algorithm) throw s3Error('AuthorizationQueryParametersError');
  const contentSha256 =
    query.get('X-Amz-Content-Sha256') ?? headers.get('x-amz-content-sha256')?.[0] ?? 'UNSIGNED-PAYLOAD';
  return { kind: 'query', credential, signedHeaders: signedHeaders.split(';'), signature, date, contentSha256 };
}

/** The error for wrong signature parameters, in the Authorization header or in the URL. */
const malformed = (
  kind: SignatureParameters['kind'],
  rest: { message?: string; details?: Record<string, string> } = {},
) => s3Error(kind === 'header' ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError', rest);

/** Checks the credential `KEYID/20261124/us-east-1/s3/aws4_request`. @returns it without the key id */
function checkScope({ kind, credential, date }: SignatureParameters, { accessKeyId, region }: SigningKeys): string {
  const [requestKeyId, ...scope] = credential.split('/');
  const [day, scopeRegion, service, end] = scope;
  if (scope.length !== 4 || service !== 's3' || end !== 'aws4_request') throw malformed(kind);
  if (requestKeyId !== accessKeyId)
    throw s3Error('InvalidAccessKeyId', { details: { AWSAccessKeyId: requestKeyId ?? '' } });
  if (scopeRegion !== region)
    throw malformed(kind, {
      message: `The authorization is malformed; the region '${scopeRegion}' is wrong; expecting '${region}'`,
      details: { Region: region },
    });
  if (day !== date.slice(0, 8))
    throw malformed(kind, { message: 'The date of the credential differs from the date of the request' });
  return scope.join('/');
}

// ---------------------------------------------------------------- time

function checkTime({ kind, date }: SignatureParameters, query: Query, now: number): void {
  // `20261124T120000Z` becomes `2026-11-24T12:00:00Z`.
  const signedAt = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(signedAt))
    throw kind === 'header'
      ? s3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' })
      : malformed(kind);
  const serverTime = new Date(now).toISOString();
  if (kind === 'header') {
    if (Math.abs(now - signedAt) > skewMs)
      throw s3Error('RequestTimeTooSkewed', {
        details: { RequestTime: date, ServerTime: serverTime, MaxAllowedSkewMilliseconds: String(skewMs) },
      });
    return;
  }
  const expires = query.get('X-Amz-Expires') ?? '';
  const seconds = /^\d{1,7}$/.test(expires) ? Number(expires) : 0;
  if (seconds < 1 || seconds > maxExpiresSeconds)
    throw malformed(kind, { message: 'X-Amz-Expires must be a number of seconds between 1 and 604800' });
  if (signedAt > now + skewMs) throw s3Error('AccessDenied', { message: 'Request is not valid yet' });
  const expiresAt = signedAt + seconds * 1000;
  if (now > expiresAt)
    throw s3Error('AccessDenied', {
      message: 'Request has expired',
      details: { Expires: new Date(expiresAt).toISOString(), ServerTime: serverTime, 'X-Amz-Expires': expires },
    });
}

/** The time of the Date header in the form of x-amz-date, for clients that don't send x-amz-date. */
function compactDate(date: string | undefined): string {
  const at = new Date(date ?? NaN);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString().replace(/\.\d+|[-:]/g, '');
}

// ---------------------------------------------------------------- canonical request

/** Host and x-amz-* headers must be signed. Otherwise a proxy or an attacker could add or change them. */
function checkSignedHeaders({ kind, signedHeaders }: SignatureParameters, headers: RawHeaders): void {
  const signed = new Set(signedHeaders);
  if ((headers.get('host')?.length ?? 0) !== 1) throw s3Error('InvalidRequest');
  const unsigned = [...headers.keys()]
    .filter((name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.has(name))
    // In a presigned URL the body hash is a query parameter, or part of the canonical request.
    .filter((name) => kind === 'header' || name !== 'x-amz-content-sha256');
  if (unsigned.length > 0)
    throw s3Error('AccessDenied', {
      message: 'There were headers present in the request which were not signed',
      details: { HeadersNotSigned: unsigned.join(', ') },
    });
}

/** The text that the client signed: the parts of the request in the normalized form of Signature Version 4. */
function canonicalRequest(
  { method, path, query, headers }: SignedRequest,
  { kind, signedHeaders, contentSha256 }: SignatureParameters,
): string {
  return [
    method,
    path
      .split('/')
      .map((segment) => percentEncode(percentDecode(segment)))
      .join('/'),
    query.pairs
      .filter(([name]) => kind === 'header' || name !== 'X-Amz-Signature')
      .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
      .sort(([a, x], [b, y]) => compareStrings(a, b) || compareStrings(x, y))
      .map((pair) => pair.join('='))
      .join('&'),
    ...signedHeaders.map(
      (name) => `${name}:${(headers.get(name) ?? []).map((value) => value.trim().replace(/ +/g, ' ')).join(',')}`,
    ),
    '',
    signedHeaders.join(';'),
    contentSha256,
  ].join('\n');
}

const compareStrings = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
// Node decodes header bytes as Latin-1. Clients sign the bytes that they send.
const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');

/** Compares in constant time, so that the duration doesn't reveal how much of a signature is correct. */
function isEqualConstantTime(expected: string, actual: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(actual)];
  return a.length === b.length && timingSafeEqual(a, b);
}
