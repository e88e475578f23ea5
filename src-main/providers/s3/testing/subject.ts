/** What the S3 tests have in common. */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Driver, DriverPorts, Provider } from '../../provider.ts';
import type { Subject } from '../../testing/conformance.ts';
import { connectWith } from '../driver.ts';
import type { Tuning } from '../driver.ts';
import { errorOf } from '../errors.ts';
import { s3 } from '../index.ts';
import { settingsSchema, type S3Settings } from '../settings.ts';

const MiB = 1024 * 1024;
/** The least that S3 allows, which makes the many uploads of the suite quicker. */
export const sizes = { oneRequestBytes: 5 * MiB, partBytes: 5 * MiB, partsAtOnce: 4 };

export const ports: DriverPorts = { now: Date.now, randomBytes: (count) => randomBytes(count) };

/** The provider as it is, with parts of 5 MiB and quicker to try again. */
export const tuned = (tuning: Partial<Tuning>): Provider<S3Settings> => ({
  ...s3,
  load: async () => ({
    connect: (settings, its) =>
      connectWith({ ...settings, store: { ...settings.store, preferredPartBytes: sizes.partBytes } }, its, tuning),
    errorOf,
  }),
});

export const refusals = (values: FieldValues): Subject['refused'] => [
  { what: 'unknown key', values: { ...values, accessKeyId: 'AKIDNOBODY' }, code: 'unauthorized', field: 'accessKeyId' },
  {
    what: 'wrong secret',
    values: { ...values, secretAccessKey: `${values.secretAccessKey?.slice(0, -1)}x` },
    code: 'unauthorized',
    field: 'secretAccessKey',
  },
  {
    what: 'no such bucket',
    values: { ...values, bucket: `no-such-bucket-${randomBytes(6).toString('hex')}` },
    code: 'no-bucket',
    field: 'bucket',
  },
];

export interface DriverOverrides {
  settings?: Partial<S3Settings>;
  tuning?: Partial<Tuning>;
  ports?: Partial<DriverPorts>;
}

/** A driver without the portable layer, so that tests see what it throws itself. */
export const driverFor = (values: FieldValues, { settings, tuning, ports: its }: DriverOverrides = {}): Driver =>
  connectWith(
    { ...v.parse(settingsSchema, values), ...settings },
    { ...ports, ...its },
    { retryMs: 10, lookAgainMs: [20], ...tuning },
  );

/** Where there is a real server (e2e/servers/rgw.sh), and under which names. */
export const rgw = {
  endpoint: process.env.HOIST_TEST_S3_ENDPOINT,
  tlsEndpoint: process.env.HOIST_TEST_S3_ENDPOINT_TLS,
  certificate: process.env.HOIST_TEST_S3_CA,
  domain: process.env.HOIST_TEST_S3_VHOST ?? '',
  bucket: process.env.HOIST_TEST_S3_BUCKET ?? '',
  accessKeyId: process.env.HOIST_TEST_S3_KEY ?? '',
  secretAccessKey: process.env.HOIST_TEST_S3_SECRET ?? '',
  otherKey: process.env.HOIST_TEST_S3_OTHER_KEY ?? '',
  otherSecret: process.env.HOIST_TEST_S3_OTHER_SECRET ?? '',
};

/** Says on the test's output why a group is skipped. */
export function sayWhenSkipped(what: string): void {
  if (rgw.endpoint === undefined)
    console.info(`skipped: ${what}, because HOIST_TEST_S3_ENDPOINT is not set (eval "$(e2e/servers/rgw.sh start)")`);
}
