/** One request to a service that answers with JSON, with a limit to its time and to its answer. */
import http from 'node:http';
import https from 'node:https';
import * as v from 'valibot';
import { failure } from '../../../../src-shared/errors.ts';
import { jsonOf } from '../../json.ts';
import type { Way } from '../../network.ts';
import { errorOfService } from '../errors.ts';

export interface Asked {
  method?: 'GET' | 'POST' | 'PUT';
  url: URL;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: object;
  /** Without it: directly, as for what answers on this machine only. */
  way?: Pick<Way, 'httpAgent' | 'httpsAgent'>;
  /** ms for all of it */
  limitMs?: number;
  signal: AbortSignal;
}

/** A service that said no. `name` is what it calls the reason. */
export class ServiceRefusal extends Error {
  readonly status: number;
  constructor(name: string, status: number) {
    super(`refused: ${name}`);
    this.name = name;
    this.status = status;
  }
}

const usualLimitMs = 15_000;
const mostBytes = 1024 * 1024;

export interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
}

/**
 * @throws ServiceRefusal, with the service's own name for the reason; AppFailure unreachable, offline, stalled,
 * wrong-service, tls-untrusted, unavailable, rate-limited, canceled
 */
export async function askJson<T>(schema: v.GenericSchema<unknown, T>, asked: Asked): Promise<T> {
  const reply = await askService(asked);
  const said = jsonOf(reply.text);
  if (reply.status !== 200) throw refusalOf(reply, said, asked.url);
  const answer = v.safeParse(schema, said);
  // A login page of the network answers 200 too.
  if (!answer.success) throw failure('wrong-service', { params: { host: asked.url.host } });
  return answer.output;
}

/** @throws AppFailure as {@link askJson}, for the network alone */
export async function askService(asked: Asked): Promise<Reply> {
  const late = AbortSignal.timeout(asked.limitMs ?? usualLimitMs);
  try {
    return await send(asked, AbortSignal.any([asked.signal, late]));
  } catch (cause) {
    if (asked.signal.aborted) throw failure('canceled', {}, cause);
    const { host } = asked.url;
    if (late.aborted) throw failure('unreachable', { params: { host, why: 'silent' } }, cause);
    const error = errorOfService(cause, host);
    throw error ? failure(error.code, error, cause) : cause;
  }
}

async function send({ method = 'GET', url, headers, body, way }: Asked, signal: AbortSignal): Promise<Reply> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const isTls = url.protocol === 'https:';
  const agent = way ? (isTls ? way.httpsAgent : way.httpAgent) : undefined;
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
    if (bytes > mostBytes) throw failure('wrong-service');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const refusalSchema = v.object({ __type: v.optional(v.string()), error: v.optional(v.string()) });

/** The reason is in a header, with an address behind a colon, or in the body. */
function refusalOf({ status, headers }: Reply, said: unknown, url: URL): Error {
  const named = v.safeParse(refusalSchema, said);
  const header = headers['x-amzn-errortype'];
  const name =
    (typeof header === 'string' ? header : undefined) ??
    (named.success ? (named.output.__type ?? named.output.error) : undefined);
  if (status === 429) return failure('rate-limited', { params: { host: url.host } });
  if (status >= 500) return failure('unavailable', { params: { host: url.host } });
  if (name === undefined) return failure('wrong-service', { params: { host: url.host } });
  return new ServiceRefusal(name.split(':')[0]!.split('#').at(-1)!, status);
}
