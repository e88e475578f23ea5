/** Supplies the credentials, whatever the sign-in method. All clients of one connection share them. */
import { failure } from '../../../src-shared/errors.ts';
import { redactLoadedSecrets } from '../../platform/redact.ts';
import type { CredentialContext } from './sign-in/credential-context.ts';
import { CredentialCache, type PromptMode, type AwsCredentials } from './sign-in/credential-cache.ts';
import { containerCredentials, instanceCredentials } from './sign-in/machine-credentials.ts';
import { profileCredentials } from './sign-in/profile-credentials.ts';
import { ssoRoleCredentials } from './sign-in/sso-portal.ts';
import { ssoEndpoints } from './sign-in/sso-service.ts';
import { hoistTokenStore } from './sign-in/sso-tokens.ts';
import type { S3Settings } from './settings.ts';
import type { S3SignIn } from './sign-in-settings.ts';

export interface CredentialSource {
  /** The SDK's clients call this before each request. */
  provider(): Promise<AwsCredentials>;
  /**
   * Replaces credentials that the store reports as expired. Absent when the credentials can never change.
   * @returns whether different credentials are available now
   */
  renew?(rejected: AwsCredentials): Promise<boolean>;
  /**
   * Makes sure that credentials are available without asking the user. Absent when they are always available.
   * @throws the error that prevents loading them
   */
  ensureWithoutPrompt?(): Promise<void>;
  /**
   * Returns the expiry of temporary credentials, without `at` (ms since 1970) when the time is unknown. Undefined for
   * permanent credentials.
   */
  expiry(): Promise<{ at?: number } | undefined>;
  /** Requests are not signed. */
  isAnonymous?: true;
  /** Aborts pending requests for credentials. */
  close(): void;
}

export function createCredentialSource(
  { signIn, region }: Pick<S3Settings, 'signIn' | 'region'>,
  context: Omit<CredentialContext, 'region' | 'signal'>,
): CredentialSource {
  const closing = new AbortController();
  const close = (): void => closing.abort();
  if (signIn.by === 'keys') {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = signIn;
    const expiry = expiresAt === undefined ? {} : { at: expiresAt };
    return {
      provider: async () => ({ accessKeyId, secretAccessKey, sessionToken }),
      expiry: async () => (sessionToken === undefined ? undefined : expiry),
      close,
    };
  }
  if (signIn.by === 'anonymous')
    return {
      provider: async () => ({ accessKeyId: '', secretAccessKey: '' }),
      expiry: async () => undefined,
      isAnonymous: true,
      close,
    };
  /** Session tokens that the store refused: the loader must not return them from a cache on disk. */
  const rejectedTokens = new Set<string>();
  const load = createLoader(signIn, { ...context, region, signal: closing.signal, rejectedTokens });
  const cache = new CredentialCache(
    async (promptMode) => {
      const keys = await load(promptMode);
      redactLoadedSecrets(keys.secretAccessKey, keys.sessionToken);
      return keys;
    },
    () => context.ports.now(),
  );
  return {
    provider: () => cache.get(),
    renew: (rejected) => {
      if (rejected.sessionToken !== undefined) rejectedTokens.add(rejected.sessionToken);
      return cache.renew(rejected);
    },
    ensureWithoutPrompt: () => cache.ensureWithoutPrompt(),
    async expiry() {
      const { sessionToken, expiration } = await cache.get();
      if (sessionToken === undefined) return undefined;
      return expiration === undefined ? {} : { at: expiration.getTime() };
    },
    close,
  };
}

/** The sign-in methods whose credentials come from a file, a program or a service. */
type LoadedSignIn = Exclude<S3SignIn, { by: 'keys' | 'anonymous' }>;

/** Removes the functions that ask the user. */
const withoutPrompt = (context: CredentialContext): CredentialContext => {
  const { promptForCode: _, confirmProgram: __, ...ports } = context.ports;
  return { ...context, ports };
};

/** Returns a function that loads the current credentials of a sign-in method. */
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
