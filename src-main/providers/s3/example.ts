/** What a destination's links will look like, before there is one. Nothing is asked, nothing is signed. */
import * as v from 'valibot';
import type { FieldValues, LinkExample } from '../../../src-shared/profile.ts';
import { keyIn } from '../claim.ts';
import { readPolicy, takesPolicies } from './bucket-policy.ts';
import { addressOf, publicUrl } from './public-url.ts';
import { settingsSchema } from './settings.ts';

/** An address does not depend on who signs, and the keys may not be entered yet. */
const anybody: FieldValues = {
  credentials: 'keys',
  accessKeyId: 'anybody',
  secretAccessKey: 'anybody',
  sessionToken: '',
};

/** @returns undefined while the form makes no address */
export function exampleOf(values: FieldValues, path: string): LinkExample | undefined {
  const parsed = v.safeParse(settingsSchema, { ...values, ...anybody });
  if (!parsed.success) return undefined;
  const settings = parsed.output;
  const object = { bucket: settings.bucket, key: keyIn(settings.prefix, path) };
  // Whose address is made of the region has none yet.
  const guess = settings.isRegionOpen && settings.store.id === 'aws' ? { isGuess: true as const } : {};
  if (settings.linkKind === 'expiring') return { url: addressOf(settings, object), days: settings.linkDays, ...guess };
  return {
    url: publicUrl(settings, object),
    ...guess,
    ...(takesPolicies(settings) ? { policy: readPolicy(settings) } : {}),
  };
}
