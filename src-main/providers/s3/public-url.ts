/** The public address of an object: the store's own address, or a template of the user's. */
import { encodeKey, encodeSegment } from '../keys/encode-key.ts';
import type { S3Settings } from './settings.ts';

/**
 * Placeholders of a link template. `{key-encoded}` has `%2F` for slashes, for programs that expect the key as one
 * segment.
 */
const linkPlaceholders = ['key', 'key-encoded', 'bucket', 'host'] as const;

const placeholderPattern = /\{([^{}]*)\}/g;
const hasKeyPlaceholder = (template: string): boolean => /\{key(?:-encoded)?\}/.test(template);

/** Returns the unknown names between braces; '' for an unmatched brace. */
export function unknownPlaceholders(template: string): string[] {
  const names = [...template.matchAll(placeholderPattern)].map(([, name = '']) => name);
  const hasUnmatchedBrace = /[{}]/.test(template.replace(placeholderPattern, ''));
  return [
    ...names.filter((name) => !(linkPlaceholders as readonly string[]).includes(name)),
    ...(hasUnmatchedBrace ? [''] : []),
  ];
}

/** An example address that the template could produce. */
export const sampleUrl = (template: string): string => template.replace(placeholderPattern, 'x');

/** An address without placeholders gets the key at its end. */
const toLinkTemplate = (address: string): string =>
  hasKeyPlaceholder(address) ? address : `${address.replace(/\/+$/, '')}/{key}`;

interface LinkTemplateValues {
  bucket: string;
  key: string;
  host: string;
  region: string;
  namespace?: string;
}

function fillLinkTemplate(template: string, { bucket, key, host, region, namespace = '' }: LinkTemplateValues): string {
  const values: Record<string, string> = {
    // The key appears only in the path or the query of an address; both accept this encoding.
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

/** The settings that a public address depends on. */
export type PublicUrlSettings = Pick<
  S3Settings,
  'publicBaseUrl' | 'endpoint' | 'linkEndpoint' | 'pathStyle' | 'region' | 'namespace'
> & { store: Pick<S3Settings['store'], 'publicLinks'> };

/** The object's public address, for a bucket or an object that everyone can read. */
export function publicUrl(settings: PublicUrlSettings, { bucket, key }: LinkedObject): string {
  const {
    publicBaseUrl,
    region,
    namespace,
    store: { publicLinks },
  } = settings;
  const { host } = new URL(settings.endpoint);
  const template = publicBaseUrl === undefined ? publicLinks : toLinkTemplate(publicBaseUrl);
  const isTemplate = template.includes('{key');
  if (!isTemplate) return objectUrl(settings, { bucket, key });
  return fillLinkTemplate(template, { bucket, key, host, region, ...(namespace === undefined ? {} : { namespace }) });
}

/** The object's address at the store itself. */
export function objectUrl(
  { endpoint, linkEndpoint = endpoint, pathStyle }: Pick<S3Settings, 'endpoint' | 'linkEndpoint' | 'pathStyle'>,
  { bucket, key }: LinkedObject,
): string {
  if (pathStyle) return `${linkEndpoint}/${encodeKey(bucket)}/${encodeKey(key)}`;
  return `${linkEndpoint.replace('://', `://${bucket}.`)}/${encodeKey(key)}`;
}
