/** Finds the setting that a store means when it rejects a header of a new object. */
import { meaning, type Meaning } from '../network/network-errors.ts';
import { sanitizeServerMessage } from '../network/server-message.ts';
import { genericErrorNames } from './server-reason.ts';
import type { HeaderField } from './link-settings.ts';
import type { S3Settings } from './settings.ts';

/** A setting that only adds a header to new objects. A store may reject it although everything else is correct. */
export type ObjectSetting = HeaderField | 'acl';

type ObjectSettings = Pick<S3Settings, 'acl' | 'headers' | 'headerFields'>;

/** The order in which Hoist suspects the settings: first those that fewer stores support. */
const suspicion: readonly ObjectSetting[] = ['acl', 'storageClass', 'kmsKey', 'encryption', 'headers', 'cacheControl'];

/** The settings of this destination that add headers. */
export function objectSettings({ acl, headerFields }: ObjectSettings): ObjectSetting[] {
  const used = new Set<ObjectSetting>([
    ...Object.values(headerFields),
    ...(acl === undefined ? [] : (['acl'] as const)),
  ]);
  return suspicion.filter((setting) => used.has(setting));
}

/** The settings without the headers of these fields. Without `encryption`, `kmsKey` is removed too. */
export function withoutObjectSettings(settings: S3Settings, removed: readonly ObjectSetting[]): S3Settings {
  const isRemoved = (name: string): boolean => {
    const field = settings.headerFields[name];
    return field !== undefined && (removed.includes(field) || (field === 'kmsKey' && removed.includes('encryption')));
  };
  const { acl, ...rest } = settings;
  return {
    ...rest,
    ...(acl === undefined || removed.includes('acl') ? {} : { acl }),
    headers: Object.fromEntries(Object.entries(settings.headers).filter(([name]) => !isRemoved(name))),
    headerFields: Object.fromEntries(Object.entries(settings.headerFields).filter(([name]) => !isRemoved(name))),
  };
}

const meaningBySetting: Readonly<Record<ObjectSetting, Meaning>> = {
  acl: meaning('rejected', 'acl', 'acl'),
  storageClass: meaning('rejected', 'storageClass', 'storageClass'),
  encryption: meaning('rejected', 'encryption', 'encryption'),
  kmsKey: meaning('rejected', 'kmsKey', 'kms'),
  cacheControl: meaning('rejected', 'cacheControl', 'cacheControl'),
  headers: meaning('rejected', 'headers', 'headers'),
};
export const rejectedSettingMeaning = (setting: ObjectSetting): Meaning => meaningBySetting[setting];

/** The headers that each of these settings sends. */
const headersBySetting: Partial<Record<string, readonly string[]>> = {
  storageClass: ['x-amz-storage-class'],
  encryption: ['x-amz-server-side-encryption'],
  kmsKey: ['x-amz-server-side-encryption-aws-kms-key-id', 'x-amz-server-side-encryption'],
};

/**
 * Corrects the field of a meaning. The user may have set a header in the field for extra headers instead of the
 * header's own field; then the field for extra headers is the wrong one.
 */
export function atUsedField(found: Meaning, { headerFields }: ObjectSettings): Meaning {
  const field = (headersBySetting[found.field ?? ''] ?? [])
    .map((name) => headerFields[name])
    .find((candidate) => candidate !== undefined);
  // The settings name no KMS key, so the error is about the bucket's default key.
  if (field === undefined) return found.why === 'kms' ? { ...found, field: 'bucket' } : found;
  if (field === found.field) return found;
  return field === 'headers' && found.why !== 'kms' ? meaningBySetting.headers : { ...found, field };
}

/**
 * For errors whose name says only that the request is invalid: takes the header that the message names. If there is no
 * message, the cause is one of the settings for new objects.
 */
export function genericRejectionMeaning(
  { name = '', message = '' }: { name?: string; message?: string },
  settings: ObjectSettings,
): Meaning | undefined {
  if (!genericErrorNames.test(name)) return undefined;
  const isSilent = sanitizeServerMessage(message) === undefined || message === name;
  if (isSilent) return onlySettingMeaning(settings);
  const named = Object.keys(settings.headers).find((header) => message.toLowerCase().includes(header));
  return named === undefined ? undefined : meaningBySetting[settings.headerFields[named] ?? 'headers'];
}

/** The meaning when the store gives no reason: the destination's only setting for new objects, or one of several. */
export function onlySettingMeaning(settings: ObjectSettings): Meaning | undefined {
  const [first, ...others] = objectSettings(settings);
  if (first === undefined) return undefined;
  return others.length === 0 ? meaningBySetting[first] : meaning('rejected', first, 'oneSetting');
}
