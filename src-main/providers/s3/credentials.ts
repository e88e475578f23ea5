/** Who signs: keys that were entered, or a profile of the AWS tools, which is read again and again, because it changes outside. */
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { failure } from '../../../src-shared/errors.ts';
import type { Computer } from '../provider.ts';
import { awsFiles } from './aws-files.ts';
import type { SignIn } from './settings.ts';

/** As the SDK wants them. */
interface Keys { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined; expiration?: Date | undefined }

export interface Credentials {
  /** For the SDK's clients. */
  provider(): Promise<Keys>;
  /** Of keys that end by themselves; `at` (ms since 1970) where they say when. */
  end(): Promise<{ at?: number } | undefined>;
}

/** Keys without an end may be replaced in their file at any time; whoever did that does not wait long. */
const lookAgainMs = 60_000;
/** The SDK asks for others when these have so much time left. */
const sdkMarginMs = 5 * 60_000;

/** @param region that the SDK may ask other services in, when the profile says so */
export function credentialsOf(signIn: SignIn, computer: Computer, region: string): Credentials {
  if (signIn.by === 'keys') {
    const { accessKeyId, secretAccessKey, sessionToken } = signIn;
    return { provider: async () => ({ accessKeyId, secretAccessKey, sessionToken }), end: async () => (sessionToken === undefined ? undefined : {}) };
  }
  const { credentials: filepath, config: configFilepath } = awsFiles(computer);
  // The SDK remembers files for as long as the process lives, unless it is told not to.
  const load = fromIni({ profile: signIn.profile, filepath, configFilepath, ignoreCache: true, clientConfig: { region } });
  let known: { keys: Promise<Keys>; until: number } | undefined;
  const read = async (): Promise<Keys> => {
    // One client after the other asks for the same.
    if (!known || known.until < Date.now()) known = { keys: load(), until: Date.now() + lookAgainMs };
    try {
      return await known.keys;
    } catch (cause) {
      known = undefined;
      throw failureOf(cause, signIn.profile);
    }
  };
  return {
    provider: async () => { const keys = await read(); return { ...keys, expiration: keys.expiration ?? new Date(Date.now() + sdkMarginMs + lookAgainMs) }; },
    end: async () => {
      const { sessionToken, expiration } = await read();
      return sessionToken === undefined ? undefined : expiration === undefined ? {} : { at: expiration.getTime() };
    },
  };
}

/** The SDK's words may hold what is in the file: they go to the log, redacted, and not into a sentence. */
function failureOf(cause: unknown, profile: string): unknown {
  if (!(cause instanceof Error) || !/CredentialsProviderError|TokenProviderError/.test(cause.name)) return cause;
  const isExpired = /expired|refresh/i.test(cause.message);
  return failure(isExpired ? 'session-expired' : 'secret-missing', { field: 'awsProfile', params: { why: 'profile', profile } }, cause);
}
