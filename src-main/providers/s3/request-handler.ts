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
import tls from 'node:tls';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { failure } from '../../../src-shared/errors.ts';
import { FilePart } from './file-part.ts';
import { encodeSegment } from './keys.ts';

export interface HandlerOptions {
  /** ms without a byte after which a connection counts as dead */
  idleMs: number;
  /** ms that connecting may take */
  connectMs: number;
  maxSockets: number;
  /** bytes of one buffer; a connection uses two */
  bufferBytes: number;
  /** PEM certificates that are trusted besides Node's own */
  certificates: string[];
}

export const handlerDefaults: HandlerOptions = { idleMs: 60_000, connectMs: 15_000, maxSockets: 64, bufferBytes: 256 * 1024, certificates: [] };

type Handle = NodeHttpHandler['handle'];
type Request = Parameters<Handle>[0];
type Options = NonNullable<Parameters<Handle>[1]>;
type Answer = Awaited<ReturnType<Handle>>;

/** While a connection is slow, small writes keep the progress moving and the idle time honest. */
const slowWriteBytes = 64 * 1024;
const slowWriteMs = 100;

export class FilePartHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #options: HandlerOptions;
  readonly #httpAgent: http.Agent;
  readonly #httpsAgent: https.Agent;
  readonly #inner: NodeHttpHandler;
  readonly #buffers: BufferPool;

  constructor(options: HandlerOptions = handlerDefaults) {
    this.#options = options;
    const { maxSockets, certificates, connectMs, idleMs, bufferBytes } = this.#options;
    const agent = { keepAlive: true, maxSockets, scheduling: 'lifo' } as const;
    const trust = certificates.length > 0 ? { ca: [...tls.rootCertificates, ...certificates] } : {};
    this.#httpAgent = new http.Agent(agent);
    // Said explicitly, because an environment variable can turn the default off.
    this.#httpsAgent = new https.Agent({ ...agent, ...trust, rejectUnauthorized: true });
    this.#inner = new NodeHttpHandler({ httpAgent: this.#httpAgent, httpsAgent: this.#httpsAgent, connectionTimeout: connectMs, socketTimeout: idleMs });
    this.#buffers = new BufferPool(bufferBytes, 2 * maxSockets);
  }

  /**
   * @throws what Node's http throws; TimeoutError with code ETIMEDOUT (connecting) or EIDLE (no byte moved); AbortError;
   * AppFailure source-changed, not-s3; whatever the source's read and the part's `beforeEnd` throw
   */
  handle(request: Request, options: Options = {}): Promise<Answer> {
    if (!(request.body instanceof FilePart)) return this.#inner.handle(request, options);
    if (options.abortSignal?.aborted) return Promise.reject(abortError());
    return new PartRequest(request, request.body, {
      signal: options.abortSignal, buffers: this.#buffers, limits: this.#options,
      agent: request.protocol === 'https:' ? this.#httpsAgent : this.#httpAgent,
    }).answer();
  }

  updateHttpClientConfig(...change: Parameters<NodeHttpHandler['updateHttpClientConfig']>): void { this.#inner.updateHttpClientConfig(...change); }
  httpHandlerConfigs(): ReturnType<NodeHttpHandler['httpHandlerConfigs']> { return this.#inner.httpHandlerConfigs(); }

  /** Closes every connection, idle or not. */
  destroy(): void {
    this.#httpAgent.destroy();
    this.#httpsAgent.destroy();
  }

  /** For the hashing pass, which reads through the same buffers. */
  get buffers(): BufferPool { return this.#buffers; }
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

  take(): Buffer { return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes); }

  /** Only for a buffer that neither a read nor a socket can still be using; any other is left to the garbage collector. */
  give(buffer: Buffer): void {
    if (this.#free.length < this.#keep) this.#free.push(buffer);
  }
}

interface PartRequestInit {
  signal: Options['abortSignal'];
  agent: http.Agent;
  buffers: BufferPool;
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
      host: request.hostname.replace(/^\[|\]$/g, ''), port: request.port, method: request.method, path: request.path + queryText(request.query),
      headers: request.headers, agent: init.agent,
    });
    this.#closed = new Promise((resolve) => { this.#request.once('close', resolve); });
  }

  answer(): Promise<Answer> {
    const request = this.#request;
    const answer = new Promise<Answer>((resolve, reject) => { this.#resolve = resolve; this.#reject = reject; });
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
    const room = this.#lastWriteMs > slowWriteMs ? Math.min(slowWriteBytes, buffer.length) : buffer.length;
    const count = await source.read(buffer.subarray(0, Math.min(room, byteLength - offset)), start + offset);
    // A source that ends early would leave the request hanging, or a store with a short object.
    if (count <= 0) throw failure('source-changed');
    return buffer.subarray(0, count);
  }

  /** Resolves when the network took the bytes, or never will. */
  #send(bytes: Buffer): Promise<void> {
    const begun = performance.now();
    this.#written += bytes.length;
    const taken = new Promise<void>((resolve) => { this.#request.write(bytes, () => resolve()); });
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
    if (!isWhole && statusCode < 300) return this.#fail(failure('not-s3'));
    this.#isSettled = true;
    this.#moved();
    response.once('close', () => clearTimeout(this.#watchdog));
    if (statusCode >= 300) {
      this.#isOver = true;
      this.#part.giveBack();
    }
    if (!isWhole) response.once('close', () => this.#request.destroy());
    this.#resolve({ response: { statusCode, reason: response.statusMessage, headers: headerRecord(response.headers), body: response } });
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
  #moved(): void { this.#watch(this.#init.limits.idleMs, 'EIDLE'); }

  #watch(ms: number, code: 'ETIMEDOUT' | 'EIDLE'): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#fail(networkError(`no byte for ${ms} ms`, code)), ms);
  }
}

const abortError = (): Error => Object.assign(new Error('Request aborted'), { name: 'AbortError' });

/** The name makes the SDK send the part again. */
const networkError = (message: string, code: string): Error => Object.assign(new Error(message), { name: 'TimeoutError', code });

/** The same encoding that was signed. */
function queryText(query: Request['query']): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === null ? [encodeSegment(name)] : [value].flat().map((one) => `${encodeSegment(name)}=${encodeSegment(one)}`));
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

const headerRecord = (headers: http.IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
