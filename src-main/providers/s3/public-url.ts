/** The address under which everybody finds an object: that of the store, or one of one's own, as a template. */
import { encodeKey, encodeSegment } from '../keys.ts';
import type { S3Settings } from './settings.ts';

/** What a template of one's own can name. `{key-encoded}` has its slashes as `%2F`, for programs that take the key as one word. */
export const linkParts = ['key', 'key-encoded', 'bucket', 'host'] as const;

const part = /\{([^{}]*)\}/g;
const namesKey = (template: string): boolean => /\{key(?:-encoded)?\}/.test(template);

/** The names between braces that mean nothing; '' for a brace without a partner. */
export function unknownParts(template: string): string[] {
  const names = [...template.matchAll(part)].map(([, name = '']) => name);
  const isUneven = /[{}]/.test(template.replace(part, ''));
  return [...names.filter((name) => !(linkParts as readonly string[]).includes(name)), ...(isUneven ? [''] : [])];
}

/** An address that looks like those that the template will make. */
export const sampleOf = (template: string): string => template.replace(part, 'x');

/** Where only an address is given, the key goes behind it. */
export const asTemplate = (address: string): string =>
  namesKey(address) ? address : `${address.replace(/\/+$/, '')}/{key}`;

/** `key` is in no other place of an address than its path or its query; both take it in this form. */
export interface LinkFacts {
  bucket: string;
  key: string;
  host: string;
  region: string;
  namespace?: string;
}

export function fillLink(template: string, { bucket, key, host, region, namespace = '' }: LinkFacts): string {
  const values: Record<string, string> = {
    key: encodeKey(key),
    'key-encoded': encodeSegment(key),
    bucket: encodeSegment(bucket),
    host,
    region,
    namespace,
  };
  return template.replace(part, (whole, name: string) => values[name] ?? whole);
}

export interface StoredObject {
  bucket: string;
  key: string;
}

/** What an address for everyone is made of. */
export type PublicPlace = Pick<
  S3Settings,
  'publicBaseUrl' | 'endpoint' | 'linkEndpoint' | 'pathStyle' | 'region' | 'namespace'
> & { store: Pick<S3Settings['store'], 'publicLinks'> };

/** The object's address for everyone, when the bucket or the object is readable by everyone. */
export function publicUrl(settings: PublicPlace, { bucket, key }: StoredObject): string {
  const {
    publicBaseUrl,
    region,
    namespace,
    store: { publicLinks },
  } = settings;
  const { host } = new URL(settings.endpoint);
  const template = publicBaseUrl === undefined ? publicLinks : asTemplate(publicBaseUrl);
  if (!template.includes('{key')) return addressOf(settings, { bucket, key });
  return fillLink(template, { bucket, key, host, region, ...(namespace === undefined ? {} : { namespace }) });
}

/** Where the object is at the store itself. */
export function addressOf(
  { endpoint, linkEndpoint = endpoint, pathStyle }: Pick<S3Settings, 'endpoint' | 'linkEndpoint' | 'pathStyle'>,
  { bucket, key }: StoredObject,
): string {
  if (pathStyle) return `${linkEndpoint}/${encodeKey(bucket)}/${encodeKey(key)}`;
  return `${linkEndpoint.replace('://', `://${bucket}.`)}/${encodeKey(key)}`;
}
