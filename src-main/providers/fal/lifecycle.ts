/** How long files live and who may open them, in the words of the service. */
import type { StorageSettings } from '@fal-ai/client';
import type { FalSettings } from './settings.ts';

/** @returns undefined where the account's own setting counts */
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

/** ms since 1970 when a file that is stored now is removed; nothing where it stays. */
export function fileExpiryFor(
  { expirySeconds: seconds }: Pick<FalSettings, 'expirySeconds'>,
  now: number,
): { expiresAt?: number } {
  return seconds === undefined ? {} : { expiresAt: now + seconds * 1000 };
}
