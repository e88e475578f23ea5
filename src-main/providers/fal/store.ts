/** What all requests of one connected destination share. */
import type { FilePart } from '../transfer/file-part.ts';
import type { DriverPorts } from '../contract/provider.ts';
import { withRetries, type FalRetryOptions } from './retry.ts';
import type { FalApi } from './api.ts';
import type { FalSettings } from './settings.ts';
import type { EtagVerifier } from './etag-verifier.ts';
import { FalHttpError, type FalRequestOptions, type FalResponse, type FalHttpClient } from './http-client.ts';

export interface FalStore {
  settings: FalSettings;
  ports: DriverPorts;
  http: FalHttpClient;
  api: FalApi;
  retry: FalRetryOptions;
  etags: EtagVerifier;
  /** bytes: the largest file that goes in one request, and the size of a part beyond it */
  oneRequestBytes: number;
  partBytes: number;
}

/** The address of a part, or of the word that all are there: behind the path, before the signature. */
export function childUrl(uploadUrl: string, segment: string): URL {
  const url = new URL(uploadUrl);
  url.pathname = `${url.pathname}/${segment}`;
  return url;
}

/** Bytes to a signed address: without the key, which is none of its business. @throws as Wire.send */
export function putBytes(
  { http, retry }: FalStore,
  url: URL,
  part: FilePart,
  { headers = {}, ...options }: FalRequestOptions & { headers?: Record<string, string> },
): Promise<FalResponse> {
  return withRetries(() => http.send({ method: 'PUT', url, headers, body: part, ...options }), retry, options.signal);
}

/** The signed address is used up, expired or forgotten. What it was for may be there all the same. */
export const isUploadUrlGone = (cause: unknown): cause is FalHttpError =>
  cause instanceof FalHttpError && [400, 403, 404, 409, 410].includes(cause.status);

/** Nobody signs a page in where a file is to go: a store answers with JSON, with a tag, or with nothing. */
export const isStorageResponse = ({ headers, text }: FalResponse): boolean =>
  headers['content-type']?.includes('json') === true || headers['etag'] !== undefined || text === '';

/** @returns bytes of the file at this address, or undefined when there is none. @throws as Wire.send, FalCalls.sign */
export async function sizeAt(
  { http, api, retry, settings }: Pick<FalStore, 'http' | 'api' | 'retry' | 'settings'>,
  file: string,
  options: FalRequestOptions,
): Promise<number | undefined> {
  try {
    // A restricted file opens for its owner by a signed address only.
    const url = settings.access === 'signed' ? await api.signUrl(file, signSeconds, options) : file;
    const response = await withRetries(
      () =>
        http.send({
          method: 'GET',
          url: new URL(url),
          headers: { range: 'bytes=0-0', 'accept-encoding': 'identity' },
          only: 'head',
          ...options,
        }),
      retry,
      options.signal,
    );
    return fileSizeIn(response);
  } catch (cause) {
    if (!(cause instanceof FalHttpError) || (cause.status !== 404 && cause.status !== 410)) throw cause;
    return undefined;
  }
}

/** For a look of our own. */
const signSeconds = 60;

/** -1 for what says no length, as a page does that was made up on the way. */
function fileSizeIn({ status, headers }: FalResponse): number {
  const totalLength = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  if (status === 206 || status === 416) return totalLength === undefined ? -1 : Number(totalLength);
  return headers['content-length'] === undefined ? -1 : Number(headers['content-length']);
}
