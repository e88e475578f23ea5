/** The bucket of a real account, named by environment variables. The tests use a separate folder in the bucket. */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { S3Client } from '@aws-sdk/client-s3';
import { hostReach } from '../../../platform/host-reach.ts';
import type { ConformanceSubject } from '../../testing/conformance/subject.ts';
import { definedValues, type EnvVariables } from '../../testing/live-conformance.ts';
import { s3SettingsSchema } from '../settings.ts';
import { BucketFolder } from './bucket-folder.ts';
import { s3RejectedCases, s3Sizes, s3ProviderWith } from './subject.ts';

export const s3RequiredVariables = ['HOIST_LIVE_S3_BUCKET', 'HOIST_LIVE_S3_KEY', 'HOIST_LIVE_S3_SECRET'];
export const s3OptionalVariables = ['HOIST_LIVE_S3_ENDPOINT', 'HOIST_LIVE_S3_REGION'];

/** @param overrides for a server on loopback in place of the real service */
export async function s3AccountSubject(
  env: EnvVariables,
  overrides: Partial<ConformanceSubject> = {},
): Promise<ConformanceSubject> {
  const prefix = `hoist-live-${randomBytes(6).toString('hex')}`;
  const values = definedValues({
    bucket: env.HOIST_LIVE_S3_BUCKET,
    accessKeyId: env.HOIST_LIVE_S3_KEY,
    secretAccessKey: env.HOIST_LIVE_S3_SECRET,
    endpoint: env.HOIST_LIVE_S3_ENDPOINT,
    region: env.HOIST_LIVE_S3_REGION,
    linkKind: 'expiring',
    prefix,
  });
  const { endpoint, region, pathStyle, bucket, signIn } = v.parse(s3SettingsSchema, values);
  if (signIn.by !== 'keys') throw new Error('the values of a live account must contain keys');
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: pathStyle,
    followRegionRedirects: true,
    credentials: signIn,
  });
  const folder = new BucketFolder(client, bucket, prefix);
  const reach = hostReach(new URL(endpoint).hostname);
  return {
    provider: s3ProviderWith({}),
    values,
    ...s3Sizes,
    rejectedSettings: s3RejectedCases(values),
    reach: reach === 'anywhere' ? 'verified' : reach,
    leftovers: () => folder.leftovers(),
    ...overrides,
    stop: async () => {
      await folder.empty();
      client.destroy();
      await overrides.stop?.();
    },
  };
}
