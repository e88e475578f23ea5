/** What the emulators of Amazon's services have in common: a server on loopback that keeps what it was asked. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  method: string;
  url: URL;
  headers: http.IncomingHttpHeaders;
  body: string;
}
export interface Said {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

export interface Loopback {
  /** `http://127.0.0.1:12345` */
  url: string;
  heard: Heard[];
  stop(): Promise<void>;
}

/** @param answer may take its time; what it throws is a mistake of the emulator, and answered as such */
export async function serve(answer: (heard: Heard) => Said | Promise<Said>): Promise<Loopback> {
  const heard: Heard[] = [];
  const server = http
    .createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        const one: Heard = {
          method: request.method ?? '',
          url: new URL(request.url ?? '/', `http://${request.headers.host ?? 'x'}`),
          headers: request.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        };
        heard.push(one);
        const { status, headers = {}, body } = await answer(one);
        response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
        response.end(body);
      })().catch((cause: unknown) => response.destroy(cause as Error));
    })
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Keys with an end. What signs is always one pair, because the store behind knows no other; the token is new each time. */
export interface Session {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expires: number;
}

/** `sessionToken`: of a store that knows its own and takes no other; without it each session gets one that means nothing. */
export interface Pair {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Gives sessions out, and knows which of them are still good. */
export class Sessions {
  readonly #pair: Pair;
  readonly given: Session[] = [];
  /** ms that the next ones live */
  lifeMs = 3_600_000;

  constructor(pair: Pair) {
    this.#pair = pair;
  }

  next(lifeMs = this.lifeMs): Session {
    const { accessKeyId, secretAccessKey } = this.#pair;
    const sessionToken =
      this.#pair.sessionToken ??
      `token-${this.given.length + 1}-${createHash('sha256').update(String(Math.random())).digest('base64url')}`;
    const session = {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expires: Math.floor((Date.now() + lifeMs) / 1000) * 1000,
    };
    this.given.push(session);
    return session;
  }

  of(token: string | undefined): Session | undefined {
    return this.given.find(({ sessionToken }) => sessionToken === token);
  }

  /** All that were given out so far end now. */
  endAll(): void {
    for (const one of this.given) one.expires = Math.min(one.expires, Date.now());
  }
}

export const isoSeconds = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
