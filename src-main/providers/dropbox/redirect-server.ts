/**
 * The loopback server to which the browser is redirected after a sign-in (RFC 8252). Dropbox compares the redirect URI
 * exactly, so the ports are fixed, and the first free port is used. Requests that do not belong to this sign-in get an
 * error page.
 */
import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { text, type TextKey } from '../../../src-shared/text/text.ts';
import { timeLimits } from '../network/time-limits.ts';

/** The redirect URIs `http://127.0.0.1:53682/` and so on are registered for Hoist's app in Dropbox's App Console. */
export const redirectPorts = [53_682, 53_683, 53_684] as const;

export type AuthorizationResult = { code: string } | { declined: true };

export class RedirectServer {
  readonly uri: string;
  readonly #server: http.Server;
  readonly #state: string;
  readonly #result: Promise<AuthorizationResult>;
  #resolve: (result: AuthorizationResult) => void = () => undefined;
  /** A code can be used once, so a second redirect with a code is rejected. */
  #isCodeReceived = false;

  private constructor(server: http.Server, port: number, state: string) {
    this.#server = server;
    this.#state = state;
    this.uri = `http://127.0.0.1:${port}/`;
    this.#result = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) =>
      this.#serve(request, response),
    );
  }

  /** @returns undefined when none of the ports is free */
  static async listen(state: string, ports: readonly number[] = redirectPorts): Promise<RedirectServer | undefined> {
    for (const port of ports) {
      const server = http.createServer({ requestTimeout: timeLimits.redirectRequestMs });
      try {
        server.listen({ port, host: '127.0.0.1', exclusive: true });
        await once(server, 'listening');
        return new RedirectServer(server, port, state);
      } catch (cause) {
        if (
          !(cause instanceof Error) ||
          !/^(EADDRINUSE|EACCES|EADDRNOTAVAIL)$/.test(String((cause as NodeJS.ErrnoException).code))
        )
          throw cause;
      }
    }
    return undefined;
  }

  result(): Promise<AuthorizationResult> {
    return this.#result;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Responds with a page that says how the sign-in ended, and resolves the result if the request belongs to it. */
  #serve({ method, url = '', headers }: http.IncomingMessage, response: http.ServerResponse): void {
    const requestUrl = new URL(URL.canParse(url, this.uri) ? url : '/', this.uri);
    const isFromThisSignIn =
      !this.#isCodeReceived && method === 'GET' && this.#isValidRedirect(requestUrl, headers.host);
    const result = isFromThisSignIn ? parseRedirect(requestUrl.searchParams) : undefined;
    this.#isCodeReceived ||= result !== undefined;
    const messageKey = messageKeyOf(result);
    response.writeHead(result === undefined ? 400 : 200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      connection: 'close',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    });
    response.end(
      '<!doctype html><html lang="en"><meta charset="utf-8"><title>Hoist</title>' +
        '<body style="font: 16px system-ui; margin: 20vh auto; max-width: 30em; text-align: center">' +
        `<p>${text(messageKey)}</p></body></html>`,
    );
    if (result !== undefined) response.once('finish', () => this.#resolve(result));
  }

  /** Another site may point its host name to this computer (DNS rebinding); then the Host header differs. */
  #isValidRedirect({ pathname, searchParams }: URL, host: string | undefined): boolean {
    return (
      host === new URL(this.uri).host &&
      pathname === '/' &&
      isEqualInConstantTime(searchParams.get('state') ?? '', this.#state)
    );
  }
}

function messageKeyOf(result: AuthorizationResult | undefined): TextKey {
  if (result === undefined) return 'dropbox.signIn.expired';
  return 'declined' in result ? 'dropbox.signIn.declined' : 'dropbox.signIn.done';
}

function parseRedirect(query: URLSearchParams): AuthorizationResult | undefined {
  const code = query.get('code');
  if (code !== null && /^[\w.~+/=-]{1,2000}$/.test(code)) return { code };
  return query.has('error') ? { declined: true } : undefined;
}

/** Compares in constant time, so that the duration does not reveal how many characters are correct. */
function isEqualInConstantTime(actual: string, expected: string): boolean {
  const [actualBytes, expectedBytes] = [Buffer.from(actual), Buffer.from(expected)];
  return actualBytes.length === expectedBytes.length && timingSafeEqual(actualBytes, expectedBytes);
}
