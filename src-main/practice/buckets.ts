/** The one bucket: it is always there, and there is no other. */
import type { Handler } from './call.ts';
import { refuse } from './refusal.ts';
import { document, element, elements } from './xml.ts';

const owner = element('Owner', elements({ ID: 'practice', DisplayName: 'practice' }));
/** When nothing else is known. */
const created = new Date(0).toISOString();

export const listBuckets: Handler = (_call, { bucket }) => ({
  status: 200,
  body: document('ListAllMyBucketsResult', [
    ...owner,
    ...element('Buckets', element('Bucket', elements({ Name: bucket, CreationDate: created }))),
  ]),
});

/** As S3 in us-east-1: making one's own bucket again is no error. */
export const createBucket: Handler = async ({ bucket, payload }, shop) => {
  await payload().text(maxBytes);
  if (bucket === shop.bucket) return { status: 200, headers: { location: `/${bucket}` } };
  throw refuse(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) ? 'TooManyBuckets' : 'InvalidBucketName');
};

const maxBytes = 64 * 1024;

export const headBucket: Handler = (_call, { region }) => ({ status: 200, headers: { 'x-amz-bucket-region': region } });

export const deleteBucket: Handler = () => {
  throw refuse('AccessDenied', { message: 'This bucket cannot be deleted; what is in it can.' });
};

/** Empty stands for us-east-1. */
export const getBucketLocation: Handler = () => ({ status: 200, body: document('LocationConstraint', []) });

/** Empty stands for never turned on. */
export const getBucketVersioning: Handler = () => ({ status: 200, body: document('VersioningConfiguration', []) });
