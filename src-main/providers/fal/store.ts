/** The state of one connected destination, and the requests that all kinds of uploads share. */
import type { FilePart } from '../transfer/file-part.ts';
import type { DriverPorts } from '../contract/provider.ts';
import { withRetries, type FalRetryOptions } from './retry.ts';
import type { AccountDefaults } from './account-defaults.ts';
import type { FalApi } from './api.ts';
import type { FalSettings } from './settings.ts';
import type { EtagVerifier } from './etag-verifier.ts';
import { FalHttpError, type FalRequestOptions, type FalResponse, type FalHttpClient } from './http-client.ts';

export interface FalStore {
  settings: FalSettings;
  ports: DriverPorts;
  http: FalHttpClient;
  api: FalApi;
  account: AccountDefaults;
  retry: FalRetryOptions;
  etags: EtagVerifier;
  /** The size of the largest file sent in one request, in bytes. Larger files are sent in parts of `partBytes`. */
  oneRequestBytes: number;
  partBytes: number;
}

/**
 * The URL of a part or of the `complete` request. Appends a segment to the path, before the query with the signature.
 */
export function childUrl(uploadUrl: string, segment: string): URL {
  const url = new URL(uploadUrl);
  url.pathname = `${url.pathname}/${segment}`;
  return url;
}

/** Sends bytes to a signed URL, without the key. @throws as FalHttpClient.send */
export function putBytes(
  { http, retry }: FalStore,
  url: URL,
  part: FilePart,
  { headers = {}, ...options }: FalRequestOptions & { headers?: Record<string, string> },
): Promise<FalResponse> {
  return withRetries(() => http.send({ method: 'PUT', url, headers, body: part, ...options }), retry, options.signal);
}

/** Whether the upload URL was already used, has expired or is unknown. If it was used, the file may exist. */
export const isUploadUrlGone = (cause: unknown): cause is FalHttpError =>
  cause instanceof FalHttpError && [400, 403, 404, 409, 410].includes(cause.status);

/** The storage responds with JSON, an etag or an empty body. Any other response comes from another server. */
export const isStorageResponse = ({ headers, text }: FalResponse): boolean =>
  headers['content-type']?.includes('json') === true || headers['etag'] !== undefined || text === '';

/**
 * @returns the size in bytes of the file at this URL; undefined when it does not exist.
 * @throws as FalHttpClient.send, FalApi.signUrl
 */
export async function sizeAt(
  { http, api, retry, settings }: Pick<FalStore, 'http' | 'api' | 'retry' | 'settings'>,
  file: string,
  options: FalRequestOptions,
): Promise<number | undefined> {
  try {
    // A restricted file opens only with a signed URL, even for its owner.
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

/** The lifetime of the signed URL with which `sizeAt` opens a restricted file. */
const signSeconds = 60;

/** Returns -1 when the response has no length, for example a page of a proxy. */
function fileSizeIn({ status, headers }: FalResponse): number {
  const totalLength = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  if (status === 206 || status === 416) return totalLength === undefined ? -1 : Number(totalLength);
  return headers['content-length'] === undefined ? -1 : Number(headers['content-length']);
}
