/**
 * Sends requests for the SDK. The handler itself sends each {@link FilePart}. It uses two small buffers per connection,
 * so memory does not grow with the part size. It counts every byte and closes the socket as soon as the signal aborts.
 * All other requests go through the SDK's own handler, over the same connections.
 *
 * Two defaults of the SDK do not suit uploads. It ignores agent options for large bodies, so this handler passes agent
 * objects. It lets a connection without any traffic stay open forever; here such a connection fails after a minute.
 */
import http from 'node:http';
import type https from 'node:https';
import type { Readable } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { defaultTransportOptions, type Transport } from '../network/transport.ts';
import { timeLimits } from '../network/time-limits.ts';
import { BufferPool } from './buffer-pool.ts';
import { FilePart } from './file-part.ts';
import { limitResponse, maxErrorBytes, maxResponseBytes, slowResponseError } from './limit-response.ts';
import { abortError, PartRequest, slowWriteBytes } from './part-request.ts';

export interface RequestHandlerOptions {
  /** Time in ms without a byte after which a connection fails. */
  idleMs: number;
  /** Time limit for connecting in ms. */
  connectMs: number;
  /** Time limit in ms for a request without a file and its whole response. */
  responseMs: number;
  /** The size of a buffer in bytes; each connection uses two buffers. */
  bufferBytes: number;
}

export const defaultHandlerOptions: RequestHandlerOptions = {
  idleMs: timeLimits.idleMs,
  connectMs: timeLimits.connectMs,
  responseMs: timeLimits.responseMs,
  bufferBytes: 256 * 1024,
};

/** Options of a single request, passed through the SDK. */
export interface SdkRequestOptions {
  abortSignal: AbortSignal;
  /** The store asked for fewer requests or did not answer in time. Also called when the SDK retries the request. */
  onSlowDown?: (() => void) | undefined;
  /** The expected size of a download in bytes. Without it, the response must not be larger than a listing. */
  downloadBytes?: number;
}

type Handle = NodeHttpHandler['handle'];
type Request = Parameters<Handle>[0];
type Options = NonNullable<Parameters<Handle>[1]> & Pick<SdkRequestOptions, 'onSlowDown' | 'downloadBytes'>;
type HandlerOutput = Awaited<ReturnType<Handle>>;

/** An HTML page instead of the store's response: a captive portal or a website. */
export class UnexpectedPageError extends Error {
  constructor() {
    super('expected a response of the store, but got an HTML page');
    this.name = 'UnexpectedPageError';
  }
}

/**
 * Rejects HTML pages, because a store never responds to a command with a page. Otherwise a login page would count as a
 * deleted file or an empty list of parts. A HEAD response has the content type of the file, which may be HTML. Almost
 * every store adds an ETag to it, and the others add their own headers or the type of a file that is no page.
 */
function rejectPage({ method }: Request, { response: { statusCode, headers, body } }: HandlerOutput): void {
  if (statusCode < 200 || statusCode >= 300) return;
  const isHtml = /^\s*(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '');
  const isPage =
    method === 'HEAD'
      ? headers.etag === undefined && (isHtml || headers['content-type'] === undefined) && !hasStoreHeader(headers)
      : isHtml;
  if (!isPage) return;
  // The connection may still contain the rest of the page.
  if (body instanceof http.IncomingMessage) body.destroy();
  throw new UnexpectedPageError();
}

/** Whether the response has one of Amazon's headers, which other S3 stores also send. */
const hasStoreHeader = (headers: Record<string, string>): boolean =>
  Object.keys(headers).some((name) => name.startsWith('x-amz-'));

/** A download that is slower than this, in bytes per ms, fails. */
const minDownloadRate = 16;

/** Statuses that ask for fewer requests. A service sends 408 when the body arrived too slowly. */
const slowDownStatuses: ReadonlySet<number> = new Set([408, 429, 503]);

export class FilePartHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #options: RequestHandlerOptions;
  readonly #transport: Transport;
  readonly #sdkHandler: NodeHttpHandler;
  readonly #buffers: BufferPool;

  /** @param transport the connections; the caller closes the transport */
  constructor(transport: Transport, options: RequestHandlerOptions = defaultHandlerOptions) {
    this.#options = options;
    this.#transport = transport;
    const { connectMs, idleMs, bufferBytes } = this.#options;
    this.#sdkHandler = new NodeHttpHandler({
      httpAgent: transport.httpAgent,
      httpsAgent: transport.httpsAgent as https.Agent,
      connectionTimeout: connectMs,
      socketTimeout: idleMs,
    });
    this.#buffers = new BufferPool(bufferBytes, 2 * defaultTransportOptions.maxSockets);
  }

  /**
   * @throws whatever Node's http throws; TimeoutError with code ETIMEDOUT (connecting) or EIDLE (no byte moved);
   * AbortError; AppFailure source-changed, wrong-service; UnexpectedPageError; whatever the source's read and the
   * part's `beforeEnd` throw. Reading the body fails with ResponseTooLargeError or a TimeoutError when it exceeds the
   * limits.
   */
  async handle(request: Request, options: Options = {}): Promise<HandlerOutput> {
    const startedAt = performance.now();
    try {
      const output = await this.#send(request, options);
      if (slowDownStatuses.has(output.response.statusCode)) options.onSlowDown?.();
      rejectPage(request, output);
      const { response } = output;
      const { downloadBytes = 0 } = options;
      response.body = limitResponse(response.body as Readable, {
        maxBytes: response.statusCode >= 300 ? maxErrorBytes : Math.max(maxResponseBytes, downloadBytes),
        ms: this.#options.responseMs + downloadBytes / minDownloadRate - (performance.now() - startedAt),
      });
      return output;
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'TimeoutError') options.onSlowDown?.();
      throw cause;
    }
  }

  #send(request: Request, options: Options): Promise<HandlerOutput> {
    const { httpAgent, httpsAgent, speedLimit } = this.#transport;
    const part = request.body instanceof FilePart ? request.body : speedLimit && partFromBytes(request.body);
    if (!part) return this.#sendWithinTime(request, options);
    if (options.abortSignal?.aborted) return Promise.reject(abortError());
    return new PartRequest(request, part, {
      signal: options.abortSignal,
      buffers: this.#buffers,
      limits: this.#options,
      speedLimit,
      agent: request.protocol === 'https:' ? httpsAgent : httpAgent,
    }).execute();
  }

  /**
   * Aborts when the response headers take longer than `responseMs`. The SDK's own time limits restart at every byte, so
   * a server could otherwise send its headers one byte at a time without end.
   */
  async #sendWithinTime(request: Request, options: Options): Promise<HandlerOutput> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), this.#options.responseMs);
    const { abortSignal } = options;
    const signals = abortSignal instanceof AbortSignal ? [abortSignal, timeout.signal] : [timeout.signal];
    try {
      return await this.#sdkHandler.handle(request, { ...options, abortSignal: AbortSignal.any(signals) });
    } catch (cause) {
      throw timeout.signal.aborted ? slowResponseError() : cause;
    } finally {
      clearTimeout(timer);
    }
  }

  updateHttpClientConfig(...change: Parameters<NodeHttpHandler['updateHttpClientConfig']>): void {
    this.#sdkHandler.updateHttpClientConfig(...change);
  }
  httpHandlerConfigs(): ReturnType<NodeHttpHandler['httpHandlerConfigs']> {
    return this.#sdkHandler.httpHandlerConfigs();
  }

  /** Does nothing: the connections belong to the transport. */
  destroy(): void {}

  /** Shared with the code that computes checksums. */
  get buffers(): BufferPool {
    return this.#buffers;
  }
}

/**
 * Turns a part of a stream, which is in memory, into a file part. {@link PartRequest} then applies the speed limit.
 * Undefined for small bodies, such as XML documents.
 */
function partFromBytes(body: unknown): FilePart | undefined {
  if (!(body instanceof Uint8Array) || body.length < slowWriteBytes) return undefined;
  const read = async (into: Uint8Array, position: number): Promise<number> => {
    const bytes = body.subarray(position, position + into.length);
    into.set(bytes);
    return bytes.length;
  };
  return new FilePart({ source: { read }, start: 0, length: body.length, onBytes: () => undefined });
}
