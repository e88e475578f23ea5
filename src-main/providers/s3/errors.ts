/**
 * What a thrown value means. The SDK puts the store's code into `name`, the status into `$metadata`, further XML elements
 * beside them, and the answer's headers into `$response`; Node puts its reason into `code`. Answers to HEAD have no body,
 * so there only the status speaks.
 */
import type { AppError } from '../../../src-shared/errors.ts';
import { reachOf } from '../../platform/address.ts';
import { is, meaningOfNetwork, own, retryAfterMs, type Meaning, type NetworkThrown } from '../network-errors.ts';
import { LinkClosed } from '../provider.ts';
import { serverWords } from '../server-words.ts';
import { answersThatSay, errorsByName, errorsByStatus, signInsThatSay, specialOf } from './error-table.ts';
import type { S3Settings } from './settings.ts';

interface Thrown extends NetworkThrown {
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
  const meaning = refined(
    cause instanceof LinkClosed ? closedLink(cause, settings) : meaningOf(thrown, settings),
    thrown,
    settings,
  );
  if (!meaning) return undefined;
  const { code, why } = meaning;
  const field = fieldOf(meaning, settings);
  return {
    code,
    ...(field === undefined ? {} : { field }),
    params: { ...paramsOf(thrown, meaning, settings), ...(why === undefined ? {} : { why }) },
    ...retryAfter(thrown),
  };
}

/**
 * What the network said on the way to a service besides the store: nothing of it is about the store's address.
 * @returns undefined for what the service itself said
 */
export function errorOfService(cause: unknown, host: string): AppError | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const thrown: Thrown = cause;
  const meaning = meaningOfNetwork(thrown) ?? (isUnreadable(thrown) ? is('wrong-service') : undefined);
  if (!meaning) return undefined;
  const { code, why } = meaning;
  return {
    code,
    params: { host, reach: 'anywhere', ...(why === undefined ? {} : { why }) },
    ...(meaning.field === 'ca' ? { field: 'ca' } : {}),
  };
}

/** A link that is made of a key opens with that key's rights; a public one with everybody's. */
function closedLink({ link, to }: LinkClosed, settings: S3Settings): Meaning {
  const isPublic = link.visibility === 'public';
  if (to === 'private')
    return isPublic ? is('forbidden', 'linkKind', 'publicRead') : is('forbidden', 'accessKeyId', 'keyRead');
  return is(
    'wrong-service',
    isPublic && settings.publicBaseUrl !== undefined ? 'publicBaseUrl' : 'endpoint',
    isPublic ? 'publicLink' : 'link',
  );
}

/** What only the settings tell: which wish of theirs it was that did not go. */
function refined(meaning: Meaning | undefined, thrown: Thrown, settings: S3Settings): Meaning | undefined {
  if (meaning && isOfVhost(thrown, settings)) return is(meaning.code, 'pathStyle', 'vhost');
  // Who may write may not, with public access blocked, or without a right of its own, write for everybody.
  if (
    meaning?.code === 'forbidden' &&
    meaning.why === undefined &&
    settings.acl !== undefined &&
    settings.linkKind === 'public'
  )
    return is('forbidden', 'acl', 'acl');
  return meaning;
}

/** The fields of those who enter keys. */
const keyFields: readonly (string | undefined)[] = ['accessKeyId', 'secretAccessKey', 'sessionToken'];
/** Where keys that were not typed come from. */
const keyField: Partial<Record<S3Settings['signIn']['by'], string>> = {
  profile: 'awsProfile',
  sso: 'ssoRole',
  container: 'credentials',
  instance: 'credentials',
  nobody: 'credentials',
};

/** The field that a person sees for it: it depends on how one signs in, and where the address comes from. */
function fieldOf({ code, field, why }: Meaning, settings: S3Settings): string | undefined {
  if (keyFields.includes(field))
    return settings.signIn.by === 'sso' && code === 'session-expired'
      ? 'ssoSignIn'
      : (keyField[settings.signIn.by] ?? field);
  if (settings.signIn.by === 'keys' && field === 'awsProfile') return 'accessKeyId';
  // Amazon's address is made of the region alone.
  if (code === 'unreachable' && why === 'noHost' && settings.store.id === 'aws') return 'region';
  return field;
}

function meaningOf(thrown: Thrown, settings: S3Settings): Meaning | undefined {
  const status = statusOf(thrown);
  return (
    meaningOfNetwork(asNetwork(thrown)) ??
    meaningOfName(thrown, settings) ??
    moved(thrown, status) ??
    (isUnreadable(thrown) ? unreadable(status) : undefined) ??
    unknownAnswer(thrown, status, settings)
  );
}

/** What is looked for on this computer has timeouts of its own, and they are not the network's. */
const asNetwork = (thrown: Thrown): NetworkThrown => (specialOf(signInsThatSay, thrown) ? {} : thrown);

const statusOf = ({ $response, $metadata }: Thrown): number => $response?.statusCode ?? $metadata?.httpStatusCode ?? 0;

function meaningOfName(thrown: Thrown, settings: S3Settings): Meaning | undefined {
  const special =
    specialOf(answersThatSay, thrown) ??
    specialOf(signInsThatSay, thrown) ??
    ofThisKey(thrown, settings) ??
    ofHeaders(thrown, settings);
  if (special) return special;
  const known = own(errorsByName, thrown.name ?? '');
  return known && nameless(known, thrown);
}

function ofThisKey({ name, Region: region }: Thrown, { signIn }: S3Settings): Meaning | undefined {
  // Without a region it is the key that is malformed.
  if (name === 'AuthorizationHeaderMalformed' && region === undefined) return is('unauthorized', 'accessKeyId', 'key');
  // A temporary key that was entered without its third part.
  const lacksToken = signIn.by === 'keys' && signIn.accessKeyId.startsWith('ASIA') && signIn.sessionToken === undefined;
  return name === 'InvalidAccessKeyId' && lacksToken ? is('unauthorized', 'sessionToken', 'token') : undefined;
}

/** What a store calls a hundred different things. */
const vague = /^(InvalidArgument|InvalidRequest|NotImplemented)$/;

/** The store names a header that the user wants with every file; or it names nothing, and that is what is unusual. */
function ofHeaders(thrown: Thrown, { headers, acl }: S3Settings): Meaning | undefined {
  const { name = '', message = '' } = thrown;
  if (!vague.test(name)) return undefined;
  const isSilent = serverWords(message) === undefined || message === name;
  const lines = Object.keys(headers);
  if (isSilent ? lines.length > 0 : lines.some((header) => message.toLowerCase().includes(header)))
    return is('rejected', 'headers', 'headers');
  return isSilent && acl ? is('rejected', 'acl', 'acl') : undefined;
}

/** Not every store says where the bucket is. */
const nameless = (meaning: Meaning, thrown: Thrown): Meaning =>
  meaning.code === 'wrong-region' && meaning.why === undefined && regionIn(thrown) === undefined
    ? { ...meaning, why: 'unnamed' }
    : meaning;

function regionIn({ Region: said, $response }: Thrown): string | undefined {
  const region = said ?? $response?.headers?.['x-amz-bucket-region'];
  return region !== undefined && /^[\w-]{1,40}$/.test(region) ? region : undefined;
}

/** What no row is about is explained by its status, and by what the store says itself. */
function unknownAnswer(thrown: Thrown, status: number, settings: S3Settings): Meaning | undefined {
  const meaning = meaningOfStatus(thrown, status);
  const saysMore = meaning?.code === 'rejected' || (meaning?.code === 'forbidden' && isNamed(thrown));
  return saysMore && wordsOf(thrown, settings) !== undefined ? { ...meaning, why: 'said' } : meaning;
}

/** The SDK calls an answer without a body so. */
const isNamed = ({ name = '' }: Thrown): boolean =>
  !['', 'Unknown', 'UnknownError', 'Error', 'S3ServiceException'].includes(name);

/** What the store says; without a sentence, how it calls it. */
function wordsOf(thrown: Thrown, { signIn }: S3Settings): string | undefined {
  if (statusOf(thrown) === 0) return undefined;
  const secrets = signIn.by === 'keys' ? [signIn.secretAccessKey, signIn.sessionToken, signIn.accessKeyId] : [];
  const said = serverWords(thrown.message, secrets);
  return (
    (vague.test(said ?? '') ? undefined : said) ??
    (isNamed(thrown) && !vague.test(thrown.name ?? '') ? serverWords(thrown.name, secrets) : undefined)
  );
}

/** To another address, and by no store: those name the region. */
function moved(thrown: Thrown, status: number): Meaning | undefined {
  const headers = thrown.$response?.headers ?? {};
  return status >= 300 &&
    status < 400 &&
    addressOf(headers.location) !== undefined &&
    headers['x-amz-bucket-region'] === undefined
    ? is('wrong-service', 'endpoint', 'moved')
    : undefined;
}

/** Without what is behind the host: that may be a secret. */
const addressOf = (location: string | undefined): string | undefined =>
  location !== undefined && URL.canParse(location) ? new URL(location).origin : undefined;

/** The SDK could not parse the answer: a web page, a login, a proxy's complaint. */
const isUnreadable = (thrown: Thrown): boolean =>
  thrown.name === 'SyntaxError' ||
  /XML parse|deserializ|Unexpected token|char '.*' is not expected|Unclosed|closing tag/i.test(thrown.message ?? '');

const unreadable = (status: number): Meaning =>
  (status >= 500 || status === 429 ? meaningOfStatus({}, status) : undefined) ?? is('wrong-service', 'endpoint');

function meaningOfStatus(thrown: Thrown, status: number): Meaning | undefined {
  const known = own(errorsByStatus, status);
  if (known) return nameless(known, thrown);
  if (status >= 500) return is('unavailable');
  return status >= 300
    ? is(status < 400 ? 'wrong-service' : 'rejected', status < 400 ? 'endpoint' : undefined)
    : undefined;
}

/** The bucket's own host name does not exist: the server wants path style. Where that is never so, the address is wrong. */
function isOfVhost(thrown: Thrown, { pathStyle, bucket, store }: S3Settings): boolean {
  const isVhost =
    !pathStyle &&
    store.pathStyle !== 'refused' &&
    store.id !== 'aws' &&
    (thrown.hostname ?? thrown.host)?.startsWith(`${bucket}.`) === true;
  return isVhost && (thrown.code === 'ENOTFOUND' || thrown.code === 'ERR_TLS_CERT_ALTNAME_INVALID');
}

function paramsOf(thrown: Thrown, { code, why }: Meaning, settings: S3Settings): Record<string, string | number> {
  const { endpoint, bucket, signIn } = settings;
  const params: Record<string, string | number> = {
    host: new URL(endpoint).host,
    bucket,
    ...(signIn.by === 'profile' ? { profile: signIn.profile } : {}),
    ...answerOf(thrown, settings),
  };
  if (params.said === params.reason && why !== 'said') delete params.said;
  const region = regionIn(thrown);
  if (code === 'wrong-region' && region !== undefined) params.region = region;
  if (code === 'clock-skewed') params.minutes = skewMinutes(thrown);
  return code === 'wrong-service' ? { ...params, ...whereTo(thrown, settings) } : params;
}

/** For the details, which whoever helps wants to see; the sentences have only `said`. */
function answerOf(thrown: Thrown, settings: S3Settings): Record<string, string | number> {
  const status = statusOf(thrown);
  if (status === 0) return {};
  const { name = '' } = thrown;
  const said = wordsOf(thrown, settings);
  return {
    status,
    ...(isNamed(thrown) && /^[\w.-]{1,80}$/.test(name) ? { reason: name } : {}),
    ...(said === undefined ? {} : { said }),
  };
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

function retryAfter(thrown: Thrown): { retryAfterMs?: number } {
  const ms = retryAfterMs(thrown.$response?.headers?.['retry-after']);
  return ms === undefined ? {} : { retryAfterMs: ms };
}
