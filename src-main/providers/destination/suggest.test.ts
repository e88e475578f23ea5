import * as v from 'valibot';
import { expect, test } from 'vitest';
import { failure } from '../../../src-shared/errors.ts';
import type { Provider, ProviderModule, FieldContext } from '../contract/provider.ts';
import { suggestValues } from './suggest.ts';

const ports = { now: Date.now, randomBytes: (count: number) => new Uint8Array(count) };

const suggestWith = (suggest: ProviderModule['suggest'], timeoutMs = 5000): Promise<string[]> => {
  const provider: Provider = {
    id: 's3',
    name: 'Test',
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
      errorOf: () => undefined,
      ...(suggest ? { suggest } : {}),
    }),
  };
  return suggestValues(
    provider,
    { field: 'bucket', values: {}, computer: { env: {}, home: '', platform: 'linux', read: () => undefined } },
    ports,
    { timeoutMs },
  );
};

test('suggestValues returns at most 1000 suggestions, without duplicates and empty values', async () => {
  expect(await suggestWith(async () => ['b', 'a', '', 'b'])).toEqual(['b', 'a']);
  expect(await suggestWith(async () => Array.from({ length: 5000 }, (_, i) => String(i)))).toHaveLength(1000);
  expect(await suggestWith(undefined)).toEqual([]);
});

test('suggestValues times out when the service does not respond, and aborts the request', async () => {
  let received: FieldContext | undefined;
  await expect(
    suggestWith((context) => {
      received = context;
      return new Promise(() => undefined);
    }, 50),
  ).rejects.toMatchObject({ error: { code: 'unreachable' } });
  expect(received!.signal.aborted).toBe(true);
});

test('suggestValues passes on an AppFailure, and hides the message of an unexpected error', async () => {
  await expect(
    suggestWith(() => {
      throw failure('forbidden', { field: 'bucket' });
    }),
  ).rejects.toMatchObject({ error: { code: 'forbidden', field: 'bucket' } });
  await expect(
    suggestWith(async () => {
      throw new Error('CANARY');
    }),
  ).rejects.toMatchObject({ message: 'bug', error: { code: 'bug' } });
});
