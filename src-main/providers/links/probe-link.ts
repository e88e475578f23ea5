/**
 * Opens a link as an anonymous client, without credentials or cookies. An upload is done only when its link opens. Also
 * reports whether other computers can open the link, because the link may contain an address of this computer.
 */
import http from 'node:http';
import https from 'node:https';
import type { Link, Verification } from '../../../src-shared/upload.ts';
import { hostReach, type Reach } from '../../platform/host-reach.ts';
import type { Transport } from '../network/transport.ts';
import { isThroughProxy } from '../network/proxy-agents.ts';
import { timeLimits } from '../network/time-limits.ts';

const maxRedirects = 3;
/** If the response has no length, its body is read and counted, up to this number of bytes. */
const maxCountedBytes = 1024 * 1024;

/** The destination's proxy and certificates. If absent, the connection is direct. */
export interface AnonymousTransport extends Pick<Transport, 'httpAgent' | 'httpsAgent'> {
  /** Domains to which the service redirects for the file itself. */
  redirectDomains?: readonly string[] | undefined;
}

/** Checks that the link returns a file of this size in bytes. Never throws. */
export async function probeLink(
  link: Pick<Link, 'url' | 'file'>,
  size: number,
  signal: AbortSignal,
  transport?: AnonymousTransport,
): Promise<Verification> {
  const response = await requestFollowingRedirects(
    link.file ?? link.url,
    { range: size > 0 ? 'bytes=0-0' : undefined, maxBodyBytes: 0, maxCountedBytes, transport },
    signal,
  );
  if (response === undefined) return 'unreachable';
  if (response.status === 401 || response.status === 403) return 'private';
  return isExpectedFile(response, size) ? toVerification(response.reach) : 'unreachable';
}

/**
 * Downloads the file as an anonymous client; undefined when the link does not return a file.
 * @param limit the maximum number of bytes to keep in memory; meant for small files
 */
export async function fetchLink(
  link: Pick<Link, 'url' | 'file'>,
  limit: number,
  signal: AbortSignal,
  transport?: AnonymousTransport,
): Promise<Buffer | undefined> {
  const response = await requestFollowingRedirects(
    link.file ?? link.url,
    { range: undefined, maxBodyBytes: limit, maxCountedBytes: limit, transport },
    signal,
  );
  return response?.status === 200 ? response.body : undefined;
}

const toVerification = (reach: Reach): Verification => (reach === 'anywhere' ? 'verified' : reach);

interface LinkResponse {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** The computers that can open this link. */
  reach: Reach;
  /** The first bytes, at most `maxBodyBytes`. */
  body: Buffer;
  /** The length of the whole body, or `more` if it exceeds `maxCountedBytes`. */
  bodyBytes: number | 'more';
}

/** A login page also has status 200, so only the length proves that the response is our file. */
function isExpectedFile({ status, headers, bodyBytes }: LinkResponse, size: number): boolean {
  if (status === 206) return /^bytes 0-0\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] === String(size);
  // Some servers answer 416 (range not satisfiable) for an empty file.
  if (status === 416) return size === 0;
  if (status !== 200) return false;
  // The content-length of a compressed body is not the size of the file, so the bytes of the body are counted instead.
  const contentLength = headers['content-encoding'] === undefined ? headers['content-length'] : undefined;
  return contentLength === undefined ? bodyBytes === size : contentLength === String(size);
}

interface LinkRequestOptions {
  range: string | undefined;
  /** The number of bytes of the body to keep. */
  maxBodyBytes: number;
  /** The number of bytes of the body after which it is not read further. */
  maxCountedBytes: number;
  transport: AnonymousTransport | undefined;
}

/**
 * Follows redirects within the host and to the service's file hosts. Any other redirect leads to a login or a warning
 * page.
 */
async function requestFollowingRedirects(
  address: string,
  options: LinkRequestOptions,
  signal: AbortSignal,
): Promise<LinkResponse | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeLimits.linkCheckMs)]);
  let url = URL.canParse(address) ? new URL(address) : undefined;
  for (let hops = 0; url && hops <= maxRedirects; hops++) {
    const response = await requestOnce(url, options, limit);
    if (!response || response.status < 300 || response.status >= 400 || response.headers.location === undefined)
      return response;
    url = redirectTarget(url, response.headers.location, options.transport?.redirectDomains);
  }
  return undefined;
}

/** Undefined for a redirect that must not be followed: to another host, or from https to http. */
function redirectTarget(url: URL, location: string, redirectDomains: readonly string[] = []): URL | undefined {
  if (!URL.canParse(location, url.href)) return undefined;
  const next = new URL(location, url);
  const isAllowedHost =
    next.hostname === url.hostname ||
    redirectDomains.some((domain) => next.hostname === domain || next.hostname.endsWith(`.${domain}`));
  return isAllowedHost && [url.protocol, 'https:'].includes(next.protocol) ? next : undefined;
}

/** Resolves to undefined when no response arrives, for any reason. */
function requestOnce(url: URL, options: LinkRequestOptions, signal: AbortSignal): Promise<LinkResponse | undefined> {
  const send = url.protocol === 'https:' ? https.request : url.protocol === 'http:' ? http.request : undefined;
  if (!send) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const headers = { 'accept-encoding': 'identity', ...(options.range === undefined ? {} : { range: options.range }) };
    // Uses a new connection and closes it at once, so no state of another request can be on it.
    const agent = url.protocol === 'https:' ? options.transport?.httpsAgent : options.transport?.httpAgent;
    const request = send(url, { agent: agent ?? false, headers, signal, rejectUnauthorized: true });
    request.once('error', () => resolve(undefined));
    request.once('response', (response) => {
      const reach = narrowestReach(
        url.hostname,
        isThroughProxy(response.socket) ? undefined : response.socket.remoteAddress,
      );
      const { statusCode: status = 0, headers: responseHeaders } = response;
      const finish = (body: Buffer, bodyBytes: LinkResponse['bodyBytes']): void => {
        resolve({ status, headers: responseHeaders, reach, body, bodyBytes });
        request.destroy();
      };
      readBody(response, options, finish);
      response.once('error', () => resolve(undefined));
    });
    request.end();
  });
}

/**
 * Checks the host name and the address. A public host name may resolve to an address in this network; for a local host
 * name such as `nas.local`, the address is unknown behind a proxy.
 */
const narrowestReach = (host: string, address: string | undefined): Reach => {
  const reaches = [hostReach(host), address === undefined ? 'anywhere' : hostReach(address)];
  return (
    reaches.find((reach) => reach === 'this-computer') ??
    reaches.find((reach) => reach === 'this-network') ??
    'anywhere'
  );
};

/** Reads the body only if it is wanted, or if a status 200 has no length, so that the bytes have to be counted. */
function readBody(
  response: http.IncomingMessage,
  { maxBodyBytes, maxCountedBytes }: LinkRequestOptions,
  finish: (body: Buffer, bodyBytes: LinkResponse['bodyBytes']) => void,
): void {
  const chunks: Buffer[] = [];
  let bodyBytes = 0;
  const needsBody =
    maxBodyBytes > 0 || (response.statusCode === 200 && response.headers['content-length'] === undefined);
  if (!needsBody) return finish(Buffer.alloc(0), 0);
  response.on('data', (chunk: Buffer) => {
    bodyBytes += chunk.length;
    if (bodyBytes <= maxBodyBytes) chunks.push(chunk);
    if (bodyBytes > maxCountedBytes) finish(Buffer.concat(chunks), 'more');
  });
  response.once('end', () => finish(Buffer.concat(chunks), bodyBytes));
}
