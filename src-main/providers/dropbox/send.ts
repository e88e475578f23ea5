/**
 * The `fetch` that the SDK is given: the destination's own way through the network, real byte progress, a socket that closes
 * when the signal aborts, and the one layer that sends a request again. A file's bytes go as a {@link FilePart}, so a part
 * may be sent again and takes no memory.
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import { FilePart } from '../sending/file-part.ts';
import type { FilePartHandler } from '../sending/request-handler.ts';
import { retryAfterMs } from '../network-errors.ts';

/** Where Dropbox is: its four hosts, without a slash at the end. */
export interface Hosts {
  api: string;
  content: string;
  www: string;
}

export const dropboxHosts: Hosts = {
  api: 'https://api.dropboxapi.com',
  content: 'https://content.dropboxapi.com',
  www: 'https://www.dropbox.com',
};

export interface Asking {
  signal: AbortSignal;
  /** Dropbox asked for fewer requests, or did not answer in time. */
  onSlowDown?: (() => void) | undefined;
  /** Of one request; a check is sent once. */
  attempts?: number;
}

export interface Sending {
  method: string;
  headers: Record<string, string>;
  body?: string | Uint8Array | FilePart | null;
}

/** How one request is sent, and again. */
export interface Patience {
  attempts: number;
  /** ms before the second sending; doubled for the third */
  retryMs: number;
}

/** Retry-After up to this is waited for here, in ms; what is longer is the engine's to wait for. */
const mostWaitMs = 2000;

type Handled = Parameters<FilePartHandler['handle']>[0];

/** @throws what Node's http throws; what the body's source throws */
export async function send(
  handler: FilePartHandler,
  url: string,
  sending: Sending,
  { signal, onSlowDown, attempts, retryMs }: Asking & Patience,
): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const pause = retryMs * 2 ** (attempt - 1);
    try {
      const answer = await sendOnce(handler, url, sending, { signal, onSlowDown });
      const wait = waitFor(answer, pause);
      if (wait === undefined || attempt >= attempts) return answer;
      await sleep(wait, undefined, { signal });
    } catch (cause) {
      if (!isOfNetwork(cause) || attempt >= attempts || signal.aborted) throw cause;
      await sleep(pause, undefined, { signal });
    }
  }
}

/** @returns ms until it is worth sending again, or undefined when the answer stands */
function waitFor({ status, headers }: Response, pause: number): number | undefined {
  const isTrouble = status === 429 || (status >= 500 && status !== 501 && status !== 507);
  if (!isTrouble) return undefined;
  const asked = retryAfterMs(headers.get('retry-after') ?? undefined);
  if (asked === undefined) return status === 429 ? undefined : pause;
  return asked > mostWaitMs ? undefined : Math.max(asked, pause);
}

const passing: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EIDLE']);

function isOfNetwork(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return cause.name === 'TimeoutError' || passing.has(String((cause as NodeJS.ErrnoException).code));
}

async function sendOnce(
  handler: FilePartHandler,
  address: string,
  { method, headers, body }: Sending,
  { signal, onSlowDown }: Pick<Asking, 'signal' | 'onSlowDown'>,
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
  } as unknown as Handled;
  const { response } = await handler.handle(request, { abortSignal: signal, onSlowDown }).catch((cause: unknown) => {
    // Something on the way said yes before it had heard all of it.
    throw cause instanceof AppFailure && cause.error.code === 'wrong-service'
      ? failure('wrong-service', { params: { of: 'dropbox', host: url.host } }, cause)
      : cause;
  });
  const bytes = await whole(response.body as IncomingMessage, signal);
  // A page that sends visitors elsewhere is none of Dropbox's.
  if (response.statusCode >= 300 && response.statusCode < 400)
    throw failure('wrong-service', { params: { of: 'dropbox', host: url.host } });
  const isEmpty = response.statusCode === 204 || response.statusCode < 200;
  return new Response(isEmpty ? null : new Uint8Array(bytes), {
    status: Math.max(200, response.statusCode),
    headers: response.headers,
  });
}

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** Documents of the protocol are small. */
const mostBytes = 16 * 1024 * 1024;

async function whole(stream: IncomingMessage, signal: AbortSignal): Promise<Buffer> {
  const stop = (): void => {
    stream.destroy(new DOMException('Request aborted', 'AbortError'));
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > mostBytes) throw failure('wrong-service', { params: { of: 'dropbox' } });
      chunks.push(chunk);
    }
    // What was cut off in its middle ends like what is whole.
    if (!stream.complete) throw Object.assign(new Error('the answer was cut off'), { code: 'ECONNRESET' });
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
