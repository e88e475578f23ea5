import * as v from 'valibot';
import { describe, expect, test, vi } from 'vitest';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Ref } from '../../../src-shared/upload.ts';
import type { Transfer } from '../../engine/ports.ts';
import { validateValues, connectDestination, testDestination } from './connect.ts';
import type { Driver, Provider, ProviderModule } from '../contract/provider.ts';
import { loadProvider, providerById, providers } from '../registry.ts';
import { patternSource } from '../testing/pattern-source.ts';

const ports = { now: Date.now, randomBytes: (count: number) => new Uint8Array(count) };
const neverAborted = new AbortController().signal;

const idle: Driver = {
  check: async () => undefined,
  upload: async () => ({ id: 1 }),
  link: async () => ({ url: 'http://127.0.0.1:9/', visibility: 'public' }),
  stat: async () => ({ size: 1024 }),
  discard: async () => undefined,
  close: () => undefined,
};

const providerWith = (driver: Partial<Driver>, rest: Partial<Provider> = {}): Provider => ({
  id: 's3',
  name: 'Test',
  help: 'provider.s3.help',
  presets: [],
  capabilities: {
    maxBytes: 1000,
    visibilities: ['public'],
    supportedLinkKinds: ['public'],
    manyLinks: true,
    canDelete: true,
  },
  fields: [
    {
      key: 'token',
      group: 'location',
      kind: 'secret',
      label: 's3.secretAccessKey.label',
      help: 's3.secretAccessKey.help',
      required: true,
    },
  ],
  settings: v.pipe(
    v.record(v.string(), v.string()),
    v.check((values) => values.token !== 'bad', 'no'),
  ),
  linkAccess: () => ({ visibility: 'public' }),
  discoverCredentials: () => [],
  load: async () => ({
    connect: () => ({ ...idle, ...driver }),
    errorOf: (cause) => (cause instanceof Error && cause.message === 'denied' ? { code: 'forbidden' } : undefined),
  }),
  ...rest,
});

const transfer = (size: number, rest: Partial<Transfer> = {}): Transfer => ({
  source: patternSource(size),
  signal: neverAborted,
  onCheckpoint: async () => undefined,
  onProgress: () => undefined,
  ...rest,
});
const failureOf = async (work: Promise<unknown>): Promise<AppFailure> =>
  work.then(
    () => {
      throw new Error('did not fail');
    },
    (cause: unknown) => cause as AppFailure,
  );

describe('what the portable layer does for every driver', () => {
  test('progress only grows and never passes the size', async () => {
    const reported: number[] = [];
    const upload: Driver['upload'] = async ({ onProgress }) => {
      for (const sent of [1, 5, 3, 5, 6, 4, 99, 10]) onProgress(sent);
      return 1;
    };
    const destination = await connectDestination(providerWith({ upload }), { token: 'x' }, ports);
    await destination.upload(transfer(10, { onProgress: (sent) => reported.push(sent) }));
    expect(reported).toEqual([1, 5, 6, 10]);
  });

  test('progress begins again from zero when the sending does, and whoever watches is told why', async () => {
    const events: (number | string)[] = [];
    const upload: Driver['upload'] = async ({ onProgress, onRestart }) => {
      onProgress(7);
      onRestart?.('store-forgot');
      for (const sent of [2, 1, 10]) onProgress(sent);
      return 1;
    };
    const destination = await connectDestination(providerWith({ upload }), { token: 'x' }, ports);
    await destination.upload(
      transfer(10, { onProgress: (sent) => events.push(sent), onRestart: (why) => events.push(why) }),
    );
    expect(events).toEqual([7, 'store-forgot', 2, 10]);
  });

  test('no progress after a cancel', async () => {
    const controller = new AbortController();
    const reported: number[] = [];
    const upload: Driver['upload'] = async ({ onProgress }) => {
      onProgress(1);
      controller.abort();
      onProgress(2);
      return 1;
    };
    const destination = await connectDestination(providerWith({ upload }), { token: 'x' }, ports);
    expect(
      (
        await failureOf(
          destination.upload(transfer(10, { signal: controller.signal, onProgress: (sent) => reported.push(sent) })),
        )
      ).error.code,
    ).toBe('canceled');
    expect(reported).toEqual([1]);
  });

  test('a driver that does not notice the cancel is not waited for', async () => {
    const controller = new AbortController();
    let reject: (cause: unknown) => void = () => undefined;
    const upload = (): Promise<Ref> =>
      new Promise((_, no) => {
        reject = no;
      });
    const destination = await connectDestination(providerWith({ upload }), { token: 'x' }, ports);
    const work = failureOf(destination.upload(transfer(10, { signal: controller.signal })));
    controller.abort();
    expect((await work).error.code).toBe('canceled');
    // How it ends later interests nobody, and is no unhandled rejection.
    reject(new Error('late'));
  });

  test('errors: ours pass, known ones are translated, unknown ones are bugs, a cancel outweighs them', async () => {
    const destination = async (cause: unknown): Promise<AppFailure> =>
      failureOf(
        (
          await connectDestination(
            providerWith({
              check: async () => {
                throw cause;
              },
            }),
            { token: 'x' },
            ports,
            { destination: 'Mine' },
          )
        ).check(neverAborted),
      );
    expect((await destination(failure('disk-full'))).error).toEqual({
      code: 'disk-full',
      params: { destination: 'Mine' },
    });
    expect((await destination(new Error('denied'))).error).toEqual({
      code: 'forbidden',
      params: { destination: 'Mine' },
    });
    const unknownError = new Error('strange');
    expect(await destination(unknownError)).toMatchObject({ message: 'bug', cause: unknownError });
    expect((await destination('text')).error.code).toBe('bug');
  });

  test('what is too large is refused before the driver hears of it', async () => {
    const upload = vi.fn<Driver['upload']>();
    const destination = await connectDestination(providerWith({ upload }), { token: 'x' }, ports);
    expect((await failureOf(destination.upload(transfer(1001)))).error.code).toBe('too-large');
    expect(upload).not.toHaveBeenCalled();
  });

  test('invalid settings name no more than the field', async () => {
    const provider = providerWith(
      {},
      {
        settings: v.pipe(
          v.record(v.string(), v.string()),
          v.rawTransform(({ dataset, addIssue, NEVER }) => {
            addIssue({
              message: 'no',
              path: [
                { type: 'object', origin: 'value', input: dataset.value, key: 'token', value: dataset.value.token },
              ],
            });
            return NEVER;
          }),
        ),
      },
    );
    const thrown = await failureOf(connectDestination(provider, { token: 'hunter2' }, ports));
    expect(thrown.error).toEqual({ code: 'invalid-input', field: 'token' });
    expect(thrown.cause).toBeUndefined();
    expect(() => validateValues(provider, { token: 'hunter2' })).toThrow('invalid-input');
  });

  test('values are saved as the provider tidies them', () => {
    expect(validateValues(providerWith({}, { normalize: () => ({ token: 'clean' }) }), { token: ' clean' })).toEqual({
      token: 'clean',
    });
    expect(validateValues(providerWith({}), { token: 'x' })).toEqual({ token: 'x' });
  });
});

describe('code that is not there', () => {
  test.each<[string, () => Promise<unknown>]>([
    [
      'does not load',
      async () => {
        throw new Error('Cannot find module');
      },
    ],
    ['is empty', async () => ({})],
    ['has half of it', async () => ({ connect: () => idle })],
    ['is nothing', async () => undefined],
    ['connects to nothing', async () => ({ connect: () => undefined, errorOf: () => undefined })],
    [
      'connects to half a driver',
      async () => ({ connect: () => ({ ...idle, discard: undefined }), errorOf: () => undefined }),
    ],
  ])('%s: this destination is broken, nothing else', async (_, load) => {
    const thrown = await failureOf(
      connectDestination(providerWith({}, { load: load as () => Promise<ProviderModule> }), { token: 'x' }, ports),
    );
    expect(thrown).toBeInstanceOf(AppFailure);
    expect(thrown.error.code).toBe('provider-broken');
  });

  test('that never comes is not waited for, and its provider is named', async () => {
    const provider = providerWith({}, { load: () => new Promise(() => undefined) });
    expect((await failureOf(loadProvider(provider, { timeoutMs: 20 }))).error).toEqual({
      code: 'provider-broken',
      params: { provider: 'Test' },
    });
  });

  test('that failed is asked for again when it is needed again', async () => {
    const load = vi
      .fn<Provider['load']>()
      .mockRejectedValueOnce(new Error('the disk is away'))
      .mockResolvedValueOnce({ connect: () => idle, errorOf: () => undefined });
    const provider = providerWith({}, { load });
    expect((await failureOf(loadProvider(provider))).error.code).toBe('provider-broken');
    await loadProvider(provider);
    expect(load).toHaveBeenCalledTimes(2);
  });

  test('every provider of the registry loads and has all its methods', async () => {
    for (const provider of providers) {
      expect(providerById(provider.id)).toBe(provider);
      await loadProvider(provider);
    }
    expect(() => providerById('gone' as never)).toThrow('provider-broken');
  });

  test('a manifest is data: it crosses to the window as it is', () => {
    for (const { id, name, help, fields, presets, capabilities } of providers) {
      const info = { id, name, help, fields, presets, capabilities };
      expect(structuredClone(info)).toEqual(info);
    }
  });
});

describe('the test of a destination', () => {
  const report = (driver: Partial<Driver>, values: FieldValues = { token: 'x' }): Promise<string[]> =>
    testDestination(
      providerWith(driver, {
        capabilities: {
          maxBytes: 1e6,
          visibilities: ['public'],
          supportedLinkKinds: ['public'],
          manyLinks: true,
          canDelete: true,
        },
      }),
      values,
      ports,
    ).then(({ ok, results }) => [
      String(ok),
      ...results.map(({ step, outcome, note, error }) =>
        [step, outcome, note ?? error?.code].filter(Boolean).join(' '),
      ),
    ]);
  const rejectAsDenied = async (): Promise<never> => {
    throw new Error('denied');
  };

  test('a link that nobody reaches is not what anybody wants', async () => {
    expect(await report({})).toEqual([
      'false',
      'settings ok',
      'sign-in ok',
      'write ok',
      'link failed unreachable',
      'clean-up ok',
    ]);
  });
  test('what works but is not right is a warning', async () => {
    const { results } = await testDestination(
      providerWith({ check: async () => ({ code: 'clock-skewed', params: { minutes: 60 } }) }),
      { token: 'x' },
      ports,
      { destination: 'Mine' },
    );
    expect(results[1]).toEqual({
      step: 'sign-in',
      outcome: 'warning',
      error: { code: 'clock-skewed', params: { destination: 'Mine', minutes: 60 } },
    });
  });
  test('invalid settings', async () => {
    expect(await report({}, { token: 'bad' })).toEqual([
      'false',
      'settings failed invalid-input',
      'sign-in skipped',
      'write skipped',
      'link skipped',
      'clean-up skipped',
    ]);
  });
  test('a refused key', async () => {
    expect(
      await report({
        check: async () => {
          throw failure('unauthorized');
        },
      }),
    ).toEqual([
      'false',
      'settings ok',
      'sign-in failed unauthorized',
      'write skipped',
      'link skipped',
      'clean-up skipped',
    ]);
  });
  test('a key that is known, but may not write', async () => {
    expect(await report({ check: rejectAsDenied })).toEqual([
      'false',
      'settings ok',
      'sign-in ok',
      'write failed forbidden',
      'link skipped',
      'clean-up skipped',
    ]);
  });
  test('a refused upload cleans up by its checkpoint', async () => {
    const discard = vi.fn<Driver['discard']>(async () => undefined);
    const upload: Driver['upload'] = async ({ onCheckpoint }) => {
      await onCheckpoint('half');
      return rejectAsDenied();
    };
    expect(await report({ upload, discard })).toEqual([
      'false',
      'settings ok',
      'sign-in ok',
      'write failed forbidden',
      'link skipped',
      'clean-up skipped',
    ]);
    expect(discard).toHaveBeenCalledWith({ checkpoint: 'half' }, expect.anything());
  });
  test('a store that lost it', async () => {
    expect(await report({ stat: async () => undefined })).toContain('write failed corrupted');
    expect(await report({ stat: async () => ({ size: 5 }) })).toContain('write failed corrupted');
  });
  test('a key that may write but not look', async () =>
    expect(await report({ stat: rejectAsDenied })).toContain('write ok'));
  test('a key that may not delete', async () => {
    expect(await report({ discard: rejectAsDenied })).toEqual([
      'false',
      'settings ok',
      'sign-in ok',
      'write ok',
      'link failed unreachable',
      'clean-up warning left-behind',
    ]);
  });
  test('the driver is closed in the end', async () => {
    const close = vi.fn<() => void>();
    await report({ check: rejectAsDenied, close });
    expect(close).toHaveBeenCalledOnce();
  });
});
