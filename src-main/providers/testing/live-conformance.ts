/**
 * Runs the conformance suite on a real account, with `npm run test:live` only. All other runs use a server on loopback
 * instead of the account, so that this code is tested before a developer has an account.
 */
import { test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { conformance, type ConformanceSubject } from './conformance.ts';

export type EnvVariables = Readonly<Record<string, string | undefined>>;

export interface LiveAccount {
  /** Environment variables that name the account. */
  required: readonly string[];
  optional?: readonly string[];
  /** Creates a separate folder for the tests and removes it at the end. */
  start(env: EnvVariables): Promise<ConformanceSubject>;
  /** The same setup, with a server on loopback as the service. */
  startLoopback(): Promise<ConformanceSubject>;
}

export function liveConformance(name: string, { required, optional = [], start, startLoopback }: LiveAccount): void {
  // Only on request: keys in a developer's environment are not used by default.
  if (process.env.HOIST_LIVE !== '1') {
    return conformance(`${name} as a real account`, startLoopback, { depth: 'live', sampleDepth: 'brief' });
  }
  const missing = required.filter((one) => !process.env[one]);
  if (missing.length === 0) return conformance(`${name} for real`, () => start(process.env), { depth: 'live' });
  const others = optional.length > 0 ? ` (there may be ${optional.join(', ')} too)` : '';
  test.skip(`${name}: skipped, because ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set${others}`, () =>
    undefined);
}

/** Without the variables that are not set. */
export const definedValues = (values: Record<string, string | undefined>): FieldValues =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])));
