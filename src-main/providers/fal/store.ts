/** What all requests of one connected destination share. */
import type { FilePart } from '../sending/file-part.ts';
import type { DriverPorts } from '../provider.ts';
import { again, type Patience } from './again.ts';
import type { FalCalls } from './client.ts';
import type { FalSettings } from './settings.ts';
import type { Tags } from './tags.ts';
import { Refused, type Asking, type Reply, type Wire } from './wire.ts';

export interface FalStore {
  settings: FalSettings;
  ports: DriverPorts;
  wire: Wire;
  calls: FalCalls;
  patience: Patience;
  tags: Tags;
  /** bytes: the largest file that goes in one request, and the size of a part beyond it */
  oneRequestBytes: number;
  partBytes: number;
}

/** The address of a part, or of the word that all are there: behind the path, before the signature. */
export function below(slot: string, last: string): URL {
  const url = new URL(slot);
  url.pathname = `${url.pathname}/${last}`;
  return url;
}

/** Bytes to a signed address: without the key, which is none of its business. @throws as Wire.send */
export function put(
  { wire, patience }: FalStore,
  url: URL,
  part: FilePart,
  { headers = {}, ...asking }: Asking & { headers?: Record<string, string> },
): Promise<Reply> {
  return again(() => wire.send({ method: 'PUT', url, headers, body: part, ...asking }), patience, asking.signal);
}

/** The signed address is used up, expired or forgotten. What it was for may be there all the same. */
export const isSlotGone = (cause: unknown): cause is Refused =>
  cause instanceof Refused && [400, 403, 404, 409, 410].includes(cause.status);

/** Nobody signs a page in where a file is to go: a store answers with JSON, with a tag, or with nothing. */
export const isProof = ({ headers, text }: Reply): boolean =>
  headers['content-type']?.includes('json') === true || headers['etag'] !== undefined || text === '';

/** @returns bytes of the file at this address, or undefined when there is none. @throws as Wire.send, FalCalls.sign */
export async function sizeAt(
  { wire, calls, patience, settings }: Pick<FalStore, 'wire' | 'calls' | 'patience' | 'settings'>,
  file: string,
  asking: Asking,
): Promise<number | undefined> {
  try {
    // A restricted file opens for its owner by a signed address only.
    const url = settings.access === 'signed' ? await calls.sign(file, signSeconds, asking) : file;
    const reply = await again(
      () =>
        wire.send({
          method: 'GET',
          url: new URL(url),
          headers: { range: 'bytes=0-0', 'accept-encoding': 'identity' },
          only: 'head',
          ...asking,
        }),
      patience,
      asking.signal,
    );
    return lengthIn(reply);
  } catch (cause) {
    if (!(cause instanceof Refused) || (cause.status !== 404 && cause.status !== 410)) throw cause;
    return undefined;
  }
}

/** For a look of our own. */
const signSeconds = 60;

/** -1 for what says no length, as a page does that was made up on the way. */
function lengthIn({ status, headers }: Reply): number {
  const whole = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  if (status === 206 || status === 416) return whole === undefined ? -1 : Number(whole);
  return headers['content-length'] === undefined ? -1 : Number(headers['content-length']);
}
