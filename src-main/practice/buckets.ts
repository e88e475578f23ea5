/** The one bucket: it is always there, and there is no other. */
import type { OperationHandler } from './operation-handler.ts';
import { s3Error } from './s3-error.ts';
import { renderDocument, element, elements } from './xml.ts';

const owner = element('Owner', elements({ ID: 'practice', DisplayName: 'practice' }));
/** When nothing else is known. */
const creationDate = new Date(0).toISOString();

export const listBuckets: OperationHandler = (_request, { bucket }) => ({
  status: 200,
  body: renderDocument('ListAllMyBucketsResult', [
    ...owner,
    ...element('Buckets', element('Bucket', elements({ Name: bucket, CreationDate: creationDate }))),
  ]),
});

/** As S3 in us-east-1: making one's own bucket again is no error. */
export const createBucket: OperationHandler = async ({ bucket, payload }, context) => {
  await payload().text(maxBytes);
  if (bucket === context.bucket) return { status: 200, headers: { location: `/${bucket}` } };
  throw s3Error(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) ? 'TooManyBuckets' : 'InvalidBucketName');
};

const maxBytes = 64 * 1024;

export const headBucket: OperationHandler = (_request, { region }) => ({
  status: 200,
  headers: { 'x-amz-bucket-region': region },
});

export const deleteBucket: OperationHandler = () => {
  throw s3Error('AccessDenied', { message: 'This bucket cannot be deleted; what is in it can.' });
};

/** Empty stands for us-east-1. */
export const getBucketLocation: OperationHandler = () => ({
  status: 200,
  body: renderDocument('LocationConstraint', []),
});

/** Empty stands for never turned on. */
export const getBucketVersioning: OperationHandler = () => ({
  status: 200,
  body: renderDocument('VersioningConfiguration', []),
});
