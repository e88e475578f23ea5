/**
 * Runs the conformance suite on a real account, but only with `npm run test:live`. All other runs use a loopback server
 * instead of the account, so this code is tested without an account too.
 */
import { test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { conformance } from './conformance/conformance.ts';
import type { ConformanceSubject } from './conformance/subject.ts';

export type EnvVariables = Readonly<Record<string, string | undefined>>;

export interface LiveAccount {
  /** Environment variables that name the account. */
  required: readonly string[];
  optional?: readonly string[];
  /** Creates a separate folder for the tests and removes it at the end. */
  start(env: EnvVariables): Promise<ConformanceSubject>;
  /** The same setup with a loopback server instead of the service. */
  startLoopback(): Promise<ConformanceSubject>;
}

/** Registers the suite. With HOIST_LIVE=1 and without a required variable, registers a skipped test that names it. */
export function liveConformance(name: string, { required, optional = [], start, startLoopback }: LiveAccount): void {
  // Without this variable, keys in a developer's environment are never used.
  if (process.env.HOIST_LIVE !== '1') {
    return conformance(`${name} with the settings of a real account`, startLoopback, {
      depth: 'live',
      sampleDepth: 'brief',
    });
  }
  const missing = required.filter((variable) => !process.env[variable]);
  if (missing.length === 0)
    return conformance(`${name} with a real account`, () => start(process.env), { depth: 'live' });
  const optionalVariables = optional.length > 0 ? ` (optional: ${optional.join(', ')})` : '';
  const verb = missing.length === 1 ? 'is' : 'are';
  test.skip(`${name}: skipped, because ${missing.join(' and ')} ${verb} not set${optionalVariables}`, () => undefined);
}

/** The values of the variables that are set. */
export const definedValues = (values: Record<string, string | undefined>): FieldValues =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])));
