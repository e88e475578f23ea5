/** Handles one HTTP request: host check, signature check, operation, response. Errors become S3 error documents. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  getBucketVersioning,
  headBucket,
  listBuckets,
} from './buckets.ts';
import type { S3Request, OperationHandler, S3Response, ServerContext } from './operation-handler.ts';
import { standbyHeader, identityPath, isNonce, nonceHeader } from './identity.ts';
import { listMultipartUploads, listUploadParts } from './list-multipart-uploads.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { copyObject, deleteObject, deleteObjects, putObject } from './objects.ts';
import { resolveOperation, type Operation } from './operations.ts';
import { Payload } from './payload.ts';
import { getObject, getObjectTagging, headObject } from './read-object.ts';
import { S3Error, s3Error } from './s3-error.ts';
import { securityHeaders } from './response-headers.ts';
import { checkSignature, type SigningKeys, type RawHeaders, type VerifiedSignature } from './signature.ts';
import { bucketFromHost, parseRequestTarget, type RequestTarget } from './request-target.ts';
import { completeMultipartUpload } from './complete-upload.ts';
import { abortUpload, copyPart, createUpload, uploadPart } from './multipart-uploads.ts';
import { renderDocument, elements } from './xml.ts';

export interface RequestOptions {
  context: ServerContext;
  keys: SigningKeys;
  /** Returns the identity proof for a nonce of another Hoist process. */
  proveIdentity(nonce: string, port: number): string;
  /** Called when a standby process, which takes over when this one ends, has sent a request. */
  onStandbySeen?(): void;
  /** Called with unexpected errors. */
  onProblem?(cause: unknown): void;
}

const handlers: Record<Operation, OperationHandler> = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  DeleteBucket: deleteBucket,
  GetBucketLocation: getBucketLocation,
  GetBucketVersioning: getBucketVersioning,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListMultipartUploads: listMultipartUploads,
  DeleteObjects: deleteObjects,
  PutObject: putObject,
  CopyObject: copyObject,
  GetObject: getObject,
  HeadObject: headObject,
  DeleteObject: deleteObject,
  GetObjectTagging: getObjectTagging,
  CreateMultipartUpload: createUpload,
  UploadPart: uploadPart,
  UploadPartCopy: copyPart,
  ListParts: listUploadParts,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortUpload,
  Unknown: () => {
    throw s3Error('NotImplemented');
  },
  NotAllowed: () => {
    throw s3Error('MethodNotAllowed');
  },
};

/** How much of a refused body the server still reads, so that the client receives the response. */
const drainLimits = { bytes: 64 * 1024 * 1024, ms: 5000 };

export interface ExchangeOptions extends RequestOptions {
  port: number;
  /** 'continue': the client sent `Expect: 100-continue` and waits for `100 Continue` before it sends the body. */
  expectation: 'nothing' | 'continue';
  /** Id of this request, which every response contains. */
  id: string;
}

/** One request and its response. */
export class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: ExchangeOptions;
  #isBodyRequested = false;

  constructor(request: IncomingMessage, response: ServerResponse, options: ExchangeOptions) {
    this.#request = request;
    this.#response = response;
    this.#options = options;
    // A disconnected client is detected where the body is read and the response is written.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
  }

  /** Never rejects. */
  async serve(): Promise<void> {
    try {
      const response = await this.#handleOrError();
      try {
        await this.#send(response);
      } finally {
        await response.onFinished?.();
      }
      this.#drain();
    } catch (cause) {
      // A client that disconnects during the response is not an error of the server.
      if (!this.#isDisconnected()) this.#options.onProblem?.(cause);
      this.#response.destroy();
    }
  }

  async #handleOrError(): Promise<S3Response> {
    try {
      return await this.#handle();
    } catch (cause) {
      return this.#errorResponse(cause);
    }
  }

  async #handle(): Promise<S3Response> {
    const { method = '', url = '', headers } = this.#request;
    const { context, keys, port, proveIdentity, onStandbySeen } = this.#options;
    // Refuses the request if the Host header names another computer.
    const hostBucket = bucketFromHost(headers.host);
    if (method === 'GET' && url === identityPath && isNonce(headers[nonceHeader])) {
      if (headers[standbyHeader] !== undefined) onStandbySeen?.();
      return {
        status: 200,
        headers: { 'content-type': 'text/plain' },
        body: proveIdentity(headers[nonceHeader], port),
      };
    }
    // OPTIONS is a CORS preflight request. The server allows no other origin.
    if (method === 'OPTIONS')
      throw s3Error('AccessDenied', { message: 'CORSResponse: CORS is not enabled for this bucket.' });
    const target = parseRequestTarget(url, hostBucket);
    const signed = checkSignature(
      { method, path: target.path, query: target.query, headers: rawHeaders(this.#request) },
      keys,
      context.now(),
    );
    const s3Request = this.#parseRequest(method, target, signed);
    if (target.bucket !== '' && target.bucket !== context.bucket && s3Request.operation !== 'CreateBucket')
      throw s3Error('NoSuchBucket', { details: { BucketName: target.bucket } });
    return handlers[s3Request.operation](s3Request, context);
  }

  #parseRequest(method: string, target: RequestTarget, signed: VerifiedSignature): S3Request {
    // The x-amz-* query parameters of a presigned URL count as headers.
    const queryHeaders = Object.fromEntries(target.query.pairs.filter(([name]) => name.startsWith('x-amz-')));
    const headers: IncomingHttpHeaders = { ...queryHeaders, ...this.#request.headers };
    const { bucket, key, query } = target;
    return {
      operation: resolveOperation({ method, target, headers }),
      bucket,
      key,
      query,
      headers,
      payload: (requestedChecksum) => new Payload(headers, signed, () => this.#body(), requestedChecksum),
    };
  }

  /** Sends `100 Continue` to a client that waits for it. */
  #body(): AsyncIterator<Buffer> {
    this.#isBodyRequested = true;
    if (this.#options.expectation === 'continue') this.#response.writeContinue();
    // Ending the iteration early must not close the connection before the response is written.
    return this.#request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  }

  #errorResponse(cause: unknown): S3Response {
    if (!(cause instanceof S3Error) && !this.#isDisconnected()) this.#options.onProblem?.(cause);
    const { code, message, status, details, headers } = cause instanceof S3Error ? cause : s3Error('InternalError');
    if (code === 'NotModified') return { status, headers };
    const content = elements({
      Code: code,
      Message: message,
      ...details,
      Resource: this.#request.url?.split('?', 1)[0] ?? '',
      RequestId: this.#options.id,
      HostId: 'practice',
    });
    return { status, headers, body: renderDocument('Error', content) };
  }

  async #send({ status, headers = {}, body }: S3Response): Promise<void> {
    if (this.#isDisconnected()) return;
    const { 'content-length': length, ...otherHeaders } = {
      ...(status === 204 || status === 304 ? {} : bodyHeaders(body)),
      ...headers,
    };
    this.#response.writeHead(status, {
      date: new Date(this.#options.context.now()).toUTCString(),
      'x-amz-request-id': this.#options.id,
      ...securityHeaders,
      ...otherHeaders,
      // Content-Length must come last: Node corrupts a UTF-8 Content-Disposition that follows it.
      ...(length === undefined ? {} : { 'content-length': length }),
      // Without `100 Continue` the client may or may not send the body, so the start of the next request is unknown.
      ...(this.#options.expectation === 'continue' && !this.#isBodyRequested ? { connection: 'close' } : {}),
    });
    if (body === undefined || this.#request.method === 'HEAD') this.#response.end();
    else if (typeof body === 'string') this.#response.end(body);
    else await pipeline(body.bytes, this.#response);
  }

  #isDisconnected(): boolean {
    return this.#request.socket.destroyed || this.#response.destroyed;
  }

  /** A client whose upload was refused reads the response only if the server continues to read the body. */
  #drain(): void {
    const request = this.#request;
    if (request.complete || request.destroyed) return;
    let count = 0;
    const end = (): void => {
      request.socket.destroy();
    };
    const timer = setTimeout(end, drainLimits.ms);
    request.once('close', () => clearTimeout(timer));
    request.once('end', () => clearTimeout(timer));
    request.on('data', (slice: Buffer) => {
      count += slice.length;
      if (count > drainLimits.bytes) end();
    });
    request.resume();
  }
}

function bodyHeaders(body: S3Response['body']): Record<string, string | undefined> {
  if (typeof body === 'string')
    return { 'content-type': 'application/xml', 'content-length': String(Buffer.byteLength(body)) };
  return { 'content-length': String(body?.length ?? 0) };
}

function rawHeaders({ rawHeaders: raw }: IncomingMessage): RawHeaders {
  const headers = new Map<string, string[]>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]?.toLowerCase() ?? '';
    headers.set(name, [...(headers.get(name) ?? []), raw[i + 1] ?? '']);
  }
  return headers;
}
