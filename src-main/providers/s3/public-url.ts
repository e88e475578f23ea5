/** The address under which everybody finds an object: that of the store, or one of one's own, as a template. */
import { encodeKey, encodeSegment } from '../keys/encode-key.ts';
import type { S3Settings } from './settings.ts';

/** What a template of one's own can name. `{key-encoded}` has its slashes as `%2F`, for programs that take the key as one word. */
export const linkPlaceholders = ['key', 'key-encoded', 'bucket', 'host'] as const;

const placeholderPattern = /\{([^{}]*)\}/g;
const hasKeyPlaceholder = (template: string): boolean => /\{key(?:-encoded)?\}/.test(template);

/** The names between braces that mean nothing; '' for a brace without a partner. */
export function unknownPlaceholders(template: string): string[] {
  const names = [...template.matchAll(placeholderPattern)].map(([, name = '']) => name);
  const hasUnmatchedBrace = /[{}]/.test(template.replace(placeholderPattern, ''));
  return [
    ...names.filter((name) => !(linkPlaceholders as readonly string[]).includes(name)),
    ...(hasUnmatchedBrace ? [''] : []),
  ];
}

/** An address that looks like those that the template will make. */
export const sampleUrl = (template: string): string => template.replace(placeholderPattern, 'x');

/** Where only an address is given, the key goes behind it. */
export const toLinkTemplate = (address: string): string =>
  hasKeyPlaceholder(address) ? address : `${address.replace(/\/+$/, '')}/{key}`;

/** `key` is in no other place of an address than its path or its query; both take it in this form. */
export interface LinkTemplateValues {
  bucket: string;
  key: string;
  host: string;
  region: string;
  namespace?: string;
}

export function fillLinkTemplate(
  template: string,
  { bucket, key, host, region, namespace = '' }: LinkTemplateValues,
): string {
  const values: Record<string, string> = {
    key: encodeKey(key),
    'key-encoded': encodeSegment(key),
    bucket: encodeSegment(bucket),
    host,
    region,
    namespace,
  };
  return template.replace(placeholderPattern, (placeholder, name: string) => values[name] ?? placeholder);
}

export interface LinkedObject {
  bucket: string;
  key: string;
}

/** What an address for everyone is made of. */
export type PublicUrlSettings = Pick<
  S3Settings,
  'publicBaseUrl' | 'endpoint' | 'linkEndpoint' | 'pathStyle' | 'region' | 'namespace'
> & { store: Pick<S3Settings['store'], 'publicLinks'> };

/** The object's address for everyone, when the bucket or the object is readable by everyone. */
export function publicUrl(settings: PublicUrlSettings, { bucket, key }: LinkedObject): string {
  const {
    publicBaseUrl,
    region,
    namespace,
    store: { publicLinks },
  } = settings;
  const { host } = new URL(settings.endpoint);
  const template = publicBaseUrl === undefined ? publicLinks : toLinkTemplate(publicBaseUrl);
  if (!template.includes('{key')) return objectUrl(settings, { bucket, key });
  return fillLinkTemplate(template, { bucket, key, host, region, ...(namespace === undefined ? {} : { namespace }) });
}

/** Where the object is at the store itself. */
export function objectUrl(
  { endpoint, linkEndpoint = endpoint, pathStyle }: Pick<S3Settings, 'endpoint' | 'linkEndpoint' | 'pathStyle'>,
  { bucket, key }: LinkedObject,
): string {
  if (pathStyle) return `${linkEndpoint}/${encodeKey(bucket)}/${encodeKey(key)}`;
  return `${linkEndpoint.replace('://', `://${bucket}.`)}/${encodeKey(key)}`;
}
