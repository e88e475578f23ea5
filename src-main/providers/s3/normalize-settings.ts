/** Turns valid form values into the values to save. */
import type { FieldValues } from '../../../src-shared/profile.ts';
import { cleanText } from './form-text.ts';
import { normalizePrefix, readAddressInput, usualPathStyle, variantText } from './location-settings.ts';
import { normalizeSignIn } from './sign-in-settings.ts';

/**
 * Returns the values to save: pasted addresses are split into their fields, line breaks are removed. An empty region
 * or endpoint stays empty, so that a later change of one does not contradict the other. For values that the schema
 * accepts.
 */
export function normalizeS3Settings(values: FieldValues): FieldValues {
  const {
    bucket = cleanText(values.bucket),
    prefix,
    endpoint,
    region,
    awsEndpoint: variant,
    pathStyle,
  } = readAddressInput(values);
  const normalized: Record<string, string | undefined> = {
    ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, cleanText(value)])),
    bucket,
    prefix: normalizePrefix(cleanText(values.prefix) ?? prefix ?? ''),
    endpoint,
    region,
    // Stays unset unless the pasted address shows another style than the service's usual one.
    pathStyle:
      cleanText(values.pathStyle) ??
      (pathStyle === undefined || pathStyle === usualPathStyle(endpoint) ? undefined : String(pathStyle)),
    // A pasted address decides about Amazon's endpoint unless the user chose one.
    awsEndpoint:
      variantText(values) === 'standard' ? (variant ?? cleanText(values.awsEndpoint)) : cleanText(values.awsEndpoint),
    ...normalizeSignIn(values),
  };
  return Object.fromEntries(
    Object.entries(normalized).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
}
