/** Tests the result of a sign-in that succeeds, fails, times out or is canceled. */
import { expect, test } from 'vitest';
import * as v from 'valibot';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import type { Provider, ProviderModule, FieldContext } from '../contract/provider.ts';
import { signInToProvider, type SignInOptions, type SignInPrompts } from './sign-in.ts';

const ports = { now: Date.now, randomBytes: (count: number) => new Uint8Array(count) };
const prompts: SignInPrompts = { show: () => undefined, pasted: async () => '4711' };

/** Signs in to a minimal provider with this sign-in function. Its `errorOf` translates only a TypeError. */
function startSignIn(
  signIn: ProviderModule['signIn'],
  signal: AbortSignal = new AbortController().signal,
  options?: SignInOptions,
) {
  const provider: Provider = {
    id: 's3',
    name: 'Service',
    help: 'app.name',
    presets: [],
    fields: [],
    capabilities: {
      maxBytes: 1,
      visibilities: ['public'],
      supportedLinkKinds: ['public'],
      manyLinks: true,
      canDelete: true,
    },
    settings: v.record(v.string(), v.string()),
    linkAccess: () => ({ visibility: 'public' }),
    discoverCredentials: () => [],
    load: async () => ({
      connect: () => {
        throw new Error('connect is not expected');
      },
      errorOf: (cause) => (cause instanceof TypeError ? { code: 'unauthorized' } : undefined),
      ...(signIn ? { signIn } : {}),
    }),
  };
  const context: FieldContext = {
    field: 'account',
    values: {},
    computer: { env: {}, home: '', platform: 'linux', read: () => undefined },
    signal,
  };
  return signInToProvider(provider, context, ports, prompts, options);
}

/** The error code with which `work` fails; `done` when it succeeds. */
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (cause: unknown) => (cause instanceof AppFailure ? cause.error.code : String(cause)),
  );

test('signInToProvider passes the pasted text to the provider and returns its result', async () => {
  expect(
    await startSignIn(async (_, { pasted, transport }) => ({
      value: `${await pasted(new AbortController().signal)} ${transport !== undefined}`,
    })),
  ).toEqual({ value: '4711 true' });
});

test('signInToProvider reports each kind of failure with its own error code', async () => {
  const never = (): Promise<never> => new Promise(() => undefined);
  const canceled = new AbortController();
  const canceledSignIn = codeOf(startSignIn(never, canceled.signal));
  canceled.abort();
  expect(await canceledSignIn).toBe('canceled');
  expect(await codeOf(startSignIn(never, undefined, { timeoutMs: 20 }))).toBe('stalled');
  expect(
    await codeOf(
      startSignIn(async () => {
        throw new TypeError('refused');
      }),
    ),
  ).toBe('unauthorized');
  expect(
    await codeOf(
      startSignIn(async () => {
        throw failure('forbidden');
      }),
    ),
  ).toBe('forbidden');
  expect(
    await codeOf(
      startSignIn(async () => {
        throw new RangeError('unexpected');
      }),
    ),
  ).toBe('bug');
  expect(await codeOf(startSignIn(undefined))).toBe('provider-broken');
});
