/** Request, response and context of the operation handlers. */
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
  /** Includes the x-amz-* parameters of a presigned URL. */
  headers: IncomingHttpHeaders;
  /**
   * The body. Its bytes are requested from the client when they are read.
   * @param requestedChecksum a checksum to compute even if the request does not contain it
   */
  payload(requestedChecksum?: ChecksumName): Payload;
}

export interface S3Response {
  status: number;
  headers?: Record<string, string>;
  /** An XML document, or bytes of the given length. */
  body?: string | { length: number; bytes: AsyncIterable<Buffer> };
  /** Called when the response has ended, successfully or not. */
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
