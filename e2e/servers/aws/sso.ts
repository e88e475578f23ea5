/**
 * Emulates IAM Identity Center on loopback. The sign-in service (OIDC) and the portal share one address, because their
 * paths differ. `approve`, `deny` and the page at /authorize replace the user's browser.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  startLoopbackServer,
  type LoopbackRequest,
  type LoopbackServer,
  type LoopbackResponse,
  type AwsSessions,
} from './loopback-server.ts';

export interface SsoConfig {
  startUrl: string;
  sessions: AwsSessions;
  /** Account names by account id, and the roles of each. */
  accounts: Map<string, { name: string; roles: string[] }>;
  /** lifetime of an access token in seconds */
  tokenSeconds: number;
}

export interface Sso extends LoopbackServer {
  config: SsoConfig;
  /** `approve` and `deny` are the user's decision about the device codes, which are pending until then. */
  approve(): void;
  deny(): void;
  /** When true, the next request for a token is answered with `slow_down`. */
  slowDownOnce: boolean;
  /** Expires all access tokens early. */
  revoke(): void;
  /** Expires the refresh tokens too: the session is over. */
  endSession(): void;
  /** The number of sign-ins that are still valid. */
  sessions(): number;
  /** The requests to this path, in order. */
  calls(path: string): LoopbackRequest[];
}

interface Client {
  id: string;
  secret: string;
  grants: string[];
  redirects: string[];
  scopes: string[];
}
interface DeviceCode {
  client: string;
  userCode: string;
  state: 'pending' | 'approved' | 'denied';
}
interface AuthorizationCode {
  client: string;
  redirect: string;
  challenge: string;
}

class SsoError extends Error {
  readonly status: number;
  readonly type: string;
  readonly errorCode: string;
  constructor(type: string, errorCode: string, status = 400) {
    super(type);
    this.type = type;
    this.errorCode = errorCode;
    this.status = status;
  }
}

const randomToken = (): string => randomBytes(18).toString('base64url');
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const requiredScope = 'sso:account:access';

class SsoTokens {
  readonly clients = new Map<string, Client>();
  readonly devices = new Map<string, DeviceCode>();
  readonly codes = new Map<string, AuthorizationCode>();
  /** Access tokens, with their expiry (ms since 1970) and the id of the client that signed in. */
  readonly tokens = new Map<string, { until: number; client: string }>();
  /** The id of the client for each refresh token. */
  readonly refresh = new Map<string, string>();
  slowDownOnce = false;
}

export async function startSso(config: SsoConfig): Promise<Sso> {
  const issued = new SsoTokens();
  const loopback = await startLoopbackServer((request) => {
    try {
      return route(request, config, issued);
    } catch (cause) {
      if (!(cause instanceof SsoError)) throw cause;
      return {
        status: cause.status,
        headers: {
          'content-type': 'application/json',
          'x-amzn-errortype': `${cause.type}:http://internal.amazon.com/`,
        },
        body: JSON.stringify({ error: cause.errorCode, error_description: cause.type }),
      };
    }
  });
  const setDeviceState = (state: DeviceCode['state']): void => {
    for (const device of issued.devices.values()) device.state = state;
  };
  return {
    ...loopback,
    config,
    approve: () => setDeviceState('approved'),
    deny: () => setDeviceState('denied'),
    get slowDownOnce() {
      return issued.slowDownOnce;
    },
    set slowDownOnce(value) {
      issued.slowDownOnce = value;
    },
    revoke: () => issued.tokens.clear(),
    endSession() {
      issued.tokens.clear();
      issued.refresh.clear();
    },
    sessions: () =>
      new Set([...issued.refresh.values(), ...[...issued.tokens.values()].map(({ client }) => client)]).size,
    calls: (path) => loopback.requests.filter(({ url }) => url.pathname === path),
  };
}

const json = (body: object): LoopbackResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

function route(request: LoopbackRequest, config: SsoConfig, issued: SsoTokens): LoopbackResponse {
  const { method, url } = request;
  switch (`${method} ${url.pathname}`) {
    case 'POST /client/register':
      return register(bodyOf(request), config, issued);
    case 'POST /device_authorization':
      return device(bodyOf(request), config, issued);
    case 'POST /token':
      return token(bodyOf(request), config, issued);
    case 'GET /authorize':
      return authorize(url.searchParams, issued);
    case 'GET /assignment/accounts':
      return accounts(request, config, issued);
    case 'GET /assignment/roles':
      return roles(request, config, issued);
    case 'GET /federation/credentials':
      return credentials(request, config, issued);
    case 'POST /logout':
      return logout(request, issued);
    default:
      return { status: 404, body: '{}' };
  }
}

type Body = Record<string, unknown>;

function bodyOf({ headers, body }: LoopbackRequest): Body {
  if (!/^application\/(?:x-amz-json-1\.1|json)/.test(headers['content-type'] ?? ''))
    throw new SsoError('InvalidRequestException', 'invalid_request');
  return JSON.parse(body) as Body;
}

const list = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : []);

// ---------------------------------------------------------------- sign-in service

function register(body: Body, config: SsoConfig, { clients }: SsoTokens): LoopbackResponse {
  if (typeof body.clientName !== 'string' || body.clientType !== 'public')
    throw new SsoError('InvalidClientMetadataException', 'invalid_client_metadata');
  const grants = list(body.grantTypes);
  const redirects = list(body.redirectUris);
  if (list(body.scopes).some((scope) => scope !== requiredScope))
    throw new SsoError('InvalidScopeException', 'invalid_scope');
  if (grants.includes('authorization_code') && body.issuerUrl !== config.startUrl)
    throw new SsoError('InvalidRequestException', 'invalid_request');
  // Redirects are registered without a port, and only for loopback addresses.
  if (redirects.some((redirect) => !/^http:\/\/127\.0\.0\.1\/[\w/]+$/.test(redirect)))
    throw new SsoError('InvalidRedirectUriException', 'invalid_redirect_uri');
  const client: Client = { id: randomToken(), secret: randomToken(), grants, redirects, scopes: list(body.scopes) };
  clients.set(client.id, client);
  const now = Math.floor(Date.now() / 1000);
  return json({
    clientId: client.id,
    clientSecret: client.secret,
    clientIdIssuedAt: now,
    clientSecretExpiresAt: now + 90 * 86_400,
  });
}

function clientOf(body: Body, { clients }: SsoTokens): Client {
  const client = clients.get(String(body.clientId));
  if (!client || client.secret !== body.clientSecret)
    throw new SsoError('InvalidClientException', 'invalid_client', 401);
  return client;
}

function device(body: Body, config: SsoConfig, issued: SsoTokens): LoopbackResponse {
  const client = clientOf(body, issued);
  if (body.startUrl !== config.startUrl) throw new SsoError('InvalidRequestException', 'invalid_request');
  const [deviceCode, userCode] = [randomToken(), 'BCDF-GHJK'];
  issued.devices.set(deviceCode, { client: client.id, userCode, state: 'pending' });
  return json({
    deviceCode,
    userCode,
    verificationUri: `${config.startUrl}/#/device`,
    verificationUriComplete: `${config.startUrl}/#/device?user_code=${userCode}`,
    expiresIn: 600,
    interval: 1,
  });
}

/** The sign-in page: redirects at once as if the user had allowed access, or denied it with `&deny` in the address. */
function authorize(query: URLSearchParams, { clients, codes }: SsoTokens): LoopbackResponse {
  const client = clients.get(query.get('client_id') ?? '');
  const redirect = query.get('redirect_uri') ?? '';
  // Redirects are registered without a port, so it is not compared.
  const isRegistered = client?.redirects.includes(redirect.replace(/^(http:\/\/127\.0\.0\.1):\d+\//, '$1/'));
  const isValid =
    isRegistered &&
    query.get('response_type') === 'code' &&
    query.get('code_challenge_method') === 'S256' &&
    /^[\w-]{43}$/.test(query.get('code_challenge') ?? '') &&
    query.get('scopes') === requiredScope &&
    (query.get('state') ?? '') !== '';
  if (!client || !isValid) return { status: 400, body: 'invalid_request' };
  const back = new URL(redirect);
  back.searchParams.set('state', query.get('state') ?? '');
  if (query.has('deny')) {
    back.searchParams.set('error', 'access_denied');
  } else {
    const code = randomToken();
    codes.set(code, { client: client.id, redirect, challenge: query.get('code_challenge') ?? '' });
    back.searchParams.set('code', code);
  }
  return { status: 302, headers: { location: back.href }, body: '' };
}

function token(body: Body, config: SsoConfig, issued: SsoTokens): LoopbackResponse {
  const client = clientOf(body, issued);
  switch (body.grantType) {
    case deviceGrant:
      confirmDevice(body, client, issued);
      break;
    case 'authorization_code':
      useCode(body, client, issued);
      break;
    case 'refresh_token': {
      const owner = issued.refresh.get(String(body.refreshToken));
      if (owner !== client.id) throw new SsoError('InvalidGrantException', 'invalid_grant');
      issued.refresh.delete(String(body.refreshToken));
      break;
    }
    default:
      throw new SsoError('UnsupportedGrantTypeException', 'unsupported_grant_type');
  }
  const [accessToken, refreshToken] = [randomToken(), randomToken()];
  issued.tokens.set(accessToken, { until: Date.now() + config.tokenSeconds * 1000, client: client.id });
  if (client.scopes.includes(requiredScope)) issued.refresh.set(refreshToken, client.id);
  return json({
    accessToken,
    tokenType: 'Bearer',
    expiresIn: config.tokenSeconds,
    ...(client.scopes.includes(requiredScope) ? { refreshToken } : {}),
  });
}

function confirmDevice(body: Body, client: Client, issued: SsoTokens): void {
  const code = issued.devices.get(String(body.deviceCode));
  if (!code || code.client !== client.id) throw new SsoError('InvalidGrantException', 'invalid_grant');
  if (issued.slowDownOnce) {
    issued.slowDownOnce = false;
    throw new SsoError('SlowDownException', 'slow_down');
  }
  if (code.state === 'pending') throw new SsoError('AuthorizationPendingException', 'authorization_pending');
  if (code.state === 'denied') throw new SsoError('AccessDeniedException', 'access_denied');
  issued.devices.delete(String(body.deviceCode));
}

function useCode(body: Body, client: Client, { codes }: SsoTokens): void {
  const code = codes.get(String(body.code));
  codes.delete(String(body.code));
  const proof = createHash('sha256').update(String(body.codeVerifier)).digest('base64url');
  if (
    !code ||
    code.client !== client.id ||
    code.redirect !== body.redirectUri ||
    code.challenge !== proof ||
    !client.grants.includes('authorization_code')
  )
    throw new SsoError('InvalidGrantException', 'invalid_grant');
}

// ---------------------------------------------------------------- portal

/** Refuses the request unless its access token is valid. @returns the id of the client that signed in */
function requireToken({ headers }: LoopbackRequest, { tokens }: Pick<SsoTokens, 'tokens'>): string {
  const header = headers['x-amz-sso_bearer_token'];
  const token = typeof header === 'string' ? tokens.get(header) : undefined;
  if (!token || token.until <= Date.now())
    throw new SsoError('UnauthorizedException', 'Session token not found or invalid', 401);
  return token.client;
}

/** Ends the whole session: deletes all tokens of the sign-in, including the refresh token. */
function logout(request: LoopbackRequest, { tokens, refresh }: SsoTokens): LoopbackResponse {
  const session = requireToken(request, { tokens });
  if (request.body !== '') throw new SsoError('InvalidRequestException', 'invalid_request');
  for (const [token, { client }] of tokens) if (client === session) tokens.delete(token);
  for (const [token, client] of refresh) if (client === session) refresh.delete(token);
  return { status: 200, body: '' };
}

function accounts(request: LoopbackRequest, config: SsoConfig, issued: SsoTokens): LoopbackResponse {
  requireToken(request, issued);
  const entries = [...config.accounts].map(([accountId, { name }]) => ({
    accountId,
    accountName: name,
    emailAddress: 'somebody@example.com',
  }));
  // One entry per page, so that a client that reads only the first page fails.
  const from = Number(request.url.searchParams.get('next_token') ?? 0);
  return json({
    accountList: entries.slice(from, from + 1),
    nextToken: from + 1 < entries.length ? String(from + 1) : null,
  });
}

function accountIn({ url }: LoopbackRequest, { accounts: knownAccounts }: SsoConfig): { roles: string[] } {
  const account = knownAccounts.get(url.searchParams.get('account_id') ?? '');
  if (!account) throw new SsoError('ForbiddenException', 'No access', 403);
  return account;
}

function roles(request: LoopbackRequest, config: SsoConfig, issued: SsoTokens): LoopbackResponse {
  requireToken(request, issued);
  return json({
    roleList: accountIn(request, config).roles.map((roleName) => ({
      roleName,
      accountId: request.url.searchParams.get('account_id'),
    })),
  });
}

function credentials(request: LoopbackRequest, config: SsoConfig, issued: SsoTokens): LoopbackResponse {
  requireToken(request, issued);
  if (!accountIn(request, config).roles.includes(request.url.searchParams.get('role_name') ?? ''))
    throw new SsoError('ForbiddenException', 'No access', 403);
  const { accessKeyId, secretAccessKey, sessionToken, expires } = config.sessions.issue();
  return json({ roleCredentials: { accessKeyId, secretAccessKey, sessionToken, expiration: expires } });
}
