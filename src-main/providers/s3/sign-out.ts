/**
 * Signing out at IAM Identity Center: the session that Hoist's own sign-in began ends there. Not the one in ~/.aws/sso, which is
 * everybody's who uses the AWS tools.
 */
import { failure, type AppFailure } from '../../../src-shared/errors.ts';
import type { ProviderModule } from '../provider.ts';
import { endSession, ssoPlace } from './sign-in/sso.ts';
import { ownPlace, readTokens, type SsoTokens } from './sign-in/sso-tokens.ts';

const field = 'ssoSignIn';

export const signOut: NonNullable<ProviderModule['signOut']> = async (
  { values, others, computer, signal },
  { way, now },
) => {
  const text = values[field] ?? '';
  const tokens = readTokens(text);
  if (!tokens || others.some((one) => isSame(readTokens(one[field]), tokens))) return;
  const needed = (cause?: unknown): AppFailure => failure('session-expired', { field, params: { why: 'sso' } }, cause);
  // Nobody needs what is renewed on the way out.
  await endSession({
    tokens: ownPlace(text, field, {}),
    use: { way, signal, now, place: ssoPlace(tokens.region, computer.env), needed },
  });
};

/** Tokens are renewed; the registration that they were given to is made anew for each sign-in. */
const isSame = (one: SsoTokens | undefined, other: SsoTokens): boolean =>
  one !== undefined &&
  (one.accessToken === other.accessToken || (one.clientId !== undefined && one.clientId === other.clientId));
