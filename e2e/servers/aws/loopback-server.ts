/** The base of all emulated Amazon services: a loopback server that records its requests. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LoopbackRequest {
  method: string;
  url: URL;
  headers: http.IncomingHttpHeaders;
  body: string;
}
export interface LoopbackResponse {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

export interface LoopbackServer {
  /** `http://127.0.0.1:12345` */
  url: string;
  requests: LoopbackRequest[];
  stop(): Promise<void>;
}

/** @param handle an error that it throws is a bug of the emulator; the server then closes the connection */
export async function startLoopbackServer(
  handle: (request: LoopbackRequest) => LoopbackResponse | Promise<LoopbackResponse>,
): Promise<LoopbackServer> {
  const requests: LoopbackRequest[] = [];
  const server = http
    .createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        const received: LoopbackRequest = {
          method: request.method ?? '',
          url: new URL(request.url ?? '/', `http://${request.headers.host ?? 'x'}`),
          headers: request.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        };
        requests.push(received);
        const { status, headers = {}, body } = await handle(received);
        response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
        response.end(body);
      })().catch((cause: unknown) => response.destroy(cause as Error));
    })
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * Temporary credentials. All sessions have the same key pair, because the store accepts no other; each session has a
 * new token.
 */
export interface AwsSession {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** ms since 1970 */
  expires: number;
}

/** `sessionToken`: the token of all sessions, for a store that accepts no other; by default tokens are random. */
export interface AwsKeyPair {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Issues sessions and finds them by their tokens. */
export class AwsSessions {
  readonly #pair: AwsKeyPair;
  readonly issued: AwsSession[] = [];
  /** lifetime of new sessions in ms */
  lifetimeMs = 3_600_000;

  constructor(pair: AwsKeyPair) {
    this.#pair = pair;
  }

  issue(lifetimeMs = this.lifetimeMs): AwsSession {
    const { accessKeyId, secretAccessKey } = this.#pair;
    const sessionToken =
      this.#pair.sessionToken ??
      `token-${this.issued.length + 1}-${createHash('sha256').update(String(Math.random())).digest('base64url')}`;
    const session = {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expires: Math.floor((Date.now() + lifetimeMs) / 1000) * 1000,
    };
    this.issued.push(session);
    return session;
  }

  find(token: string | undefined): AwsSession | undefined {
    return this.issued.find(({ sessionToken }) => sessionToken === token);
  }

  /** Expires all sessions issued so far. */
  expireAll(): void {
    for (const session of this.issued) session.expires = Math.min(session.expires, Date.now());
  }
}

/** A time in ISO 8601 without fractions of a second, as Amazon writes it. @param at ms since 1970 */
export const toIsoSeconds = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
