/** Providers, drivers and settings for the S3 tests. */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Driver, DriverPorts, Provider } from '../../contract/provider.ts';
import type { ConformanceSubject } from '../../testing/conformance/subject.ts';
import { createS3Driver } from '../driver.ts';
import type { S3DriverOptions } from '../driver.ts';
import { mapS3Error } from '../errors.ts';
import { s3 } from '../index.ts';
import { s3SettingsSchema, type S3Settings } from '../settings.ts';

const MiB = 1024 * 1024;
/** Parts of S3's minimum size, so that the conformance suite runs faster. */
export const s3Sizes = { oneRequestBytes: 5 * MiB, partBytes: 5 * MiB, partsAtOnce: 4 };

export const s3TestPorts: DriverPorts = { now: Date.now, randomBytes: (count) => randomBytes(count) };

/** The real provider, with parts of 5 MiB and shorter retry delays. */
export const s3ProviderWith = (options: Partial<S3DriverOptions>): Provider<S3Settings> => ({
  ...s3,
  load: async () => ({
    connect: (settings, driverPorts) =>
      createS3Driver(
        { ...settings, store: { ...settings.store, preferredPartBytes: s3Sizes.partBytes } },
        driverPorts,
        options,
      ),
    errorOf: mapS3Error,
  }),
});

export const s3RejectedCases = (values: FieldValues): ConformanceSubject['rejectedSettings'] => [
  {
    what: 'unknown key',
    values: { ...values, accessKeyId: 'AKIDUNKNOWN' },
    code: 'unauthorized',
    field: 'accessKeyId',
  },
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

export interface S3DriverOverrides {
  settings?: Partial<S3Settings>;
  options?: Partial<S3DriverOptions>;
  ports?: Partial<DriverPorts>;
}

/** Creates a driver without the code around it (destination/connect.ts), so that tests see the errors of the SDK. */
export const createTestDriver = (
  values: FieldValues,
  { settings, options, ports: driverPorts }: S3DriverOverrides = {},
): Driver =>
  createS3Driver(
    { ...v.parse(s3SettingsSchema, values), ...settings },
    { ...s3TestPorts, ...driverPorts },
    { retryMs: 10, recheckDelaysMs: [20], ...options },
  );

/** Addresses, bucket and keys of a real Ceph RADOS Gateway (e2e/servers/rgw.sh), if it is running. */
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

/** Prints the reason if a group of tests is skipped. */
export function logWhenSkipped(tests: string): void {
  if (rgw.endpoint === undefined)
    console.info(`skipped: ${tests}, because HOIST_TEST_S3_ENDPOINT is not set (eval "$(e2e/servers/rgw.sh start)")`);
}
