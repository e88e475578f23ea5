/** Determines the S3 operation of a request. */
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestTarget } from './request-target.ts';

export type Operation =
  | 'ListBuckets'
  | 'CreateBucket'
  | 'HeadBucket'
  | 'DeleteBucket'
  | 'GetBucketLocation'
  | 'GetBucketVersioning'
  | 'ListObjects'
  | 'ListObjectsV2'
  | 'ListMultipartUploads'
  | 'DeleteObjects'
  | 'PutObject'
  | 'CopyObject'
  | 'GetObject'
  | 'HeadObject'
  | 'DeleteObject'
  | 'GetObjectTagging'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'UploadPartCopy'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  /** An operation that S3 has and this store doesn't support. */
  | 'Unknown'
  /** A method that S3 doesn't have for this target. */
  | 'NotAllowed';

interface OperationInput {
  method: string;
  target: RequestTarget;
  headers: IncomingHttpHeaders;
}

/** Query parameters that select a subresource instead of the object or bucket itself. */
const subresources = [
  'accelerate',
  'acl',
  'analytics',
  'attributes',
  'cors',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
  'versions',
  'website',
];

export function resolveOperation({ method, target, headers }: OperationInput): Operation {
  const { bucket, key, query } = target;
  if (bucket === '') return method === 'GET' && key === '' ? 'ListBuckets' : 'NotAllowed';
  if (method === 'GET' && key !== '' && query.has('tagging')) return 'GetObjectTagging';
  if (subresources.some((name) => query.has(name))) return 'Unknown';
  return key === '' ? bucketOperation(method, query) : objectOperation(method, query, headers);
}

function bucketOperation(method: string, query: RequestTarget['query']): Operation {
  switch (method) {
    case 'GET':
      return bucketReadOperation(query);
    case 'HEAD':
      return 'HeadBucket';
    case 'PUT':
      return query.has('versioning') ? 'Unknown' : 'CreateBucket';
    case 'DELETE':
      return 'DeleteBucket';
    // A POST without a query is an upload from an HTML form.
    case 'POST':
      return query.has('delete') ? 'DeleteObjects' : 'Unknown';
    default:
      return 'NotAllowed';
  }
}

function bucketReadOperation(query: RequestTarget['query']): Operation {
  if (query.has('location')) return 'GetBucketLocation';
  if (query.has('versioning')) return 'GetBucketVersioning';
  if (query.has('uploads')) return 'ListMultipartUploads';
  return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
}

function objectOperation(method: string, query: RequestTarget['query'], headers: IncomingHttpHeaders): Operation {
  const hasUploadId = query.has('uploadId');
  switch (method) {
    case 'GET':
      return hasUploadId ? 'ListParts' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'PUT':
      return putOperation(hasUploadId || query.has('partNumber') ? 'part' : 'object', headers);
    case 'DELETE':
      return hasUploadId ? 'AbortMultipartUpload' : 'DeleteObject';
    case 'POST':
      return query.has('uploads') ? 'CreateMultipartUpload' : hasUploadId ? 'CompleteMultipartUpload' : 'NotAllowed';
    default:
      return 'NotAllowed';
  }
}

function putOperation(target: 'part' | 'object', headers: IncomingHttpHeaders): Operation {
  const isCopy = headers['x-amz-copy-source'] !== undefined;
  if (target === 'part') return isCopy ? 'UploadPartCopy' : 'UploadPart';
  return isCopy ? 'CopyObject' : 'PutObject';
}
