/** A bucket that somebody has, as the variables name it: in it a folder of the tests' own. */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { S3Client } from '@aws-sdk/client-s3';
import { reachOf } from '../../../platform/address.ts';
import type { Subject } from '../../testing/conformance.ts';
import { given, type Variables } from '../../testing/live.ts';
import { settingsSchema } from '../settings.ts';
import { Folder } from './folder.ts';
import { refusals, sizes, tuned } from './subject.ts';

export const needs = ['HOIST_LIVE_S3_BUCKET', 'HOIST_LIVE_S3_KEY', 'HOIST_LIVE_S3_SECRET'];
export const may = ['HOIST_LIVE_S3_ENDPOINT', 'HOIST_LIVE_S3_REGION'];

/** @param elsewhere what is another one where a server on loopback is the service */
export async function accountOf(env: Variables, elsewhere: Partial<Subject> = {}): Promise<Subject> {
  const prefix = `hoist-live-${randomBytes(6).toString('hex')}`;
  const values = given({
    bucket: env.HOIST_LIVE_S3_BUCKET,
    accessKeyId: env.HOIST_LIVE_S3_KEY,
    secretAccessKey: env.HOIST_LIVE_S3_SECRET,
    endpoint: env.HOIST_LIVE_S3_ENDPOINT,
    region: env.HOIST_LIVE_S3_REGION,
    linkKind: 'expiring',
    prefix,
  });
  const { endpoint, region, pathStyle, bucket, signIn } = v.parse(settingsSchema, values);
  if (signIn.by !== 'keys') throw new Error('these values are keys');
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: pathStyle,
    followRegionRedirects: true,
    credentials: signIn,
  });
  const folder = new Folder(client, bucket, prefix);
  const reach = reachOf(new URL(endpoint).hostname);
  return {
    provider: tuned({}),
    values,
    ...sizes,
    refused: refusals(values),
    reach: reach === 'anywhere' ? 'verified' : reach,
    leftovers: () => folder.leftovers(),
    ...elsewhere,
    stop: async () => {
      await folder.empty();
      client.destroy();
      await elsewhere.stop?.();
    },
  };
}
