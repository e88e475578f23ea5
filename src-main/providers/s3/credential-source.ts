/** Who signs, whichever way one signs in. All clients of one connection share what was asked for. */
import { failure } from '../../../src-shared/errors.ts';
import type { CredentialContext } from './sign-in/credential-context.ts';
import { CredentialCache, type PromptMode, type AwsCredentials } from './sign-in/credential-cache.ts';
import { containerCredentials, instanceCredentials } from './sign-in/machine-credentials.ts';
import { profileCredentials } from './sign-in/profile-credentials.ts';
import { ssoRoleCredentials, ssoEndpoints } from './sign-in/sso.ts';
import { hoistTokenStore } from './sign-in/sso-tokens.ts';
import type { S3Settings, S3SignIn } from './settings.ts';

export interface CredentialSource {
  /** For the SDK's clients, which ask before each request. */
  provider(): Promise<AwsCredentials>;
  /**
   * The store says that these have ended. Without it, there are no others.
   * @returns whether there are others now
   */
  renew?(rejected: AwsCredentials): Promise<boolean>;
  /** There are keys that take no person to get. Without it, there always are. @throws why there are none */
  ensureWithoutPrompt?(): Promise<void>;
  /** Of keys that end by themselves; `at` (ms since 1970) where they say when. */
  expiry(): Promise<{ at?: number } | undefined>;
  /** Nothing is signed. */
  isAnonymous?: true;
  /** What is asked of others ends. */
  close(): void;
}

export function createCredentialSource(
  { signIn, region }: Pick<S3Settings, 'signIn' | 'region'>,
  context: Omit<CredentialContext, 'region' | 'signal'>,
): CredentialSource {
  const closing = new AbortController();
  const close = (): void => closing.abort();
  if (signIn.by === 'keys') {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt: end } = signIn;
    const expiry = end === undefined ? {} : { at: end };
    return {
      provider: async () => ({ accessKeyId, secretAccessKey, sessionToken }),
      expiry: async () => (sessionToken === undefined ? undefined : expiry),
      close,
    };
  }
  if (signIn.by === 'nobody')
    return {
      provider: async () => ({ accessKeyId: '', secretAccessKey: '' }),
      expiry: async () => undefined,
      isAnonymous: true,
      close,
    };
  const cache = new CredentialCache(createLoader(signIn, { ...context, region, signal: closing.signal }), () =>
    context.ports.now(),
  );
  return {
    provider: () => cache.get(),
    renew: (rejected) => cache.renew(rejected),
    ensureWithoutPrompt: () => cache.ensureWithoutPrompt(),
    async expiry() {
      const { sessionToken, expiration } = await cache.get();
      return sessionToken === undefined ? undefined : expiration === undefined ? {} : { at: expiration.getTime() };
    },
    close,
  };
}

type LoadedSignIn = Exclude<S3SignIn, { by: 'keys' | 'nobody' }>;

const withoutPrompt = (context: CredentialContext): CredentialContext => {
  const { promptForCode: _, ...ports } = context.ports;
  return { ...context, ports };
};

function createLoader(
  signIn: LoadedSignIn,
  context: CredentialContext,
): (promptMode: PromptMode) => Promise<AwsCredentials> {
  switch (signIn.by) {
    case 'profile':
      return (promptMode) =>
        profileCredentials(signIn.profile, promptMode === 'interactive' ? context : withoutPrompt(context));
    case 'container':
      return () => containerCredentials(context);
    case 'instance':
      return () => instanceCredentials(context);
    case 'sso': {
      const { account, role, region, tokens } = signIn;
      const { transport, signal, ports, computer } = context;
      const signInNeeded = (cause?: unknown) =>
        failure('session-expired', { field: 'ssoSignIn', params: { why: 'sso' } }, cause);
      const portal = {
        tokens: hoistTokenStore(tokens, 'ssoSignIn', ports),
        context: {
          transport,
          signal,
          now: () => ports.now(),
          endpoints: ssoEndpoints(region, computer.env),
          signInNeeded,
        },
      };
      return () => ssoRoleCredentials(portal, { account, name: role });
    }
  }
}
