/** Translates the settings for the lifetime and the access of files into the service's parameters. */
import type { StorageSettings } from '@fal-ai/client';
import type { FalSettings } from './settings.ts';

/** @returns undefined when the account's own setting applies */
export function storageSettingsFor({
  expirySeconds: seconds,
  access,
}: Pick<FalSettings, 'expirySeconds' | 'access'>): StorageSettings | undefined {
  if (seconds === undefined && access === 'public') return undefined;
  return {
    ...(seconds === undefined ? {} : { expiresIn: seconds }),
    ...(access === 'signed' ? { initialAcl: { default: 'forbid' as const, rules: [] } } : {}),
  };
}

/** The time (ms since 1970) when the service will delete a file that is stored now; absent when it keeps the file. */
export function fileExpiryFor(
  { expirySeconds, accountExpirySeconds }: Pick<FalSettings, 'expirySeconds' | 'accountExpirySeconds'>,
  now: number,
): { expiresAt?: number } {
  const seconds = expirySeconds ?? accountExpirySeconds;
  return seconds === undefined ? {} : { expiresAt: now + seconds * 1000 };
}
