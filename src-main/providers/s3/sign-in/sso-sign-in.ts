/**
 * Signing in at IAM Identity Center from inside the app: in the browser, which comes back to this computer (authorization
 * code with PKCE), or with a code that is confirmed on any device.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../../../src-shared/errors.ts';
import { text } from '../../../../src-shared/text/text.ts';
import type { SignInPorts } from '../../provider.ts';
import { ServiceRefusal } from './ask-service.ts';
import type { Around } from './around.ts';
import { createToken, register, scope, startDevice, type Registered, type SsoPlace, type Token } from './sso.ts';
import { isoTime, type SsoTokens } from './sso-tokens.ts';
import { timeLimits } from '../../time-limits.ts';

export interface Asking {
  startUrl: string;
  region: string;
  place: SsoPlace;
  by: 'browser' | 'code';
}

type Signing = Pick<Around, 'way' | 'signal'> & { ports: Pick<SignInPorts, 'now' | 'randomBytes' | 'show'> };

/** A person has so long (ms) to sign in; the service's codes live no longer. */
const limitMs = 10 * 60_000;

/** @throws AppFailure canceled; unauthorized when it was refused there; session-expired when it took too long; invalid-input at the start address */
export async function signInAt(asking: Asking, around: Signing): Promise<SsoTokens> {
  try {
    const { registered, token } = asking.by === 'code' ? await byCode(asking, around) : await byBrowser(asking, around);
    return {
      startUrl: asking.startUrl,
      region: asking.region,
      accessToken: token.accessToken,
      expiresAt: isoTime(around.ports.now() + token.expiresIn * 1000),
      clientId: registered.clientId,
      clientSecret: registered.clientSecret,
      registrationExpiresAt: isoTime(registered.clientSecretExpiresAt * 1000),
      ...(token.refreshToken === undefined ? {} : { refreshToken: token.refreshToken }),
    };
  } catch (cause) {
    throw signInFailure(cause);
  }
}

interface SignedIn {
  registered: Registered;
  token: Token;
}

const denied = (cause?: unknown) => failure('unauthorized', { field: 'ssoSignIn', params: { why: 'denied' } }, cause);
const tooLate = (cause?: unknown) =>
  failure('session-expired', { field: 'ssoSignIn', params: { why: 'signInTime' } }, cause);

function signInFailure(cause: unknown): unknown {
  if (!(cause instanceof ServiceRefusal)) return cause;
  switch (cause.name) {
    case 'AccessDeniedException':
      return denied(cause);
    case 'ExpiredTokenException':
    case 'InvalidGrantException':
      return tooLate(cause);
    default:
      return failure('invalid-input', { field: 'ssoStartUrl', params: { why: 'ssoStart' } }, cause);
  }
}

// ---------------------------------------------------------------- with a code

async function byCode({ startUrl, place }: Asking, { ports, ...from }: Signing): Promise<SignedIn> {
  const registered = await register(place, startUrl, from);
  const device = await startDevice(place, registered, startUrl, from);
  ports.show({ url: device.verificationUriComplete ?? device.verificationUri, code: device.userCode });
  const end = ports.now() + Math.min(device.expiresIn * 1000, limitMs);
  let pauseMs = (device.interval ?? 5) * 1000;
  while (ports.now() < end) {
    await pause(pauseMs, from.signal);
    const token = await confirmed(place, registered, device.deviceCode, from);
    if (typeof token === 'object') return { registered, token };
    if (token === 'slow down') pauseMs += slowerMs;
  }
  throw tooLate();
}

/** What the protocol says of "slow down" (RFC 8628). */
const slowerMs = 5000;

async function confirmed(
  place: SsoPlace,
  registered: Registered,
  deviceCode: string,
  from: Pick<Around, 'way' | 'signal'>,
): Promise<Token | 'not yet' | 'slow down'> {
  try {
    return await createToken(
      place,
      registered,
      { grantType: 'urn:ietf:params:oauth:grant-type:device_code', deviceCode },
      from,
    );
  } catch (cause) {
    if (cause instanceof ServiceRefusal && cause.name === 'AuthorizationPendingException') return 'not yet';
    if (cause instanceof ServiceRefusal && cause.name === 'SlowDownException') return 'slow down';
    throw cause;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw failure('canceled', {}, cause);
  }
}

// ---------------------------------------------------------------- in the browser

const callback = '/oauth/callback';

async function byBrowser({ startUrl, place }: Asking, { ports, ...from }: Signing): Promise<SignedIn> {
  const random = (bytes: number): string => Buffer.from(ports.randomBytes(bytes)).toString('base64url');
  const [state, codeVerifier] = [random(24), random(48)];
  const door = await Door.open(state);
  try {
    // Registered without a port: which one is free is known only now.
    const registered = await register(place, startUrl, from, `http://127.0.0.1${callback}`);
    const url = new URL(`${place.oidc}/authorize`);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: registered.clientId,
      redirect_uri: door.address,
      state,
      code_challenge_method: 'S256',
      scopes: scope,
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    }).toString();
    ports.show({ url: url.href });
    const code = await door.code(from.signal);
    const token = await createToken(
      place,
      registered,
      { grantType: 'authorization_code', code, codeVerifier, redirectUri: door.address },
      from,
    );
    return { registered, token };
  } finally {
    door.close();
  }
}

/** Where the browser comes back to: open for this one visit, to this computer, and to nobody who does not know the state. */
class Door {
  readonly address: string;
  readonly #server: http.Server;
  readonly #state: string;
  readonly #host: string;
  readonly #answer: Promise<{ code: string } | { refused: string }>;
  #settle: (answer: { code: string } | { refused: string }) => void = () => undefined;
  /** A code works once: whoever comes with it again is not the one who brought it. */
  #isOver = false;

  private constructor(server: http.Server, state: string) {
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.#state = state;
    this.#host = `127.0.0.1:${port}`;
    this.address = `http://${this.#host}${callback}`;
    this.#answer = new Promise((resolve) => {
      this.#settle = resolve;
    });
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) =>
      this.#visit(request, response),
    );
  }

  static async open(state: string): Promise<Door> {
    const server = http
      .createServer({ requestTimeout: timeLimits.visitMs, headersTimeout: timeLimits.visitMs })
      .listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Door(server, state);
  }

  /** @throws AppFailure canceled, unauthorized, session-expired */
  async code(signal: AbortSignal): Promise<string> {
    const over = new AbortController();
    try {
      const answer = await Promise.race([this.#answer, pause(limitMs, AbortSignal.any([signal, over.signal]))]);
      if (!answer) throw tooLate();
      if ('refused' in answer) throw denied(new Error(answer.refused));
      return answer.code;
    } finally {
      over.abort();
    }
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #visit(request: http.IncomingMessage, response: http.ServerResponse): void {
    const say = (status: number, words: string): void => {
      response.writeHead(status, {
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        connection: 'close',
      });
      response.end(`${words}\n`);
    };
    // Another name for this address is how a page of somebody else's would come here.
    const url =
      request.headers.host === this.#host && request.method === 'GET'
        ? new URL(request.url ?? '/', `http://${this.#host}`)
        : undefined;
    if (url?.pathname !== callback) return say(404, text('s3.sso.page.other'));
    if (this.#isOver || !isSame(url.searchParams.get('state') ?? '', this.#state))
      return say(400, text('s3.sso.page.other'));
    this.#isOver = true;
    const code = url.searchParams.get('code');
    say(200, text(code === null ? 's3.sso.page.refused' : 's3.sso.page.done'));
    response.once('close', () =>
      this.#settle(code === null ? { refused: 'the page came back without a code' } : { code }),
    );
  }
}

const isSame = (one: string, other: string): boolean =>
  timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());
