/**
 * IAM Identity Center: its sign-in service (OIDC) gives tokens, its portal says which accounts and roles they are for,
 * and gives keys of one of them.
 */
import * as v from 'valibot';
import { AppFailure, failure } from '../../../../src-shared/errors.ts';
import type { Around } from './around.ts';
import { askJson, askService, ServiceRefusal, type Asked } from './ask-service.ts';
import type { Keys } from './key-ring.ts';
import { isoTime, type SsoTokens, type TokenPlace } from './sso-tokens.ts';

/** Addresses without a slash at the end. */
export interface SsoPlace {
  oidc: string;
  portal: string;
}

const domain = (region: string): string => (region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com');

/** Where an organization has addresses of its own for them, the AWS tools know the same variables. */
export const ssoPlace = (region: string, env: Around['computer']['env'], named: Partial<SsoPlace> = {}): SsoPlace => ({
  oidc: (env['AWS_ENDPOINT_URL_SSO_OIDC'] || named.oidc || `https://oidc.${region}.${domain(region)}`).replace(
    /\/+$/,
    '',
  ),
  portal: (env['AWS_ENDPOINT_URL_SSO'] || named.portal || `https://portal.sso.${region}.${domain(region)}`).replace(
    /\/+$/,
    '',
  ),
});

/** All that may be asked for; the portal's operations need it, and only with it there are tokens that renew tokens. */
export const scope = 'sso:account:access';

type From = Pick<Around, 'way' | 'signal'>;

// ---------------------------------------------------------------- sign-in service

const registered = v.object({ clientId: v.string(), clientSecret: v.string(), clientSecretExpiresAt: v.number() });
export type Registered = v.InferOutput<typeof registered>;

/** `redirect`: without a port, where the browser comes back to this computer. */
export const register = ({ oidc }: SsoPlace, startUrl: string, from: From, redirect?: string): Promise<Registered> =>
  post(
    registered,
    oidc,
    '/client/register',
    {
      clientName: 'Hoist',
      clientType: 'public',
      scopes: [scope],
      ...(redirect === undefined
        ? {}
        : { grantTypes: ['authorization_code', 'refresh_token'], redirectUris: [redirect], issuerUrl: startUrl }),
    },
    from,
  );

const device = v.object({
  deviceCode: v.string(),
  userCode: v.string(),
  verificationUri: v.string(),
  verificationUriComplete: v.optional(v.string()),
  expiresIn: v.number(),
  interval: v.optional(v.number()),
});
export type Device = v.InferOutput<typeof device>;

export const startDevice = (
  { oidc }: SsoPlace,
  { clientId, clientSecret }: Registered,
  startUrl: string,
  from: From,
): Promise<Device> => post(device, oidc, '/device_authorization', { clientId, clientSecret, startUrl }, from);

const token = v.object({ accessToken: v.string(), expiresIn: v.number(), refreshToken: v.optional(v.string()) });
export type Token = v.InferOutput<typeof token>;

export type Grant =
  | { grantType: 'urn:ietf:params:oauth:grant-type:device_code'; deviceCode: string }
  | { grantType: 'authorization_code'; code: string; codeVerifier: string; redirectUri: string }
  | { grantType: 'refresh_token'; refreshToken: string };

export const createToken = (
  { oidc }: SsoPlace,
  { clientId, clientSecret }: Pick<Registered, 'clientId' | 'clientSecret'>,
  grant: Grant,
  from: From,
): Promise<Token> => post(token, oidc, '/token', { clientId, clientSecret, ...grant }, from);

const post = <T>(
  schema: v.GenericSchema<unknown, T>,
  base: string,
  path: string,
  body: object,
  { way, signal }: From,
): Promise<T> => askJson(schema, { method: 'POST', url: new URL(base + path), body, way, signal });

// ---------------------------------------------------------------- a token that works

/** Renewed when it has so much time left (ms). */
const marginMs = 5 * 60_000;

/** How a person is told that they have to sign in again. */
export type SignInNeeded = (cause?: unknown) => AppFailure;

export interface TokenUse extends From {
  now(): number;
  place: SsoPlace;
  needed: SignInNeeded;
}

/**
 * @param refused a token that the portal does not take any more
 * @throws AppFailure as `needed` makes it, and for the network
 */
export async function accessToken(tokens: TokenPlace, use: TokenUse, refused?: string): Promise<string> {
  const known = tokens.read();
  if (!known) throw use.needed();
  const left = known.accessToken === refused ? -1 : Date.parse(known.expiresAt) - use.now();
  if (left > marginMs) return known.accessToken;
  try {
    return await renew(tokens, known, use);
  } catch (cause) {
    // It is not over yet: there is another chance.
    if (left > 0) return known.accessToken;
    throw cause;
  }
}

/** Two connections do not use one refresh token twice: the service takes it once. */
const renewing = new Map<string, Promise<string>>();

async function renew(tokens: TokenPlace, known: SsoTokens, use: TokenUse): Promise<string> {
  const { clientId, clientSecret, refreshToken, registrationExpiresAt } = known;
  const isOver = registrationExpiresAt !== undefined && Date.parse(registrationExpiresAt) <= use.now();
  if (!clientId || !clientSecret || !refreshToken || isOver) throw use.needed();
  const running =
    renewing.get(refreshToken) ??
    renewNow(tokens, { ...known, clientId, clientSecret, refreshToken }, use).finally(() =>
      renewing.delete(refreshToken),
    );
  renewing.set(refreshToken, running);
  return running;
}

async function renewNow(
  tokens: TokenPlace,
  known: SsoTokens & { clientId: string; clientSecret: string; refreshToken: string },
  use: TokenUse,
): Promise<string> {
  try {
    const given = await createToken(
      use.place,
      known,
      { grantType: 'refresh_token', refreshToken: known.refreshToken },
      use,
    );
    await tokens.write({
      ...known,
      accessToken: given.accessToken,
      expiresAt: isoTime(use.now() + given.expiresIn * 1000),
      refreshToken: given.refreshToken ?? known.refreshToken,
    });
    return given.accessToken;
  } catch (cause) {
    if (!(cause instanceof ServiceRefusal)) throw cause;
    // Another program may have been quicker with the token that both read.
    const now = tokens.read();
    if (now && now.accessToken !== known.accessToken && Date.parse(now.expiresAt) > use.now()) return now.accessToken;
    throw use.needed(cause);
  }
}

// ---------------------------------------------------------------- portal

export interface Role {
  account: string;
  name: string;
}

const accounts = v.object({
  accountList: v.array(v.object({ accountId: v.string(), accountName: v.optional(v.string()) })),
  nextToken: v.nullish(v.string()),
});
const roles = v.object({ roleList: v.array(v.object({ roleName: v.string() })), nextToken: v.nullish(v.string()) });
const roleKeys = v.object({
  roleCredentials: v.object({
    accessKeyId: v.string(),
    secretAccessKey: v.string(),
    sessionToken: v.string(),
    expiration: v.number(),
  }),
});

export interface Portal {
  tokens: TokenPlace;
  use: TokenUse;
}

/** `123456789012 Production`, in the portal's order. */
export async function accountsAt(portal: Portal): Promise<string[]> {
  return pages(portal, accounts, '/assignment/accounts', {}, ({ accountList }) =>
    accountList.map(({ accountId, accountName }) => [accountId, accountName].filter(Boolean).join(' ')),
  );
}

export async function rolesAt(portal: Portal, account: string): Promise<string[]> {
  return pages(portal, roles, '/assignment/roles', { account_id: account }, ({ roleList }) =>
    roleList.map(({ roleName }) => roleName),
  );
}

export async function keysOfRole(portal: Portal, { account, name }: Role): Promise<Keys> {
  const { roleCredentials: given } = await ask(portal, roleKeys, '/federation/credentials', {
    account_id: account,
    role_name: name,
  });
  return {
    accessKeyId: given.accessKeyId,
    secretAccessKey: given.secretAccessKey,
    sessionToken: given.sessionToken,
    expiration: new Date(given.expiration),
  };
}

/** More pages than anybody's list has. */
const mostPages = 50;

async function pages<T extends { nextToken?: string | null | undefined }>(
  portal: Portal,
  schema: v.GenericSchema<unknown, T>,
  path: string,
  query: Record<string, string>,
  of: (page: T) => string[],
): Promise<string[]> {
  const all: string[] = [];
  let next: string | undefined;
  for (let count = 0; count < mostPages; count++) {
    const page = await ask(portal, schema, path, {
      ...query,
      max_result: '100',
      ...(next === undefined ? {} : { next_token: next }),
    });
    all.push(...of(page));
    next = page.nextToken ?? undefined;
    if (next === undefined) break;
  }
  return all;
}

/** @throws AppFailure for the network, and when the portal does not do it; a session that is over is left alone */
export async function endSession({ tokens, use }: Portal): Promise<void> {
  const { place, way, signal } = use;
  const token = await accessToken(tokens, use).catch((cause: unknown) => {
    if (cause instanceof AppFailure && cause.error.code === 'session-expired') return undefined;
    throw cause;
  });
  if (token === undefined) return;
  const url = new URL(`${place.portal}/logout`);
  const { status } = await askService({
    method: 'POST',
    url,
    headers: { 'x-amz-sso_bearer_token': token },
    way,
    signal,
  });
  if (status !== 200 && status !== 401) throw failure('unavailable', { params: { host: url.host } });
}

/** A token that is refused before its time, because the session was ended elsewhere, is renewed once. */
async function ask<T>(
  { tokens, use }: Portal,
  schema: v.GenericSchema<unknown, T>,
  path: string,
  query: Record<string, string>,
): Promise<T> {
  const url = new URL(use.place.portal + path);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  const asked = (its: string): Asked => ({
    url,
    headers: { 'x-amz-sso_bearer_token': its },
    way: use.way,
    signal: use.signal,
  });
  const first = await accessToken(tokens, use);
  try {
    return await askJson(schema, asked(first));
  } catch (cause) {
    if (!isUnauthorized(cause)) throw portalFailure(cause, query);
  }
  const second = await accessToken(tokens, use, first);
  try {
    return await askJson(schema, asked(second));
  } catch (cause) {
    throw isUnauthorized(cause) ? use.needed(cause) : portalFailure(cause, query);
  }
}

const isUnauthorized = (cause: unknown): boolean => cause instanceof ServiceRefusal && cause.status === 401;

/** An account or a role that is not, or no longer, this person's. */
function portalFailure(cause: unknown, { account_id: account = '', role_name: role }: Record<string, string>): unknown {
  if (!(cause instanceof ServiceRefusal)) return cause;
  return failure(
    'forbidden',
    {
      field: role === undefined ? 'ssoAccount' : 'ssoRole',
      params: { why: role === undefined ? 'ssoAccount' : 'ssoRole', account, ...(role === undefined ? {} : { role }) },
    },
    cause,
  );
}
