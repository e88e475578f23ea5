/** An account that somebody has, as the variable names it. Its files cannot be deleted: they go by themselves after an hour. */
import { randomBytes } from 'node:crypto';
import type { Provider } from '../../provider.ts';
import type { Subject } from '../../testing/conformance.ts';
import { given, type Variables } from '../../testing/live.ts';
import { connectWith } from '../driver.ts';
import { errorOf } from '../errors.ts';
import { fal } from '../index.ts';
import type { FalSettings } from '../settings.ts';

export const needs = ['HOIST_LIVE_FAL_KEY'];

const MiB = 1024 * 1024;
/** The official client's parts, and from there on no longer one request. */
const sizes = { oneRequestBytes: 10 * MiB, partBytes: 10 * MiB, partsAtOnce: 4 };
const inParts: Provider<FalSettings> = {
  ...fal,
  load: async () => ({ connect: (settings, its) => connectWith(settings, its, sizes), errorOf }),
};

/** @param elsewhere what is another one where a server on loopback is the service */
export async function accountOf(env: Variables, elsewhere: Partial<Subject> = {}): Promise<Subject> {
  const values = given({ key: env.HOIST_LIVE_FAL_KEY, expiry: '1h' });
  return {
    provider: inParts,
    values,
    ...sizes,
    reach: 'verified',
    refused: [
      {
        what: 'unknown key',
        values: { ...values, key: `${randomBytes(8).toString('hex')}:${randomBytes(16).toString('hex')}` },
        code: 'unauthorized',
        field: 'key',
      },
    ],
    stop: async () => undefined,
    ...elsewhere,
  };
}
