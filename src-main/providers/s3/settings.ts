/**
 * From what people type and paste to settings that work: whole URLs, missing schemes, line breaks inside keys. A value
 * that cannot be understood is an issue at its field; nothing here asks the network.
 */
import * as v from 'valibot';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { reachOf } from '../../platform/address.ts';
import { encodeKey } from './keys.ts';
import { serviceOf, type StoreTraits } from './presets.ts';

export interface S3Settings {
  bucket: string;
  region: string;
  /** `https://host`, `http://host:9000`, `https://host/path`; no slash at the end */
  endpoint: string;
  pathStyle: boolean;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  linkKind: 'expiring' | 'public';
  /** 1 to 7 */
  linkDays: number;
  /** Address that shows the bucket's content, without a slash at the end. */
  publicBaseUrl?: string;
  /** Send `public-read` with every upload. */
  acl: boolean;
  /** Folder in the bucket: no slash at either end; '' for none. */
  prefix: string;
  store: StoreTraits;
}

type FieldKey = 'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'bucket' | 'region' | 'endpoint' | 'linkKind' | 'linkDays' | 'publicBaseUrl' | 'prefix';

/** Ends the parsing at one field. It never holds the value: that may be a secret. */
class Unusable extends Error {
  readonly field: FieldKey;
  constructor(field: FieldKey) { super(`unusable ${field}`); this.field = field; }
}

export const settingsSchema: v.GenericSchema<FieldValues, S3Settings> = v.pipe(
  v.record(v.string(), v.string()),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return parseSettings(dataset.value);
    } catch (cause) {
      if (!(cause instanceof Unusable)) throw cause;
      addIssue({ message: cause.message, input: undefined, path: [{ type: 'object', origin: 'value', input: {}, key: cause.field, value: undefined }] });
      return NEVER;
    }
  }),
);

function parseSettings(values: FieldValues): S3Settings {
  const place = parsePlace(values);
  const service = serviceOf(place.host).service;
  const linkKind = parseLinkKind(values);
  const sessionToken = secretText(values.sessionToken);
  const publicBaseUrl = parseBaseUrl(values, linkKind === 'public' && service.publicLinks === 'base-url');
  return {
    bucket: place.bucket, region: place.region, endpoint: place.endpoint,
    pathStyle: parsePathStyle(values, place, service),
    accessKeyId: required('accessKeyId', keyText(values.accessKeyId)),
    secretAccessKey: required('secretAccessKey', secretText(values.secretAccessKey)),
    ...optional('sessionToken', sessionToken && required('sessionToken', sessionToken)),
    linkKind, linkDays: parseDays(values), ...optional('publicBaseUrl', publicBaseUrl),
    acl: linkKind === 'public' && service.acl === 'possible' && isOn(values.acl) === true,
    prefix: place.prefix,
    store: service,
  };
}

/**
 * The form's values as they are kept: pasted addresses taken apart, line breaks gone. What was left open (region,
 * endpoint) stays open, so that changing one later does not contradict the other. For values that the schema takes.
 */
export function tidySettings(values: FieldValues): FieldValues {
  const { bucket, prefix, endpoint, region } = parseBucket(text(values.bucket) ?? '');
  const tidy: Record<string, string | undefined> = {
    ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, text(value)])),
    bucket, prefix: parsePrefix(text(values.prefix) ?? prefix ?? ''),
    endpoint: text(values.endpoint) ?? endpoint, region: text(values.region)?.toLowerCase() ?? region,
    accessKeyId: keyText(values.accessKeyId), secretAccessKey: secretText(values.secretAccessKey), sessionToken: secretText(values.sessionToken),
  };
  return Object.fromEntries(Object.entries(tidy).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''));
}

// ---------------------------------------------------------------- where

interface Place { bucket: string; endpoint: string; host: string; region: string; prefix: string }

function parsePlace(values: FieldValues): Place {
  const pasted = parseBucket(required('bucket', text(values.bucket)));
  const typedRegion = text(values.region)?.toLowerCase() ?? pasted.region;
  if (typedRegion !== undefined && !/^[a-z0-9-]{2,40}$/.test(typedRegion)) throw new Unusable('region');
  const url = parseEndpoint(text(values.endpoint) ?? pasted.endpoint, typedRegion, pasted.bucket);
  const { service, region } = serviceOf(url.hostname);
  const named = service.host ? /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/ : /^[A-Za-z0-9][\w.-]{1,254}$/;
  if (!named.test(pasted.bucket)) throw new Unusable('bucket');
  return {
    bucket: pasted.bucket, host: url.hostname, region: typedRegion ?? region,
    endpoint: url.origin + url.pathname.replace(/\/+$/, ''),
    prefix: parsePrefix(text(values.prefix) ?? pasted.prefix ?? ''),
  };
}

interface PastedBucket { bucket: string; prefix?: string; endpoint?: string; region?: string }

/** `name`, `name/folder`, `s3://name/folder`, `arn:aws:s3:::name`, an address of the bucket, or its page in the AWS console. */
function parseBucket(typed: string): PastedBucket {
  const short = /^(?:s3:\/\/|arn:[\w-]+:s3:::)?(?<bucket>[^/:]+)(?:\/(?<prefix>.*))?$/i.exec(typed);
  if (short?.groups) return { bucket: short.groups.bucket ?? '', prefix: short.groups.prefix };
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw new Unusable('bucket');
  const [first = '', ...rest] = url.pathname.split('/').filter(Boolean).map(decoded);
  if (url.hostname.endsWith('console.aws.amazon.com')) return { bucket: rest[1] ?? '', region: url.searchParams.get('region') ?? undefined };
  const own = bucketInHost(url.hostname);
  if (own) return { bucket: own.bucket, prefix: [first, ...rest].join('/'), endpoint: `${url.protocol}//${own.host}` };
  return { bucket: first, prefix: rest.join('/'), endpoint: url.origin };
}

/** `photos.s3.eu-west-1.amazonaws.com` is the bucket `photos` at `s3.eu-west-1.amazonaws.com`. */
function bucketInHost(hostname: string): { bucket: string; host: string } | undefined {
  const labels = hostname.split('.');
  for (let count = labels.length - 2; count >= 1; count--) {
    const host = labels.slice(count).join('.');
    if (serviceOf(host).service.id !== 'custom') return { bucket: labels.slice(0, count).join('.'), host };
  }
  return undefined;
}

function parseEndpoint(typed: string | undefined, region: string | undefined, bucket: string): URL {
  const template = typed ?? (region?.startsWith('cn-') ? 'https://s3.{region}.amazonaws.com.cn' : 'https://s3.{region}.amazonaws.com');
  if (template.includes('{region}') && typed !== undefined && !region) throw new Unusable('region');
  const filled = template.replaceAll('{region}', region ?? 'us-east-1');
  const url = parseUrl(filled, 'endpoint');
  if (url.hostname.startsWith(`${bucket}.`) && serviceOf(url.hostname.slice(bucket.length + 1)).service.host) url.hostname = url.hostname.slice(bucket.length + 1);
  if (url.pathname.replace(/\/$/, '').endsWith(`/${encodeKey(bucket)}`)) url.pathname = url.pathname.replace(/\/$/, '').slice(0, -bucket.length - 1);
  return url;
}

/** Names that never work as `bucket.host`: addresses, bare and local names; and a dotted bucket fits no wildcard certificate. */
function parsePathStyle(values: FieldValues, place: Place, store: StoreTraits): boolean {
  if (store.pathStyle === 'refused') return false;
  const bare = reachOf(place.host) === 'this-computer' || !place.host.includes('.') || /^[\d.]+$|^\[/.test(place.host);
  if (bare || place.bucket.includes('.') || /[A-Z_]/.test(place.bucket)) return true;
  return isOn(values.pathStyle) ?? store.pathStyle === 'needed';
}

function parsePrefix(typed: string): string {
  const segments = typed.normalize('NFC').split('/').filter(Boolean);
  const prefix = segments.join('/');
  if (segments.some((s) => s === '.' || s === '..') || /[\p{Cc}\p{Cs}\\]/u.test(prefix) || Buffer.byteLength(prefix) > 512) throw new Unusable('prefix');
  return prefix;
}

// ---------------------------------------------------------------- links

function parseLinkKind(values: FieldValues): 'expiring' | 'public' {
  const kind = text(values.linkKind) ?? 'expiring';
  if (kind !== 'expiring' && kind !== 'public') throw new Unusable('linkKind');
  return kind;
}

/** A signed address lives for at most a week (Signature Version 4). */
function parseDays(values: FieldValues): number {
  const typed = text(values.linkDays) ?? '7';
  if (!/^[1-7]$/.test(typed)) throw new Unusable('linkDays');
  return Number(typed);
}

function parseBaseUrl(values: FieldValues, isNeeded: boolean): string | undefined {
  const typed = text(values.publicBaseUrl);
  if (typed === undefined) {
    if (isNeeded) throw new Unusable('publicBaseUrl');
    return undefined;
  }
  const url = parseUrl(typed, 'publicBaseUrl');
  return url.origin + url.pathname.replace(/\/+$/, '');
}

// ---------------------------------------------------------------- words

/** Unencrypted http is for this computer and this network only: keys are signed with, but files and links travel readable. */
function parseUrl(typed: string, field: 'endpoint' | 'publicBaseUrl'): URL {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
  if (/[{}\s\\]/.test(address) || !URL.canParse(address)) throw new Unusable(field);
  const url = new URL(address);
  const reach = reachOf(url.hostname);
  if (address !== typed && reach === 'this-computer') url.protocol = 'http:';
  const protocols = reach === 'anywhere' ? ['https:'] : ['https:', 'http:'];
  if (!protocols.includes(url.protocol) || url.username + url.password + url.search + url.hash !== '') throw new Unusable(field);
  return url;
}

/** Pasted text without the quotes, blanks and line breaks around it; undefined when nothing is left. */
function text(typed: string | undefined): string | undefined {
  const trimmed = typed?.trim().replace(/^(["'])(.*)\1$/s, '$2').trim();
  return trimmed === '' ? undefined : trimmed;
}

/** Keys have no blanks inside; a terminal or a mail may have broken them. */
const keyText = (typed: string | undefined): string | undefined => text(typed?.replace(/[\s\u200b\ufeff]+/g, ''));

/** JSON writes the `/` of a secret as `\/`; no secret has a backslash. */
const secretText = (typed: string | undefined): string | undefined => keyText(typed)?.replaceAll('\\/', '/');

function required(field: FieldKey, value: string | undefined): string {
  // Header and signature take printable ASCII; anything else was not copied from where keys are shown.
  if (value === undefined || (field !== 'bucket' && !/^[\x21-\x7e]+$/.test(value))) throw new Unusable(field);
  return value;
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : { [key]: value } as Record<K, string>;
}

/** What environments and forms call true; undefined when nothing was said. */
export function isOn(typed: string | undefined): boolean | undefined {
  const word = text(typed)?.toLowerCase();
  return word === undefined ? undefined : ['true', '1', 'yes', 'on'].includes(word);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    return segment;
  }
}
