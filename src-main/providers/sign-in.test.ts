/** Being led through a service's own page, whatever the service, the person or the code does. */
import { expect, test } from 'vitest';
import * as v from 'valibot';
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { Provider, ProviderModule, Question } from './provider.ts';
import { signInThrough, type SignInOptions, type SignInTalk } from './sign-in.ts';

const ports = { now: Date.now, randomBytes: (count: number) => new Uint8Array(count) };
const talk: SignInTalk = { show: () => undefined, pasted: async () => '4711' };

function begin(
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
    capabilities: { maxBytes: 1, visibilities: ['public'], wishes: ['public'], manyLinks: true, canDelete: true },
    settings: v.record(v.string(), v.string()),
    links: () => ({ visibility: 'public' }),
    credentials: () => [],
    load: async () => ({
      connect: () => {
        throw new Error('not here');
      },
      errorOf: (cause) => (cause instanceof TypeError ? { code: 'unauthorized' } : undefined),
      ...(signIn ? { signIn } : {}),
    }),
  };
  const question: Question = {
    field: 'account',
    values: {},
    computer: { env: {}, home: '', platform: 'linux', read: () => undefined },
    signal,
  };
  return signInThrough(provider, question, ports, talk, options);
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (cause: unknown) => (cause instanceof AppFailure ? cause.error.code : String(cause)),
  );

test('what the person pastes reaches the service’s code, and what comes of it comes back', async () => {
  expect(
    await begin(async (_, { pasted, way }) => ({
      value: `${await pasted(new AbortController().signal)} ${way !== undefined}`,
    })),
  ).toEqual({ value: '4711 true' });
});

test('each way in which it can end badly is told apart', async () => {
  const never = (): Promise<never> => new Promise(() => undefined);
  const canceled = new AbortController();
  const waiting = codeOf(begin(never, canceled.signal));
  canceled.abort();
  expect(await waiting).toBe('canceled');
  expect(await codeOf(begin(never, undefined, { limit: 20 }))).toBe('stalled');
  expect(
    await codeOf(
      begin(async () => {
        throw new TypeError('refused');
      }),
    ),
  ).toBe('unauthorized');
  expect(
    await codeOf(
      begin(async () => {
        throw failure('forbidden');
      }),
    ),
  ).toBe('forbidden');
  expect(
    await codeOf(
      begin(async () => {
        throw new RangeError('ours');
      }),
    ),
  ).toBe('bug');
  expect(await codeOf(begin(undefined))).toBe('provider-broken');
});
