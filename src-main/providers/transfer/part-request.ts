/** Sends one {@link FilePart} as the body of an http request. */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { failure } from '../../../src-shared/errors.ts';
import { encodeSegment } from '../keys/encode-key.ts';
import type { SpeedLimit } from '../network/speed-limit.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { FilePart } from './file-part.ts';
import { timeoutError } from './limit-response.ts';

type Handle = NodeHttpHandler['handle'];
type Request = Parameters<Handle>[0];
type AbortSignalOption = NonNullable<Parameters<Handle>[1]>['abortSignal'];
type HandlerOutput = Awaited<ReturnType<Handle>>;

/** The size of writes on a slow connection. Small writes make the progress and the idle time more exact. */
export const slowWriteBytes = 64 * 1024;
/** A connection is slow if its last write took longer than this. */
const slowWriteMs = 100;

interface PartRequestOptions {
  signal: AbortSignalOption;
  agent: http.Agent;
  buffers: BufferPool;
  speedLimit: SpeedLimit | undefined;
  limits: { idleMs: number; connectMs: number };
}

/** One attempt to send one part. */
export class PartRequest {
  readonly #part: FilePart;
  readonly #options: PartRequestOptions;
  readonly #request: http.ClientRequest;
  readonly #closed: Promise<void>;
  #resolve: (answer: HandlerOutput) => void = () => undefined;
  #reject: (cause: unknown) => void = () => undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #written = 0;
  /** The duration of the last write in ms. A new connection counts as slow. */
  #lastWriteMs = Infinity;
  #isSettled = false;
  /** True after a failure or an error response: no more bytes are written or counted. */
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

  /** Sends the part. Resolves when the headers of the response have arrived. */
  execute(): Promise<HandlerOutput> {
    const request = this.#request;
    const responded = new Promise<HandlerOutput>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    request.on('error', (cause) => this.#fail(cause));
    request.once('close', () => this.#fail(timeoutError('the connection was closed', 'ECONNRESET')));
    request.once('response', (response) => this.#onResponse(response));
    request.once('socket', (socket) => this.#onSocket(socket));
    this.#abortOn(this.#options.signal);
    this.#writeBody().catch((cause: unknown) => this.#fail(cause));
    return responded;
  }

  #abortOn(signal: AbortSignalOption): void {
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

  /** Alternates two buffers: reads into one buffer while the bytes of the other buffer are being sent. */
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
    // All bytes were passed to the network, so the buffers can be reused. After a failure, a read or the socket may
    // still use them.
    if (this.#isStopped) return;
    this.#options.buffers.release(buffer);
    this.#options.buffers.release(other);
  }

  /** Reads the next bytes to write: a full buffer, or less on a slow connection or with a speed limit. */
  async #readChunk(buffer: Buffer, offset: number): Promise<Buffer> {
    const { source, start, byteLength } = this.#part;
    const maxBytes = Math.min(this.#options.speedLimit?.chunkBytes ?? Infinity, buffer.length);
    const readBytes = this.#lastWriteMs > slowWriteMs ? Math.min(slowWriteBytes, maxBytes) : maxBytes;
    const count = await source.read(buffer.subarray(0, Math.min(readBytes, byteLength - offset)), start + offset);
    // If the source ends early, the request would hang or the store would get a short object.
    if (count <= 0) throw failure('source-changed');
    return buffer.subarray(0, count);
  }

  /**
   * Waits until the speed limit allows these bytes. The idle watchdog is stopped during the wait. A failure ends the
   * wait at once.
   */
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

  /** Resolves when the bytes were passed to the network, or when the connection is closed. */
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
   * An error response may arrive before the whole body was sent; then the rest is not sent. A success response before
   * the end of the body must come from another server, such as a proxy, so it is rejected.
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

  /**
   * Closes the socket at once and rejects `execute`. If a response has arrived, `execute` has already resolved, so then
   * this only stops the transfer of the response's body.
   */
  #fail(cause: unknown): void {
    clearTimeout(this.#watchdog);
    this.#request.destroy();
    if (this.#isSettled) return;
    this.#isSettled = this.#isStopped = true;
    this.#part.resetSent();
    this.#reject(cause);
  }

  /** Call this when a byte was sent or received: restarts the idle time. */
  #onActivity(): void {
    this.#restartWatchdog(this.#options.limits.idleMs, 'EIDLE');
  }

  #restartWatchdog(ms: number, code: 'ETIMEDOUT' | 'EIDLE'): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#fail(timeoutError(`no byte for ${ms} ms`, code)), ms);
  }
}

export const abortError = (): Error => Object.assign(new Error('Request aborted'), { name: 'AbortError' });

/** The query string, encoded in the same way as in the signature. */
function queryText(query: Request['query']): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === null
      ? [encodeSegment(name)]
      : [value].flat().map((item) => `${encodeSegment(name)}=${encodeSegment(item)}`),
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

const headerRecord = (headers: http.IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
