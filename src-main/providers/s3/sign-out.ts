/**
 * Ends the IAM Identity Center session that Hoist's own sign-in began. It leaves the session in ~/.aws/sso alone,
 * because every AWS tool shares that one.
 */
import { failure, type AppFailure } from '../../../src-shared/errors.ts';
import type { ProviderModule } from '../contract/provider.ts';
import { endSession } from './sign-in/sso-portal.ts';
import { ssoEndpoints } from './sign-in/sso-service.ts';
import { hoistTokenStore, parseSsoTokens, type SsoTokens } from './sign-in/sso-tokens.ts';

const field = 'ssoSignIn';

export const s3SignOut: NonNullable<ProviderModule['signOut']> = async (
  { values, others, computer, signal },
  { transport, now },
) => {
  const text = values[field] ?? '';
  const tokens = parseSsoTokens(text);
  if (!tokens || others.some((other) => isSameSignIn(parseSsoTokens(other[field]), tokens))) return;
  const signInNeeded = (cause?: unknown): AppFailure =>
    failure('session-expired', { field, params: { why: 'sso' } }, cause);
  // The tokens are unused after the sign-out, so a renewal is not stored.
  await endSession({
    tokens: hoistTokenStore(text, field, {}),
    context: { transport, signal, now, endpoints: ssoEndpoints(tokens.region, computer.env), signInNeeded },
  });
};

/** Compares the client registrations too, because a renewal changes the tokens. Each sign-in registers a new client. */
const isSameSignIn = (candidate: SsoTokens | undefined, other: SsoTokens): boolean =>
  candidate !== undefined &&
  (candidate.accessToken === other.accessToken ||
    (candidate.clientId !== undefined && candidate.clientId === other.clientId));
