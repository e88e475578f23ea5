/**
 * From what people type and paste to settings that work: whole URLs, missing schemes, line breaks inside keys. A value
 * that cannot be understood is an issue at its field; nothing here asks the network.
 */
import * as v from 'valibot';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { reachOf } from '../../platform/address.ts';
import { issueAt, why } from '../issues.ts';
import { encodeKey } from '../keys.ts';
import { awsEndpoint, awsLinkEndpoint, contradiction, isAwsVariant, type AwsVariant } from './aws-endpoints.ts';
import { extraHeadersOf, HeaderProblem, isKmsEncrypted } from './extra-headers.ts';
import { aclOf, opensToMany, optionHeaders, type CannedAcl } from './object-options.ts';
import { serviceOf, type Recognised, type Service, type StoreTraits } from './presets.ts';
import { sampleOf, unknownParts } from './public-url.ts';
import { readAddress, type PastedInto, type ReadAddress } from './read-address.ts';

/**
 * Who one is:
 * - keys; `end` (ms since 1970) where it is known when temporary ones end
 * - a profile of the AWS tools, read at each use. `form` is what the settings were made of, because what the profile says
 *   of region and endpoint fills in what the form leaves open
 * - a role of IAM Identity Center; `region` is where that is, `signedIn` what came of the sign-in there
 * - whoever the machine is that this runs on
 * - nobody: nothing is signed
 */
export type SignIn =
  | { by: 'keys'; accessKeyId: string; secretAccessKey: string; sessionToken?: string; end?: number }
  | { by: 'profile'; profile: string; form: FieldValues }
  | { by: 'sso'; startUrl: string; region: string; account: string; role: string; signedIn: string }
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
  isRegionOpen: boolean;
  /** What the store said about that. */
  foundRegion?: string;
  /** In the endpoint's host, where the service has such. */
  namespace?: string;
  pathStyle: boolean;
  signIn: SignIn;
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
class Unusable extends Error {
  readonly field: FieldKey;
  readonly why: string;
  /** What the sentence may name. */
  readonly names: string;
  constructor(field: FieldKey, reason: string, names = '') {
    super(`unusable ${field}`);
    this.field = field;
    this.why = reason;
    this.names = names;
  }
}

export const settingsSchema: v.GenericSchema<FieldValues, S3Settings> = v.pipe(
  v.record(v.string(), v.string()),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const found = new Map<FieldKey, Unusable>();
    const settings = parseSettings(dataset.value, (problem) => {
      if (!found.has(problem.field)) found.set(problem.field, problem);
    });
    for (const { field, why: reason, names } of found.values()) addIssue(issueAt(field, reason, names));
    return settings && found.size === 0 ? settings : NEVER;
  }),
);

type Report = (problem: Unusable) => void;

/** What is wrong at one field does not hide what is wrong at the next. */
function orReport<T>(report: Report, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof Unusable)) throw cause;
    report(cause);
    return undefined;
  }
}

function parseSettings(values: FieldValues, report: Report): S3Settings | undefined {
  const tried = <T>(parse: () => T): T | undefined => orReport(report, parse);
  const signIn = parseSignIn(values, report);
  const place = parsePlace(values, report);
  const linkKind = tried(() => parseLinkKind(values));
  const linkDays = tried(() => parseDays(values));
  const headers = tried(() => parseHeaders(values, report));
  const acl = tried(() => parseAcl(values));
  const publicBaseUrl = tried(() => parseBaseUrl(values, linkKind === 'public' && hidesObjects(place)));
  const addresses = place && tried(() => parseAddresses(values, place));
  if (!signIn || !place || !linkKind || !linkDays || !headers || !addresses) return undefined;
  const { service, bucket, region, prefix, isRegionOpen, namespace } = place;
  return {
    bucket,
    region,
    isRegionOpen,
    ...addresses,
    ...optional('namespace', namespace),
    pathStyle: parsePathStyle(values, place, service),
    signIn,
    linkKind,
    linkDays,
    ...optional('publicBaseUrl', publicBaseUrl),
    ...aclAt(service, acl),
    showsPages: isOn(values.showsPages) === true,
    prefix,
    headers,
    // What is encrypted with a key of its own has an ETag that says nothing about its bytes.
    store: isKmsEncrypted(headers) ? { ...service, etag: 'opaque' } : service,
  };
}

/** What is sent with an object whose link is to be of this kind: nobody's file becomes public by the way. */
export const aclFor = ({ acl }: Pick<S3Settings, 'acl'>, linkKind: S3Settings['linkKind']): CannedAcl | undefined =>
  acl !== undefined && opensToMany(acl) && linkKind !== 'public' ? undefined : acl;

/**
 * The form's values as they are kept: pasted addresses taken apart, line breaks gone. What was left open (region,
 * endpoint) stays open, so that changing one later does not contradict the other. For values that the schema takes.
 */
export function tidySettings(values: FieldValues): FieldValues {
  const { bucket = text(values.bucket), prefix, endpoint, region, awsEndpoint: variant } = saidOf(values);
  const tidy: Record<string, string | undefined> = {
    ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, text(value)])),
    bucket,
    prefix: tidyPrefix(text(values.prefix) ?? prefix ?? ''),
    endpoint,
    region,
    awsEndpoint: variantIn(values) === 'standard' ? (variant ?? text(values.awsEndpoint)) : text(values.awsEndpoint),
    ...tidySignIn(values),
  };
  return Object.fromEntries(
    Object.entries(tidy).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
}

// ---------------------------------------------------------------- who

/** '' is how settings were saved before there was a choice. */
const ways = ['keys', 'profile', 'sso', 'container', 'instance', 'nobody'] as const;
type WayIn = (typeof ways)[number];

const wayOf = ({ credentials = '' }: FieldValues): WayIn | undefined =>
  credentials === '' ? 'keys' : ways.find((way) => way === credentials);

/** What each way in asks for; of another way's fields nothing is kept. */
const fieldsOf: Record<WayIn, readonly string[]> = {
  keys: ['accessKeyId', 'secretAccessKey', 'sessionToken'],
  profile: ['awsProfile', 'awsSignIn'],
  sso: ['ssoStartUrl', 'ssoRegion', 'ssoFlow', 'ssoSignIn', 'ssoAccount', 'ssoRole'],
  container: [],
  instance: [],
  nobody: [],
};

const tidied: Record<string, (typed: string | undefined) => string | undefined> = {
  accessKeyId: (typed) => keyText(typed),
  secretAccessKey: (typed) => secretText(typed),
  sessionToken: (typed) => secretText(typed),
  ssoAccount: (typed) => accountOf(typed) ?? text(typed),
  ssoStartUrl: (typed) => startOf(typed) ?? text(typed),
  ssoRegion: (typed) => text(typed)?.toLowerCase(),
};

/** The end of keys is never kept: it is known where they come from. */
function tidySignIn(values: FieldValues): Record<string, string | undefined> {
  const way = wayOf(values) ?? 'keys';
  const all = Object.values(fieldsOf)
    .flat()
    .map((key) => [key, fieldsOf[way].includes(key) ? (tidied[key] ?? text)(values[key]) : undefined] as const);
  return { ...Object.fromEntries(all), credentials: way, keysEnd: undefined };
}

function parseSignIn(values: FieldValues, report: Report): SignIn | undefined {
  const tried = <T>(parse: () => T): T | undefined => orReport(report, parse);
  switch (wayOf(values)) {
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
      return tried(() => {
        if (text(values.linkKind) !== 'public') throw new Unusable('linkKind', why.nobodySigns);
        return { by: 'nobody' };
      });
    case 'profile': {
      const profile = tried(() => parseProfile(values));
      return profile === undefined ? undefined : { by: 'profile', profile, form: values };
    }
    case undefined:
      return tried(() => {
        throw new Unusable('credentials', why.choice);
      });
  }
}

function parseKeys(values: FieldValues, report: Report): SignIn | undefined {
  const tried = <T>(parse: () => T): T | undefined => orReport(report, parse);
  const accessKeyId = tried(() => required('accessKeyId', keyText(values.accessKeyId)));
  const secretAccessKey = tried(() => required('secretAccessKey', secretText(values.secretAccessKey)));
  const sessionToken = tried(() => {
    const token = secretText(values.sessionToken);
    // Amazon's temporary keys begin like this, and are refused without.
    if (token === undefined && /^ASIA[A-Z2-7]{12,}$/.test(accessKeyId ?? ''))
      throw new Unusable('sessionToken', why.tokenNeeded);
    return token && required('sessionToken', token);
  });
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const end = Date.parse(text(values.keysEnd) ?? '');
  return {
    by: 'keys',
    accessKeyId,
    secretAccessKey,
    ...optional('sessionToken', sessionToken),
    ...(Number.isNaN(end) ? {} : { end }),
  };
}

function parseSso(values: FieldValues, report: Report): SignIn | undefined {
  const tried = <T>(parse: () => T): T | undefined => orReport(report, parse);
  const start = parseSsoStart(values, report);
  const signedIn = tried(() => {
    const given = text(values.ssoSignIn);
    if (given === undefined) throw new Unusable('ssoSignIn', why.signIn);
    return given;
  });
  const account = tried(() => {
    const id = accountOf(values.ssoAccount);
    if (id === undefined)
      throw new Unusable('ssoAccount', text(values.ssoAccount) === undefined ? why.missing : why.account);
    return id;
  });
  const role = tried(() => {
    const name = text(values.ssoRole);
    if (name === undefined || !/^[\w+=,.@-]{1,64}$/.test(name))
      throw new Unusable('ssoRole', name === undefined ? why.missing : why.role);
    return name;
  });
  return start && signedIn !== undefined && account !== undefined && role !== undefined
    ? { by: 'sso', ...start, account, role, signedIn }
    : undefined;
}

export interface SsoStart {
  startUrl: string;
  region: string;
}

function parseSsoStart(values: FieldValues, report: Report): SsoStart | undefined {
  const startUrl = orReport(report, () => {
    const url = startOf(values.ssoStartUrl);
    if (url === undefined)
      throw new Unusable('ssoStartUrl', text(values.ssoStartUrl) === undefined ? why.missing : why.startUrl);
    return url;
  });
  const region = orReport(report, () => {
    const typed = text(values.ssoRegion)?.toLowerCase();
    if (typed === undefined || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(typed))
      throw new Unusable('ssoRegion', typed === undefined ? why.missing : why.region);
    return typed;
  });
  return startUrl !== undefined && region !== undefined ? { startUrl, region } : undefined;
}

/** Where to sign in, of a form that may lack the rest. @returns the field that is not right */
export function ssoStartIn(values: FieldValues): SsoStart | { field: string; why: string } {
  const problems: Unusable[] = [];
  const start = parseSsoStart(values, (problem) => problems.push(problem));
  return start ?? { field: problems[0]?.field ?? 'ssoStartUrl', why: problems[0]?.why ?? why.missing };
}

/** Without what the page adds to its own address in the browser. */
function startOf(typed: string | undefined): string | undefined {
  const address = text(typed)
    ?.replace(/[#?].*$/, '')
    .replace(/\/+$/, '');
  if (address === undefined || address === '') return undefined;
  const whole = /^https?:\/\//i.test(address) ? address : `https://${address}`;
  if (!URL.canParse(whole) || /[\s\\]/.test(whole)) return undefined;
  const url = new URL(whole);
  const isSafe = url.protocol === 'https:' || reachOf(url.hostname) === 'this-computer';
  return isSafe && url.hostname.includes('.') && url.username + url.password === ''
    ? url.href.replace(/\/+$/, '')
    : undefined;
}

/** Twelve digits, with the name that they are suggested with behind them, or as the console groups them. */
const accountOf = (typed: string | undefined): string | undefined =>
  /^(\d{4})-?(\d{4})-?(\d{4})(?:\s.*)?$/
    .exec(text(typed) ?? '')
    ?.slice(1)
    .join('');

function parseProfile(values: FieldValues): string {
  const name = text(values.awsProfile);
  if (name === undefined) throw new Unusable('awsProfile', why.missing);
  if (name.length > 200 || /[\p{Cc}[\]]/u.test(name)) throw new Unusable('awsProfile', why.profile);
  return name;
}

/**
 * The settings with what a profile says of region and endpoint, where the form leaves them open.
 * @returns undefined when what the profile says cannot be understood
 */
export function withProfile(
  settings: S3Settings,
  said: { region?: string; endpoint?: string; addressing?: string },
): S3Settings | undefined {
  if (settings.signIn.by !== 'profile') return settings;
  const { form } = settings.signIn;
  const open = (key: string, value: string | undefined): FieldValues =>
    text(form[key]) === undefined && value !== undefined ? { [key]: value } : {};
  const filled = {
    ...form,
    ...open('region', said.region),
    ...open('endpoint', said.endpoint),
    ...(said.endpoint !== undefined && said.addressing === 'path' ? { pathStyle: 'true' } : {}),
  };
  let isUsable = true;
  const parsed = parseSettings(filled, () => {
    isUsable = false;
  });
  return parsed && isUsable ? { ...parsed, signIn: settings.signIn } : undefined;
}

// ---------------------------------------------------------------- where

interface Place {
  bucket: string;
  endpoint: string;
  host: string;
  region: string;
  prefix: string;
  service: Service;
  namespace?: string;
  /** No endpoint was given: the address is made of the region, and nothing but {@link awsEndpoint} makes it. */
  isAmazons: boolean;
  isRegionOpen: boolean;
}

/** What the two fields say together, and the region's. Where both name the same thing, its own field counts. */
interface Said {
  endpoint: string | undefined;
  region: string | undefined;
  bucket: string | undefined;
  prefix: string | undefined;
  awsEndpoint: AwsVariant | undefined;
  isAmazons: boolean;
}

function saidOf(values: FieldValues): Said {
  const ofBucket: Partial<ReadAddress> = readField(values, 'bucket') ?? {};
  const ofEndpoint = readField(values, 'endpoint');
  // What is no address of anything stays as it was typed, so that it can be said what is wrong with it.
  const endpoint = ofEndpoint ? ofEndpoint.endpoint : (text(values.endpoint) ?? ofBucket.endpoint);
  const { bucket, prefix, region, awsEndpoint: variant }: Partial<ReadAddress> = ofEndpoint ?? {};
  return {
    endpoint,
    isAmazons: endpoint === undefined,
    bucket: ofBucket.bucket ?? bucket,
    prefix: ofBucket.prefix ?? prefix,
    region: regionOf(values.region) ?? region ?? ofBucket.region,
    awsEndpoint: variant ?? ofBucket.awsEndpoint,
  };
}

function readField(values: FieldValues, field: PastedInto): ReadAddress | undefined {
  const typed = text(values[field]);
  return typed === undefined ? undefined : readAddress(typed, field);
}

function parsePlace(values: FieldValues, report: Report): Place | undefined {
  const tried = <T>(parse: () => T): T | undefined => orReport(report, parse);
  const said = saidOf(values);
  const bucket = tried(() => bucketName(values, said)) ?? '';
  const typedRegion = tried(() => parseRegion(said)) ?? '';
  const url = tried(() => parseEndpoint(said, typedRegion, bucket));
  const prefix = tried(() => parsePrefix(text(values.prefix) ?? said.prefix ?? ''));
  if (!url) return undefined;
  const { service, region, namesRegion, namespace } = serviceOf(url.hostname);
  if (bucket !== '') tried(() => checkName(bucket, service));
  const isNamed = typedRegion !== '' || service.signsFor === 'one' || (namesRegion && !said.isAmazons);
  return {
    bucket,
    host: url.hostname,
    service,
    ...optional('namespace', namespace),
    isAmazons: said.isAmazons,
    isRegionOpen: !isNamed,
    // Where one region is all there is, what stayed in the form of another service does no harm.
    region: typedRegion === '' ? region : service.signsFor === 'one' ? service.region : typedRegion,
    endpoint: url.origin + url.pathname.replace(/\/+$/, ''),
    prefix: prefix ?? '',
  };
}

function bucketName(values: FieldValues, said: Said): string {
  if (said.bucket !== undefined) return said.bucket;
  throw new Unusable('bucket', text(values.bucket) === undefined ? why.missing : why.bucket);
}

/** Directory buckets take requests that are signed in another way, one session after the other. */
const isDirectory = (bucket: string): boolean => bucket.endsWith('--x-s3');

function checkName(bucket: string, service: Service): void {
  const named = service.host ? /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/ : /^[A-Za-z0-9][\w.-]{1,254}$/;
  if (!named.test(bucket)) throw new Unusable('bucket', why.bucket);
  if (isDirectory(bucket)) throw new Unusable('bucket', why.directoryBucket);
  if (service.bucket && !service.bucket.form.test(bucket)) throw new Unusable('bucket', service.bucket.why);
}

/** As it is written, or the part of an endpoint that names it: some consoles show only that. */
function regionOf(typed: string | undefined): string | undefined {
  const region = text(typed)?.toLowerCase();
  if (region === undefined || !region.includes('.')) return region;
  const address = region.includes('://') ? region : `https://${region}`;
  const named: Recognised | undefined = URL.canParse(address) ? serviceOf(new URL(address).hostname) : undefined;
  return named && named.service.id !== 'custom' ? named.region : region;
}

/** '' where nothing is said. */
function parseRegion({ region = '', isAmazons }: Said): string {
  if (region !== '' && !/^[a-z0-9-]{2,40}$/.test(region)) throw new Unusable('region', why.region);
  // It means: the service knows. Left over from one that does, it says nothing to Amazon.
  return region === 'auto' && isAmazons ? '' : region;
}

function parseEndpoint({ endpoint, isAmazons }: Said, region: string, bucket: string): URL {
  if (isAmazons || endpoint === undefined)
    return new URL(awsEndpoint('standard', region === '' ? 'us-east-1' : region));
  if (endpoint.includes('{region}') && region === '') throw new Unusable('region', why.regionNeeded);
  const url = parseUrl(endpoint.replaceAll('{region}', region), 'endpoint');
  if (bucket !== '' && url.pathname.replace(/\/$/, '').endsWith(`/${encodeKey(bucket)}`))
    url.pathname = url.pathname.replace(/\/$/, '').slice(0, -bucket.length - 1);
  return url;
}

type Addresses = Pick<S3Settings, 'endpoint' | 'linkEndpoint' | 'awsEndpoint'>;

function parseAddresses(values: FieldValues, place: Place): Addresses {
  const variant = parseVariant(values, place);
  if (!place.isAmazons) return { endpoint: place.endpoint, awsEndpoint: variant };
  const [endpoint, linkEndpoint] = [awsEndpoint(variant, place.region), awsLinkEndpoint(variant, place.region)];
  return {
    endpoint,
    awsEndpoint: variant,
    ...optional('linkEndpoint', linkEndpoint === endpoint ? undefined : linkEndpoint),
  };
}

const variantIn = (values: FieldValues): string => text(values.awsEndpoint) ?? 'standard';

function parseVariant(values: FieldValues, place: Place): AwsVariant {
  const typed = variantIn(values);
  if (!isAwsVariant(typed)) throw new Unusable('awsEndpoint', why.choice);
  const { awsEndpoint: pasted = 'standard' } = saidOf(values);
  const variant = typed === 'standard' ? pasted : typed;
  const problem = contradiction({
    variant,
    region: place.region,
    bucket: place.bucket,
    pathStyle: isOn(values.pathStyle) === true,
    isElsewhere: !place.isAmazons,
  });
  if (problem) throw new Unusable('awsEndpoint', why[problem]);
  return variant;
}

/** Names that never work as `bucket.host`: addresses, bare and local names; and a dotted bucket fits no wildcard certificate. */
function parsePathStyle(values: FieldValues, place: Place, store: StoreTraits): boolean {
  if (store.pathStyle === 'refused') return false;
  if (store.pathStyle === 'only') return true;
  const bare = reachOf(place.host) === 'this-computer' || !place.host.includes('.') || /^[\d.]+$|^\[/.test(place.host);
  if (bare || place.bucket.includes('.') || /[A-Z_]/.test(place.bucket)) return true;
  return isOn(values.pathStyle) ?? store.pathStyle === 'needed';
}

function parsePrefix(typed: string): string {
  const segments = typed.normalize('NFC').split('/').filter(Boolean);
  const prefix = segments.join('/');
  if (
    segments.some((s) => s === '.' || s === '..') ||
    /[\p{Cc}\p{Cs}\\]/u.test(prefix) ||
    Buffer.byteLength(prefix) > 512
  )
    throw new Unusable('prefix', why.folder);
  return prefix;
}

/** What is no folder stays as it was typed, for whoever has to mend it. */
const tidyPrefix = (typed: string): string =>
  orReport(
    () => undefined,
    () => parsePrefix(typed),
  ) ?? typed;

// ---------------------------------------------------------------- links

function parseLinkKind(values: FieldValues): 'expiring' | 'public' {
  const kind = text(values.linkKind) ?? 'expiring';
  if (kind !== 'expiring' && kind !== 'public') throw new Unusable('linkKind', why.choice);
  return kind;
}

/** A signed address lives for at most a week (Signature Version 4). */
function parseDays(values: FieldValues): number {
  const typed = text(values.linkDays) ?? '7';
  if (!/^[1-7]$/.test(typed)) throw new Unusable('linkDays', why.days);
  return Number(typed);
}

/** A line that is written out counts more than a choice. */
function parseHeaders(values: FieldValues, report: Report): Record<string, string> {
  const { headers: chosen, problems } = optionHeaders(
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, text(value) ?? ''])),
  );
  for (const { field, why: reason } of problems) report(new Unusable(field, why[reason]));
  const lines = extraHeadersOf(values.headers ?? '');
  if (lines instanceof HeaderProblem) throw new Unusable('headers', lines.why, lines.names);
  return { ...chosen, ...lines };
}

function parseAcl(values: FieldValues): CannedAcl | undefined {
  const acl = aclOf(text(values.acl)?.toLowerCase() ?? '');
  if (typeof acl === 'object') throw new Unusable('acl', why[acl.why]);
  return acl;
}

/** A store that takes none is sent none. */
const aclAt = ({ acl: isTaken }: Service, acl: CannedAcl | undefined): { acl?: CannedAcl } =>
  acl !== undefined && isTaken === 'possible' ? { acl } : {};

/** Whether nobody finds objects at an address that could be derived. */
const hidesObjects = (place: Place | undefined): boolean =>
  place?.service.publicLinks === 'base-url' ||
  (place?.namespace === undefined && place?.service.publicLinks.includes('{namespace}') === true);

function parseBaseUrl(values: FieldValues, isNeeded: boolean): string | undefined {
  const typed = text(values.publicBaseUrl);
  if (typed === undefined) {
    if (isNeeded) throw new Unusable('publicBaseUrl', why.baseUrl);
    return undefined;
  }
  const unknown = unknownParts(typed);
  if (unknown.length > 0) throw new Unusable('publicBaseUrl', why.linkParts, unknown.filter(Boolean).join(', '));
  const scheme = /^https?:\/\//i.test(typed)
    ? ''
    : reachOf(sampleOf(typed).split(/[:/]/, 1)[0] ?? '') === 'this-computer'
      ? 'http://'
      : 'https://';
  // A page that shows files may want the key behind a question mark.
  const url = parseUrl(
    typed.includes('{key') ? sampleOf(typed).replace(/\?[^#\s]*$/, '') : sampleOf(typed),
    'publicBaseUrl',
  );
  return typed.includes('{') ? `${scheme}${typed}` : url.origin + url.pathname.replace(/\/+$/, '');
}

// ---------------------------------------------------------------- words

/** Unencrypted http is for this computer and this network only: keys are signed with, but files and links travel readable. */
function parseUrl(typed: string, field: 'endpoint' | 'publicBaseUrl'): URL {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
  if (/[{}]/.test(address)) throw new Unusable(field, why.braces);
  if (/[\s\\]/.test(address) || !URL.canParse(address)) throw new Unusable(field, why.address);
  const url = new URL(address);
  const reach = reachOf(url.hostname);
  if (address !== typed && reach === 'this-computer') url.protocol = 'http:';
  if (url.protocol === 'http:' && reach === 'anywhere') throw new Unusable(field, why.unencrypted);
  if (!['https:', 'http:'].includes(url.protocol) || url.username + url.password + url.search + url.hash !== '')
    throw new Unusable(field, why.address);
  return url;
}

/** Pasted text without the quotes, blanks and line breaks around it; undefined when nothing is left. */
function text(typed: string | undefined): string | undefined {
  const trimmed = typed
    ?.trim()
    .replace(/^(["'])(.*)\1$/s, '$2')
    .trim();
  return trimmed === '' ? undefined : trimmed;
}

/** Keys have no blanks inside; a terminal or a mail may have broken them. */
const keyText = (typed: string | undefined): string | undefined => text(typed?.replace(/[\s\u200b\ufeff]+/g, ''));

/** JSON writes the `/` of a secret as `\/`; no secret has a backslash. */
const secretText = (typed: string | undefined): string | undefined => keyText(typed)?.replaceAll('\\/', '/');

function required(field: FieldKey, value: string | undefined): string {
  if (value === undefined) throw new Unusable(field, why.missing);
  // Header and signature take printable ASCII; anything else was not copied from where keys are shown.
  if (field !== 'bucket' && !/^[\x21-\x7e]+$/.test(value)) throw new Unusable(field, why.key);
  return value;
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}

/** What environments and forms call true; undefined when nothing was said. */
export function isOn(typed: string | undefined): boolean | undefined {
  const word = text(typed)?.toLowerCase();
  return word === undefined ? undefined : ['true', '1', 'yes', 'on'].includes(word);
}
