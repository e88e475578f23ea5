/**
 * Rules for the fault proxy in S3 terms, for example: the second UploadPart fails, or the response to the first
 * CompleteMultipartUpload is lost. The proxy itself knows nothing about S3. Works with Practice and any other server.
 */
import { resolveOperation, type Operation } from '../../src-main/practice/operations.ts';
import { parseRequestTarget } from '../../src-main/practice/request-target.ts';
import type { Fault, FaultRule, ProxiedRequest } from '../../src-main/providers/testing/fault-proxy.ts';

export type RequestKind =
  | 'put'
  | 'copy'
  | 'get'
  | 'head'
  | 'delete'
  | 'delete-many'
  | 'create'
  | 'part'
  | 'part-copy'
  | 'complete'
  | 'abort'
  | 'list'
  | 'list-uploads'
  | 'list-parts'
  | 'bucket'
  | 'other';

const kinds: Record<Operation, RequestKind> = {
  PutObject: 'put',
  CopyObject: 'copy',
  GetObject: 'get',
  HeadObject: 'head',
  DeleteObject: 'delete',
  DeleteObjects: 'delete-many',
  CreateMultipartUpload: 'create',
  UploadPart: 'part',
  UploadPartCopy: 'part-copy',
  CompleteMultipartUpload: 'complete',
  AbortMultipartUpload: 'abort',
  ListObjects: 'list',
  ListObjectsV2: 'list',
  ListMultipartUploads: 'list-uploads',
  ListParts: 'list-parts',
  ListBuckets: 'bucket',
  CreateBucket: 'bucket',
  HeadBucket: 'bucket',
  DeleteBucket: 'bucket',
  GetBucketLocation: 'bucket',
  GetBucketVersioning: 'bucket',
  GetObjectTagging: 'other',
  Unknown: 'other',
  NotAllowed: 'other',
};

/** The kind of a request. It must have a path-style address, as the requests of the tests do. */
export const requestKind = ({
  method,
  target,
  headers,
}: Pick<ProxiedRequest, 'method' | 'target' | 'headers'>): RequestKind =>
  kinds[resolveOperation({ method, target: parseRequestTarget(target, undefined), headers })];

export interface FaultStep {
  kind: RequestKind;
  /** Which request of that kind fails, from 1; `from`: this one and all later ones. By default all fail. */
  nth?: number | { from: number };
  fault: Fault;
}

/** A rule that applies the faults and passes all other requests. It counts requests, so use it only once. */
export function s3Faults(...steps: readonly FaultStep[]): FaultRule {
  const counts = new Map<RequestKind, number>();
  return (request) => {
    const kind = requestKind(request);
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    return steps.find((step) => step.kind === kind && appliesTo(step.nth, number))?.fault;
  };
}

function appliesTo(nth: FaultStep['nth'], number: number): boolean {
  if (nth === undefined) return true;
  return typeof nth === 'number' ? number === nth : number >= nth.from;
}
