import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const cases = Array.from({ length: 100 }, (_, n) => ({ n, kind: n < 97 ? 'common' : `rare ${n}` }));

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const sampleOf = async (seed: string, { mode = 'sample', count = 10 } = {}): Promise<typeof cases> => {
  vi.stubEnv('HOIST_SEED', seed);
  vi.stubEnv('HOIST_TESTS', mode);
  vi.resetModules();
  const freshModule = await import('./sample.ts');
  return freshModule.createSampler('numbers')(cases, count, ({ kind }) => [kind]);
};

test('a sample has the requested size and at least one case of each kind', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const chosen = await sampleOf(String(seed));
    expect(chosen).toHaveLength(10);
    expect(new Set(chosen.map(({ kind }) => kind))).toEqual(new Set(['common', 'rare 97', 'rare 98', 'rare 99']));
    expect(chosen).toEqual(chosen.toSorted((a, b) => a.n - b.n));
  }
});

test('the same seed chooses the same sample, and another seed chooses another sample', async () => {
  expect(await sampleOf('1')).toEqual(await sampleOf('1'));
  expect(await sampleOf('1')).not.toEqual(await sampleOf('2'));
});

test('a sampler prints its seed', async () => {
  await sampleOf('7');
  expect(console.log).toHaveBeenCalledWith('sample for numbers: HOIST_SEED=7');
});

test('the sample has every case in a full run and when the requested size is large enough', async () => {
  expect(await sampleOf('1', { mode: 'full' })).toEqual(cases);
  expect(await sampleOf('1', { count: cases.length })).toEqual(cases);
});

test('the sample has a case of every kind even when there are more kinds than the requested size', async () => {
  expect(await sampleOf('1', { count: 1 })).toHaveLength(4);
});
