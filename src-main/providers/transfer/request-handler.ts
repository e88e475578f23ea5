/**
 * Sends requests for the SDK. A {@link FilePart} is written by us: two small pooled buffers a connection, so memory does
 * not grow with the part size; every byte counted; the socket closed the moment the signal aborts. Everything else goes
 * through the SDK's own handler over the same connections.
 *
 * Two defaults of Node and the SDK are wrong for this job: agents given as instances survive (plain options are dropped
 * for large bodies), and a connection without a byte for a minute counts as dead (by default it is waited for for ever).
 */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { failure } from '../../../src-shared/errors.ts';
import { defaultTransportOptions, type Transport } from '../network/transport.ts';
import type { SpeedLimit } from '../network/speed-limit.ts';
import { timeLimits } from '../network/time-limits.ts';
import { encodeSegment } from '../keys/encode-key.ts';
import { FilePart } from './file-part.ts';

export interface RequestHandlerOptions {
  /** ms without a byte after which a connection counts as dead */
  idleMs: number;
  /** ms that connecting may take */
  connectMs: number;
  /** bytes of one buffer; a connection uses two */
  bufferBytes: number;
}

export const defaultHandlerOptions: RequestHandlerOptions = {
  idleMs: timeLimits.idleMs,
  connectMs: timeLimits.connectMs,
  bufferBytes: 256 * 1024,
};

/** What may come with each request, through the SDK. */
export interface SdkRequestOptions {
  abortSignal: AbortSignal;
  /** The store asked for fewer requests, or did not answer in time. Also where the SDK sends the request again. */
  onSlowDown?: (() => void) | undefined;
}

type Handle = NodeHttpHandler['handle'];
type Request = Parameters<Handle>[0];
type Options = NonNullable<Parameters<Handle>[1]> & Pick<SdkRequestOptions, 'onSlowDown'>;
type HandlerOutput = Awaited<ReturnType<Handle>>;

/** While a connection is slow, small writes keep the progress moving and the idle time honest. */
const slowWriteBytes = 64 * 1024;
const slowWriteMs = 100;

/** A page where the store should be: a login of the network, a website. */
export class UnexpectedPageError extends Error {
  constructor() {
    super('a page where the store should be');
    this.name = 'UnexpectedPageError';
  }
}

/**
 * No store answers a command with a page, whatever status it has: else a login page would have deleted a file, or said
 * that there are no parts. What HEAD shows is the file's own type, but a file of a store always has an ETag.
 */
function rejectPage({ method }: Request, { response: { statusCode, headers, body } }: HandlerOutput): void {
  if (statusCode < 200 || statusCode >= 300) return;
  const isPage =
    method === 'HEAD'
      ? headers.etag === undefined
      : /^\s*(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '');
  if (!isPage) return;
  // The connection may still be full of it.
  if (body instanceof http.IncomingMessage) body.destroy();
  throw new UnexpectedPageError();
}

/** "Too many requests", "slow down", and a body that came too slowly. */
const slowDownStatuses: ReadonlySet<number> = new Set([408, 429, 503]);

export class FilePartHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #options: RequestHandlerOptions;
  readonly #transport: Transport;
  readonly #sdkHandler: NodeHttpHandler;
  readonly #buffers: BufferPool;

  /** @param transport stays whoever opened it: closing it closes every connection */
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
   * @throws what Node's http throws; TimeoutError with code ETIMEDOUT (connecting) or EIDLE (no byte moved); AbortError;
   * AppFailure source-changed, wrong-service; PageInstead; whatever the source's read and the part's `beforeEnd` throw
   */
  async handle(request: Request, options: Options = {}): Promise<HandlerOutput> {
    try {
      const output = await this.#send(request, options);
      if (slowDownStatuses.has(output.response.statusCode)) options.onSlowDown?.();
      rejectPage(request, output);
      return output;
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'TimeoutError') options.onSlowDown?.();
      throw cause;
    }
  }

  #send(request: Request, options: Options): Promise<HandlerOutput> {
    const { httpAgent, httpsAgent, speedLimit: speed } = this.#transport;
    const part = request.body instanceof FilePart ? request.body : speed && partFromBytes(request.body);
    if (!part) return this.#sdkHandler.handle(request, options);
    if (options.abortSignal?.aborted) return Promise.reject(abortError());
    return new PartRequest(request, part, {
      signal: options.abortSignal,
      buffers: this.#buffers,
      limits: this.#options,
      speedLimit: speed,
      agent: request.protocol === 'https:' ? httpsAgent : httpAgent,
    }).execute();
  }

  updateHttpClientConfig(...change: Parameters<NodeHttpHandler['updateHttpClientConfig']>): void {
    this.#sdkHandler.updateHttpClientConfig(...change);
  }
  httpHandlerConfigs(): ReturnType<NodeHttpHandler['httpHandlerConfigs']> {
    return this.#sdkHandler.httpHandlerConfigs();
  }

  /** The connections belong to the way. */
  destroy(): void {}

  /** For the hashing pass, which reads through the same buffers. */
  get buffers(): BufferPool {
    return this.#buffers;
  }
}

/** Parts of a stream come in memory. Where speed is limited they are written like those of a file; documents of the protocol are small. */
function partFromBytes(body: unknown): FilePart | undefined {
  if (!(body instanceof Uint8Array) || body.length < slowWriteBytes) return undefined;
  const read = async (into: Uint8Array, position: number): Promise<number> => {
    const bytes = body.subarray(position, position + into.length);
    into.set(bytes);
    return bytes.length;
  };
  return new FilePart({ source: { read }, start: 0, length: body.length, onBytes: () => undefined });
}

/** Buffers outside the JavaScript heap that are used again and again. */
export class BufferPool {
  readonly #bytes: number;
  readonly #maxFree: number;
  readonly #free: Buffer[] = [];

  constructor(bytes: number, maxFree: number) {
    this.#bytes = bytes;
    this.#maxFree = maxFree;
  }

  acquire(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Only for a buffer that neither a read nor a socket can still be using; any other is left to the garbage collector. */
  release(buffer: Buffer): void {
    if (this.#free.length < this.#maxFree) this.#free.push(buffer);
  }
}

interface PartRequestOptions {
  signal: Options['abortSignal'];
  agent: http.Agent;
  buffers: BufferPool;
  speedLimit: SpeedLimit | undefined;
  limits: Pick<RequestHandlerOptions, 'idleMs' | 'connectMs'>;
}

/** One attempt to send one part. */
class PartRequest {
  readonly #part: FilePart;
  readonly #options: PartRequestOptions;
  readonly #request: http.ClientRequest;
  readonly #closed: Promise<void>;
  #resolve: (answer: HandlerOutput) => void = () => undefined;
  #reject: (cause: unknown) => void = () => undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #written = 0;
  /** ms; a new connection starts slow */
  #lastWriteMs = Infinity;
  #isSettled = false;
  /** Failed or refused: nothing more is written or counted. */
  #isStopped = false;

  constructor(request: Request, part: FilePart, options: PartRequestOptions) {
    this.#part = part;
    this.#options = options;
    const send = request.protocol === 'https:' ? https.request : http.request;
    this.#request = send({
      host: request.hostname.replace(/^\[|\]$/g, ''),
      port: request.port,
      method: request.method,
      path: request.path + queryText(request.query),
      headers: request.headers,
      agent: options.agent,
    });
    this.#closed = new Promise((resolve) => {
      this.#request.once('close', resolve);
    });
  }

  execute(): Promise<HandlerOutput> {
    const request = this.#request;
    const responded = new Promise<HandlerOutput>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    request.on('error', (cause) => this.#fail(cause));
    request.once('close', () => this.#fail(networkError('the connection was closed', 'ECONNRESET')));
    request.once('response', (response) => this.#onResponse(response));
    request.once('socket', (socket) => this.#onSocket(socket));
    this.#abortOn(this.#options.signal);
    this.#writeBody().catch((cause: unknown) => this.#fail(cause));
    return responded;
  }

  #abortOn(signal: Options['abortSignal']): void {
    if (!(signal instanceof AbortSignal)) return;
    const stop = (): void => this.#fail(abortError());
    signal.addEventListener('abort', stop, { once: true });
    void this.#closed.then(() => signal.removeEventListener('abort', stop));
  }

  #onSocket(socket: Socket): void {
    if (!socket.connecting) return this.#onActivity();
    this.#restartWatchdog(this.#options.limits.connectMs, 'ETIMEDOUT');
    socket.once('connect', () => this.#onActivity());
  }

  /** Reads into one buffer while the other one is on its way to the network. */
  async #writeBody(): Promise<void> {
    const { byteLength } = this.#part;
    let [buffer, other] = [this.#options.buffers.acquire(), this.#options.buffers.acquire()];
    let pendingWrite: Promise<void> = Promise.resolve();
    for (let offset = 0; offset < byteLength && !this.#isStopped;) {
      const bytes = await this.#readChunk(buffer, offset);
      offset += bytes.length;
      if (offset === byteLength) await this.#part.beforeEnd?.();
      await pendingWrite;
      await this.#throttle(bytes.length);
      if (this.#isStopped) return;
      pendingWrite = this.#writeChunk(bytes);
      [buffer, other] = [other, buffer];
    }
    if (byteLength === 0) await this.#part.beforeEnd?.();
    await pendingWrite;
    if (this.#written < byteLength) return;
    this.#part.wasFullySent = true;
    this.#request.end();
    // The network took both, so they are free again. After a failure a read or the socket may still use them.
    if (this.#isStopped) return;
    this.#options.buffers.release(buffer);
    this.#options.buffers.release(other);
  }

  async #readChunk(buffer: Buffer, offset: number): Promise<Buffer> {
    const { source, start, byteLength } = this.#part;
    const maxBytes = Math.min(this.#options.speedLimit?.chunkBytes ?? Infinity, buffer.length);
    const readBytes = this.#lastWriteMs > slowWriteMs ? Math.min(slowWriteBytes, maxBytes) : maxBytes;
    const count = await source.read(buffer.subarray(0, Math.min(readBytes, byteLength - offset)), start + offset);
    // A source that ends early would leave the request hanging, or a store with a short object.
    if (count <= 0) throw failure('source-changed');
    return buffer.subarray(0, count);
  }

  /** Until these bytes may leave. It is our own doing, so the connection does not count as dead; a failure ends it at once. */
  async #throttle(bytes: number): Promise<void> {
    const ms = this.#options.speedLimit?.reserve(bytes) ?? 0;
    if (ms <= 0) return;
    clearTimeout(this.#watchdog);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      }),
      this.#closed,
    ]);
    clearTimeout(timer);
    if (!this.#isStopped) this.#onActivity();
  }

  /** Resolves when the network took the bytes, or never will. */
  #writeChunk(bytes: Buffer): Promise<void> {
    const startedAt = performance.now();
    this.#written += bytes.length;
    const flushed = new Promise<void>((resolve) => {
      this.#request.write(bytes, () => resolve());
    });
    return Promise.race([flushed, this.#closed]).then(() => {
      if (this.#isStopped) return;
      this.#lastWriteMs = performance.now() - startedAt;
      this.#part.addSent(bytes.length);
      this.#onActivity();
    });
  }

  /**
   * A refusal may come before the end of the body: then the rest is not sent. A success that comes before the end is no
   * answer to our request; something on the way made it up.
   */
  #onResponse(response: http.IncomingMessage): void {
    const statusCode = response.statusCode ?? 0;
    const isWhole = this.#written === this.#part.byteLength;
    if (!isWhole && statusCode < 300) return this.#fail(failure('wrong-service', { field: 'endpoint' }));
    this.#isSettled = true;
    this.#onActivity();
    response.once('close', () => clearTimeout(this.#watchdog));
    if (statusCode >= 300) {
      this.#isStopped = true;
      this.#part.resetSent();
    }
    if (!isWhole) response.once('close', () => this.#request.destroy());
    this.#resolve({
      response: { statusCode, reason: response.statusMessage, headers: headerRecord(response.headers), body: response },
    });
  }

  /** Closes the socket at once. After an answer it only ends the reading of it. */
  #fail(cause: unknown): void {
    clearTimeout(this.#watchdog);
    this.#request.destroy();
    if (this.#isSettled) return;
    this.#isSettled = this.#isStopped = true;
    this.#part.resetSent();
    this.#reject(cause);
  }

  /** A byte moved, so the connection lives. */
  #onActivity(): void {
    this.#restartWatchdog(this.#options.limits.idleMs, 'EIDLE');
  }

  #restartWatchdog(ms: number, code: 'ETIMEDOUT' | 'EIDLE'): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#fail(networkError(`no byte for ${ms} ms`, code)), ms);
  }
}

const abortError = (): Error => Object.assign(new Error('Request aborted'), { name: 'AbortError' });

/** The name makes the SDK send the part again. */
const networkError = (message: string, code: string): Error =>
  Object.assign(new Error(message), { name: 'TimeoutError', code });

/** The same encoding that was signed. */
function queryText(query: Request['query']): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === null
      ? [encodeSegment(name)]
      : [value].flat().map((one) => `${encodeSegment(name)}=${encodeSegment(one)}`),
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

const headerRecord = (headers: http.IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
