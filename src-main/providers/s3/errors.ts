/**
 * What a thrown value means. The SDK puts the store's code into `name`, the status into `$metadata`, further XML elements
 * beside them, and the answer's headers into `$response`; Node puts its reason into `code`. Answers to HEAD have no body,
 * so there only the status speaks.
 */
import type { AppError, ErrorCode } from '../../../src-shared/errors.ts';
import { reachOf } from '../../platform/address.ts';
import { LinkClosed } from '../provider.ts';
import type { S3Settings } from './settings.ts';

/** `why` tells causes apart that have one code but not one remedy. */
interface Meaning { code: ErrorCode; field?: string; why?: string }

const is = (code: ErrorCode, field?: string, why?: string): Meaning => ({ code, ...(field === undefined ? {} : { field }), ...(why === undefined ? {} : { why }) });

/** A key that is not allowed to do it; which kind of key is in the settings. */
const notAllowed = is('forbidden', 'accessKeyId');

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what R2, Ceph, MinIO, OSS and others add. */
const byName: Record<string, Meaning> = {
  NoSuchBucket: is('no-bucket', 'bucket'),
  // Where nothing is read, this is what Ceph says of a bucket that is deleted while something is written to it.
  NoSuchKey: is('no-bucket', 'bucket'),
  InvalidBucketName: is('no-bucket', 'bucket'),
  InvalidAccessKeyId: is('unauthorized', 'accessKeyId', 'key'),
  SignatureDoesNotMatch: is('unauthorized', 'secretAccessKey', 'secret'),
  Unauthorized: is('unauthorized', 'accessKeyId', 'key'),
  ExpiredToken: is('session-expired', 'sessionToken'),
  ExpiredTokenException: is('session-expired', 'sessionToken'),
  InvalidToken: is('session-expired', 'sessionToken'),
  TokenRefreshRequired: is('session-expired', 'sessionToken'),
  AccessDenied: notAllowed,
  AllAccessDisabled: notAllowed,
  AccountProblem: notAllowed,
  NotSignedUp: notAllowed,
  NotEntitled: notAllowed,
  InvalidPayer: notAllowed,
  UserSuspended: notAllowed,
  UnauthorizedAccess: notAllowed,
  AccessControlListNotSupported: is('rejected', 'acl'),
  SecondLevelDomainForbidden: is('rejected', 'pathStyle'),
  RequestTimeTooSkewed: is('clock-skewed'),
  RequestExpired: is('clock-skewed'),
  ExpiredRequest: is('clock-skewed'),
  PermanentRedirect: is('wrong-region', 'region'),
  AuthorizationHeaderMalformed: is('wrong-region', 'region'),
  IllegalLocationConstraintException: is('wrong-region', 'region'),
  InvalidRegionName: is('wrong-region', 'region'),
  InvalidLocationConstraint: is('wrong-region', 'region'),
  InvalidStorageClass: is('rejected', 'headers', 'headers'),
  InvalidEncryptionAlgorithmError: is('rejected', 'headers', 'headers'),
  InvalidTag: is('rejected', 'headers', 'headers'),
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
  MethodNotAllowed: is('wrong-service', 'endpoint'),
};

const byStatus: Record<number, Meaning> = {
  301: is('wrong-region', 'region'), 307: is('unavailable'), 401: is('unauthorized', 'accessKeyId', 'key'), 403: notAllowed, 405: is('wrong-service', 'endpoint'),
  404: is('wrong-service', 'endpoint'), 407: is('unauthorized', 'proxyUser', 'proxy'), 408: is('stalled'), 409: is('unavailable'), 413: is('too-large'), 429: is('rate-limited'), 507: is('quota-exceeded'),
};

/** Somebody's own authority, or something on the way that opens what is encrypted. */
const unknownIssuer = is('tls-untrusted', 'ca', 'issuer');
const noAnswer = is('unreachable');
/** Nobody took the connection. */
const notThere = is('unreachable', 'endpoint');
/** https spoken to an http port, or to something that is no web server at all. */
const notEncrypted = is('wrong-service', 'endpoint', 'plain');

const byNodeCode: Record<string, Meaning> = {
  ENOTFOUND: is('unreachable', 'endpoint', 'noHost'), ECONNREFUSED: is('unreachable', 'endpoint', 'refused'),
  ECONNRESET: noAnswer, ECONNABORTED: noAnswer, EPIPE: noAnswer, ETIMEDOUT: notThere, EADDRNOTAVAIL: noAnswer,
  EIDLE: is('stalled'),
  EHOSTUNREACH: is('offline', 'endpoint', 'host'), ENETUNREACH: is('offline'), ENETDOWN: is('offline'), EAI_AGAIN: is('offline'),
  DEPTH_ZERO_SELF_SIGNED_CERT: is('tls-untrusted', 'ca', 'self'), SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer, UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer, UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer, CERT_UNTRUSTED: unknownIssuer,
  CERT_HAS_EXPIRED: is('tls-untrusted', 'endpoint', 'expired'), CERT_NOT_YET_VALID: is('tls-untrusted', 'endpoint', 'early'),
  CERT_REVOKED: is('tls-untrusted', 'endpoint', 'revoked'), ERR_TLS_CERT_ALTNAME_INVALID: is('tls-untrusted', 'endpoint', 'name'),
  EPROTO: notEncrypted, ERR_SSL_WRONG_VERSION_NUMBER: notEncrypted, ERR_SSL_PACKET_LENGTH_TOO_LONG: notEncrypted,
};

interface Thrown {
  name?: string;
  message?: string;
  code?: string;
  errors?: unknown[];
  hostname?: string;
  /** of a certificate for another name */
  host?: string;
  Region?: string;
  ServerTime?: string | Date;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number; headers?: Record<string, string> };
}

/** @returns undefined for what neither the store nor the network said: a mistake of ours */
export function errorOf(cause: unknown, settings: S3Settings): AppError | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const thrown: Thrown = cause;
  const meaning = cause instanceof LinkClosed ? closedLink(cause, settings) : meaningOf(thrown);
  if (!meaning) return undefined;
  const { code, why } = meaning;
  const field = fieldOf(meaning, thrown, settings);
  return { code, ...(field === undefined ? {} : { field }), params: { ...paramsOf(thrown, code, settings), ...(why === undefined ? {} : { why }) }, ...retryAfter(thrown) };
}

/**
 * What the network said on the way to a service besides the store: nothing of it is about the store's address.
 * @returns undefined for what the service itself said
 */
export function errorOfService(cause: unknown, host: string): AppError | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const thrown: Thrown = cause;
  const meaning = byNodeCodes(thrown) ?? (isUnreadable(thrown) ? is('wrong-service') : undefined) ?? timeout(thrown);
  if (!meaning) return undefined;
  const { code, why } = meaning;
  return { code, params: { host, reach: 'anywhere', ...(why === undefined ? {} : { why }) }, ...(meaning.field === 'ca' ? { field: 'ca' } : {}) };
}

/** A link that is made of a key opens with that key's rights; a public one with everybody's. */
function closedLink({ link, to }: LinkClosed, settings: S3Settings): Meaning {
  const isPublic = link.visibility === 'public';
  if (to === 'private') return isPublic ? is('forbidden', 'linkKind', 'publicRead') : is('forbidden', 'accessKeyId', 'keyRead');
  return is('wrong-service', isPublic && settings.publicBaseUrl !== undefined ? 'publicBaseUrl' : 'endpoint', isPublic ? 'publicLink' : 'link');
}

/** Where keys that were not typed come from. */
const keyField: Partial<Record<S3Settings['signIn']['by'], string>> = { profile: 'awsProfile', sso: 'ssoRole', container: 'credentials', instance: 'credentials', nobody: 'credentials' };

/** The field that a person sees for it: it depends on how one signs in, and where the address comes from. */
function fieldOf({ code, field, why }: Meaning, thrown: Thrown, settings: S3Settings): string | undefined {
  if (isOfVhost(thrown, settings)) return 'pathStyle';
  if (['accessKeyId', 'secretAccessKey', 'sessionToken'].includes(field ?? '')) return settings.signIn.by === 'sso' && code === 'session-expired' ? 'ssoSignIn' : keyField[settings.signIn.by] ?? field;
  // Amazon's address is made of the region alone.
  if (code === 'unreachable' && why === 'noHost' && settings.store.id === 'aws') return 'region';
  return field;
}

function meaningOf(thrown: Thrown): Meaning | undefined {
  const status = thrown.$response?.statusCode ?? thrown.$metadata?.httpStatusCode ?? 0;
  return byNodeCodes(thrown) ?? meaningOfName(thrown) ?? moved(thrown, status) ?? (isUnreadable(thrown) ? unreadable(status) : undefined) ?? timeout(thrown) ?? meaningOfStatus(status);
}

function meaningOfName({ name = '', Region: region }: Thrown): Meaning | undefined {
  // Without a region it is the key that is malformed.
  if (name === 'AuthorizationHeaderMalformed' && region === undefined) return is('unauthorized', 'accessKeyId', 'key');
  return own(byName, name);
}

/** To another address, and by no store: those name the region. */
function moved(thrown: Thrown, status: number): Meaning | undefined {
  const headers = thrown.$response?.headers ?? {};
  return status >= 300 && status < 400 && addressOf(headers.location) !== undefined && headers['x-amz-bucket-region'] === undefined ? is('wrong-service', 'endpoint', 'moved') : undefined;
}

/** Without what is behind the host: that may be a secret. */
const addressOf = (location: string | undefined): string | undefined => (location !== undefined && URL.canParse(location) ? new URL(location).origin : undefined);

/** With several addresses for a name Node reports all of them: only when every one is out of reach is it the network. */
function byNodeCodes(thrown: Thrown): Meaning | undefined {
  const all = [...(thrown.errors ?? []), thrown].map((one) => meaningOfNodeCode((one as Thrown).code)).filter((one) => one !== undefined);
  return all.find((one) => one.code !== 'offline') ?? all[0];
}

function meaningOfNodeCode(code: string | undefined): Meaning | undefined {
  if (code === undefined) return undefined;
  // Node's parser met something that is not HTTP.
  return code.startsWith('HPE_') ? is('wrong-service', 'endpoint') : own(byNodeCode, code);
}

/** The SDK could not parse the answer: a web page, a login, a proxy's complaint. */
const isUnreadable = (thrown: Thrown): boolean => thrown.name === 'SyntaxError' || /XML parse|deserializ|Unexpected token|char '.*' is not expected|Unclosed|closing tag/i.test(thrown.message ?? '');

const unreadable = (status: number): Meaning => (status >= 500 || status === 429 ? meaningOfStatus(status) : undefined) ?? is('wrong-service', 'endpoint');

/** Timeouts of the SDK's handler have a name but no code. */
function timeout(thrown: Thrown): Meaning | undefined {
  if (thrown.name !== 'TimeoutError') return undefined;
  return /establish a connection/.test(thrown.message ?? '') ? notThere : is('stalled');
}

function meaningOfStatus(status: number): Meaning | undefined {
  const known = own(byStatus, status);
  if (known) return known;
  if (status >= 500) return is(status === 501 ? 'rejected' : 'unavailable');
  return status >= 300 ? is(status < 400 ? 'wrong-service' : 'rejected', status < 400 ? 'endpoint' : undefined) : undefined;
}

const own = <T>(table: Record<string | number, T>, key: string | number): T | undefined => (Object.hasOwn(table, key) ? table[key] : undefined);

/** The bucket's own host name does not exist: the server wants path style. Where that is never so, the address is wrong. */
function isOfVhost(thrown: Thrown, { pathStyle, bucket, store }: S3Settings): boolean {
  const isVhost = !pathStyle && store.pathStyle !== 'refused' && store.id !== 'aws' && (thrown.hostname ?? thrown.host)?.startsWith(`${bucket}.`) === true;
  return isVhost && (thrown.code === 'ENOTFOUND' || thrown.code === 'ERR_TLS_CERT_ALTNAME_INVALID');
}

function paramsOf(thrown: Thrown, code: ErrorCode, settings: S3Settings): Record<string, string | number> {
  const params: Record<string, string | number> = { host: new URL(settings.endpoint).host, bucket: settings.bucket };
  const region = thrown.Region ?? thrown.$response?.headers?.['x-amz-bucket-region'];
  if (code === 'wrong-region' && region !== undefined && /^[\w-]{1,40}$/.test(region)) params.region = region;
  if (code === 'clock-skewed') params.minutes = skewMinutes(thrown);
  return code === 'wrong-service' ? { ...params, ...whereTo(thrown, settings) } : params;
}

/** What to write instead. */
function whereTo(thrown: Thrown, { endpoint }: S3Settings): Record<string, string> {
  const to = addressOf(thrown.$response?.headers?.location);
  return { reach: reachOf(new URL(endpoint).hostname), ...(to === undefined ? {} : { to }) };
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
