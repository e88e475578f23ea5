/** Sign-out at a service that supports it, at one that does not, and at one that never answers. */
import { expect, test } from 'vitest';
import * as v from 'valibot';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import type { Provider, ProviderModule } from '../contract/provider.ts';
import { signOutOfProvider } from './sign-out.ts';

const ports = { now: Date.now, randomBytes: (count: number) => new Uint8Array(count) };

function runSignOut(signOut: ProviderModule['signOut'], timeoutMs?: number): Promise<string> {
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
        throw new Error('not here');
      },
      errorOf: (cause) => (cause instanceof TypeError ? { code: 'unauthorized' } : undefined),
      ...(signOut ? { signOut } : {}),
    }),
  };
  const request = {
    values: { account: 'mine' },
    others: [],
    computer: { env: {}, home: '', platform: 'linux' as const, read: () => undefined },
  };
  return signOutOfProvider(provider, request, ports, timeoutMs === undefined ? {} : { timeoutMs }).then(
    () => 'done',
    (cause: unknown) => (cause instanceof AppFailure ? cause.error.code : String(cause)),
  );
}

test('passes the values and a transport to the provider, with a time limit', async () => {
  const seen: unknown[] = [];
  expect(
    await runSignOut(async ({ values, signal }, { transport: way }) => {
      seen.push(values, signal.aborted, way !== undefined);
    }),
  ).toBe('done');
  expect(seen).toEqual([{ account: 'mine' }, false, true]);
  let isStopped = false;
  expect(
    await runSignOut(
      ({ signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            isStopped = true;
          });
        }),
      20,
    ),
  ).toBe('stalled');
  expect(isStopped).toBe(true);
});

test('a provider without sign-out has nothing to do; failures have their own error codes', async () => {
  expect(await runSignOut(undefined)).toBe('done');
  expect(
    await runSignOut(async () => {
      throw failure('unavailable');
    }),
  ).toBe('unavailable');
  expect(
    await runSignOut(async () => {
      throw new TypeError('refused');
    }),
  ).toBe('unauthorized');
  expect(
    await runSignOut(async () => {
      throw new RangeError('ours');
    }),
  ).toBe('bug');
});
