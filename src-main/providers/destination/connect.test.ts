import * as v from 'valibot';
import { describe, expect, test, vi } from 'vitest';
import { failure, type AppFailure } from '../../../src-shared/errors.ts';
import type { Ref } from '../../../src-shared/upload.ts';
import type { Transfer } from '../../engine/ports.ts';
import type { Driver } from '../contract/provider.ts';
import { failureOf, fakePorts, fakeProvider } from '../testing/fake-provider.ts';
import { patternSource } from '../testing/pattern-source.ts';
import { connectDestination, validateValues } from './connect.ts';

const neverAborted = new AbortController().signal;

const transfer = (size: number, overrides: Partial<Transfer> = {}): Transfer => ({
  source: patternSource(size),
  signal: neverAborted,
  onCheckpoint: async () => undefined,
  onProgress: () => undefined,
  ...overrides,
});
describe('connectDestination', () => {
  test('reports progress that only increases and never exceeds the size', async () => {
    const reported: number[] = [];
    const upload: Driver['upload'] = async ({ onProgress }) => {
      for (const sent of [1, 5, 3, 5, 6, 4, 99, 10]) onProgress(sent);
      return 1;
    };
    const destination = await connectDestination(fakeProvider({ upload }), { token: 'x' }, fakePorts);
    await destination.upload(transfer(10, { onProgress: (sent) => reported.push(sent) }));
    expect(reported).toEqual([1, 5, 6, 10]);
  });

  test('resets progress to zero at a restart and reports the reason', async () => {
    const events: (number | string)[] = [];
    const upload: Driver['upload'] = async ({ onProgress, onRestart }) => {
      onProgress(7);
      onRestart?.('store-forgot');
      for (const sent of [2, 1, 10]) onProgress(sent);
      return 1;
    };
    const destination = await connectDestination(fakeProvider({ upload }), { token: 'x' }, fakePorts);
    await destination.upload(
      transfer(10, { onProgress: (sent) => events.push(sent), onRestart: (why) => events.push(why) }),
    );
    expect(events).toEqual([7, 'store-forgot', 2, 10]);
  });

  test('reports no progress after a cancel', async () => {
    const controller = new AbortController();
    const reported: number[] = [];
    const upload: Driver['upload'] = async ({ onProgress }) => {
      onProgress(1);
      controller.abort();
      onProgress(2);
      return 1;
    };
    const destination = await connectDestination(fakeProvider({ upload }), { token: 'x' }, fakePorts);
    expect(
      (
        await failureOf(
          destination.upload(transfer(10, { signal: controller.signal, onProgress: (sent) => reported.push(sent) })),
        )
      ).error.code,
    ).toBe('canceled');
    expect(reported).toEqual([1]);
  });

  test('rejects a canceled upload at once, even if the driver ignores the signal', async () => {
    const controller = new AbortController();
    let reject: (cause: unknown) => void = () => undefined;
    const upload = (): Promise<Ref> =>
      new Promise((_, rejectUpload) => {
        reject = rejectUpload;
      });
    const destination = await connectDestination(fakeProvider({ upload }), { token: 'x' }, fakePorts);
    const canceledUpload = failureOf(destination.upload(transfer(10, { signal: controller.signal })));
    controller.abort();
    expect((await canceledUpload).error.code).toBe('canceled');
    // The late rejection is ignored; it must not become an unhandled rejection.
    reject(new Error('late'));
  });

  test('passes on an AppFailure, translates a known error and reports an unknown error as a bug', async () => {
    const failureAfter = async (cause: unknown): Promise<AppFailure> =>
      failureOf(
        (
          await connectDestination(
            fakeProvider({
              check: async () => {
                throw cause;
              },
            }),
            { token: 'x' },
            fakePorts,
            { destination: 'My destination' },
          )
        ).check(neverAborted),
      );
    expect((await failureAfter(failure('disk-full'))).error).toEqual({
      code: 'disk-full',
      params: { destination: 'My destination' },
    });
    expect((await failureAfter(new Error('denied'))).error).toEqual({
      code: 'forbidden',
      params: { destination: 'My destination' },
    });
    const unknownError = new Error('unknown');
    expect(await failureAfter(unknownError)).toMatchObject({ message: 'bug', cause: unknownError });
    expect((await failureAfter('text')).error.code).toBe('bug');
  });

  test('rejects a file that is too large before it calls the driver', async () => {
    const upload = vi.fn<Driver['upload']>();
    const destination = await connectDestination(fakeProvider({ upload }), { token: 'x' }, fakePorts);
    expect((await failureOf(destination.upload(transfer(1001)))).error.code).toBe('too-large');
    expect(upload).not.toHaveBeenCalled();
  });

  test('reports invalid settings with their field only, without the value', async () => {
    const provider = fakeProvider(
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
    const thrown = await failureOf(connectDestination(provider, { token: 'hunter2' }, fakePorts));
    expect(thrown.error).toEqual({ code: 'invalid-input', field: 'token' });
    expect(thrown.cause).toBeUndefined();
    expect(() => validateValues(provider, { token: 'hunter2' })).toThrow('invalid-input');
  });
});

test('validateValues returns the values as the provider normalizes them', () => {
  expect(validateValues(fakeProvider({}, { normalize: () => ({ token: 'clean' }) }), { token: ' clean' })).toEqual({
    token: 'clean',
  });
  expect(validateValues(fakeProvider({}), { token: 'x' })).toEqual({ token: 'x' });
});
