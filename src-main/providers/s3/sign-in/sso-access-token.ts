/** Returns valid access tokens of IAM Identity Center and renews them before they expire. */
import type { AppFailure } from '../../../../src-shared/errors.ts';
import { redactLoadedSecrets } from '../../../platform/redact.ts';
import { ServiceError } from './service-request.ts';
import { createToken, type SsoEndpoints, type SsoRequestContext } from './sso-service.ts';
import { formatTimestamp, type SsoTokens, type SsoTokenStore } from './sso-tokens.ts';

/** A token is renewed when it has less than this left (ms). */
const renewalMarginMs = 5 * 60_000;

/** Makes the error that tells the user to sign in again. */
type SignInNeeded = (cause?: unknown) => AppFailure;

export interface TokenContext extends SsoRequestContext {
  now(): number;
  endpoints: SsoEndpoints;
  signInNeeded: SignInNeeded;
}

/**
 * @param rejected a token that the portal no longer accepts
 * @throws AppFailure made by `signInNeeded`, and for network errors
 */
export async function validAccessToken(
  tokens: SsoTokenStore,
  context: TokenContext,
  rejected?: string,
): Promise<string> {
  const current = tokens.read();
  if (!current) throw context.signInNeeded();
  redactLoadedSecrets(current.accessToken, current.refreshToken, current.clientSecret);
  // A rejected token counts as expired.
  const remainingMs = current.accessToken === rejected ? -1 : Date.parse(current.expiresAt) - context.now();
  if (remainingMs > renewalMarginMs) return current.accessToken;
  try {
    return await renew(tokens, current, context);
  } catch (cause) {
    // The token is still valid, so the renewal can be tried again later.
    if (remainingMs > 0) return current.accessToken;
    throw cause;
  }
}

/** By refresh token. The service accepts a refresh token once, so two connections must share one renewal. */
const pendingRenewals = new Map<string, Promise<string>>();

async function renew(tokens: SsoTokenStore, current: SsoTokens, context: TokenContext): Promise<string> {
  const { clientId, clientSecret, refreshToken, registrationExpiresAt } = current;
  const isRegistrationExpired =
    registrationExpiresAt !== undefined && Date.parse(registrationExpiresAt) <= context.now();
  if (!clientId || !clientSecret || !refreshToken || isRegistrationExpired) throw context.signInNeeded();
  const renewal =
    pendingRenewals.get(refreshToken) ??
    requestRenewal(tokens, { ...current, clientId, clientSecret, refreshToken }, context).finally(() =>
      pendingRenewals.delete(refreshToken),
    );
  pendingRenewals.set(refreshToken, renewal);
  return renewal;
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
    redactLoadedSecrets(renewed.accessToken, renewed.refreshToken);
    await tokens.write({
      ...current,
      accessToken: renewed.accessToken,
      expiresAt: formatTimestamp(context.now() + renewed.expiresIn * 1000),
      refreshToken: renewed.refreshToken ?? current.refreshToken,
    });
    return renewed.accessToken;
  } catch (cause) {
    if (!(cause instanceof ServiceError)) throw cause;
    // Another program may have used the refresh token first and stored new tokens.
    const latest = tokens.read();
    if (latest && latest.accessToken !== current.accessToken && Date.parse(latest.expiresAt) > context.now())
      return latest.accessToken;
    throw context.signInNeeded(cause);
  }
}
