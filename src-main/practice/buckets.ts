/** Operations on the only bucket, which always exists and can't be deleted. */
import type { OperationHandler } from './operation-handler.ts';
import { ownerElement } from './owner-element.ts';
import { s3Error } from './s3-error.ts';
import { renderDocument, element, elements } from './xml.ts';

/** The creation date that is reported for the bucket. */
const creationDate = new Date(0).toISOString();

export const listBuckets: OperationHandler = (_request, { bucket }) => ({
  status: 200,
  body: renderDocument('ListAllMyBucketsResult', [
    ...ownerElement,
    ...element('Buckets', element('Bucket', elements({ Name: bucket, CreationDate: creationDate }))),
  ]),
});

/** Creating the bucket again succeeds, as it does in the region us-east-1 of S3. */
export const createBucket: OperationHandler = async ({ bucket, payload }, context) => {
  await payload().text(maxBytes);
  if (bucket === context.bucket) return { status: 200, headers: { location: `/${bucket}` } };
  throw s3Error(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) ? 'TooManyBuckets' : 'InvalidBucketName');
};

/** Largest body of CreateBucket. The body is only verified: this store has one region. */
const maxBytes = 64 * 1024;

export const headBucket: OperationHandler = (_request, { region }) => ({
  status: 200,
  headers: { 'x-amz-bucket-region': region },
});

export const deleteBucket: OperationHandler = () => {
  throw s3Error('AccessDenied', { message: 'This bucket cannot be deleted, but its objects can.' });
};

/** An empty value means us-east-1. */
export const getBucketLocation: OperationHandler = () => ({
  status: 200,
  body: renderDocument('LocationConstraint', []),
});

/** An empty value means that versioning was never enabled. */
export const getBucketVersioning: OperationHandler = () => ({
  status: 200,
  body: renderDocument('VersioningConfiguration', []),
});
