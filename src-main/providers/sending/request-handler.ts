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
import { wayDefaults, type Way } from '../network.ts';
import type { SpeedLimit } from '../speed-limit.ts';
import { timeLimits } from '../time-limits.ts';
import { encodeSegment } from '../keys.ts';
import { FilePart } from './file-part.ts';

export interface HandlerOptions {
  /** ms without a byte after which a connection counts as dead */
  idleMs: number;
  /** ms that connecting may take */
  connectMs: number;
  /** bytes of one buffer; a connection uses two */
  bufferBytes: number;
}

export const handlerDefaults: HandlerOptions = {
  idleMs: timeLimits.idleMs,
  connectMs: timeLimits.connectMs,
  bufferBytes: 256 * 1024,
};

/** What may come with each request, through the SDK. */
export interface Asking {
  abortSignal: AbortSignal;
  /** The store asked for fewer requests, or did not answer in time. Also where the SDK sends the request again. */
  onSlowDown?: (() => void) | undefined;
}

type Handle = NodeHttpHandler['handle'];
type Request = Parameters<Handle>[0];
type Options = NonNullable<Parameters<Handle>[1]> & Pick<Asking, 'onSlowDown'>;
type Answer = Awaited<ReturnType<Handle>>;

/** While a connection is slow, small writes keep the progress moving and the idle time honest. */
const slowWriteBytes = 64 * 1024;
const slowWriteMs = 100;

/** A page where the store should be: a login of the network, a website. */
export class PageInstead extends Error {
  constructor() {
    super('a page where the store should be');
    this.name = 'PageInstead';
  }
}

/**
 * No store answers a command with a page, whatever status it has: else a login page would have deleted a file, or said
 * that there are no parts. What HEAD shows is the file's own type, but a file of a store always has an ETag.
 */
function refusePage({ method }: Request, { response: { statusCode, headers, body } }: Answer): void {
  if (statusCode < 200 || statusCode >= 300) return;
  const isPage =
    method === 'HEAD'
      ? headers.etag === undefined
      : /^\s*(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '');
  if (!isPage) return;
  // The connection may still be full of it.
  if (body instanceof http.IncomingMessage) body.destroy();
  throw new PageInstead();
}

/** "Too many requests", "slow down", and a body that came too slowly. */
const tooMuch: ReadonlySet<number> = new Set([408, 429, 503]);

export class FilePartHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #options: HandlerOptions;
  readonly #way: Way;
  readonly #inner: NodeHttpHandler;
  readonly #buffers: BufferPool;

  /** @param way stays whoever opened it: closing it closes every connection */
  constructor(way: Way, options: HandlerOptions = handlerDefaults) {
    this.#options = options;
    this.#way = way;
    const { connectMs, idleMs, bufferBytes } = this.#options;
    this.#inner = new NodeHttpHandler({
      httpAgent: way.httpAgent,
      httpsAgent: way.httpsAgent as https.Agent,
      connectionTimeout: connectMs,
      socketTimeout: idleMs,
    });
    this.#buffers = new BufferPool(bufferBytes, 2 * wayDefaults.maxSockets);
  }

  /**
   * @throws what Node's http throws; TimeoutError with code ETIMEDOUT (connecting) or EIDLE (no byte moved); AbortError;
   * AppFailure source-changed, wrong-service; PageInstead; whatever the source's read and the part's `beforeEnd` throw
   */
  async handle(request: Request, options: Options = {}): Promise<Answer> {
    try {
      const answer = await this.#send(request, options);
      if (tooMuch.has(answer.response.statusCode)) options.onSlowDown?.();
      refusePage(request, answer);
      return answer;
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'TimeoutError') options.onSlowDown?.();
      throw cause;
    }
  }

  #send(request: Request, options: Options): Promise<Answer> {
    const { httpAgent, httpsAgent, speed } = this.#way;
    const part = request.body instanceof FilePart ? request.body : speed && partOf(request.body);
    if (!part) return this.#inner.handle(request, options);
    if (options.abortSignal?.aborted) return Promise.reject(abortError());
    return new PartRequest(request, part, {
      signal: options.abortSignal,
      buffers: this.#buffers,
      limits: this.#options,
      speed,
      agent: request.protocol === 'https:' ? httpsAgent : httpAgent,
    }).answer();
  }

  updateHttpClientConfig(...change: Parameters<NodeHttpHandler['updateHttpClientConfig']>): void {
    this.#inner.updateHttpClientConfig(...change);
  }
  httpHandlerConfigs(): ReturnType<NodeHttpHandler['httpHandlerConfigs']> {
    return this.#inner.httpHandlerConfigs();
  }

  /** The connections belong to the way. */
  destroy(): void {}

  /** For the hashing pass, which reads through the same buffers. */
  get buffers(): BufferPool {
    return this.#buffers;
  }
}

/** Parts of a stream come in memory. Where speed is limited they are written like those of a file; documents of the protocol are small. */
function partOf(body: unknown): FilePart | undefined {
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
  readonly #keep: number;
  readonly #free: Buffer[] = [];

  constructor(bytes: number, keep: number) {
    this.#bytes = bytes;
    this.#keep = keep;
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Only for a buffer that neither a read nor a socket can still be using; any other is left to the garbage collector. */
  give(buffer: Buffer): void {
    if (this.#free.length < this.#keep) this.#free.push(buffer);
  }
}

interface PartRequestInit {
  signal: Options['abortSignal'];
  agent: http.Agent;
  buffers: BufferPool;
  speed: SpeedLimit | undefined;
  limits: Pick<HandlerOptions, 'idleMs' | 'connectMs'>;
}

/** One attempt to send one part. */
class PartRequest {
  readonly #part: FilePart;
  readonly #init: PartRequestInit;
  readonly #request: http.ClientRequest;
  readonly #closed: Promise<void>;
  #resolve: (answer: Answer) => void = () => undefined;
  #reject: (cause: unknown) => void = () => undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #written = 0;
  /** ms; a new connection starts slow */
  #lastWriteMs = Infinity;
  #isSettled = false;
  /** Failed or refused: nothing more is written or counted. */
  #isOver = false;

  constructor(request: Request, part: FilePart, init: PartRequestInit) {
    this.#part = part;
    this.#init = init;
    const send = request.protocol === 'https:' ? https.request : http.request;
    this.#request = send({
      host: request.hostname.replace(/^\[|\]$/g, ''),
      port: request.port,
      method: request.method,
      path: request.path + queryText(request.query),
      headers: request.headers,
      agent: init.agent,
    });
    this.#closed = new Promise((resolve) => {
      this.#request.once('close', resolve);
    });
  }

  answer(): Promise<Answer> {
    const request = this.#request;
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    request.on('error', (cause) => this.#fail(cause));
    request.once('close', () => this.#fail(networkError('the connection was closed', 'ECONNRESET')));
    request.once('response', (response) => this.#answered(response));
    request.once('socket', (socket) => this.#connected(socket));
    this.#obey(this.#init.signal);
    this.#write().catch((cause: unknown) => this.#fail(cause));
    return answer;
  }

  #obey(signal: Options['abortSignal']): void {
    if (!(signal instanceof AbortSignal)) return;
    const stop = (): void => this.#fail(abortError());
    signal.addEventListener('abort', stop, { once: true });
    void this.#closed.then(() => signal.removeEventListener('abort', stop));
  }

  #connected(socket: Socket): void {
    if (!socket.connecting) return this.#moved();
    this.#watch(this.#init.limits.connectMs, 'ETIMEDOUT');
    socket.once('connect', () => this.#moved());
  }

  /** Reads into one buffer while the other one is on its way to the network. */
  async #write(): Promise<void> {
    const { byteLength } = this.#part;
    let [buffer, other] = [this.#init.buffers.take(), this.#init.buffers.take()];
    let onItsWay: Promise<void> = Promise.resolve();
    for (let offset = 0; offset < byteLength && !this.#isOver;) {
      const bytes = await this.#read(buffer, offset);
      offset += bytes.length;
      if (offset === byteLength) await this.#part.beforeEnd?.();
      await onItsWay;
      await this.#wait(bytes.length);
      if (this.#isOver) return;
      onItsWay = this.#send(bytes);
      [buffer, other] = [other, buffer];
    }
    if (byteLength === 0) await this.#part.beforeEnd?.();
    await onItsWay;
    if (this.#written < byteLength) return;
    this.#part.reachedEnd = true;
    this.#request.end();
    // The network took both, so they are free again. After a failure a read or the socket may still use them.
    if (this.#isOver) return;
    this.#init.buffers.give(buffer);
    this.#init.buffers.give(other);
  }

  async #read(buffer: Buffer, offset: number): Promise<Buffer> {
    const { source, start, byteLength } = this.#part;
    const most = Math.min(this.#init.speed?.chunkBytes ?? Infinity, buffer.length);
    const room = this.#lastWriteMs > slowWriteMs ? Math.min(slowWriteBytes, most) : most;
    const count = await source.read(buffer.subarray(0, Math.min(room, byteLength - offset)), start + offset);
    // A source that ends early would leave the request hanging, or a store with a short object.
    if (count <= 0) throw failure('source-changed');
    return buffer.subarray(0, count);
  }

  /** Until these bytes may leave. It is our own doing, so the connection does not count as dead; a failure ends it at once. */
  async #wait(bytes: number): Promise<void> {
    const ms = this.#init.speed?.take(bytes) ?? 0;
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
    if (!this.#isOver) this.#moved();
  }

  /** Resolves when the network took the bytes, or never will. */
  #send(bytes: Buffer): Promise<void> {
    const begun = performance.now();
    this.#written += bytes.length;
    const taken = new Promise<void>((resolve) => {
      this.#request.write(bytes, () => resolve());
    });
    return Promise.race([taken, this.#closed]).then(() => {
      if (this.#isOver) return;
      this.#lastWriteMs = performance.now() - begun;
      this.#part.moved(bytes.length);
      this.#moved();
    });
  }

  /**
   * A refusal may come before the end of the body: then the rest is not sent. A success that comes before the end is no
   * answer to our request; something on the way made it up.
   */
  #answered(response: http.IncomingMessage): void {
    const statusCode = response.statusCode ?? 0;
    const isWhole = this.#written === this.#part.byteLength;
    if (!isWhole && statusCode < 300) return this.#fail(failure('wrong-service', { field: 'endpoint' }));
    this.#isSettled = true;
    this.#moved();
    response.once('close', () => clearTimeout(this.#watchdog));
    if (statusCode >= 300) {
      this.#isOver = true;
      this.#part.giveBack();
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
    this.#isSettled = this.#isOver = true;
    this.#part.giveBack();
    this.#reject(cause);
  }

  /** A byte moved, so the connection lives. */
  #moved(): void {
    this.#watch(this.#init.limits.idleMs, 'EIDLE');
  }

  #watch(ms: number, code: 'ETIMEDOUT' | 'EIDLE'): void {
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
