/** A policy that makes a folder of a bucket public. The bucket's owner applies it; Hoist never changes a bucket. */
import { partitionOfRegion } from './aws-partitions.ts';
import type { S3Settings } from './settings.ts';

/** Each AWS partition has its own resource prefix. */
const awsPartition = ({ store, region }: Pick<S3Settings, 'store' | 'region'>): string =>
  store.id === 'aws' ? partitionOfRegion(region).id : 'aws';

/** Returns a policy as JSON that lets everyone read the objects in the folder, but not list or write them. */
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

/** Services without bucket policies have a separate switch for public access. */
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
