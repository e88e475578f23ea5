/**
 * S3 over HTTP on this computer's own address. Every request goes the same way: host, signature, operation, answer;
 * refusals are S3's. No answer ever allows another origin to read it.
 */
import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
import { listMultipartUploads, listObjects, listObjectsV2, listUploadParts } from './listing.ts';
import { copyObject, deleteObject, deleteObjects, putObject } from './objects.ts';
import { resolveOperation, type Operation } from './operations.ts';
import { Payload } from './payload.ts';
import { getObject, getObjectTagging, headObject } from './read-object.ts';
import { S3Error, s3Error } from './s3-error.ts';
import { securityHeaders } from './response-headers.ts';
import { checkSignature, type SigningKeys, type RawHeaders, type VerifiedSignature } from './signature.ts';
import { bucketFromHost, parseRequestTarget, type RequestTarget } from './request-target.ts';
import { abortUpload, completeUpload, copyPart, createUpload, uploadPart } from './multipart-uploads.ts';
import { renderDocument, elements } from './xml.ts';

export interface PracticeServerOptions {
  context: ServerContext;
  keys: SigningKeys;
  /** Answers the challenge of another Hoist. */
  proveIdentity(nonce: string, port: number): string;
  /** A process that takes over when this one ends has asked. */
  onStandbySeen?(): void;
  /** Told of what nobody foresaw. */
  onProblem?(cause: unknown): void;
  /** ms without a byte after which a connection is closed */
  idleTimeoutMs?: number;
  /** ms that the head of a request may take */
  headersTimeoutMs?: number;
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
  CompleteMultipartUpload: completeUpload,
  AbortMultipartUpload: abortUpload,
  Unknown: () => {
    throw s3Error('NotImplemented');
  },
  NotAllowed: () => {
    throw s3Error('MethodNotAllowed');
  },
};

/** How much of a body that nobody wants is still read, so that the client gets to see the answer: bytes, ms. */
const drainLimits = { bytes: 64 * 1024 * 1024, ms: 5000 };
const maxConnections = 256;

export class PracticeServer {
  readonly port: number;
  readonly #http: http.Server;
  readonly #inFlight = new Set<Promise<void>>();
  #count = 0;

  private constructor(server: http.Server, options: PracticeServerOptions) {
    this.#http = server;
    this.port = (server.address() as AddressInfo).port;
    const onRequest =
      (expectation: 'nothing' | 'continue') =>
      (request: IncomingMessage, response: ServerResponse): void => {
        const work = new Exchange(request, response, {
          ...options,
          port: this.port,
          expectation,
          id: (++this.#count).toString(16).padStart(16, '0'),
        }).serve();
        this.#inFlight.add(work);
        void work.finally(() => this.#inFlight.delete(work));
      };
    server.on('request', onRequest('nothing'));
    server.on('checkContinue', onRequest('continue'));
    server.on('timeout', (socket) => socket.destroy());
  }

  /**
   * @param port 0 for any
   * @throws what listening throws: EADDRINUSE
   */
  static async listen(port: number, options: PracticeServerOptions): Promise<PracticeServer> {
    const { idleTimeoutMs = 60_000, headersTimeoutMs = 20_000 } = options;
    const server = http.createServer({
      // A large body may take as long as it moves.
      requestTimeout: 0,
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: Math.min(headersTimeoutMs, 5000),
      keepAliveTimeout: idleTimeoutMs,
      maxHeaderSize: 32 * 1024,
      highWaterMark: 256 * 1024,
    });
    server.timeout = idleTimeoutMs;
    server.maxConnections = maxConnections;
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    server.on('error', (cause) => options.onProblem?.(cause));
    return new PracticeServer(server, options);
  }

  /** Cuts off what is in flight, and waits until it has tidied up. */
  async close(): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
    await Promise.allSettled(this.#inFlight);
  }
}

interface ExchangeOptions extends PracticeServerOptions {
  port: number;
  expectation: 'nothing' | 'continue';
  id: string;
}

/** One request and its answer. */
class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: ExchangeOptions;
  #isBodyRequested = false;

  constructor(request: IncomingMessage, response: ServerResponse, options: ExchangeOptions) {
    this.#request = request;
    this.#response = response;
    this.#options = options;
    // Whoever hangs up is noticed where the body is read and the answer is written.
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
      // A client that went away in the middle of an answer is no problem of ours.
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
    const hostBucket = bucketFromHost(headers.host);
    if (method === 'GET' && url === identityPath && isNonce(headers[nonceHeader])) {
      if (headers[standbyHeader] !== undefined) onStandbySeen?.();
      return {
        status: 200,
        headers: { 'content-type': 'text/plain' },
        body: proveIdentity(headers[nonceHeader], port),
      };
    }
    // A browser that asks whether another origin may come in; nobody may.
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
    // What a signed address carries in its query counts as if it were a header.
    const queryHeaders = Object.fromEntries(target.query.pairs.filter(([name]) => name.startsWith('x-amz-')));
    const headers: IncomingHttpHeaders = { ...queryHeaders, ...this.#request.headers };
    const { bucket, key, query } = target;
    return {
      operation: resolveOperation({ method, target, headers }),
      bucket,
      key,
      query,
      headers,
      payload: (wanted) => new Payload(headers, signed, () => this.#body(), wanted),
    };
  }

  /** Only now does a client that waits for permission get it. */
  #body(): AsyncIterator<Buffer> {
    this.#isBodyRequested = true;
    if (this.#options.expectation === 'continue') this.#response.writeContinue();
    // Ending early must not close the connection before the answer was written.
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
      // The last one: Node spoils a Content-Disposition in UTF-8 that comes behind it.
      ...(length === undefined ? {} : { 'content-length': length }),
      // Without permission the client may or may not send the body: the next request could not be told from it.
      ...(this.#options.expectation === 'continue' && !this.#isBodyRequested ? { connection: 'close' } : {}),
    });
    if (body === undefined || this.#request.method === 'HEAD') this.#response.end();
    else if (typeof body === 'string') this.#response.end(body);
    else await pipeline(body.bytes, this.#response);
  }

  #isDisconnected(): boolean {
    return this.#request.socket.destroyed || this.#response.destroyed;
  }

  /** A client that was refused in the middle of its body reads the answer only when its bytes are still taken. */
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
