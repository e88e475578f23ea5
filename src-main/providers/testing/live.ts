/**
 * The one suite on a real account, by `npm run test:live` alone. In every other run a server on loopback stands in for the
 * account, so that this way is a tried one when somebody has an account.
 */
import { test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { conformance, type Subject } from './conformance.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface LiveAccount {
  /** Variables without which there is no account. */
  needs: readonly string[];
  may?: readonly string[];
  /** In a place of its own, which is gone when it stops. */
  start(env: Variables): Promise<Subject>;
  /** The same, where a server on loopback is the service. */
  standIn(): Promise<Subject>;
}

export function live(name: string, { needs, may = [], start, standIn }: LiveAccount): void {
  // Only when asked for: keys that lie around in an environment are not used.
  if (process.env.HOIST_LIVE !== '1') return conformance(`${name} as a real account`, standIn, { depth: 'live' });
  const missing = needs.filter((one) => !process.env[one]);
  if (missing.length === 0) return conformance(`${name} for real`, () => start(process.env), { depth: 'live' });
  const others = may.length > 0 ? ` (there may be ${may.join(', ')} too)` : '';
  test.skip(`${name}: not tried, because ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set${others}`, () =>
    undefined);
}

/** Without those that the environment leaves open. */
export const given = (values: Record<string, string | undefined>): FieldValues =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])));
