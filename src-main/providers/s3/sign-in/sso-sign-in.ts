/**
 * Signs in at IAM Identity Center from the app: in the browser, which returns to this computer (authorization code
 * with PKCE), or with a code that the user confirms on any device.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../../../src-shared/errors.ts';
import { text } from '../../../../src-shared/text/text.ts';
import type { SignInPorts } from '../../contract/provider.ts';
import { ServiceError } from './service-request.ts';
import type { CredentialContext } from './credential-context.ts';
import {
  createToken,
  registerClient,
  ssoScope,
  startDeviceAuthorization,
  type ClientRegistration,
  type SsoEndpoints,
  type SsoToken,
} from './sso-service.ts';
import { formatTimestamp, type SsoTokens } from './sso-tokens.ts';
import { timeLimits } from '../../network/time-limits.ts';

export interface SsoSignInOptions {
  startUrl: string;
  region: string;
  endpoints: SsoEndpoints;
  flow: 'browser' | 'code';
}

type SsoSignInContext = Pick<CredentialContext, 'transport' | 'signal'> & {
  ports: Pick<SignInPorts, 'now' | 'randomBytes' | 'show'>;
};

/** Time limit in ms for the user to sign in. The service's codes expire after the same time or earlier. */
const signInTimeoutMs = 10 * 60_000;

/**
 * @throws AppFailure canceled; unauthorized when the user or the service refused; session-expired after the time
 * limit; invalid-input at the start address
 */
export async function signInWithSso(options: SsoSignInOptions, context: SsoSignInContext): Promise<SsoTokens> {
  try {
    const { registration, token } =
      options.flow === 'code' ? await signInWithCode(options, context) : await signInWithBrowser(options, context);
    return {
      startUrl: options.startUrl,
      region: options.region,
      accessToken: token.accessToken,
      expiresAt: formatTimestamp(context.ports.now() + token.expiresIn * 1000),
      clientId: registration.clientId,
      clientSecret: registration.clientSecret,
      registrationExpiresAt: formatTimestamp(registration.clientSecretExpiresAt * 1000),
      ...(token.refreshToken === undefined ? {} : { refreshToken: token.refreshToken }),
    };
  } catch (cause) {
    throw toSignInFailure(cause);
  }
}

interface SsoSignInResult {
  registration: ClientRegistration;
  token: SsoToken;
}

const deniedFailure = (cause?: unknown) =>
  failure('unauthorized', { field: 'ssoSignIn', params: { why: 'denied' } }, cause);
const timeoutFailure = (cause?: unknown) =>
  failure('session-expired', { field: 'ssoSignIn', params: { why: 'signInTime' } }, cause);

function toSignInFailure(cause: unknown): unknown {
  if (!(cause instanceof ServiceError)) return cause;
  switch (cause.name) {
    case 'AccessDeniedException':
      return deniedFailure(cause);
    case 'ExpiredTokenException':
    case 'InvalidGrantException':
      return timeoutFailure(cause);
    default:
      return failure('invalid-input', { field: 'ssoStartUrl', params: { why: 'ssoStart' } }, cause);
  }
}

// ---------------------------------------------------------------- device code

async function signInWithCode(
  { startUrl, endpoints }: SsoSignInOptions,
  { ports, ...context }: SsoSignInContext,
): Promise<SsoSignInResult> {
  const registration = await registerClient(endpoints, startUrl, context);
  const device = await startDeviceAuthorization(endpoints, registration, startUrl, context);
  ports.show({ url: device.verificationUriComplete ?? device.verificationUri, code: device.userCode });
  const end = ports.now() + Math.min(device.expiresIn * 1000, signInTimeoutMs);
  let pauseMs = (device.interval ?? defaultIntervalSeconds) * 1000;
  while (ports.now() < end) {
    await sleepUnlessCanceled(pauseMs, context.signal);
    const token = await pollForToken(endpoints, registration, device.deviceCode, context);
    if (typeof token === 'object') return { registration, token };
    if (token === 'slow down') pauseMs += slowDownStepMs;
  }
  throw timeoutFailure();
}

/** RFC 8628 requires this pause between two requests if the service names no other. */
const defaultIntervalSeconds = 5;
/** RFC 8628 requires that the pause becomes this much longer after the answer "slow down". */
const slowDownStepMs = 5000;

/** Asks once whether the user has confirmed the code. */
async function pollForToken(
  endpoints: SsoEndpoints,
  registration: ClientRegistration,
  deviceCode: string,
  context: Pick<CredentialContext, 'transport' | 'signal'>,
): Promise<SsoToken | 'not yet' | 'slow down'> {
  try {
    return await createToken(
      endpoints,
      registration,
      { grantType: 'urn:ietf:params:oauth:grant-type:device_code', deviceCode },
      context,
    );
  } catch (cause) {
    if (cause instanceof ServiceError && cause.name === 'AuthorizationPendingException') return 'not yet';
    if (cause instanceof ServiceError && cause.name === 'SlowDownException') return 'slow down';
    throw cause;
  }
}

async function sleepUnlessCanceled(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw failure('canceled', {}, cause);
  }
}

// ---------------------------------------------------------------- browser

const callbackPath = '/oauth/callback';

async function signInWithBrowser(
  { startUrl, endpoints }: SsoSignInOptions,
  { ports, ...context }: SsoSignInContext,
): Promise<SsoSignInResult> {
  const random = (bytes: number): string => Buffer.from(ports.randomBytes(bytes)).toString('base64url');
  const [state, codeVerifier] = [random(24), random(48)];
  const callbackServer = await CallbackServer.open(state);
  try {
    // Registered without a port, because the port is known only when the server listens.
    const registration = await registerClient(endpoints, startUrl, context, `http://127.0.0.1${callbackPath}`);
    const url = new URL(`${endpoints.oidc}/authorize`);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: registration.clientId,
      redirect_uri: callbackServer.address,
      state,
      code_challenge_method: 'S256',
      scopes: ssoScope,
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    }).toString();
    ports.show({ url: url.href });
    const code = await callbackServer.waitForCode(context.signal);
    const token = await createToken(
      endpoints,
      registration,
      { grantType: 'authorization_code', code, codeVerifier, redirectUri: callbackServer.address },
      context,
    );
    return { registration, token };
  } finally {
    callbackServer.close();
  }
}

/**
 * The local server that the browser returns to. It listens on loopback only, and accepts one visit with the right
 * state.
 */
class CallbackServer {
  readonly address: string;
  readonly #server: http.Server;
  readonly #state: string;
  readonly #host: string;
  readonly #result: Promise<{ code: string } | { refused: string }>;
  #settle: (answer: { code: string } | { refused: string }) => void = () => undefined;
  /** True after the first valid visit. The browser makes only one. */
  #isUsed = false;

  private constructor(server: http.Server, state: string) {
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.#state = state;
    this.#host = `127.0.0.1:${port}`;
    this.address = `http://${this.#host}${callbackPath}`;
    this.#result = new Promise((resolve) => {
      this.#settle = resolve;
    });
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) =>
      this.#handleRequest(request, response),
    );
  }

  static async open(state: string): Promise<CallbackServer> {
    const server = http
      .createServer({ requestTimeout: timeLimits.redirectRequestMs, headersTimeout: timeLimits.redirectRequestMs })
      .listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CallbackServer(server, state);
  }

  /** @throws AppFailure canceled, unauthorized, session-expired */
  async waitForCode(signal: AbortSignal): Promise<string> {
    const settled = new AbortController();
    try {
      const answer = await Promise.race([
        this.#result,
        sleepUnlessCanceled(signInTimeoutMs, AbortSignal.any([signal, settled.signal])),
      ]);
      if (!answer) throw timeoutFailure();
      if ('refused' in answer) throw deniedFailure(new Error(answer.refused));
      return answer.code;
    } finally {
      settled.abort();
    }
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #handleRequest(request: http.IncomingMessage, response: http.ServerResponse): void {
    const respond = (status: number, message: string): void => {
      response.writeHead(status, {
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        connection: 'close',
      });
      response.end(`${message}\n`);
    };
    // A malicious page could reach this server under another host name (DNS rebinding).
    const url =
      request.headers.host === this.#host && request.method === 'GET'
        ? new URL(request.url ?? '/', `http://${this.#host}`)
        : undefined;
    if (url?.pathname !== callbackPath) return respond(404, text('s3.sso.page.other'));
    if (this.#isUsed || !equalsInConstantTime(url.searchParams.get('state') ?? '', this.#state))
      return respond(400, text('s3.sso.page.other'));
    this.#isUsed = true;
    const code = url.searchParams.get('code');
    respond(200, text(code === null ? 's3.sso.page.refused' : 's3.sso.page.done'));
    response.once('close', () =>
      this.#settle(code === null ? { refused: 'the browser returned without a code' } : { code }),
    );
  }
}

const equalsInConstantTime = (actual: string, expected: string): boolean =>
  timingSafeEqual(createHash('sha256').update(actual).digest(), createHash('sha256').update(expected).digest());
