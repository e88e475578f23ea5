/** What the operations get to see of a request, what they answer, and what they work on. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ChecksumName } from './checksums.ts';
import type { ObjectStore } from './object-store.ts';
import type { Operation } from './operations.ts';
import type { Payload } from './payload.ts';
import type { Query } from './request-target.ts';

export interface S3Request {
  operation: Operation;
  bucket: string;
  key: string;
  query: Query;
  /** With the x-amz-* values that a signed address carries in its query. */
  headers: IncomingHttpHeaders;
  /**
   * The body. Its bytes are only asked of the client when they are read.
   * @param requestedChecksum a checksum that is to be computed although the request does not bring it
   */
  payload(requestedChecksum?: ChecksumName): Payload;
}

export interface S3Response {
  status: number;
  headers?: Record<string, string>;
  /** A document, or bytes of the given length. */
  body?: string | { length: number; bytes: AsyncIterable<Buffer> };
  /** Runs when the answer is over, however it ended. */
  onFinished?(): Promise<void>;
}

export interface ServerContext {
  store: ObjectStore;
  bucket: string;
  region: string;
  /** ms since 1970 */
  now(): number;
}

export type OperationHandler = (request: S3Request, context: ServerContext) => S3Response | Promise<S3Response>;
