/** Sends one request to a JSON service, with a time limit and a size limit for the answer. */
import http from 'node:http';
import https from 'node:https';
import * as v from 'valibot';
import { failure } from '../../../../src-shared/errors.ts';
import { tryParseJson } from '../../network/parse-json.ts';
import type { Transport } from '../../network/transport.ts';
import { mapServiceError } from '../errors.ts';

export interface ServiceRequest {
  method?: 'GET' | 'POST' | 'PUT';
  url: URL;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: object;
  /** Absent for services on this machine, which need a direct connection. */
  transport?: Pick<Transport, 'httpAgent' | 'httpsAgent'>;
  /** Limit in ms for the whole request. */
  timeoutMs?: number;
  signal: AbortSignal;
}

/** The service refused the request. `name` is the service's name for the reason. */
export class ServiceError extends Error {
  readonly status: number;
  constructor(name: string, status: number) {
    super(`refused: ${name}`);
    this.name = name;
    this.status = status;
  }
}

const defaultTimeoutMs = 15_000;
const maxResponseBytes = 1024 * 1024;

export interface ServiceResponse {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
}

/**
 * @throws ServiceError with the service's own name for the reason; AppFailure unreachable, offline, stalled,
 * wrong-service, tls-untrusted, unavailable, rate-limited, canceled
 */
export async function requestJson<T>(schema: v.GenericSchema<unknown, T>, request: ServiceRequest): Promise<T> {
  const response = await requestService(request);
  const json = tryParseJson(response.text);
  if (response.status !== 200) throw toServiceError(response, json, request.url);
  const parsed = v.safeParse(schema, json);
  // A login page of the network also answers 200.
  if (!parsed.success) throw failure('wrong-service', { params: { host: request.url.host } });
  return parsed.output;
}

/** @throws AppFailure as {@link requestJson} does for network errors */
export async function requestService(request: ServiceRequest): Promise<ServiceResponse> {
  const timeout = AbortSignal.timeout(request.timeoutMs ?? defaultTimeoutMs);
  try {
    return await send(request, AbortSignal.any([request.signal, timeout]));
  } catch (cause) {
    if (request.signal.aborted) throw failure('canceled', {}, cause);
    const { host } = request.url;
    if (timeout.aborted) throw failure('unreachable', { params: { host, why: 'silent' } }, cause);
    const error = mapServiceError(cause, host);
    throw error ? failure(error.code, error, cause) : cause;
  }
}

async function send(
  { method = 'GET', url, headers, body, transport }: ServiceRequest,
  signal: AbortSignal,
): Promise<ServiceResponse> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const isTls = url.protocol === 'https:';
  const agent = transport ? (isTls ? transport.httpsAgent : transport.httpAgent) : undefined;
  return new Promise((resolve, reject) => {
    const request = (isTls ? https : http).request(url, {
      method,
      signal,
      ...(agent ? { agent } : {}),
      headers: {
        accept: 'application/json',
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...headers,
      },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      readAll(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer }),
        reject,
      );
    });
    request.end(text);
  });
}

async function readAll(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxResponseBytes) throw failure('wrong-service');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const errorSchema = v.object({ __type: v.optional(v.string()), error: v.optional(v.string()) });

/** Reads the error name from a header or from the body. Formats: `Name`, `Name:http://…`, `namespace#Name`. */
function toServiceError({ status, headers }: ServiceResponse, json: unknown, url: URL): Error {
  const named = v.safeParse(errorSchema, json);
  const header = headers['x-amzn-errortype'];
  const name =
    (typeof header === 'string' ? header : undefined) ??
    (named.success ? (named.output.__type ?? named.output.error) : undefined);
  if (status === 429) return failure('rate-limited', { params: { host: url.host } });
  if (status >= 500) return failure('unavailable', { params: { host: url.host } });
  if (name === undefined) return failure('wrong-service', { params: { host: url.host } });
  const nameBeforeColon = name.split(':')[0]!;
  return new ServiceError(nameBeforeColon.split('#').at(-1)!, status);
}
