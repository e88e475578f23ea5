/** What opens a folder of a bucket to everybody, for its owner to paste: it is not an uploader's business to change a bucket. */
import type { S3Settings } from './settings.ts';

/** Amazon's partitions name their resources differently. */
const awsPartition = ({ store, region }: Pick<S3Settings, 'store' | 'region'>): string => {
  if (store.id !== 'aws') return 'aws';
  return region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
};

/** Lets everybody read what is below the folder, and neither list nor write. As JSON, the way consoles take it. */
export function publicReadPolicy(settings: Pick<S3Settings, 'bucket' | 'prefix' | 'store' | 'region'>): string {
  const { bucket, prefix } = settings;
  const resource = `arn:${awsPartition(settings)}:s3:::${bucket}/${prefix === '' ? '' : `${prefix}/`}*`;
  return JSON.stringify(
    {
      Version: '2012-10-17',
      Statement: [
        { Sid: 'EverybodyReads', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: resource },
      ],
    },
    null,
    2,
  );
}

/** Services without bucket policies have a switch of their own for it. */
const servicesWithoutPolicies: ReadonlySet<string> = new Set([
  'r2',
  'b2',
  'gcs',
  'storj',
  'oracle',
  'idrive',
  'tigris',
  'oss',
  'cos',
]);
export const supportsBucketPolicy = ({ store }: Pick<S3Settings, 'store'>): boolean =>
  !servicesWithoutPolicies.has(store.id);
