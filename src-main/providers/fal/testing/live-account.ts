/** A real account, named by an environment variable. Its test files cannot be deleted; they expire after an hour. */
import { randomBytes } from 'node:crypto';
import type { Provider } from '../../contract/provider.ts';
import type { ConformanceSubject } from '../../testing/conformance/subject.ts';
import { definedValues, type EnvVariables } from '../../testing/live-conformance.ts';
import { connectFal } from '../driver.ts';
import { falErrorOf } from '../errors.ts';
import { fal } from '../index.ts';
import type { FalSettings } from '../settings.ts';

export const requiredFalVariables = ['HOIST_LIVE_FAL_KEY'];

const MiB = 1024 * 1024;
/** The official client's part size. Files above this size are sent in parts, so that the suite needs no larger files. */
const sizes = { oneRequestBytes: 10 * MiB, partBytes: 10 * MiB, partsAtOnce: 4 };
const smallPartsProvider: Provider<FalSettings> = {
  ...fal,
  load: async () => ({
    connect: (settings, driverPorts) => connectFal(settings, driverPorts, sizes),
    errorOf: falErrorOf,
  }),
};

/** @param overrides replace the service by a loopback server */
export async function createLiveFalSubject(
  env: EnvVariables,
  overrides: Partial<ConformanceSubject> = {},
): Promise<ConformanceSubject> {
  const values = definedValues({ key: env.HOIST_LIVE_FAL_KEY, expiry: '1h' });
  return {
    provider: smallPartsProvider,
    values,
    ...sizes,
    reach: 'verified',
    rejectedSettings: [
      {
        what: 'an unknown key',
        values: { ...values, key: `${randomBytes(8).toString('hex')}:${randomBytes(16).toString('hex')}` },
        code: 'unauthorized',
        field: 'key',
      },
    ],
    stop: async () => undefined,
    ...overrides,
  };
}
