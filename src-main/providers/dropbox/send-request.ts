/**
 * The `fetch` function for the SDK. It uses the destination's transport, reports every byte as progress, closes the
 * socket when the signal aborts, and is the only layer that retries a request. The bytes of a file are sent as a
 * `FilePart`, so a part can be retried and needs no memory.
 */
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import { FilePart } from '../transfer/file-part.ts';
import type { FilePartHandler } from '../transfer/request-handler.ts';
import { parseRetryAfterMs } from '../network/network-errors.ts';

/** Dropbox's hosts, without a slash at the end. */
export interface DropboxHosts {
  api: string;
  content: string;
  www: string;
}

export const dropboxHosts: DropboxHosts = {
  api: 'https://api.dropboxapi.com',
  content: 'https://content.dropboxapi.com',
  www: 'https://www.dropbox.com',
};

export interface DropboxRequestOptions {
  signal: AbortSignal;
  /** Dropbox asked for fewer requests or did not answer in time. */
  onSlowDown?: (() => void) | undefined;
  /** Attempts for one request; a check makes only one. */
  attempts?: number;
}

export interface DropboxRequest {
  method: string;
  headers: Record<string, string>;
  body?: string | Uint8Array | FilePart | null;
}

/** The attempts and delays of one request. */
export interface DropboxRetryOptions {
  attempts: number;
  /** ms before the second attempt; doubled before the third */
  retryMs: number;
}

/** In ms. If Dropbox asks for a longer delay, the request fails, and the engine waits instead. */
const maxRetryAfterMs = 2000;

type HandlerRequest = Parameters<FilePartHandler['handle']>[0];

/** @throws whatever Node's http and the body's source throw */
export async function sendDropboxRequest(
  handler: FilePartHandler,
  url: string,
  request: DropboxRequest,
  { signal, onSlowDown, attempts, retryMs }: DropboxRequestOptions & DropboxRetryOptions,
): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const delayMs = retryMs * 2 ** (attempt - 1);
    try {
      const response = await sendOnce(handler, url, request, { signal, onSlowDown });
      const retryDelayMs = retryDelayFor(response, delayMs);
      if (retryDelayMs === undefined || attempt >= attempts) return response;
      await sleep(retryDelayMs, undefined, { signal });
    } catch (cause) {
      if (!isTransientNetworkError(cause) || attempt >= attempts || signal.aborted) throw cause;
      await sleep(delayMs, undefined, { signal });
    }
  }
}

/** @returns the delay in ms before the request is retried; undefined if it must not be retried */
function retryDelayFor({ status, headers }: Response, delayMs: number): number | undefined {
  const isRetryable = status === 429 || (status >= 500 && status !== 501 && status !== 507);
  if (!isRetryable) return undefined;
  const requestedMs = parseRetryAfterMs(headers.get('retry-after') ?? undefined);
  if (requestedMs === undefined) return status === 429 ? undefined : delayMs;
  return requestedMs > maxRetryAfterMs ? undefined : Math.max(requestedMs, delayMs);
}

const transientCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EIDLE']);

function isTransientNetworkError(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return cause.name === 'TimeoutError' || transientCodes.has(String((cause as NodeJS.ErrnoException).code));
}

/**
 * Sends one request and reads the whole response.
 * @throws AppFailure wrong-service when the response cannot come from Dropbox; whatever the network throws
 */
async function sendOnce(
  handler: FilePartHandler,
  address: string,
  { method, headers, body }: DropboxRequest,
  { signal, onSlowDown }: Pick<DropboxRequestOptions, 'signal' | 'onSlowDown'>,
): Promise<Response> {
  const url = new URL(address);
  const length = body instanceof FilePart ? body.byteLength : Buffer.byteLength(body ?? '');
  const request = {
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host, ...lowerCase(headers), 'content-length': String(length) },
    ...(length === 0 && !(body instanceof FilePart) ? {} : { body }),
  } as unknown as HandlerRequest;
  const { response } = await handler.handle(request, { abortSignal: signal, onSlowDown }).catch((cause: unknown) => {
    // A proxy reported success before it had received the whole body.
    throw cause instanceof AppFailure && cause.error.code === 'wrong-service'
      ? failure('wrong-service', { params: { of: 'dropbox', host: url.host } }, cause)
      : cause;
  });
  const content = await readBody(response.body as Readable, signal);
  // Dropbox never redirects, so a redirect comes from another server.
  if (response.statusCode >= 300 && response.statusCode < 400)
    throw failure('wrong-service', { params: { of: 'dropbox', host: url.host } });
  const isEmpty = response.statusCode === 204 || response.statusCode < 200;
  return new Response(isEmpty ? null : new Uint8Array(content), {
    status: Math.max(200, response.statusCode),
    headers: response.headers,
  });
}

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

async function readBody(stream: Readable, signal: AbortSignal): Promise<Buffer> {
  const stop = (): void => {
    stream.destroy(new DOMException('Request aborted', 'AbortError'));
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
