/**
 * IAM Identity Center: its sign-in service (OIDC) gives tokens, its portal says which accounts and roles they are for,
 * and gives keys of one of them.
 */
import * as v from 'valibot';
import { AppFailure, failure } from '../../../../src-shared/errors.ts';
import type { CredentialContext } from './credential-context.ts';
import { requestJson, requestService, ServiceError, type ServiceRequest } from './service-request.ts';
import type { AwsCredentials } from './credential-cache.ts';
import { formatTimestamp, type SsoTokens, type SsoTokenStore } from './sso-tokens.ts';

/** Addresses without a slash at the end. */
export interface SsoEndpoints {
  oidc: string;
  portal: string;
}

const domain = (region: string): string => (region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com');

/** Where an organization has addresses of its own for them, the AWS tools know the same variables. */
export const ssoEndpoints = (
  region: string,
  env: CredentialContext['computer']['env'],
  configured: Partial<SsoEndpoints> = {},
): SsoEndpoints => ({
  oidc: (env['AWS_ENDPOINT_URL_SSO_OIDC'] || configured.oidc || `https://oidc.${region}.${domain(region)}`).replace(
    /\/+$/,
    '',
  ),
  portal: (
    env['AWS_ENDPOINT_URL_SSO'] ||
    configured.portal ||
    `https://portal.sso.${region}.${domain(region)}`
  ).replace(/\/+$/, ''),
});

/** All that may be asked for; the portal's operations need it, and only with it there are tokens that renew tokens. */
export const ssoScope = 'sso:account:access';

type SsoRequestContext = Pick<CredentialContext, 'transport' | 'signal'>;

// ---------------------------------------------------------------- sign-in service

const registrationSchema = v.object({
  clientId: v.string(),
  clientSecret: v.string(),
  clientSecretExpiresAt: v.number(),
});
export type ClientRegistration = v.InferOutput<typeof registrationSchema>;

/** `redirect`: without a port, where the browser comes back to this computer. */
export const registerClient = (
  { oidc }: SsoEndpoints,
  startUrl: string,
  context: SsoRequestContext,
  redirect?: string,
): Promise<ClientRegistration> =>
  post(
    registrationSchema,
    oidc,
    '/client/register',
    {
      clientName: 'Hoist',
      clientType: 'public',
      scopes: [ssoScope],
      ...(redirect === undefined
        ? {}
        : { grantTypes: ['authorization_code', 'refresh_token'], redirectUris: [redirect], issuerUrl: startUrl }),
    },
    context,
  );

const deviceSchema = v.object({
  deviceCode: v.string(),
  userCode: v.string(),
  verificationUri: v.string(),
  verificationUriComplete: v.optional(v.string()),
  expiresIn: v.number(),
  interval: v.optional(v.number()),
});
export type DeviceAuthorization = v.InferOutput<typeof deviceSchema>;

export const startDeviceAuthorization = (
  { oidc }: SsoEndpoints,
  { clientId, clientSecret }: ClientRegistration,
  startUrl: string,
  context: SsoRequestContext,
): Promise<DeviceAuthorization> =>
  post(deviceSchema, oidc, '/device_authorization', { clientId, clientSecret, startUrl }, context);

const tokenSchema = v.object({ accessToken: v.string(), expiresIn: v.number(), refreshToken: v.optional(v.string()) });
export type SsoToken = v.InferOutput<typeof tokenSchema>;

export type TokenGrant =
  | { grantType: 'urn:ietf:params:oauth:grant-type:device_code'; deviceCode: string }
  | { grantType: 'authorization_code'; code: string; codeVerifier: string; redirectUri: string }
  | { grantType: 'refresh_token'; refreshToken: string };

export const createToken = (
  { oidc }: SsoEndpoints,
  { clientId, clientSecret }: Pick<ClientRegistration, 'clientId' | 'clientSecret'>,
  grant: TokenGrant,
  context: SsoRequestContext,
): Promise<SsoToken> => post(tokenSchema, oidc, '/token', { clientId, clientSecret, ...grant }, context);

const post = <T>(
  schema: v.GenericSchema<unknown, T>,
  base: string,
  path: string,
  body: object,
  { transport, signal }: SsoRequestContext,
): Promise<T> => requestJson(schema, { method: 'POST', url: new URL(base + path), body, transport, signal });

// ---------------------------------------------------------------- a token that works

/** Renewed when it has so much time left (ms). */
const renewalMarginMs = 5 * 60_000;

/** How a person is told that they have to sign in again. */
export type SignInNeeded = (cause?: unknown) => AppFailure;

export interface TokenContext extends SsoRequestContext {
  now(): number;
  endpoints: SsoEndpoints;
  signInNeeded: SignInNeeded;
}

/**
 * @param rejected a token that the portal does not take any more
 * @throws AppFailure as `needed` makes it, and for the network
 */
export async function validAccessToken(
  tokens: SsoTokenStore,
  context: TokenContext,
  rejected?: string,
): Promise<string> {
  const current = tokens.read();
  if (!current) throw context.signInNeeded();
  const remainingMs = current.accessToken === rejected ? -1 : Date.parse(current.expiresAt) - context.now();
  if (remainingMs > renewalMarginMs) return current.accessToken;
  try {
    return await renew(tokens, current, context);
  } catch (cause) {
    // It is not over yet: there is another chance.
    if (remainingMs > 0) return current.accessToken;
    throw cause;
  }
}

/** Two connections do not use one refresh token twice: the service takes it once. */
const pendingRenewals = new Map<string, Promise<string>>();

async function renew(tokens: SsoTokenStore, current: SsoTokens, context: TokenContext): Promise<string> {
  const { clientId, clientSecret, refreshToken, registrationExpiresAt } = current;
  const isRegistrationExpired =
    registrationExpiresAt !== undefined && Date.parse(registrationExpiresAt) <= context.now();
  if (!clientId || !clientSecret || !refreshToken || isRegistrationExpired) throw context.signInNeeded();
  const running =
    pendingRenewals.get(refreshToken) ??
    requestRenewal(tokens, { ...current, clientId, clientSecret, refreshToken }, context).finally(() =>
      pendingRenewals.delete(refreshToken),
    );
  pendingRenewals.set(refreshToken, running);
  return running;
}

async function requestRenewal(
  tokens: SsoTokenStore,
  current: SsoTokens & { clientId: string; clientSecret: string; refreshToken: string },
  context: TokenContext,
): Promise<string> {
  try {
    const renewed = await createToken(
      context.endpoints,
      current,
      { grantType: 'refresh_token', refreshToken: current.refreshToken },
      context,
    );
    await tokens.write({
      ...current,
      accessToken: renewed.accessToken,
      expiresAt: formatTimestamp(context.now() + renewed.expiresIn * 1000),
      refreshToken: renewed.refreshToken ?? current.refreshToken,
    });
    return renewed.accessToken;
  } catch (cause) {
    if (!(cause instanceof ServiceError)) throw cause;
    // Another program may have been quicker with the token that both read.
    const now = tokens.read();
    if (now && now.accessToken !== current.accessToken && Date.parse(now.expiresAt) > context.now())
      return now.accessToken;
    throw context.signInNeeded(cause);
  }
}

// ---------------------------------------------------------------- portal

export interface SsoRole {
  account: string;
  name: string;
}

const accountsSchema = v.object({
  accountList: v.array(v.object({ accountId: v.string(), accountName: v.optional(v.string()) })),
  nextToken: v.nullish(v.string()),
});
const rolesSchema = v.object({
  roleList: v.array(v.object({ roleName: v.string() })),
  nextToken: v.nullish(v.string()),
});
const roleCredentialsSchema = v.object({
  roleCredentials: v.object({
    accessKeyId: v.string(),
    secretAccessKey: v.string(),
    sessionToken: v.string(),
    expiration: v.number(),
  }),
});

export interface SsoPortal {
  tokens: SsoTokenStore;
  context: TokenContext;
}

/** `123456789012 Production`, in the portal's order. */
export async function listAccounts(portal: SsoPortal): Promise<string[]> {
  return listAllPages(portal, accountsSchema, '/assignment/accounts', {}, ({ accountList }) =>
    accountList.map(({ accountId, accountName }) => [accountId, accountName].filter(Boolean).join(' ')),
  );
}

export async function listRoles(portal: SsoPortal, account: string): Promise<string[]> {
  return listAllPages(portal, rolesSchema, '/assignment/roles', { account_id: account }, ({ roleList }) =>
    roleList.map(({ roleName }) => roleName),
  );
}

export async function ssoRoleCredentials(portal: SsoPortal, { account, name }: SsoRole): Promise<AwsCredentials> {
  const { roleCredentials: credentials } = await requestPortal(
    portal,
    roleCredentialsSchema,
    '/federation/credentials',
    {
      account_id: account,
      role_name: name,
    },
  );
  return {
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    sessionToken: credentials.sessionToken,
    expiration: new Date(credentials.expiration),
  };
}

/** More pages than anybody's list has. */
const maxPages = 50;

async function listAllPages<T extends { nextToken?: string | null | undefined }>(
  portal: SsoPortal,
  schema: v.GenericSchema<unknown, T>,
  path: string,
  query: Record<string, string>,
  itemsOf: (page: T) => string[],
): Promise<string[]> {
  const all: string[] = [];
  let next: string | undefined;
  for (let count = 0; count < maxPages; count++) {
    const page = await requestPortal(portal, schema, path, {
      ...query,
      max_result: '100',
      ...(next === undefined ? {} : { next_token: next }),
    });
    all.push(...itemsOf(page));
    next = page.nextToken ?? undefined;
    if (next === undefined) break;
  }
  return all;
}

/** @throws AppFailure for the network, and when the portal does not do it; a session that is over is left alone */
export async function endSession({ tokens, context }: SsoPortal): Promise<void> {
  const { endpoints, transport, signal } = context;
  const token = await validAccessToken(tokens, context).catch((cause: unknown) => {
    if (cause instanceof AppFailure && cause.error.code === 'session-expired') return undefined;
    throw cause;
  });
  if (token === undefined) return;
  const url = new URL(`${endpoints.portal}/logout`);
  const { status } = await requestService({
    method: 'POST',
    url,
    headers: { 'x-amz-sso_bearer_token': token },
    transport,
    signal,
  });
  if (status !== 200 && status !== 401) throw failure('unavailable', { params: { host: url.host } });
}

/** A token that is refused before its time, because the session was ended elsewhere, is renewed once. */
async function requestPortal<T>(
  { tokens, context }: SsoPortal,
  schema: v.GenericSchema<unknown, T>,
  path: string,
  query: Record<string, string>,
): Promise<T> {
  const url = new URL(context.endpoints.portal + path);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  const requestWith = (token: string): ServiceRequest => ({
    url,
    headers: { 'x-amz-sso_bearer_token': token },
    transport: context.transport,
    signal: context.signal,
  });
  const first = await validAccessToken(tokens, context);
  try {
    return await requestJson(schema, requestWith(first));
  } catch (cause) {
    if (!isUnauthorized(cause)) throw toPortalFailure(cause, query);
  }
  const second = await validAccessToken(tokens, context, first);
  try {
    return await requestJson(schema, requestWith(second));
  } catch (cause) {
    throw isUnauthorized(cause) ? context.signInNeeded(cause) : toPortalFailure(cause, query);
  }
}

const isUnauthorized = (cause: unknown): boolean => cause instanceof ServiceError && cause.status === 401;

/** An account or a role that is not, or no longer, this person's. */
function toPortalFailure(
  cause: unknown,
  { account_id: account = '', role_name: role }: Record<string, string>,
): unknown {
  if (!(cause instanceof ServiceError)) return cause;
  return failure(
    'forbidden',
    {
      field: role === undefined ? 'ssoAccount' : 'ssoRole',
      params: { why: role === undefined ? 'ssoAccount' : 'ssoRole', account, ...(role === undefined ? {} : { role }) },
    },
    cause,
  );
}
