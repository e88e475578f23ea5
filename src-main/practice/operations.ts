/** Which of S3's operations a request is. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Target } from './target.ts';

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
  /** S3 has it, this store does not. */
  | 'Unknown'
  | 'NotAllowed';

interface Asked {
  method: string;
  target: Target;
  headers: IncomingHttpHeaders;
}

/** What S3 puts into the query to mean something else than the object or the bucket itself. */
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

export function operationOf({ method, target, headers }: Asked): Operation {
  const { bucket, key, query } = target;
  if (bucket === '') return method === 'GET' && key === '' ? 'ListBuckets' : 'NotAllowed';
  if (method === 'GET' && key !== '' && query.has('tagging')) return 'GetObjectTagging';
  if (subresources.some((name) => query.has(name))) return 'Unknown';
  return key === '' ? ofBucket(method, query) : ofObject(method, query, headers);
}

function ofBucket(method: string, query: Target['query']): Operation {
  switch (method) {
    case 'GET':
      return listing(query);
    case 'HEAD':
      return 'HeadBucket';
    case 'PUT':
      return query.has('versioning') ? 'Unknown' : 'CreateBucket';
    case 'DELETE':
      return 'DeleteBucket';
    // Without a query it is a form of a web page.
    case 'POST':
      return query.has('delete') ? 'DeleteObjects' : 'Unknown';
    default:
      return 'NotAllowed';
  }
}

function listing(query: Target['query']): Operation {
  if (query.has('location')) return 'GetBucketLocation';
  if (query.has('versioning')) return 'GetBucketVersioning';
  if (query.has('uploads')) return 'ListMultipartUploads';
  return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
}

function ofObject(method: string, query: Target['query'], headers: IncomingHttpHeaders): Operation {
  const inUpload = query.has('uploadId');
  switch (method) {
    case 'GET':
      return inUpload ? 'ListParts' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'PUT':
      return putting(inUpload || query.has('partNumber') ? 'part' : 'object', headers);
    case 'DELETE':
      return inUpload ? 'AbortMultipartUpload' : 'DeleteObject';
    case 'POST':
      return query.has('uploads') ? 'CreateMultipartUpload' : inUpload ? 'CompleteMultipartUpload' : 'NotAllowed';
    default:
      return 'NotAllowed';
  }
}

function putting(what: 'part' | 'object', headers: IncomingHttpHeaders): Operation {
  const isCopy = headers['x-amz-copy-source'] !== undefined;
  if (what === 'part') return isCopy ? 'UploadPartCopy' : 'UploadPart';
  return isCopy ? 'CopyObject' : 'PutObject';
}
