/** Tests the sign-out of providers that support it, do not support it, or never respond. */
import { expect, test } from 'vitest';
import * as v from 'valibot';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import type { Provider, ProviderModule } from '../contract/provider.ts';
import { signOutOfProvider } from './sign-out.ts';

const ports = { now: Date.now, randomBytes: (count: number) => new Uint8Array(count) };

/**
 * Signs out of a minimal provider with this sign-out function. Its `errorOf` translates only a TypeError.
 * @returns the error code of the failure, or `done`
 */
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
        throw new Error('connect is not expected');
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

test('signOutOfProvider passes on the values and a transport, and aborts after the time limit', async () => {
  const seen: unknown[] = [];
  expect(
    await runSignOut(async ({ values, signal }, { transport }) => {
      seen.push(values, signal.aborted, transport !== undefined);
    }),
  ).toBe('done');
  expect(seen).toEqual([{ account: 'mine' }, false, true]);
  let isAborted = false;
  expect(
    await runSignOut(
      ({ signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            isAborted = true;
          });
        }),
      20,
    ),
  ).toBe('stalled');
  expect(isAborted).toBe(true);
});

test('signOutOfProvider does nothing without a sign-out function, and reports failures with an error code', async () => {
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
      throw new RangeError('unexpected');
    }),
  ).toBe('bug');
});
