/**
 * The one suite on a real account, by `npm run test:live` alone. In every other run a server on loopback stands in for the
 * account, so that this way is a tried one when somebody has an account.
 */
import { test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { conformance, type ConformanceSubject } from './conformance.ts';

export type EnvVariables = Readonly<Record<string, string | undefined>>;

export interface LiveAccount {
  /** Variables without which there is no account. */
  required: readonly string[];
  optional?: readonly string[];
  /** In a place of its own, which is gone when it stops. */
  start(env: EnvVariables): Promise<ConformanceSubject>;
  /** The same, where a server on loopback is the service. */
  startLoopback(): Promise<ConformanceSubject>;
}

export function liveConformance(name: string, { required, optional = [], start, startLoopback }: LiveAccount): void {
  // Only when asked for: keys that lie around in an environment are not used.
  if (process.env.HOIST_LIVE !== '1') {
    return conformance(`${name} as a real account`, startLoopback, { depth: 'live', sampleDepth: 'brief' });
  }
  const missing = required.filter((one) => !process.env[one]);
  if (missing.length === 0) return conformance(`${name} for real`, () => start(process.env), { depth: 'live' });
  const others = optional.length > 0 ? ` (there may be ${optional.join(', ')} too)` : '';
  test.skip(`${name}: not tried, because ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set${others}`, () =>
    undefined);
}

/** Without those that the environment leaves open. */
export const definedValues = (values: Record<string, string | undefined>): FieldValues =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])));
