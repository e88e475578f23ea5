/**
 * The fault proxy's plan, in words of S3: fail the second part, lose the answer to the first Complete. The proxy itself
 * knows no service; this page gives S3's requests their names, for Practice and any other server alike.
 */
import { operationOf, type Operation } from '../../src-main/practice/operations.ts';
import { parseTarget } from '../../src-main/practice/target.ts';
import type { Fault, Plan, Seen } from '../../src-main/providers/testing/faults.ts';

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

/** Of requests in path style, as the tests send them. */
export const requestKind = ({ method, target, headers }: Pick<Seen, 'method' | 'target' | 'headers'>): RequestKind =>
  kinds[operationOf({ method, target: parseTarget(target, undefined), headers })];

export interface Step {
  kind: RequestKind;
  /** Which request of that kind: the n-th alone, or it and all after it. Every one when left out. */
  nth?: number | { from: number };
  fault: Fault;
}

/** What happens to which request; whatever no step names passes. A plan counts, so each one is for one use. */
export function s3Faults(...steps: readonly Step[]): Plan {
  const counts = new Map<RequestKind, number>();
  return (seen) => {
    const kind = requestKind(seen);
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    return steps.find((step) => step.kind === kind && isMeant(step.nth, number))?.fault;
  };
}

function isMeant(nth: Step['nth'], number: number): boolean {
  if (nth === undefined) return true;
  return typeof nth === 'number' ? number === nth : number >= nth.from;
}
