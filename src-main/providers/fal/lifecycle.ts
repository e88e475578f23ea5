/** How long files live and who may open them, in the words of the service. */
import type { StorageSettings } from '@fal-ai/client';
import { expiries, type FalSettings } from './settings.ts';

/** @returns undefined where the account's own setting counts */
export function lifecycleOf({ expiry, access }: Pick<FalSettings, 'expiry' | 'access'>): StorageSettings | undefined {
  const seconds = expiries[expiry];
  if (seconds === undefined && access === 'public') return undefined;
  return { ...(seconds === undefined ? {} : { expiresIn: seconds }), ...(access === 'signed' ? { initialAcl: { default: 'forbid' as const, rules: [] } } : {}) };
}

/** ms since 1970 when a file that is stored now is removed; nothing where it stays. */
export function endOf({ expiry }: Pick<FalSettings, 'expiry'>, now: number): { expiresAt?: number } {
  const seconds = expiries[expiry];
  return seconds === undefined ? {} : { expiresAt: now + seconds * 1000 };
}
