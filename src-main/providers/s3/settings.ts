/**
 * From what people type and paste to settings that work: whole URLs, missing schemes, line breaks inside keys. A value
 * that cannot be understood is an issue at its field; nothing here asks the network.
 */
import * as v from 'valibot';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { hostReach } from '../../platform/host-reach.ts';
import { fieldIssue, issueReasons } from '../settings/field-issues.ts';
import { encodeKey } from '../keys/encode-key.ts';
import { awsEndpoint, awsLinkEndpoint, variantConflict, isAwsVariant, type AwsVariant } from './aws-endpoints.ts';
import { parseExtraHeaders, HeaderProblem, isKmsEncrypted } from './extra-headers.ts';
import { parseAclOption, grantsBroadRead, optionHeaders, type CannedAcl } from './object-options.ts';
import { serviceForHost, type RecognizedService, type Service, type StoreTraits } from './presets.ts';
import { sampleUrl, unknownPlaceholders } from './public-url.ts';
import { parseAddress, type AddressField, type ParsedAddress } from './parse-address.ts';

/**
 * Who one is:
 * - keys; `end` (ms since 1970) where it is known when temporary ones end
 * - a profile of the AWS tools, read at each use. `form` is what the settings were made of, because what the profile says
 *   of region and endpoint fills in what the form leaves open
 * - a role of IAM Identity Center; `region` is where that is, `signedIn` what came of the sign-in there
 * - whoever the machine is that this runs on
 * - nobody: nothing is signed
 */
export type S3SignIn =
  | { by: 'keys'; accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiresAt?: number }
  | { by: 'profile'; profile: string; form: FieldValues }
  | { by: 'sso'; startUrl: string; region: string; account: string; role: string; tokens: string }
  | { by: 'container' }
  | { by: 'instance' }
  | { by: 'nobody' };

export interface S3Settings {
  bucket: string;
  region: string;
  /** `https://host`, `http://host:9000`, `https://host/path`; no slash at the end */
  endpoint: string;
  /** Where links go, when that is not the endpoint. */
  linkEndpoint?: string;
  /** Of Amazon's addresses, which. */
  awsEndpoint: AwsVariant;
  /** Nobody said where the bucket is: `region` is a guess, and the store's answer may correct it. */
  isRegionGuessed: boolean;
  /** What the store said about that. */
  detectedRegion?: string;
  /** In the endpoint's host, where the service has such. */
  namespace?: string;
  pathStyle: boolean;
  signIn: S3SignIn;
  linkKind: 'expiring' | 'public';
  /** 1 to 7 */
  linkDays: number;
  /** Address that shows the bucket's content, without a slash at the end; or the template of a link, as in public-url.ts. */
  publicBaseUrl?: string;
  /** Sent with every new object; one that opens it to everybody only where its link is public. */
  acl?: CannedAcl;
  /** Web pages are shown, not saved, when their link is opened. */
  showsPages: boolean;
  /** Folder in the bucket: no slash at either end; '' for none. */
  prefix: string;
  /** Sent with every new object, by their lower-case names. */
  headers: Record<string, string>;
  store: StoreTraits;
}

type FieldKey =
  | 'credentials'
  | 'awsProfile'
  | 'ssoStartUrl'
  | 'ssoRegion'
  | 'ssoSignIn'
  | 'ssoAccount'
  | 'ssoRole'
  | 'accessKeyId'
  | 'secretAccessKey'
  | 'sessionToken'
  | 'bucket'
  | 'region'
  | 'endpoint'
  | 'awsEndpoint'
  | 'linkKind'
  | 'linkDays'
  | 'publicBaseUrl'
  | 'prefix'
  | 'headers'
  | 'acl'
  | 'storageClass'
  | 'encryption'
  | 'kmsKey'
  | 'cacheControl';

/** What is wrong at one field. It never holds the value: that may be a secret. */
class FieldError extends Error {
  readonly field: FieldKey;
  readonly why: string;
  /** What the sentence may name. */
  readonly mentioned: string;
  constructor(field: FieldKey, reason: string, mentioned = '') {
    super(`unusable ${field}`);
    this.field = field;
    this.why = reason;
    this.mentioned = mentioned;
  }
}

export const s3SettingsSchema: v.GenericSchema<FieldValues, S3Settings> = v.pipe(
  v.record(v.string(), v.string()),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const problems = new Map<FieldKey, FieldError>();
    const settings = parseSettings(dataset.value, (problem) => {
      if (!problems.has(problem.field)) problems.set(problem.field, problem);
    });
    for (const { field, why: reason, mentioned } of problems.values()) addIssue(fieldIssue(field, reason, mentioned));
    return settings && problems.size === 0 ? settings : NEVER;
  }),
);

type ReportProblem = (problem: FieldError) => void;

/** What is wrong at one field does not hide what is wrong at the next. */
function tryOrReport<T>(report: ReportProblem, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof FieldError)) throw cause;
    report(cause);
    return undefined;
  }
}

function parseSettings(values: FieldValues, report: ReportProblem): S3Settings | undefined {
  const attempt = <T>(parse: () => T): T | undefined => tryOrReport(report, parse);
  const signIn = parseSignIn(values, report);
  const location = parseLocation(values, report);
  const linkKind = attempt(() => parseLinkKind(values));
  const linkDays = attempt(() => parseDays(values));
  const headers = attempt(() => parseHeaders(values, report));
  const acl = attempt(() => parseAcl(values));
  const publicBaseUrl = attempt(() => parseBaseUrl(values, linkKind === 'public' && lacksPublicUrl(location)));
  const addresses = location && attempt(() => parseAddresses(values, location));
  if (!signIn || !location || !linkKind || !linkDays || !headers || !addresses) return undefined;
  const { service, bucket, region, prefix, isRegionGuessed, namespace } = location;
  return {
    bucket,
    region,
    isRegionGuessed,
    ...addresses,
    ...optionalEntry('namespace', namespace),
    pathStyle: parsePathStyle(values, location, service),
    signIn,
    linkKind,
    linkDays,
    ...optionalEntry('publicBaseUrl', publicBaseUrl),
    ...supportedAcl(service, acl),
    showsPages: parseToggle(values.showsPages) === true,
    prefix,
    headers,
    // What is encrypted with a key of its own has an ETag that says nothing about its bytes.
    store: isKmsEncrypted(headers) ? { ...service, etag: 'opaque' } : service,
  };
}

/** What is sent with an object whose link is to be of this kind: nobody's file becomes public by the way. */
export const aclForLinkKind = (
  { acl }: Pick<S3Settings, 'acl'>,
  linkKind: S3Settings['linkKind'],
): CannedAcl | undefined => (acl !== undefined && grantsBroadRead(acl) && linkKind !== 'public' ? undefined : acl);

/**
 * The form's values as they are kept: pasted addresses taken apart, line breaks gone. What was left open (region,
 * endpoint) stays open, so that changing one later does not contradict the other. For values that the schema takes.
 */
export function normalizeS3Settings(values: FieldValues): FieldValues {
  const {
    bucket = cleanText(values.bucket),
    prefix,
    endpoint,
    region,
    awsEndpoint: variant,
  } = readAddressInput(values);
  const normalized: Record<string, string | undefined> = {
    ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, cleanText(value)])),
    bucket,
    prefix: normalizePrefix(cleanText(values.prefix) ?? prefix ?? ''),
    endpoint,
    region,
    awsEndpoint:
      variantText(values) === 'standard' ? (variant ?? cleanText(values.awsEndpoint)) : cleanText(values.awsEndpoint),
    ...normalizeSignIn(values),
  };
  return Object.fromEntries(
    Object.entries(normalized).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
}

// ---------------------------------------------------------------- who

/** '' is how settings were saved before there was a choice. */
const signInMethods = ['keys', 'profile', 'sso', 'container', 'instance', 'nobody'] as const;
type SignInMethod = (typeof signInMethods)[number];

const readSignInMethod = ({ credentials = '' }: FieldValues): SignInMethod | undefined =>
  credentials === '' ? 'keys' : signInMethods.find((method) => method === credentials);

/** What each way in asks for; of another way's fields nothing is kept. */
const fieldsByMethod: Record<SignInMethod, readonly string[]> = {
  keys: ['accessKeyId', 'secretAccessKey', 'sessionToken'],
  profile: ['awsProfile', 'awsSignIn'],
  sso: ['ssoStartUrl', 'ssoRegion', 'ssoFlow', 'ssoSignIn', 'ssoAccount', 'ssoRole'],
  container: [],
  instance: [],
  nobody: [],
};

const normalizers: Record<string, (typed: string | undefined) => string | undefined> = {
  accessKeyId: (typed) => cleanKey(typed),
  secretAccessKey: (typed) => cleanSecret(typed),
  sessionToken: (typed) => cleanSecret(typed),
  ssoAccount: (typed) => parseAccountId(typed) ?? cleanText(typed),
  ssoStartUrl: (typed) => normalizeStartUrl(typed) ?? cleanText(typed),
  ssoRegion: (typed) => cleanText(typed)?.toLowerCase(),
};

/** The end of keys is never kept: it is known where they come from. */
function normalizeSignIn(values: FieldValues): Record<string, string | undefined> {
  const method = readSignInMethod(values) ?? 'keys';
  const all = Object.values(fieldsByMethod)
    .flat()
    .map(
      (key) =>
        [key, fieldsByMethod[method].includes(key) ? (normalizers[key] ?? cleanText)(values[key]) : undefined] as const,
    );
  return { ...Object.fromEntries(all), credentials: method, keysEnd: undefined };
}

function parseSignIn(values: FieldValues, report: ReportProblem): S3SignIn | undefined {
  const attempt = <T>(parse: () => T): T | undefined => tryOrReport(report, parse);
  switch (readSignInMethod(values)) {
    case 'keys':
      return parseKeys(values, report);
    case 'sso':
      return parseSso(values, report);
    case 'container':
      return { by: 'container' };
    case 'instance':
      return { by: 'instance' };
    case 'nobody':
      // A link that expires is a signature.
      return attempt(() => {
        if (cleanText(values.linkKind) !== 'public') throw new FieldError('linkKind', issueReasons.nobodySigns);
        return { by: 'nobody' };
      });
    case 'profile': {
      const profile = attempt(() => parseProfile(values));
      return profile === undefined ? undefined : { by: 'profile', profile, form: values };
    }
    case undefined:
      return attempt(() => {
        throw new FieldError('credentials', issueReasons.choice);
      });
  }
}

function parseKeys(values: FieldValues, report: ReportProblem): S3SignIn | undefined {
  const attempt = <T>(parse: () => T): T | undefined => tryOrReport(report, parse);
  const accessKeyId = attempt(() => required('accessKeyId', cleanKey(values.accessKeyId)));
  const secretAccessKey = attempt(() => required('secretAccessKey', cleanSecret(values.secretAccessKey)));
  const sessionToken = attempt(() => {
    const token = cleanSecret(values.sessionToken);
    // Amazon's temporary keys begin like this, and are refused without.
    if (token === undefined && /^ASIA[A-Z2-7]{12,}$/.test(accessKeyId ?? ''))
      throw new FieldError('sessionToken', issueReasons.tokenNeeded);
    return token && required('sessionToken', token);
  });
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const expiresAt = Date.parse(cleanText(values.keysEnd) ?? '');
  return {
    by: 'keys',
    accessKeyId,
    secretAccessKey,
    ...optionalEntry('sessionToken', sessionToken),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  };
}

function parseSso(values: FieldValues, report: ReportProblem): S3SignIn | undefined {
  const attempt = <T>(parse: () => T): T | undefined => tryOrReport(report, parse);
  const start = parseSsoStart(values, report);
  const signedInTokens = attempt(() => {
    const tokens = cleanText(values.ssoSignIn);
    if (tokens === undefined) throw new FieldError('ssoSignIn', issueReasons.signIn);
    return tokens;
  });
  const account = attempt(() => {
    const id = parseAccountId(values.ssoAccount);
    if (id === undefined)
      throw new FieldError(
        'ssoAccount',
        cleanText(values.ssoAccount) === undefined ? issueReasons.missing : issueReasons.account,
      );
    return id;
  });
  const role = attempt(() => {
    const name = cleanText(values.ssoRole);
    if (name === undefined || !/^[\w+=,.@-]{1,64}$/.test(name))
      throw new FieldError('ssoRole', name === undefined ? issueReasons.missing : issueReasons.role);
    return name;
  });
  return start && signedInTokens !== undefined && account !== undefined && role !== undefined
    ? { by: 'sso', ...start, account, role, tokens: signedInTokens }
    : undefined;
}

export interface SsoStart {
  startUrl: string;
  region: string;
}

function parseSsoStart(values: FieldValues, report: ReportProblem): SsoStart | undefined {
  const startUrl = tryOrReport(report, () => {
    const url = normalizeStartUrl(values.ssoStartUrl);
    if (url === undefined)
      throw new FieldError(
        'ssoStartUrl',
        cleanText(values.ssoStartUrl) === undefined ? issueReasons.missing : issueReasons.startUrl,
      );
    return url;
  });
  const region = tryOrReport(report, () => {
    const typed = cleanText(values.ssoRegion)?.toLowerCase();
    if (typed === undefined || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(typed))
      throw new FieldError('ssoRegion', typed === undefined ? issueReasons.missing : issueReasons.region);
    return typed;
  });
  return startUrl !== undefined && region !== undefined ? { startUrl, region } : undefined;
}

/** Where to sign in, of a form that may lack the rest. @returns the field that is not right */
export function readSsoStart(values: FieldValues): SsoStart | { field: string; why: string } {
  const problems: FieldError[] = [];
  const start = parseSsoStart(values, (problem) => problems.push(problem));
  return start ?? { field: problems[0]?.field ?? 'ssoStartUrl', why: problems[0]?.why ?? issueReasons.missing };
}

/** Without what the page adds to its own address in the browser. */
function normalizeStartUrl(typed: string | undefined): string | undefined {
  const address = cleanText(typed)
    ?.replace(/[#?].*$/, '')
    .replace(/\/+$/, '');
  if (address === undefined || address === '') return undefined;
  const withScheme = /^https?:\/\//i.test(address) ? address : `https://${address}`;
  if (!URL.canParse(withScheme) || /[\s\\]/.test(withScheme)) return undefined;
  const url = new URL(withScheme);
  const isSafe = url.protocol === 'https:' || hostReach(url.hostname) === 'this-computer';
  return isSafe && url.hostname.includes('.') && url.username + url.password === ''
    ? url.href.replace(/\/+$/, '')
    : undefined;
}

/** Twelve digits, with the name that they are suggested with behind them, or as the console groups them. */
const parseAccountId = (typed: string | undefined): string | undefined =>
  /^(\d{4})-?(\d{4})-?(\d{4})(?:\s.*)?$/
    .exec(cleanText(typed) ?? '')
    ?.slice(1)
    .join('');

function parseProfile(values: FieldValues): string {
  const name = cleanText(values.awsProfile);
  if (name === undefined) throw new FieldError('awsProfile', issueReasons.missing);
  if (name.length > 200 || /[\p{Cc}[\]]/u.test(name)) throw new FieldError('awsProfile', issueReasons.profile);
  return name;
}

/**
 * The settings with what a profile says of region and endpoint, where the form leaves them open.
 * @returns undefined when what the profile says cannot be understood
 */
export function applyProfileDefaults(
  settings: S3Settings,
  profile: { region?: string; endpoint?: string; addressing?: string },
): S3Settings | undefined {
  if (settings.signIn.by !== 'profile') return settings;
  const { form } = settings.signIn;
  const ifUnset = (key: string, value: string | undefined): FieldValues =>
    cleanText(form[key]) === undefined && value !== undefined ? { [key]: value } : {};
  const filled = {
    ...form,
    ...ifUnset('region', profile.region),
    ...ifUnset('endpoint', profile.endpoint),
    ...(profile.endpoint !== undefined && profile.addressing === 'path' ? { pathStyle: 'true' } : {}),
  };
  let isUsable = true;
  const parsed = parseSettings(filled, () => {
    isUsable = false;
  });
  return parsed && isUsable ? { ...parsed, signIn: settings.signIn } : undefined;
}

// ---------------------------------------------------------------- where

interface BucketLocation {
  bucket: string;
  endpoint: string;
  host: string;
  region: string;
  prefix: string;
  service: Service;
  namespace?: string;
  /** No endpoint was given: the address is made of the region, and nothing but {@link awsEndpoint} makes it. */
  isAws: boolean;
  isRegionGuessed: boolean;
}

/** What the two fields say together, and the region's. Where both name the same thing, its own field counts. */
interface AddressInput {
  endpoint: string | undefined;
  region: string | undefined;
  bucket: string | undefined;
  prefix: string | undefined;
  awsEndpoint: AwsVariant | undefined;
  isAws: boolean;
}

function readAddressInput(values: FieldValues): AddressInput {
  const fromBucket: Partial<ParsedAddress> = parseAddressField(values, 'bucket') ?? {};
  const fromEndpoint = parseAddressField(values, 'endpoint');
  // What is no address of anything stays as it was typed, so that it can be said what is wrong with it.
  const endpoint = fromEndpoint ? fromEndpoint.endpoint : (cleanText(values.endpoint) ?? fromBucket.endpoint);
  const { bucket, prefix, region, awsEndpoint: variant }: Partial<ParsedAddress> = fromEndpoint ?? {};
  return {
    endpoint,
    isAws: endpoint === undefined,
    bucket: fromBucket.bucket ?? bucket,
    prefix: fromBucket.prefix ?? prefix,
    region: normalizeRegion(values.region) ?? region ?? fromBucket.region,
    awsEndpoint: variant ?? fromBucket.awsEndpoint,
  };
}

function parseAddressField(values: FieldValues, field: AddressField): ParsedAddress | undefined {
  const typed = cleanText(values[field]);
  return typed === undefined ? undefined : parseAddress(typed, field);
}

function parseLocation(values: FieldValues, report: ReportProblem): BucketLocation | undefined {
  const attempt = <T>(parse: () => T): T | undefined => tryOrReport(report, parse);
  const input = readAddressInput(values);
  const bucket = attempt(() => bucketName(values, input)) ?? '';
  const typedRegion = attempt(() => parseRegion(input)) ?? '';
  const url = attempt(() => parseEndpoint(input, typedRegion, bucket));
  const prefix = attempt(() => parsePrefix(cleanText(values.prefix) ?? input.prefix ?? ''));
  if (!url) return undefined;
  const { service, region, isRegionInHost: namesRegion, namespace } = serviceForHost(url.hostname);
  if (bucket !== '') attempt(() => checkBucketName(bucket, service));
  const isRegionKnown = typedRegion !== '' || service.signsFor === 'one' || (namesRegion && !input.isAws);
  return {
    bucket,
    host: url.hostname,
    service,
    ...optionalEntry('namespace', namespace),
    isAws: input.isAws,
    isRegionGuessed: !isRegionKnown,
    // Where one region is all there is, what stayed in the form of another service does no harm.
    region: typedRegion === '' ? region : service.signsFor === 'one' ? service.region : typedRegion,
    endpoint: url.origin + url.pathname.replace(/\/+$/, ''),
    prefix: prefix ?? '',
  };
}

function bucketName(values: FieldValues, input: AddressInput): string {
  if (input.bucket !== undefined) return input.bucket;
  throw new FieldError('bucket', cleanText(values.bucket) === undefined ? issueReasons.missing : issueReasons.bucket);
}

/** Directory buckets take requests that are signed in another way, one session after the other. */
const isDirectoryBucket = (bucket: string): boolean => bucket.endsWith('--x-s3');

function checkBucketName(bucket: string, service: Service): void {
  const namePattern = service.host ? /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/ : /^[A-Za-z0-9][\w.-]{1,254}$/;
  if (!namePattern.test(bucket)) throw new FieldError('bucket', issueReasons.bucket);
  if (isDirectoryBucket(bucket)) throw new FieldError('bucket', issueReasons.directoryBucket);
  if (service.bucket && !service.bucket.form.test(bucket)) throw new FieldError('bucket', service.bucket.why);
}

/** As it is written, or the part of an endpoint that names it: some consoles show only that. */
function normalizeRegion(typed: string | undefined): string | undefined {
  const region = cleanText(typed)?.toLowerCase();
  if (region === undefined || !region.includes('.')) return region;
  const address = region.includes('://') ? region : `https://${region}`;
  const recognized: RecognizedService | undefined = URL.canParse(address)
    ? serviceForHost(new URL(address).hostname)
    : undefined;
  return recognized && recognized.service.id !== 'custom' ? recognized.region : region;
}

/** '' where nothing is said. */
function parseRegion({ region = '', isAws }: AddressInput): string {
  if (region !== '' && !/^[a-z0-9-]{2,40}$/.test(region)) throw new FieldError('region', issueReasons.region);
  // It means: the service knows. Left over from one that does, it says nothing to Amazon.
  return region === 'auto' && isAws ? '' : region;
}

function parseEndpoint({ endpoint, isAws }: AddressInput, region: string, bucket: string): URL {
  if (isAws || endpoint === undefined) return new URL(awsEndpoint('standard', region === '' ? 'us-east-1' : region));
  if (endpoint.includes('{region}') && region === '') throw new FieldError('region', issueReasons.regionNeeded);
  const url = parseUrl(endpoint.replaceAll('{region}', region), 'endpoint');
  if (bucket !== '' && url.pathname.replace(/\/$/, '').endsWith(`/${encodeKey(bucket)}`))
    url.pathname = url.pathname.replace(/\/$/, '').slice(0, -bucket.length - 1);
  return url;
}

type Addresses = Pick<S3Settings, 'endpoint' | 'linkEndpoint' | 'awsEndpoint'>;

function parseAddresses(values: FieldValues, location: BucketLocation): Addresses {
  const variant = parseVariant(values, location);
  if (!location.isAws) return { endpoint: location.endpoint, awsEndpoint: variant };
  const [endpoint, linkEndpoint] = [awsEndpoint(variant, location.region), awsLinkEndpoint(variant, location.region)];
  return {
    endpoint,
    awsEndpoint: variant,
    ...optionalEntry('linkEndpoint', linkEndpoint === endpoint ? undefined : linkEndpoint),
  };
}

const variantText = (values: FieldValues): string => cleanText(values.awsEndpoint) ?? 'standard';

function parseVariant(values: FieldValues, location: BucketLocation): AwsVariant {
  const typed = variantText(values);
  if (!isAwsVariant(typed)) throw new FieldError('awsEndpoint', issueReasons.choice);
  const { awsEndpoint: pasted = 'standard' } = readAddressInput(values);
  const variant = typed === 'standard' ? pasted : typed;
  const problem = variantConflict({
    variant,
    region: location.region,
    bucket: location.bucket,
    pathStyle: parseToggle(values.pathStyle) === true,
    isCustomEndpoint: !location.isAws,
  });
  if (problem) throw new FieldError('awsEndpoint', issueReasons[problem]);
  return variant;
}

/** Names that never work as `bucket.host`: addresses, bare and local names; and a dotted bucket fits no wildcard certificate. */
function parsePathStyle(values: FieldValues, location: BucketLocation, store: StoreTraits): boolean {
  if (store.pathStyle === 'refused') return false;
  if (store.pathStyle === 'only') return true;
  const isBareHost =
    hostReach(location.host) === 'this-computer' || !location.host.includes('.') || /^[\d.]+$|^\[/.test(location.host);
  if (isBareHost || location.bucket.includes('.') || /[A-Z_]/.test(location.bucket)) return true;
  return parseToggle(values.pathStyle) ?? store.pathStyle === 'needed';
}

function parsePrefix(typed: string): string {
  const segments = typed.normalize('NFC').split('/').filter(Boolean);
  const prefix = segments.join('/');
  if (
    segments.some((s) => s === '.' || s === '..') ||
    /[\p{Cc}\p{Cs}\\]/u.test(prefix) ||
    Buffer.byteLength(prefix) > 512
  )
    throw new FieldError('prefix', issueReasons.folder);
  return prefix;
}

/** What is no folder stays as it was typed, for whoever has to mend it. */
const normalizePrefix = (typed: string): string =>
  tryOrReport(
    () => undefined,
    () => parsePrefix(typed),
  ) ?? typed;

// ---------------------------------------------------------------- links

function parseLinkKind(values: FieldValues): 'expiring' | 'public' {
  const kind = cleanText(values.linkKind) ?? 'expiring';
  if (kind !== 'expiring' && kind !== 'public') throw new FieldError('linkKind', issueReasons.choice);
  return kind;
}

/** A signed address lives for at most a week (Signature Version 4). */
function parseDays(values: FieldValues): number {
  const typed = cleanText(values.linkDays) ?? '7';
  if (!/^[1-7]$/.test(typed)) throw new FieldError('linkDays', issueReasons.days);
  return Number(typed);
}

/** A line that is written out counts more than a choice. */
function parseHeaders(values: FieldValues, report: ReportProblem): Record<string, string> {
  const { headers: optionLines, problems } = optionHeaders(
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, cleanText(value) ?? ''])),
  );
  for (const { field, why: reason } of problems) report(new FieldError(field, issueReasons[reason]));
  const lines = parseExtraHeaders(values.headers ?? '');
  if (lines instanceof HeaderProblem) throw new FieldError('headers', lines.why, lines.names);
  return { ...optionLines, ...lines };
}

function parseAcl(values: FieldValues): CannedAcl | undefined {
  const acl = parseAclOption(cleanText(values.acl)?.toLowerCase() ?? '');
  if (typeof acl === 'object') throw new FieldError('acl', issueReasons[acl.why]);
  return acl;
}

/** A store that takes none is sent none. */
const supportedAcl = ({ acl: support }: Service, acl: CannedAcl | undefined): { acl?: CannedAcl } =>
  acl !== undefined && support === 'possible' ? { acl } : {};

/** Whether nobody finds objects at an address that could be derived. */
const lacksPublicUrl = (location: BucketLocation | undefined): boolean =>
  location?.service.publicLinks === 'base-url' ||
  (location?.namespace === undefined && location?.service.publicLinks.includes('{namespace}') === true);

function parseBaseUrl(values: FieldValues, isNeeded: boolean): string | undefined {
  const typed = cleanText(values.publicBaseUrl);
  if (typed === undefined) {
    if (isNeeded) throw new FieldError('publicBaseUrl', issueReasons.baseUrl);
    return undefined;
  }
  const unknown = unknownPlaceholders(typed);
  if (unknown.length > 0)
    throw new FieldError('publicBaseUrl', issueReasons.linkParts, unknown.filter(Boolean).join(', '));
  const scheme = /^https?:\/\//i.test(typed)
    ? ''
    : hostReach(sampleUrl(typed).split(/[:/]/, 1)[0] ?? '') === 'this-computer'
      ? 'http://'
      : 'https://';
  // A page that shows files may want the key behind a question mark.
  const url = parseUrl(
    typed.includes('{key') ? sampleUrl(typed).replace(/\?[^#\s]*$/, '') : sampleUrl(typed),
    'publicBaseUrl',
  );
  return typed.includes('{') ? `${scheme}${typed}` : url.origin + url.pathname.replace(/\/+$/, '');
}

// ---------------------------------------------------------------- words

/** Unencrypted http is for this computer and this network only: keys are signed with, but files and links travel readable. */
function parseUrl(typed: string, field: 'endpoint' | 'publicBaseUrl'): URL {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
  if (/[{}]/.test(address)) throw new FieldError(field, issueReasons.braces);
  if (/[\s\\]/.test(address) || !URL.canParse(address)) throw new FieldError(field, issueReasons.address);
  const url = new URL(address);
  const reach = hostReach(url.hostname);
  if (address !== typed && reach === 'this-computer') url.protocol = 'http:';
  if (url.protocol === 'http:' && reach === 'anywhere') throw new FieldError(field, issueReasons.unencrypted);
  if (!['https:', 'http:'].includes(url.protocol) || url.username + url.password + url.search + url.hash !== '')
    throw new FieldError(field, issueReasons.address);
  return url;
}

/** Pasted text without the quotes, blanks and line breaks around it; undefined when nothing is left. */
function cleanText(typed: string | undefined): string | undefined {
  const trimmed = typed
    ?.trim()
    .replace(/^(["'])(.*)\1$/s, '$2')
    .trim();
  return trimmed === '' ? undefined : trimmed;
}

/** Keys have no blanks inside; a terminal or a mail may have broken them. */
const cleanKey = (typed: string | undefined): string | undefined => cleanText(typed?.replace(/[\s\u200b\ufeff]+/g, ''));

/** JSON writes the `/` of a secret as `\/`; no secret has a backslash. */
const cleanSecret = (typed: string | undefined): string | undefined => cleanKey(typed)?.replaceAll('\\/', '/');

function required(field: FieldKey, value: string | undefined): string {
  if (value === undefined) throw new FieldError(field, issueReasons.missing);
  // Header and signature take printable ASCII; anything else was not copied from where keys are shown.
  if (field !== 'bucket' && !/^[\x21-\x7e]+$/.test(value)) throw new FieldError(field, issueReasons.key);
  return value;
}

function optionalEntry<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}

/** What environments and forms call true; undefined when nothing was said. */
export function parseToggle(typed: string | undefined): boolean | undefined {
  const normalized = cleanText(typed)?.toLowerCase();
  return normalized === undefined ? undefined : ['true', '1', 'yes', 'on'].includes(normalized);
}
