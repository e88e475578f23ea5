/**
 * Maps a thrown value to an AppError. The SDK puts the store's code into `name`, the status into `$metadata`, further
 * XML elements beside them, and the response headers into `$response`. Node puts its reason into `code`. Answers to
 * HEAD have no body, so only the status is known.
 */
import type { AppError } from '../../../src-shared/errors.ts';
import { hostReach } from '../../platform/host-reach.ts';
import {
  meaning,
  networkErrorMeaning,
  getOwn,
  parseRetryAfterMs,
  type Meaning,
  type NetworkErrorLike,
} from '../network/network-errors.ts';
import { proxyLoginProblem } from '../network/proxy-login-problem.ts';
import { LinkCheckError } from '../contract/provider.ts';
import { responseRules, errorsByName, errorsByStatus, signInRules, matchRule } from './error-table.ts';
import { genericErrorNames, hasErrorName, informativeMessage, serverMessage } from './server-reason.ts';
import { atUsedField, genericRejectionMeaning, onlySettingMeaning } from './setting-meaning.ts';
import type { S3Settings } from './settings.ts';
import { damagedErrorElements, foreignReason, isDamagedDocument, isUnreadable } from './unreadable-response.ts';

interface SdkError extends NetworkErrorLike {
  hostname?: string;
  /** The name in a certificate for another host. */
  host?: string;
  Region?: string;
  ServerTime?: string | Date;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number; headers?: Record<string, string>; body?: unknown };
}

/** @returns undefined when the error comes from a bug and not from the store or the network */
export function mapS3Error(cause: unknown, settings: S3Settings): AppError | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const thrown = withDamagedElements(cause);
  const meaning = refineMeaning(
    cause instanceof LinkCheckError ? closedLinkMeaning(cause, settings) : meaningOf(thrown, settings),
    thrown,
    settings,
  );
  if (!meaning) return undefined;
  const { code, why } = meaning;
  const field = visibleField(meaning, settings);
  return {
    code,
    ...(field === undefined ? {} : { field }),
    params: { ...errorParams(thrown, meaning, settings), ...(why === undefined ? {} : { why }) },
    ...retryAfter(thrown),
  };
}

/** If the SDK could not parse the store's error document, replaces the SDK's error by the name and message in it. */
function withDamagedElements(thrown: SdkError): SdkError {
  const elements = damagedErrorElements(thrown);
  if (!elements) return thrown;
  const { $metadata, $response } = thrown;
  return {
    ...($metadata ? { $metadata } : {}),
    ...($response ? { $response: { ...$response, body: undefined } } : {}),
    message: '',
    ...elements,
  };
}

/**
 * Maps network errors of a service other than the store. The messages do not mention the store's address.
 * @returns undefined for errors that the service itself reported
 */
export function mapServiceError(cause: unknown, host: string): AppError | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const thrown: SdkError = cause;
  const errorMeaning = networkErrorMeaning(thrown) ?? (isUnreadable(thrown) ? meaning('wrong-service') : undefined);
  if (!errorMeaning) return undefined;
  const { code, why } = errorMeaning;
  return {
    code,
    params: { host, reach: 'anywhere', ...(why === undefined ? {} : { why }) },
    ...(errorMeaning.field === 'ca' ? { field: 'ca' } : {}),
  };
}

/**
 * The meaning when the check of a new link failed. A presigned link has the permissions of its access key; a public
 * link has those of anonymous clients.
 */
function closedLinkMeaning({ link, outcome }: LinkCheckError, settings: S3Settings): Meaning {
  const isPublic = link.visibility === 'public';
  if (outcome === 'private')
    return isPublic ? meaning('forbidden', 'linkKind', 'publicRead') : meaning('forbidden', 'accessKeyId', 'keyRead');
  return meaning(
    'wrong-service',
    isPublic && settings.publicBaseUrl !== undefined ? 'publicBaseUrl' : 'endpoint',
    isPublic ? 'publicLink' : 'link',
  );
}

/** Refines a meaning that depends on the settings: names the setting that causes the error. */
function refineMeaning(errorMeaning: Meaning | undefined, thrown: SdkError, settings: S3Settings): Meaning | undefined {
  if (errorMeaning && isVirtualHostFailure(thrown, settings)) return meaning(errorMeaning.code, 'pathStyle', 'vhost');
  // Often the access key may write but may not set a public ACL: public access is blocked, or a permission is missing.
  if (
    errorMeaning?.code === 'forbidden' &&
    errorMeaning.why === undefined &&
    settings.acl !== undefined &&
    settings.linkKind === 'public'
  )
    return meaning('forbidden', 'acl', 'acl');
  return errorMeaning && atUsedField(errorMeaning, settings);
}

/** The fields when the user enters keys. */
const credentialFields: readonly (string | undefined)[] = ['accessKeyId', 'secretAccessKey', 'sessionToken'];
/** The field for each sign-in method without typed keys. */
const fieldBySignIn: Partial<Record<S3Settings['signIn']['by'], string>> = {
  profile: 'awsProfile',
  sso: 'ssoRole',
  container: 'credentials',
  instance: 'credentials',
  anonymous: 'credentials',
};

/** The form field to mark. It depends on the sign-in method and on where the address comes from. */
function visibleField({ code, field, why }: Meaning, settings: S3Settings): string | undefined {
  if (credentialFields.includes(field))
    return settings.signIn.by === 'sso' && code === 'session-expired'
      ? 'ssoSignIn'
      : (fieldBySignIn[settings.signIn.by] ?? field);
  if (settings.signIn.by === 'keys' && field === 'awsProfile') return 'accessKeyId';
  // Amazon's address depends on the region alone.
  if (code === 'unreachable' && why === 'noHost' && settings.store.id === 'aws') return 'region';
  return field;
}

function meaningOf(thrown: SdkError, settings: S3Settings): Meaning | undefined {
  const status = httpStatus(thrown);
  // The first function that recognizes the error decides.
  return (
    networkErrorMeaning(withoutSignInError(thrown)) ??
    meaningOfName(thrown, settings) ??
    redirectMeaning(thrown, status) ??
    pageMeaning(thrown, status) ??
    fallbackMeaning(thrown, status, settings)
  );
}

/** Hides sign-in errors from the network rules, which would take a timeout of the sign-in for one of the store. */
const withoutSignInError = (thrown: SdkError): NetworkErrorLike => (matchRule(signInRules, thrown) ? {} : thrown);

const httpStatus = ({ $response, $metadata }: SdkError): number =>
  $response?.statusCode ?? $metadata?.httpStatusCode ?? 0;

function meaningOfName(thrown: SdkError, settings: S3Settings): Meaning | undefined {
  const special =
    matchRule(responseRules, thrown) ??
    matchRule(signInRules, thrown) ??
    accessKeyMeaning(thrown, settings) ??
    genericRejectionMeaning(thrown, settings);
  if (special) return special;
  const known = getOwn(errorsByName, thrown.name ?? '');
  if (known?.code === 'forbidden' && known.why === undefined && reasonOf(thrown, settings) !== undefined)
    return { ...known, why: 'serverMessage' };
  return known && markUnnamedRegion(known, thrown);
}

function accessKeyMeaning({ name, Region: region }: SdkError, { signIn }: S3Settings): Meaning | undefined {
  // If the region were wrong, the answer would name the right one. Without it, the access key is malformed.
  if (name === 'AuthorizationHeaderMalformed' && region === undefined)
    return meaning('unauthorized', 'accessKeyId', 'key');
  // Amazon reports a temporary access key (ASIA…) without its session token as unknown.
  const lacksToken = signIn.by === 'keys' && signIn.accessKeyId.startsWith('ASIA') && signIn.sessionToken === undefined;
  return name === 'InvalidAccessKeyId' && lacksToken ? meaning('unauthorized', 'sessionToken', 'token') : undefined;
}

/** Selects the sentence without a region if the store did not report the bucket's region. */
const markUnnamedRegion = (meaning: Meaning, thrown: SdkError): Meaning =>
  meaning.code === 'wrong-region' && meaning.why === undefined && reportedRegion(thrown) === undefined
    ? { ...meaning, why: 'unnamed' }
    : meaning;

function reportedRegion({ Region: regionInBody, $response }: SdkError): string | undefined {
  const region = regionInBody ?? $response?.headers?.['x-amz-bucket-region'];
  return region !== undefined && /^[\w-]{1,40}$/.test(region) ? region : undefined;
}

/** For errors that are not in the error table: uses the status and the store's message. */
function fallbackMeaning(thrown: SdkError, status: number, settings: S3Settings): Meaning | undefined {
  const found = silentRejectionMeaning(thrown, status, settings) ?? meaningOfStatus(thrown, status);
  const isUnspecific =
    (found?.code === 'rejected' && found.field === undefined) || (found?.code === 'forbidden' && hasErrorName(thrown));
  return found && isUnspecific && serverMessage(thrown, settings) !== undefined
    ? { ...found, why: 'serverMessage' }
    : found;
}

/** A store that gives no reason may have rejected a setting for new objects. */
function silentRejectionMeaning(thrown: SdkError, status: number, settings: S3Settings): Meaning | undefined {
  const isSilent = !hasErrorName(thrown) || genericErrorNames.test(thrown.name ?? '');
  return (status === 501 || status === 400) && isSilent && reasonOf(thrown, settings) === undefined
    ? onlySettingMeaning(settings)
    : undefined;
}

/** A redirect without a region does not come from a store, but for example from a login page or a moved server. */
function redirectMeaning(thrown: SdkError, status: number): Meaning | undefined {
  const headers = thrown.$response?.headers ?? {};
  return status >= 300 &&
    status < 400 &&
    redirectOrigin(headers.location) !== undefined &&
    headers['x-amz-bucket-region'] === undefined
    ? meaning('wrong-service', 'endpoint', 'moved')
    : undefined;
}

/** Returns only the scheme, host and port, because the rest of an address may contain a secret. */
const redirectOrigin = (location: string | undefined): string | undefined =>
  location !== undefined && URL.canParse(location) ? new URL(location).origin : undefined;

/** The reason of the server, if it says more than the error code. */
function reasonOf(thrown: SdkError, settings: S3Settings): string | undefined {
  return httpStatus(thrown) === 0 ? undefined : informativeMessage(serverMessage(thrown, settings), thrown.name);
}

/** Statuses that mean the same from a store and from a server in front of it. */
const clearStatuses: ReadonlySet<number> = new Set([407, 408, 411, 413, 429, 507]);

const isClearStatus = (status: number): boolean => clearStatuses.has(status) || (status >= 500 && status !== 501);

/**
 * The meaning of a response that no store sends: a web page, a text or half a document. If its status is not clear, the
 * response means that another server answered, whatever the status is.
 */
function pageMeaning(thrown: SdkError, status: number): Meaning | undefined {
  if (!isUnreadable(thrown) && !isNamelessPage(thrown)) return undefined;
  if (isClearStatus(status)) return meaningOfStatus(thrown, status);
  if (isDamagedDocument(thrown)) return status < 300 ? meaning('unavailable', undefined, 'cut') : undefined;
  const reason = (foreignReason(thrown) ?? '').trim();
  if (/HTTP request .*\bHTTPS (port|server)/i.test(reason)) return meaning('wrong-service', 'endpoint', 'encrypted');
  return meaning('wrong-service', 'endpoint', reason === '' ? undefined : 'serverMessage');
}

/** A web page that the SDK could parse, because it is valid XML. */
const isNamelessPage = (thrown: SdkError): boolean =>
  /^\s*(text\/html|application\/xhtml)/i.test(thrown.$response?.headers?.['content-type'] ?? '') &&
  !hasErrorName(thrown);

function meaningOfStatus(thrown: SdkError, status: number): Meaning | undefined {
  if (status === 407)
    return meaning('unauthorized', 'proxyUser', proxyLoginProblem(proxyAuthenticate(thrown), { hasLogin: true }).why);
  const known = getOwn(errorsByStatus, status);
  if (known) return markUnnamedRegion(known, thrown);
  if (status >= 500) return meaning('unavailable');
  if (status >= 400) return meaning('rejected');
  return status >= 300 ? meaning('wrong-service', 'endpoint') : undefined;
}

const proxyAuthenticate = ({ $response }: SdkError): string | undefined => $response?.headers?.['proxy-authenticate'];

/**
 * Whether the host name `bucket.host` does not exist or has no certificate, so that the server needs path style. At a
 * service that never needs path style, the same error means that the address is wrong.
 */
function isVirtualHostFailure(thrown: SdkError, { pathStyle, bucket, store }: S3Settings): boolean {
  const mayNeedPathStyle = !pathStyle && store.pathStyle !== 'refused' && store.id !== 'aws';
  const isBucketHost = (thrown.hostname ?? thrown.host)?.startsWith(`${bucket}.`) === true;
  return (
    mayNeedPathStyle && isBucketHost && (thrown.code === 'ENOTFOUND' || thrown.code === 'ERR_TLS_CERT_ALTNAME_INVALID')
  );
}

function errorParams(thrown: SdkError, { code, why }: Meaning, settings: S3Settings): Record<string, string | number> {
  const { endpoint, bucket, signIn } = settings;
  const params: Record<string, string | number> = {
    host: new URL(endpoint).host,
    bucket,
    ...(signIn.by === 'profile' ? { profile: signIn.profile } : {}),
    ...responseDetails(thrown, settings),
  };
  if (why !== 'serverMessage' && reasonOf(thrown, settings) === undefined) delete params.serverMessage;
  const region = reportedRegion(thrown);
  if (code === 'wrong-region' && region !== undefined) params.region = region;
  if (code === 'clock-skewed') params.minutes = skewMinutes(thrown);
  return code === 'wrong-service' ? { ...params, ...redirectParams(thrown, settings) } : params;
}

/** Technical details for support; the sentences use only `serverMessage`. */
function responseDetails(thrown: SdkError, settings: S3Settings): Record<string, string | number> {
  const status = httpStatus(thrown);
  if (status === 0) return {};
  const { name = '' } = thrown;
  const message = serverMessage(thrown, settings);
  return {
    status,
    ...(hasErrorName(thrown) && /^[\w.-]{1,80}$/.test(name) ? { reason: name } : {}),
    ...(message === undefined ? {} : { serverMessage: message }),
  };
}

/** `to`: the address to enter instead, if the server redirected to one. */
function redirectParams(thrown: SdkError, { endpoint }: S3Settings): Record<string, string> {
  const to = redirectOrigin(thrown.$response?.headers?.location);
  return { reach: hostReach(new URL(endpoint).hostname), ...(to === undefined ? {} : { to }) };
}

function skewMinutes(thrown: SdkError): number {
  const serverTime = new Date(thrown.ServerTime ?? thrown.$response?.headers?.date ?? NaN).getTime();
  return Number.isNaN(serverTime) ? 0 : Math.round(Math.abs(Date.now() - serverTime) / 60_000);
}

function retryAfter(thrown: SdkError): { retryAfterMs?: number } {
  const ms = parseRetryAfterMs(thrown.$response?.headers?.['retry-after']);
  return ms === undefined ? {} : { retryAfterMs: ms };
}
