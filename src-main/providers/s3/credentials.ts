/** Who signs, whichever way one signs in. All clients of one connection share what was asked for. */
import { failure } from '../../../src-shared/errors.ts';
import type { Around } from './sign-in/around.ts';
import { KeyRing, type Asking, type Keys } from './sign-in/key-ring.ts';
import { containerKeys, instanceKeys } from './sign-in/machine-keys.ts';
import { keysOfProfile } from './sign-in/profile-keys.ts';
import { keysOfRole, ssoPlace } from './sign-in/sso.ts';
import { ownPlace } from './sign-in/sso-tokens.ts';
import type { S3Settings, SignIn } from './settings.ts';

export interface Credentials {
  /** For the SDK's clients, which ask before each request. */
  provider(): Promise<Keys>;
  /**
   * The store says that these have ended. Without it, there are no others.
   * @returns whether there are others now
   */
  replace?(refused: Keys): Promise<boolean>;
  /** There are keys that take no person to get. Without it, there always are. @throws why there are none */
  unasked?(): Promise<void>;
  /** Of keys that end by themselves; `at` (ms since 1970) where they say when. */
  end(): Promise<{ at?: number } | undefined>;
  /** Nothing is signed. */
  isNobody?: true;
  /** What is asked of others ends. */
  close(): void;
}

export function credentialsOf(
  { signIn, region }: Pick<S3Settings, 'signIn' | 'region'>,
  around: Omit<Around, 'region' | 'signal'>,
): Credentials {
  const closing = new AbortController();
  const close = (): void => closing.abort();
  if (signIn.by === 'keys') {
    const { accessKeyId, secretAccessKey, sessionToken, end } = signIn;
    const endsAt = end === undefined ? {} : { at: end };
    return {
      provider: async () => ({ accessKeyId, secretAccessKey, sessionToken }),
      end: async () => (sessionToken === undefined ? undefined : endsAt),
      close,
    };
  }
  if (signIn.by === 'nobody')
    return {
      provider: async () => ({ accessKeyId: '', secretAccessKey: '' }),
      end: async () => undefined,
      isNobody: true,
      close,
    };
  const ring = new KeyRing(loaderOf(signIn, { ...around, region, signal: closing.signal }), () => around.ports.now());
  return {
    provider: () => ring.keys(),
    replace: (refused) => ring.replace(refused),
    unasked: () => ring.unasked(),
    async end() {
      const { sessionToken, expiration } = await ring.keys();
      return sessionToken === undefined ? undefined : expiration === undefined ? {} : { at: expiration.getTime() };
    },
    close,
  };
}

type Asked = Exclude<SignIn, { by: 'keys' | 'nobody' }>;

const withNobody = (around: Around): Around => {
  const { ask: _, ...ports } = around.ports;
  return { ...around, ports };
};

function loaderOf(signIn: Asked, around: Around): (asking: Asking) => Promise<Keys> {
  switch (signIn.by) {
    case 'profile':
      return (asking) => keysOfProfile(signIn.profile, asking === 'person' ? around : withNobody(around));
    case 'container':
      return () => containerKeys(around);
    case 'instance':
      return () => instanceKeys(around);
    case 'sso': {
      const { account, role, region, signedIn } = signIn;
      const { way, signal, ports, computer } = around;
      const needed = (cause?: unknown) =>
        failure('session-expired', { field: 'ssoSignIn', params: { why: 'sso' } }, cause);
      const portal = {
        tokens: ownPlace(signedIn, 'ssoSignIn', ports),
        use: { way, signal, now: () => ports.now(), place: ssoPlace(region, computer.env), needed },
      };
      return () => keysOfRole(portal, { account, name: role });
    }
  }
}
