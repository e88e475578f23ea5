/**
 * Sends requests through this destination's transport, counts every byte, and closes the socket as soon as the signal
 * aborts. The official client calls `fetch`; uploads of file bytes call `send`. An error response is thrown.
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import { tryParseJson } from '../network/parse-json.ts';
import type { Transport } from '../network/transport.ts';
import { parseRetryAfterMs } from '../network/network-errors.ts';
import type { BufferPool } from '../transfer/buffer-pool.ts';
import type { FilePart } from '../transfer/file-part.ts';
import {
  FilePartHandler,
  defaultHandlerOptions,
  type RequestHandlerOptions,
  type SdkRequestOptions,
} from '../transfer/request-handler.ts';

export interface FalResponse {
  status: number;
  headers: Record<string, string>;
  text: string;
}

export interface FalRequestOptions {
  signal: AbortSignal;
  onSlowDown?: (() => void) | undefined;
}

export interface FalRequest extends FalRequestOptions {
  method: 'GET' | 'POST' | 'PUT';
  url: URL;
  headers?: Record<string, string>;
  body?: string | FilePart;
  /** Returns only status and headers, and closes the connection, because the body may be the whole file. */
  only?: 'head';
}

/** An error response. Its message contains the service's reason but no URL, because a URL may be signed. */
export class FalHttpError extends Error {
  readonly status: number;
  readonly host: string;
  /** The response body, parsed if it is JSON. */
  readonly body: unknown;
  readonly retryAfterMs: number | undefined;
  constructor(response: FalResponse, host: string) {
    const body = parseJsonBody(response);
    const kind = response.headers['x-fal-error-type'];
    super([`HTTP ${response.status}`, kind, errorDetailOf(body)].filter(Boolean).join(': ').slice(0, 500));
    this.name = 'FalHttpError';
    this.status = response.status;
    this.host = host;
    this.body = body;
    this.retryAfterMs = parseRetryAfterMs(response.headers['retry-after']);
  }
}

/**
 * Wraps the error of a request, so that the official client does not recognize it and does not retry. Its retries would
 * ignore Retry-After and a cancel.
 */
export class UndeliveredError extends Error {
  readonly reason: unknown;
  constructor(reason: unknown) {
    super('not delivered');
    this.name = 'UndeliveredError';
    this.reason = reason;
  }
}

/** For tests: maps the service's origins to other origins. */
export type FalHosts = Readonly<Record<string, string>>;

export class FalHttpClient {
  readonly #handler: FilePartHandler;
  readonly #hosts: FalHosts;

  constructor(transport: Transport, hosts: FalHosts = {}, options: RequestHandlerOptions = defaultHandlerOptions) {
    this.#handler = new FilePartHandler(transport, options);
    this.#hosts = hosts;
  }

  get buffers(): BufferPool {
    return this.#handler.buffers;
  }

  /**
   * @throws FalHttpError; whatever Node's http throws; AppFailure source-changed, wrong-service; whatever a part's
   * `beforeEnd` throws
   */
  async send(request: FalRequest): Promise<FalResponse> {
    const { method, headers = {}, body, signal, onSlowDown, only } = request;
    const lengthHeader: Record<string, string> =
      body === undefined ? {} : { 'content-length': String(bodyLength(body)) };
    const { response, url } = await this.#request(
      request.url,
      { method, headers: { ...headers, ...lengthHeader }, body },
      { signal, onSlowDown },
    );
    const stream = response.body as Readable;
    const falResponse = { status: response.statusCode, headers: response.headers, text: '' };
    if (only === 'head' && falResponse.status < 400) stream.on('error', () => undefined).destroy();
    else falResponse.text = await readText(stream, signal);
    // Status 416 is the response to a range request for an empty file.
    if (falResponse.status >= 300 && falResponse.status !== 416) throw new FalHttpError(falResponse, url.host);
    return falResponse;
  }

  /**
   * MD5 in base64 of the content at a URL, which must not be larger than `size` bytes.
   * @throws as `send`; ResponseTooLargeError
   */
  async md5At(address: URL, size: number, { signal, onSlowDown }: FalRequestOptions): Promise<string> {
    const { response, url } = await this.#request(
      address,
      { method: 'GET', headers: { 'accept-encoding': 'identity' }, body: undefined },
      { signal, onSlowDown, downloadBytes: size },
    );
    const hash = createHash('md5');
    await forEachChunk(response.body as Readable, signal, (chunk) => {
      hash.update(chunk);
    });
    if (response.statusCode !== 200)
      throw new FalHttpError({ status: response.statusCode, headers: response.headers, text: '' }, url.host);
    return hash.digest('base64');
  }

  /** The `fetch` function of the official client. */
  readonly fetch: typeof fetch = async (input, init = {}) => {
    const { method, body, signal } = init;
    try {
      const { status, headers, text } = await this.send({
        method: method === 'GET' || method === 'PUT' ? method : 'POST',
        url: new URL(typeof input === 'string' || input instanceof URL ? input : input.url),
        headers: Object.fromEntries(new Headers(init.headers)),
        ...(typeof body === 'string' ? { body } : {}),
        signal: signal ?? new AbortController().signal,
      });
      return new Response(status === 204 ? null : text, { status, headers });
    } catch (cause) {
      throw new UndeliveredError(cause);
    }
  };

  /** Does not change the path and the query of the URL, because the signature covers every character. */
  async #request(
    target: URL,
    { method, headers, body }: { method: string; headers: Record<string, string>; body: string | FilePart | undefined },
    { signal, ...options }: FalRequestOptions & Pick<SdkRequestOptions, 'downloadBytes'>,
  ) {
    const replacement = this.#hosts[target.origin];
    const url = replacement === undefined ? target : new URL(target.pathname + target.search, replacement);
    const request = {
      protocol: url.protocol,
      hostname: url.hostname,
      port: url.port === '' ? undefined : Number(url.port),
      method,
      path: url.pathname + url.search,
      query: {},
      headers,
      body,
    };
    try {
      const { response } = await this.#handler.handle(request as unknown as Parameters<FilePartHandler['handle']>[0], {
        abortSignal: signal,
        ...options,
      });
      return { response, url };
    } catch (cause) {
      // A server that answers before it has the whole body is not this service.
      if (!(cause instanceof AppFailure) || cause.error.code !== 'wrong-service') throw cause;
      throw failure('wrong-service', { params: { why: 'fal', host: url.host } }, cause);
    }
  }
}

const bodyLength = (body: string | FilePart): number =>
  typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;

async function readText(stream: Readable, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  await forEachChunk(stream, signal, (chunk) => {
    chunks.push(chunk);
  });
  return Buffer.concat(chunks).toString();
}

async function forEachChunk(stream: Readable, signal: AbortSignal, onChunk: (chunk: Buffer) => void): Promise<void> {
  const stop = (): void => {
    stream.destroy(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) onChunk(chunk);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** @returns undefined when the body is not JSON or not declared as JSON */
export function parseJsonBody({ headers, text }: Pick<FalResponse, 'headers' | 'text'>): unknown {
  if (!headers['content-type']?.includes('json')) return undefined;
  return tryParseJson(text);
}

interface ErrorBody {
  detail?: unknown;
  error?: { message?: unknown };
  message?: unknown;
}

/** The reason in an error response: `detail` (a text or a list of field errors), `error.message` or ''. */
export function errorDetailOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const { detail, error, message } = body as ErrorBody;
  if (Array.isArray(detail))
    return detail
      .map((item: { loc?: unknown; msg?: unknown } | null) =>
        [Array.isArray(item?.loc) ? item.loc.join('.') : '', typeof item?.msg === 'string' ? item.msg : ''].join(' '),
      )
      .join('; ');
  return [detail, error?.message, message].find((text): text is string => typeof text === 'string') ?? '';
}
