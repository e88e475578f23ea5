/** Shows what follows from a form before the first upload, such as a link. It sends no request and signs nothing. */
import * as v from 'valibot';
import type { FieldValues, LinkExample } from '../../../src-shared/profile.ts';
import { joinKey } from '../keys/key-reservation.ts';
import { publicReadPolicy, supportsBucketPolicy } from './bucket-policy.ts';
import { objectUrl, publicUrl } from './public-url.ts';
import { s3SettingsSchema, type S3Settings } from './settings.ts';

/** The address does not depend on the credentials, and the user may not have entered them yet. */
const placeholderCredentials: FieldValues = {
  credentials: 'keys',
  accessKeyId: 'placeholder',
  secretAccessKey: 'placeholder',
  sessionToken: '',
};

const parseForm = (values: FieldValues): S3Settings | undefined => {
  const parsed = v.safeParse(s3SettingsSchema, { ...values, ...placeholderCredentials });
  return parsed.success ? parsed.output : undefined;
};

/** The style of the addresses, which the form shows until the user decides. */
export function s3DefaultValues({ bucket, endpoint = '', region = '', pathStyle = '' }: FieldValues): FieldValues {
  const settings = parseForm({ bucket: bucket || 'any-bucket', endpoint, region, pathStyle });
  return settings ? { pathStyle: String(settings.pathStyle) } : {};
}

/** @returns undefined while the form is incomplete or invalid */
export function s3LinkExample(values: FieldValues, path: string): LinkExample | undefined {
  const settings = parseForm(values);
  if (!settings) return undefined;
  const object = { bucket: settings.bucket, key: joinKey(settings.prefix, path) };
  // Other services' addresses do not depend on a guessed region.
  const guess = settings.isRegionGuessed && settings.store.id === 'aws' ? { isGuess: true as const } : {};
  if (settings.linkKind === 'expiring') return { url: objectUrl(settings, object), days: settings.linkDays, ...guess };
  return {
    url: publicUrl(settings, object),
    ...guess,
    ...(supportsBucketPolicy(settings) ? { policy: publicReadPolicy(settings) } : {}),
  };
}
