/** The sign-in service (OIDC) of IAM Identity Center, which issues tokens. */
import * as v from 'valibot';
import { partitionOfRegion } from '../aws-partitions.ts';
import type { CredentialContext } from './credential-context.ts';
import { requestJson } from './service-request.ts';

/** Addresses without a slash at the end. */
export interface SsoEndpoints {
  oidc: string;
  portal: string;
}

const domain = (region: string): string => partitionOfRegion(region).domain;

/** Organizations can have custom addresses; the AWS tools read the same variables. */
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

/** The only scope. The portal's operations need it, and the service issues refresh tokens only with it. */
export const ssoScope = 'sso:account:access';

export type SsoRequestContext = Pick<CredentialContext, 'transport' | 'signal'>;

const registrationSchema = v.object({
  clientId: v.string(),
  clientSecret: v.string(),
  clientSecretExpiresAt: v.number(),
});
export type ClientRegistration = v.InferOutput<typeof registrationSchema>;

/** `redirect`: the address on this computer that the browser returns to, without a port. */
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
