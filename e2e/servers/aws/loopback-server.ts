/** What the emulators of Amazon's services have in common: a server on loopback that keeps what it was asked. */
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

/** @param handle may take its time; what it throws is a mistake of the emulator, and answered as such */
export async function startLoopbackServer(
  handle: (requests: LoopbackRequest) => LoopbackResponse | Promise<LoopbackResponse>,
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

/** Keys with an end. What signs is always one pair, because the store behind knows no other; the token is new each time. */
export interface AwsSession {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expires: number;
}

/** `sessionToken`: of a store that knows its own and takes no other; without it each session gets one that means nothing. */
export interface AwsKeyPair {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Gives sessions out, and knows which of them are still good. */
export class AwsSessions {
  readonly #pair: AwsKeyPair;
  readonly issued: AwsSession[] = [];
  /** ms that the next ones live */
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

  /** All that were given out so far end now. */
  expireAll(): void {
    for (const one of this.issued) one.expires = Math.min(one.expires, Date.now());
  }
}

export const toIsoSeconds = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
