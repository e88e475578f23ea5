/** Shows what follows from a form before the first upload, such as a link. It sends no request and signs nothing. */
import * as v from 'valibot';
import type { FieldValues, LinkExample } from '../../../src-shared/profile.ts';
import type { Computer } from '../../platform/computer.ts';
import { joinKey } from '../keys/key-reservation.ts';
import { listAwsProfiles } from './aws-config.ts';
import { publicReadPolicy, supportsBucketPolicy } from './bucket-policy.ts';
import { objectUrl, publicUrl } from './public-url.ts';
import { applyProfileDefaults, s3SettingsSchema, type S3Settings } from './settings.ts';

/** Valid credentials for a form whose keys are missing: the example link does not depend on them. */
const placeholderCredentials: FieldValues = {
  credentials: 'keys',
  accessKeyId: 'placeholder',
  secretAccessKey: 'placeholder',
  sessionToken: '',
};

/** @returns the settings that the driver would use, with the region and the endpoint of a chosen AWS profile */
export function parseForm(values: FieldValues, computer?: Computer): S3Settings | undefined {
  const { credentials, awsProfile = '' } = values;
  const usesProfile = credentials === 'profile' && awsProfile.trim() !== '';
  const parsed = v.safeParse(s3SettingsSchema, { ...values, ...(usesProfile ? {} : placeholderCredentials) });
  if (!parsed.success) return undefined;
  const settings = parsed.output;
  if (settings.signIn.by !== 'profile' || !computer) return settings;
  const { profile } = settings.signIn;
  const found = listAwsProfiles(computer).find(({ name }) => name === profile);
  return found && applyProfileDefaults(settings, found);
}

/** The default of the field `pathStyle`, which the form shows until the user decides. */
export function s3DefaultValues(
  { bucket, endpoint = '', region = '', pathStyle = '', credentials = '', awsProfile = '' }: FieldValues,
  computer?: Computer,
): FieldValues {
  const form = { bucket: bucket || 'any-bucket', endpoint, region, pathStyle, credentials, awsProfile };
  const settings = parseForm(form, computer);
  return settings ? { pathStyle: String(settings.pathStyle) } : {};
}

/** @returns undefined while the form is incomplete or invalid, or when the AWS profile does not exist */
export function s3LinkExample(values: FieldValues, path: string, computer?: Computer): LinkExample | undefined {
  const settings = parseForm(values, computer);
  if (!settings) return undefined;
  const object = { bucket: settings.bucket, key: joinKey(settings.prefix, path) };
  // Only Amazon's addresses contain a region that Hoist may have guessed.
  const guess = settings.isRegionGuessed && settings.store.id === 'aws' ? { isGuess: true as const } : {};
  if (settings.linkKind === 'expiring') return { url: objectUrl(settings, object), days: settings.linkDays, ...guess };
  return {
    url: publicUrl(settings, object),
    ...guess,
    ...(supportsBucketPolicy(settings) ? { policy: publicReadPolicy(settings) } : {}),
  };
}
