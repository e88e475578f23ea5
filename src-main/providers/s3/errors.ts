/**
 * What a thrown value means. The SDK puts the store's code into `name`, the status into `$metadata`, further XML elements
 * beside them, and the answer's headers into `$response`; Node puts its reason into `code`. Answers to HEAD have no body,
 * so there only the status speaks.
 */
import type { AppError, ErrorCode } from '../../../src-shared/errors.ts';
import type { S3Settings } from './settings.ts';

interface Meaning { code: ErrorCode; field?: string }

const is = (code: ErrorCode, field?: string): Meaning => (field === undefined ? { code } : { code, field });

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what R2, Ceph, MinIO, OSS and others add. */
const byName: Record<string, Meaning> = {
  NoSuchBucket: is('no-bucket', 'bucket'),
  // Where nothing is read, this is what Ceph says of a bucket that is deleted while something is written to it.
  NoSuchKey: is('no-bucket', 'bucket'),
  InvalidBucketName: is('no-bucket', 'bucket'),
  InvalidAccessKeyId: is('unauthorized', 'accessKeyId'),
  SignatureDoesNotMatch: is('unauthorized', 'secretAccessKey'),
  Unauthorized: is('unauthorized', 'accessKeyId'),
  ExpiredToken: is('session-expired', 'sessionToken'),
  ExpiredTokenException: is('session-expired', 'sessionToken'),
  InvalidToken: is('session-expired', 'sessionToken'),
  TokenRefreshRequired: is('session-expired', 'sessionToken'),
  AccessDenied: is('forbidden'),
  AllAccessDisabled: is('forbidden'),
  AccountProblem: is('forbidden'),
  NotSignedUp: is('forbidden'),
  NotEntitled: is('forbidden'),
  InvalidPayer: is('forbidden'),
  UserSuspended: is('forbidden'),
  UnauthorizedAccess: is('forbidden'),
  AccessControlListNotSupported: is('rejected', 'acl'),
  SecondLevelDomainForbidden: is('rejected', 'pathStyle'),
  RequestTimeTooSkewed: is('clock-skewed'),
  RequestExpired: is('clock-skewed'),
  ExpiredRequest: is('clock-skewed'),
  PermanentRedirect: is('wrong-region', 'region'),
  AuthorizationHeaderMalformed: is('wrong-region', 'region'),
  IllegalLocationConstraintException: is('wrong-region', 'region'),
  QuotaExceeded: is('quota-exceeded'),
  InsufficientStorage: is('quota-exceeded'),
  XMinioStorageFull: is('quota-exceeded'),
  StorageQuotaExceeded: is('quota-exceeded'),
  EntityTooLarge: is('too-large'),
  SlowDown: is('rate-limited'),
  SlowDownWrite: is('rate-limited'),
  TooManyRequests: is('rate-limited'),
  Throttling: is('rate-limited'),
  ThrottlingException: is('rate-limited'),
  RequestLimitExceeded: is('rate-limited'),
  RequestTimeout: is('stalled'),
  IncompleteBody: is('unreachable'),
  BadDigest: is('corrupted'),
  XAmzContentSHA256Mismatch: is('corrupted'),
  XAmzContentChecksumMismatch: is('corrupted'),
  InvalidPart: is('corrupted'),
  // A conflict of writes, a bucket that is still being made, an upload that the store gave up: another try starts anew.
  TemporaryRedirect: is('unavailable'),
  OperationAborted: is('unavailable'),
  ConditionalRequestConflict: is('unavailable'),
  NoSuchUpload: is('unavailable'),
  ServiceUnavailable: is('unavailable'),
  InternalError: is('unavailable'),
  MethodNotAllowed: is('not-s3', 'endpoint'),
};

const byStatus: Record<number, Meaning> = {
  301: is('wrong-region', 'region'), 307: is('unavailable'), 401: is('unauthorized', 'accessKeyId'), 403: is('forbidden'), 405: is('not-s3', 'endpoint'),
  404: is('not-s3', 'endpoint'), 407: is('unreachable'), 408: is('stalled'), 409: is('unavailable'), 413: is('too-large'), 429: is('rate-limited'), 507: is('quota-exceeded'),
};

const notTrusted = is('tls-untrusted', 'endpoint');
const noAnswer = is('unreachable');

const byNodeCode: Record<string, Meaning> = {
  ENOTFOUND: is('unreachable', 'endpoint'), ECONNREFUSED: is('unreachable', 'endpoint'),
  ECONNRESET: noAnswer, ECONNABORTED: noAnswer, EPIPE: noAnswer, ETIMEDOUT: noAnswer, EADDRNOTAVAIL: noAnswer,
  EIDLE: is('stalled'),
  EHOSTUNREACH: is('offline'), ENETUNREACH: is('offline'), ENETDOWN: is('offline'), EAI_AGAIN: is('offline'),
  DEPTH_ZERO_SELF_SIGNED_CERT: notTrusted, SELF_SIGNED_CERT_IN_CHAIN: notTrusted, UNABLE_TO_VERIFY_LEAF_SIGNATURE: notTrusted,
  UNABLE_TO_GET_ISSUER_CERT: notTrusted, UNABLE_TO_GET_ISSUER_CERT_LOCALLY: notTrusted, CERT_HAS_EXPIRED: notTrusted,
  CERT_NOT_YET_VALID: notTrusted, CERT_REVOKED: notTrusted, CERT_UNTRUSTED: notTrusted, ERR_TLS_CERT_ALTNAME_INVALID: notTrusted,
  // https spoken to an http port, http to an https port, or something that is no web server at all.
  EPROTO: is('not-s3', 'endpoint'), ERR_SSL_WRONG_VERSION_NUMBER: is('not-s3', 'endpoint'), ERR_SSL_PACKET_LENGTH_TOO_LONG: is('not-s3', 'endpoint'),
};

interface Thrown {
  name?: string;
  message?: string;
  code?: string;
  errors?: unknown[];
  hostname?: string;
  Region?: string;
  ServerTime?: string | Date;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number; headers?: Record<string, string> };
}

/** @returns undefined for what neither the store nor the network said: a mistake of ours */
export function errorOf(cause: unknown, settings: S3Settings): AppError | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const thrown: Thrown = cause;
  const meaning = meaningOf(thrown);
  return meaning && { ...meaning, ...vhostField(thrown, settings), params: paramsOf(thrown, meaning.code, settings), ...retryAfter(thrown) };
}

function meaningOf(thrown: Thrown): Meaning | undefined {
  const status = thrown.$response?.statusCode ?? thrown.$metadata?.httpStatusCode ?? 0;
  return byNodeCodes(thrown) ?? meaningOfName(thrown) ?? (isUnreadable(thrown) ? unreadable(status) : undefined) ?? timeout(thrown) ?? meaningOfStatus(status);
}

function meaningOfName({ name = '', Region: region }: Thrown): Meaning | undefined {
  // Without a region it is the key that is malformed.
  if (name === 'AuthorizationHeaderMalformed' && region === undefined) return is('unauthorized', 'accessKeyId');
  return own(byName, name);
}

/** With several addresses for a name Node reports all of them: only when every one is out of reach is it the network. */
function byNodeCodes(thrown: Thrown): Meaning | undefined {
  const all = [...(thrown.errors ?? []), thrown].map((one) => meaningOfNodeCode((one as Thrown).code)).filter((one) => one !== undefined);
  return all.find((one) => one.code !== 'offline') ?? all[0];
}

function meaningOfNodeCode(code: string | undefined): Meaning | undefined {
  if (code === undefined) return undefined;
  // Node's parser met something that is not HTTP.
  return code.startsWith('HPE_') ? is('not-s3', 'endpoint') : own(byNodeCode, code);
}

/** The SDK could not parse the answer: a web page, a login, a proxy's complaint. */
const isUnreadable = (thrown: Thrown): boolean => thrown.name === 'SyntaxError' || /XML parse|deserializ|Unexpected token|char '.*' is not expected|Unclosed|closing tag/i.test(thrown.message ?? '');

const unreadable = (status: number): Meaning => (status >= 500 || status === 429 ? meaningOfStatus(status) : undefined) ?? is('not-s3', 'endpoint');

/** Timeouts of the SDK's handler have a name but no code. */
function timeout(thrown: Thrown): Meaning | undefined {
  if (thrown.name !== 'TimeoutError') return undefined;
  return /establish a connection/.test(thrown.message ?? '') ? noAnswer : is('stalled');
}

function meaningOfStatus(status: number): Meaning | undefined {
  const known = own(byStatus, status);
  if (known) return known;
  if (status >= 500) return is(status === 501 ? 'rejected' : 'unavailable');
  return status >= 300 ? is(status < 400 ? 'not-s3' : 'rejected', status < 400 ? 'endpoint' : undefined) : undefined;
}

const own = <T>(table: Record<string | number, T>, key: string | number): T | undefined => (Object.hasOwn(table, key) ? table[key] : undefined);

/** The bucket's own host name does not exist: the server wants path style. */
function vhostField(thrown: Thrown, settings: S3Settings): { field?: string } {
  const isVhost = !settings.pathStyle && thrown.hostname?.startsWith(`${settings.bucket}.`);
  return isVhost && (thrown.code === 'ENOTFOUND' || thrown.code === 'ERR_TLS_CERT_ALTNAME_INVALID') ? { field: 'pathStyle' } : {};
}

function paramsOf(thrown: Thrown, code: ErrorCode, settings: S3Settings): Record<string, string | number> {
  const params: Record<string, string | number> = { host: new URL(settings.endpoint).host, bucket: settings.bucket };
  const region = thrown.Region ?? thrown.$response?.headers?.['x-amz-bucket-region'];
  if (code === 'wrong-region' && region !== undefined && /^[\w-]{1,40}$/.test(region)) params.region = region;
  if (code === 'clock-skewed') params.minutes = skewMinutes(thrown);
  return params;
}

function skewMinutes(thrown: Thrown): number {
  const serverTime = new Date(thrown.ServerTime ?? thrown.$response?.headers?.date ?? NaN).getTime();
  return Number.isNaN(serverTime) ? 0 : Math.round(Math.abs(Date.now() - serverTime) / 60_000);
}

/** Retry-After in seconds or as a date (RFC 9110). */
function retryAfter(thrown: Thrown): { retryAfterMs?: number } {
  const value = thrown.$response?.headers?.['retry-after']?.trim();
  if (!value) return {};
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? {} : { retryAfterMs: Math.max(0, Math.round(ms)) };
}
