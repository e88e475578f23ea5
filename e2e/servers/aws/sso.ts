/**
 * IAM Identity Center on loopback: the sign-in service (OIDC) and the portal, at one address, because their paths differ.
 * `approve`, `deny` and the page at /authorize are what a person does in the browser.
 */
import { createHash, randomBytes } from 'node:crypto';
import { serve, type Heard, type Loopback, type Said, type Sessions } from './loopback.ts';

export interface SsoWorld {
  startUrl: string;
  sessions: Sessions;
  /** Names by account id, and the roles in each. */
  accounts: Map<string, { name: string; roles: string[] }>;
  /** seconds that an access token lives */
  tokenSeconds: number;
}

export interface Sso extends Loopback {
  world: SsoWorld;
  /** What a person answers on the page of a device code; until then it is pending. */
  approve(): void;
  deny(): void;
  /** Says "slow down" once. */
  hurried: boolean;
  /** Access tokens end before their time. */
  revoke(): void;
  /** Refresh tokens too: the session is over. */
  endSession(): void;
  /** Sign-ins that could still be used. */
  sessions(): number;
  calls(path: string): Heard[];
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

class Refused extends Error {
  readonly status: number;
  readonly type: string;
  readonly said: string;
  constructor(type: string, said: string, status = 400) {
    super(type);
    this.type = type;
    this.said = said;
    this.status = status;
  }
}

const fresh = (): string => randomBytes(18).toString('base64url');
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const needed = 'sso:account:access';

class State {
  readonly clients = new Map<string, Client>();
  readonly devices = new Map<string, DeviceCode>();
  readonly codes = new Map<string, AuthorizationCode>();
  /** Access tokens: until when, and whose. */
  readonly tokens = new Map<string, { until: number; client: string }>();
  readonly refresh = new Map<string, string>();
  hurried = false;
}

export async function startSso(world: SsoWorld): Promise<Sso> {
  const state = new State();
  const loopback = await serve((heard) => {
    try {
      return route(heard, world, state);
    } catch (cause) {
      if (!(cause instanceof Refused)) throw cause;
      return {
        status: cause.status,
        headers: {
          'content-type': 'application/json',
          'x-amzn-errortype': `${cause.type}:http://internal.amazon.com/`,
        },
        body: JSON.stringify({ error: cause.said, error_description: cause.type }),
      };
    }
  });
  const settle = (to: DeviceCode['state']): void => {
    for (const one of state.devices.values()) one.state = to;
  };
  return {
    ...loopback,
    world,
    approve: () => settle('approved'),
    deny: () => settle('denied'),
    get hurried() {
      return state.hurried;
    },
    set hurried(isSo) {
      state.hurried = isSo;
    },
    revoke: () => state.tokens.clear(),
    endSession() {
      state.tokens.clear();
      state.refresh.clear();
    },
    sessions: () =>
      new Set([...state.refresh.values(), ...[...state.tokens.values()].map(({ client }) => client)]).size,
    calls: (path) => loopback.heard.filter(({ url }) => url.pathname === path),
  };
}

const json = (body: object): Said => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

function route(heard: Heard, world: SsoWorld, state: State): Said {
  const { method, url } = heard;
  switch (`${method} ${url.pathname}`) {
    case 'POST /client/register':
      return register(bodyOf(heard), world, state);
    case 'POST /device_authorization':
      return device(bodyOf(heard), world, state);
    case 'POST /token':
      return token(bodyOf(heard), world, state);
    case 'GET /authorize':
      return authorize(url.searchParams, state);
    case 'GET /assignment/accounts':
      return accounts(heard, world, state);
    case 'GET /assignment/roles':
      return roles(heard, world, state);
    case 'GET /federation/credentials':
      return credentials(heard, world, state);
    case 'POST /logout':
      return logout(heard, state);
    default:
      return { status: 404, body: '{}' };
  }
}

type Body = Record<string, unknown>;

function bodyOf({ headers, body }: Heard): Body {
  if (!/^application\/(?:x-amz-json-1\.1|json)/.test(headers['content-type'] ?? ''))
    throw new Refused('InvalidRequestException', 'invalid_request');
  return JSON.parse(body) as Body;
}

const list = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : []);

// ---------------------------------------------------------------- sign-in service

function register(body: Body, world: SsoWorld, { clients }: State): Said {
  if (typeof body.clientName !== 'string' || body.clientType !== 'public')
    throw new Refused('InvalidClientMetadataException', 'invalid_client_metadata');
  const grants = list(body.grantTypes);
  const redirects = list(body.redirectUris);
  if (list(body.scopes).some((one) => one !== needed)) throw new Refused('InvalidScopeException', 'invalid_scope');
  if (grants.includes('authorization_code') && body.issuerUrl !== world.startUrl)
    throw new Refused('InvalidRequestException', 'invalid_request');
  // Registered without a port, for this computer only.
  if (redirects.some((one) => !/^http:\/\/127\.0\.0\.1\/[\w/]+$/.test(one)))
    throw new Refused('InvalidRedirectUriException', 'invalid_redirect_uri');
  const client: Client = { id: fresh(), secret: fresh(), grants, redirects, scopes: list(body.scopes) };
  clients.set(client.id, client);
  const now = Math.floor(Date.now() / 1000);
  return json({
    clientId: client.id,
    clientSecret: client.secret,
    clientIdIssuedAt: now,
    clientSecretExpiresAt: now + 90 * 86_400,
  });
}

function clientOf(body: Body, { clients }: State): Client {
  const client = clients.get(String(body.clientId));
  if (!client || client.secret !== body.clientSecret)
    throw new Refused('InvalidClientException', 'invalid_client', 401);
  return client;
}

function device(body: Body, world: SsoWorld, state: State): Said {
  const client = clientOf(body, state);
  if (body.startUrl !== world.startUrl) throw new Refused('InvalidRequestException', 'invalid_request');
  const [deviceCode, userCode] = [fresh(), 'BCDF-GHJK'];
  state.devices.set(deviceCode, { client: client.id, userCode, state: 'pending' });
  return json({
    deviceCode,
    userCode,
    verificationUri: `${world.startUrl}/#/device`,
    verificationUriComplete: `${world.startUrl}/#/device?user_code=${userCode}`,
    expiresIn: 600,
    interval: 1,
  });
}

/** The page: whoever opens it is signed in already and allows it at once, or refuses with `&deny`. */
function authorize(query: URLSearchParams, { clients, codes }: State): Said {
  const client = clients.get(query.get('client_id') ?? '');
  const redirect = query.get('redirect_uri') ?? '';
  const isRegistered = client?.redirects.includes(redirect.replace(/^(http:\/\/127\.0\.0\.1):\d+\//, '$1/'));
  const isRight =
    isRegistered &&
    query.get('response_type') === 'code' &&
    query.get('code_challenge_method') === 'S256' &&
    /^[\w-]{43}$/.test(query.get('code_challenge') ?? '') &&
    query.get('scopes') === needed &&
    (query.get('state') ?? '') !== '';
  if (!client || !isRight) return { status: 400, body: 'invalid_request' };
  const back = new URL(redirect);
  back.searchParams.set('state', query.get('state') ?? '');
  if (query.has('deny')) {
    back.searchParams.set('error', 'access_denied');
  } else {
    const code = fresh();
    codes.set(code, { client: client.id, redirect, challenge: query.get('code_challenge') ?? '' });
    back.searchParams.set('code', code);
  }
  return { status: 302, headers: { location: back.href }, body: '' };
}

function token(body: Body, world: SsoWorld, state: State): Said {
  const client = clientOf(body, state);
  switch (body.grantType) {
    case deviceGrant:
      confirmDevice(body, client, state);
      break;
    case 'authorization_code':
      useCode(body, client, state);
      break;
    case 'refresh_token': {
      const owner = state.refresh.get(String(body.refreshToken));
      if (owner !== client.id) throw new Refused('InvalidGrantException', 'invalid_grant');
      state.refresh.delete(String(body.refreshToken));
      break;
    }
    default:
      throw new Refused('UnsupportedGrantTypeException', 'unsupported_grant_type');
  }
  const [accessToken, refreshToken] = [fresh(), fresh()];
  state.tokens.set(accessToken, { until: Date.now() + world.tokenSeconds * 1000, client: client.id });
  if (client.scopes.includes(needed)) state.refresh.set(refreshToken, client.id);
  return json({
    accessToken,
    tokenType: 'Bearer',
    expiresIn: world.tokenSeconds,
    ...(client.scopes.includes(needed) ? { refreshToken } : {}),
  });
}

function confirmDevice(body: Body, client: Client, state: State): void {
  const code = state.devices.get(String(body.deviceCode));
  if (!code || code.client !== client.id) throw new Refused('InvalidGrantException', 'invalid_grant');
  if (state.hurried) {
    state.hurried = false;
    throw new Refused('SlowDownException', 'slow_down');
  }
  if (code.state === 'pending') throw new Refused('AuthorizationPendingException', 'authorization_pending');
  if (code.state === 'denied') throw new Refused('AccessDeniedException', 'access_denied');
  state.devices.delete(String(body.deviceCode));
}

function useCode(body: Body, client: Client, { codes }: State): void {
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
    throw new Refused('InvalidGrantException', 'invalid_grant');
}

// ---------------------------------------------------------------- portal

/** @returns whose it is */
function requireToken({ headers }: Heard, { tokens }: Pick<State, 'tokens'>): string {
  const given = headers['x-amz-sso_bearer_token'];
  const token = typeof given === 'string' ? tokens.get(given) : undefined;
  if (!token || token.until <= Date.now())
    throw new Refused('UnauthorizedException', 'Session token not found or invalid', 401);
  return token.client;
}

/** The whole session: every token of that sign-in, and what would renew it. */
function logout(heard: Heard, { tokens, refresh }: State): Said {
  const session = requireToken(heard, { tokens });
  if (heard.body !== '') throw new Refused('InvalidRequestException', 'invalid_request');
  for (const [token, { client }] of tokens) if (client === session) tokens.delete(token);
  for (const [token, client] of refresh) if (client === session) refresh.delete(token);
  return { status: 200, body: '' };
}

function accounts(heard: Heard, world: SsoWorld, state: State): Said {
  requireToken(heard, state);
  const all = [...world.accounts].map(([accountId, { name }]) => ({
    accountId,
    accountName: name,
    emailAddress: 'somebody@example.com',
  }));
  // In pages of one, so that whoever reads only the first is seen.
  const from = Number(heard.url.searchParams.get('next_token') ?? 0);
  return json({ accountList: all.slice(from, from + 1), nextToken: from + 1 < all.length ? String(from + 1) : null });
}

function accountIn({ url }: Heard, { accounts: all }: SsoWorld): { roles: string[] } {
  const account = all.get(url.searchParams.get('account_id') ?? '');
  if (!account) throw new Refused('ForbiddenException', 'No access', 403);
  return account;
}

function roles(heard: Heard, world: SsoWorld, state: State): Said {
  requireToken(heard, state);
  return json({
    roleList: accountIn(heard, world).roles.map((roleName) => ({
      roleName,
      accountId: heard.url.searchParams.get('account_id'),
    })),
  });
}

function credentials(heard: Heard, world: SsoWorld, state: State): Said {
  requireToken(heard, state);
  if (!accountIn(heard, world).roles.includes(heard.url.searchParams.get('role_name') ?? ''))
    throw new Refused('ForbiddenException', 'No access', 403);
  const { accessKeyId, secretAccessKey, sessionToken, expires } = world.sessions.next();
  return json({ roleCredentials: { accessKeyId, secretAccessKey, sessionToken, expiration: expires } });
}
