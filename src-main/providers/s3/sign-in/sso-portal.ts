/** The portal of IAM Identity Center: lists accounts and roles, and issues the credentials of a role. */
import * as v from 'valibot';
import { AppFailure, failure } from '../../../../src-shared/errors.ts';
import type { AwsCredentials } from './credential-cache.ts';
import { requestJson, requestService, ServiceError, type ServiceRequest } from './service-request.ts';
import { validAccessToken, type TokenContext } from './sso-access-token.ts';
import type { SsoTokenStore } from './sso-tokens.ts';

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

/** Returns IDs and names such as `123456789012 Production`, in the portal's order. */
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

/** Limits an endless list. Real lists are shorter. */
const maxPages = 50;

async function listAllPages<T extends { nextToken?: string | null | undefined }>(
  portal: SsoPortal,
  schema: v.GenericSchema<unknown, T>,
  path: string,
  query: Record<string, string>,
  itemsOf: (page: T) => string[],
): Promise<string[]> {
  const items: string[] = [];
  let next: string | undefined;
  for (let count = 0; count < maxPages; count++) {
    const page = await requestPortal(portal, schema, path, {
      ...query,
      max_result: '100',
      ...(next === undefined ? {} : { next_token: next }),
    });
    items.push(...itemsOf(page));
    next = page.nextToken ?? undefined;
    if (next === undefined) break;
  }
  return items;
}

/** @throws AppFailure for network errors and when the portal refuses; a session that has ended is not an error */
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

/** Renews the token once if the portal refuses it before it expires, for example because another program signed out. */
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
  const token = await validAccessToken(tokens, context);
  try {
    return await requestJson(schema, requestWith(token));
  } catch (cause) {
    if (!isUnauthorized(cause)) throw toPortalFailure(cause, query);
  }
  const renewedToken = await validAccessToken(tokens, context, token);
  try {
    return await requestJson(schema, requestWith(renewedToken));
  } catch (cause) {
    throw isUnauthorized(cause) ? context.signInNeeded(cause) : toPortalFailure(cause, query);
  }
}

const isUnauthorized = (cause: unknown): boolean => cause instanceof ServiceError && cause.status === 401;

/** The user has no access, or no longer has access, to an account or a role. */
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
