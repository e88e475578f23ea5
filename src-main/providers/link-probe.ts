/**
 * Opens a link the way a stranger would: no keys, no cookies. That is what "done" means, and it says who can open it: a
 * link that works here may still be the address of this very computer.
 */
import http from 'node:http';
import https from 'node:https';
import type { Link, Verification } from '../../src-shared/upload.ts';
import { reachOf, type Reach } from '../platform/address.ts';
import type { Way } from './network.ts';
import { isThroughProxy } from './proxy-agents.ts';
import { timeLimits } from './time-limits.ts';

const maxRedirects = 3;
/** Without any length in the answer it is counted, up to this many bytes. */
const countBytes = 1024 * 1024;

/** How a stranger gets there: through the same proxy, trusting the same certificates. Without it, directly. */
export interface StrangersWay extends Pick<Way, 'httpAgent' | 'httpsAgent'> {
  /** Domains to which a service sends on for the file itself. */
  linkHosts?: readonly string[] | undefined;
}

/** @param size of the file in bytes: what the link must lead to. Never throws. */
export async function probeLink(
  link: Pick<Link, 'url' | 'file'>,
  size: number,
  signal: AbortSignal,
  way?: StrangersWay,
): Promise<Verification> {
  const answer = await ask(
    link.file ?? link.url,
    { range: size > 0 ? 'bytes=0-0' : undefined, keepBytes: 0, countBytes, way },
    signal,
  );
  if (answer === undefined) return 'unreachable';
  if (answer.status === 401 || answer.status === 403) return 'private';
  return isOurs(answer, size) ? verdictOf(answer.reach) : 'unreachable';
}

/**
 * What a stranger gets, or undefined when that is no file.
 * @param limit bytes that are kept at most: for small files only
 */
export async function fetchLink(
  link: Pick<Link, 'url' | 'file'>,
  limit: number,
  signal: AbortSignal,
  way?: StrangersWay,
): Promise<Buffer | undefined> {
  const answer = await ask(
    link.file ?? link.url,
    { range: undefined, keepBytes: limit, countBytes: limit, way },
    signal,
  );
  return answer?.status === 200 ? answer.kept : undefined;
}

const verdictOf = (reach: Reach): Verification => (reach === 'anywhere' ? 'verified' : reach);

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  reach: Reach;
  kept: Buffer;
  counted: number | 'more';
}

/** A login page answers 200 too: only the length tells that it is our file. */
function isOurs({ status, headers, counted }: Answer, size: number): boolean {
  if (status === 206) return /^bytes 0-0\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] === String(size);
  if (status === 416) return size === 0;
  if (status !== 200) return false;
  const claimed = headers['content-encoding'] === undefined ? headers['content-length'] : undefined;
  return claimed === undefined ? counted === size : claimed === String(size);
}

interface Wish {
  range: string | undefined;
  keepBytes: number;
  countBytes: number;
  way: StrangersWay | undefined;
}

/** Follows redirects within the host, and to where the service keeps its files: elsewhere is a login or a warning page. */
async function ask(address: string, wish: Wish, signal: AbortSignal): Promise<Answer | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeLimits.linkMs)]);
  let url = URL.canParse(address) ? new URL(address) : undefined;
  for (let hops = 0; url && hops <= maxRedirects; hops++) {
    const answer = await once(url, wish, limit);
    if (!answer || answer.status < 300 || answer.status >= 400 || answer.headers.location === undefined) return answer;
    url = nextOf(url, answer.headers.location, wish.way?.linkHosts);
  }
  return undefined;
}

/** Not back to plain http. */
function nextOf(url: URL, location: string, linkHosts: readonly string[] = []): URL | undefined {
  if (!URL.canParse(location, url.href)) return undefined;
  const next = new URL(location, url);
  const isKnown =
    next.hostname === url.hostname ||
    linkHosts.some((domain) => next.hostname === domain || next.hostname.endsWith(`.${domain}`));
  return isKnown && [url.protocol, 'https:'].includes(next.protocol) ? next : undefined;
}

/** Resolves to undefined when no answer came, for whatever reason. */
function once(url: URL, wish: Wish, signal: AbortSignal): Promise<Answer | undefined> {
  const send = url.protocol === 'https:' ? https.request : url.protocol === 'http:' ? http.request : undefined;
  if (!send) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const headers = { 'accept-encoding': 'identity', ...(wish.range === undefined ? {} : { range: wish.range }) };
    // A connection of its own, closed at once, with nothing that another request left on it.
    const agent = url.protocol === 'https:' ? wish.way?.httpsAgent : wish.way?.httpAgent;
    const request = send(url, { agent: agent ?? false, headers, signal, rejectUnauthorized: true });
    request.once('error', () => resolve(undefined));
    request.once('response', (response) => {
      const reach = widest(url.hostname, isThroughProxy(response.socket) ? undefined : response.socket.remoteAddress);
      const { statusCode: status = 0, headers: answered } = response;
      const done = (kept: Buffer, counted: Answer['counted']): void => {
        resolve({ status, headers: answered, reach, kept, counted });
        request.destroy();
      };
      collect(response, wish, done);
      response.once('error', () => resolve(undefined));
    });
    request.end();
  });
}

/** A public name may still point into this network, and a name of this network may be known by its ending only. */
const widest = (host: string, address: string | undefined): Reach => {
  const reaches = [reachOf(host), address === undefined ? 'anywhere' : reachOf(address)];
  return (
    reaches.find((reach) => reach === 'this-computer') ??
    reaches.find((reach) => reach === 'this-network') ??
    'anywhere'
  );
};

function collect(
  response: http.IncomingMessage,
  { keepBytes, countBytes: most }: Wish,
  done: (kept: Buffer, counted: Answer['counted']) => void,
): void {
  const chunks: Buffer[] = [];
  let counted = 0;
  const needsBody = keepBytes > 0 || (response.statusCode === 200 && response.headers['content-length'] === undefined);
  if (!needsBody) return done(Buffer.alloc(0), 0);
  response.on('data', (chunk: Buffer) => {
    counted += chunk.length;
    if (counted <= keepBytes) chunks.push(chunk);
    if (counted > most) done(Buffer.concat(chunks), 'more');
  });
  response.once('end', () => done(Buffer.concat(chunks), counted));
}
