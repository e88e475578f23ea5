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

/** The settings without the headers of these fields. A key without an encryption is removed too. */
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

/** The headers of each setting that a rule of the error table names. */
const headersBySetting: Partial<Record<string, readonly string[]>> = {
  storageClass: ['x-amz-storage-class'],
  encryption: ['x-amz-server-side-encryption'],
  kmsKey: ['x-amz-server-side-encryption-aws-kms-key-id', 'x-amz-server-side-encryption'],
};

/** An option may also be set by a line of the extra headers: then that line is wrong. */
export function atUsedField(found: Meaning, { headerFields }: ObjectSettings): Meaning {
  const field = (headersBySetting[found.field ?? ''] ?? [])
    .map((name) => headerFields[name])
    .find((candidate) => candidate !== undefined);
  // Without a key in the settings, the bucket has a default key.
  if (field === undefined) return found.why === 'kms' ? { ...found, field: 'bucket' } : found;
  if (field === found.field) return found;
  return field === 'headers' && found.why !== 'kms' ? meaningBySetting.headers : { ...found, field };
}

/**
 * For errors whose name says only that the request is invalid. The message may name a header. Otherwise a destination
 * with one setting for new objects has one possible cause.
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

/** The meaning when the store gives no reason. */
export function onlySettingMeaning(settings: ObjectSettings): Meaning | undefined {
  const [first, ...others] = objectSettings(settings);
  if (first === undefined) return undefined;
  return others.length === 0 ? meaningBySetting[first] : meaning('rejected', first, 'oneSetting');
}
