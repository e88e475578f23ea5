/** What a destination's links will look like, before there is one. Nothing is asked, nothing is signed. */
import * as v from 'valibot';
import type { FieldValues, LinkExample } from '../../../src-shared/profile.ts';
import { joinKey } from '../keys/key-reservation.ts';
import { publicReadPolicy, supportsBucketPolicy } from './bucket-policy.ts';
import { objectUrl, publicUrl } from './public-url.ts';
import { s3SettingsSchema } from './settings.ts';

/** An address does not depend on who signs, and the keys may not be entered yet. */
const placeholderCredentials: FieldValues = {
  credentials: 'keys',
  accessKeyId: 'anybody',
  secretAccessKey: 'anybody',
  sessionToken: '',
};

/** @returns undefined while the form makes no address */
export function s3LinkExample(values: FieldValues, path: string): LinkExample | undefined {
  const parsed = v.safeParse(s3SettingsSchema, { ...values, ...placeholderCredentials });
  if (!parsed.success) return undefined;
  const settings = parsed.output;
  const object = { bucket: settings.bucket, key: joinKey(settings.prefix, path) };
  // Whose address is made of the region has none yet.
  const guess = settings.isRegionGuessed && settings.store.id === 'aws' ? { isGuess: true as const } : {};
  if (settings.linkKind === 'expiring') return { url: objectUrl(settings, object), days: settings.linkDays, ...guess };
  return {
    url: publicUrl(settings, object),
    ...guess,
    ...(supportsBucketPolicy(settings) ? { policy: publicReadPolicy(settings) } : {}),
  };
}
