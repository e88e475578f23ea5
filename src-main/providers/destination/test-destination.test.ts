import { describe, expect, test, vi } from 'vitest';
import { failure } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Driver } from '../contract/provider.ts';
import { fakePorts, fakeProvider } from '../testing/fake-provider.ts';
import { testDestination } from './test-destination.ts';

describe('testDestination', () => {
  const report = (driver: Partial<Driver>, values: FieldValues = { token: 'x' }): Promise<string[]> =>
    testDestination(
      fakeProvider(driver, {
        capabilities: {
          maxBytes: 1e6,
          visibilities: ['public'],
          supportedLinkKinds: ['public'],
          manyLinks: true,
          canDelete: true,
        },
      }),
      values,
      fakePorts,
    ).then(({ ok, results }) => [
      String(ok),
      ...results.map(({ step, outcome, note, error }) =>
        [step, outcome, note ?? error?.code].filter(Boolean).join(' '),
      ),
    ]);
  const rejectAsDenied = async (): Promise<never> => {
    throw new Error('denied');
  };

  test('fails when the link is unreachable', async () => {
    expect(await report({})).toEqual([
      'false',
      'settings ok',
      'sign-in ok',
      'write ok',
      'link failed unreachable',
      'clean-up ok',
    ]);
  });
  test('reports a problem that does not prevent uploads as a warning', async () => {
    const { results } = await testDestination(
      fakeProvider({ check: async () => ({ code: 'clock-skewed', params: { minutes: 60 } }) }),
      { token: 'x' },
      fakePorts,
      { destination: 'Mine' },
    );
    expect(results[1]).toEqual({
      step: 'sign-in',
      outcome: 'warning',
      error: { code: 'clock-skewed', params: { destination: 'Mine', minutes: 60 } },
    });
  });
  test('with invalid settings, skips all other steps', async () => {
    expect(await report({}, { token: 'bad' })).toEqual([
      'false',
      'settings failed invalid-input',
      'sign-in skipped',
      'write skipped',
      'link skipped',
      'clean-up skipped',
    ]);
  });
  test('with a rejected key, fails the sign-in', async () => {
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
  test('with a valid key that may not write, passes the sign-in and fails the write', async () => {
    expect(await report({ check: rejectAsDenied })).toEqual([
      'false',
      'settings ok',
      'sign-in ok',
      'write failed forbidden',
      'link skipped',
      'clean-up skipped',
    ]);
  });
  test('cleans up a rejected upload by its checkpoint', async () => {
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
    expect(discard).toHaveBeenCalledWith(expect.objectContaining({ checkpoint: 'half' }), expect.anything());
  });
  test('fails the write when the store has no file or a file of another size', async () => {
    expect(await report({ stat: async () => undefined })).toContain('write failed corrupted');
    expect(await report({ stat: async () => ({ size: 5 }) })).toContain('write failed corrupted');
  });
  test('passes the write with a key that may not read', async () =>
    expect(await report({ stat: rejectAsDenied })).toContain('write ok'));
  test('warns about a key that may not delete', async () => {
    expect(await report({ discard: rejectAsDenied })).toEqual([
      'false',
      'settings ok',
      'sign-in ok',
      'write ok',
      'link failed unreachable',
      'clean-up warning left-behind',
    ]);
  });
  test('closes the driver at the end', async () => {
    const close = vi.fn<() => void>();
    await report({ check: rejectAsDenied, close });
    expect(close).toHaveBeenCalledOnce();
  });
});
