/**
 * Signing out at IAM Identity Center: the session that Hoist's own sign-in began ends there. Not the one in ~/.aws/sso, which is
 * everybody's who uses the AWS tools.
 */
import { failure, type AppFailure } from '../../../src-shared/errors.ts';
import type { ProviderModule } from '../contract/provider.ts';
import { endSession, ssoEndpoints } from './sign-in/sso.ts';
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
  // Nobody needs what is renewed on the way out.
  await endSession({
    tokens: hoistTokenStore(text, field, {}),
    context: { transport, signal, now, endpoints: ssoEndpoints(tokens.region, computer.env), signInNeeded },
  });
};

/** Tokens are renewed; the registration that they were given to is made anew for each sign-in. */
const isSameSignIn = (candidate: SsoTokens | undefined, other: SsoTokens): boolean =>
  candidate !== undefined &&
  (candidate.accessToken === other.accessToken ||
    (candidate.clientId !== undefined && candidate.clientId === other.clientId));
