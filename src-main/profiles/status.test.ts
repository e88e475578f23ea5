import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { failure, type AppError, type ErrorCode } from '../../src-shared/errors.ts';
import type { ProfileStatus } from '../../src-shared/profile.ts';
import { loadProvider, providers } from '../providers/registry.ts';
import { Statuses } from './status.ts';
import { draft, world } from './testing/world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function statuses(
  answers: Record<string, AppError | 'never' | Error | undefined>,
  saved: Record<string, ProfileStatus> = {},
) {
  let told = 0;
  const signals: AbortSignal[] = [];
  const asked = new Set<string>();
  const who: string[] = [];
  const all = new Statuses({
    saved: (id) => saved[id] ?? { state: 'ready' },
    name: (id) => `Name of ${id}`,
    now: Date.now,
    changed: () => {
      told++;
    },
    problem: () => 'diagnostic',
    isAsked: (id) => asked.has(id),
    ask: async (id, signal, asking) => {
      signals.push(signal);
      who.push(asking);
      const answer = answers[id];
      if (answer === 'never') await new Promise(() => undefined);
      if (answer instanceof Error) throw answer;
      if (answer && answer !== 'never') throw failure(answer.code, answer);
    },
  });
  return { all, signals, asked, who, told: () => told };
}

describe('asking the stores', () => {
  test('one that never answers holds up nobody: the others are known at once, and it after ten seconds', async () => {
    const { all, signals } = statuses({ a: 'never', c: { code: 'unauthorized', params: { destination: 'c' } } });
    const began = Date.now();
    let isOver = false;
    const check = all.check(['a', 'b', 'c']).then(() => {
      isOver = true;
    });
    expect(['a', 'b', 'c'].map((id) => all.of(id).isChecking)).toEqual([true, true, true]);
    await vi.advanceTimersByTimeAsync(1);
    expect(all.of('b')).toEqual({ state: 'ready', checkedAt: began });
    expect(all.of('c')).toMatchObject({ state: 'needs-sign-in', error: { code: 'unauthorized' } });
    expect(all.of('a')).toEqual({ state: 'ready', isChecking: true });
    await vi.advanceTimersByTimeAsync(9998);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    await check;
    expect(all.of('a')).toMatchObject({
      state: 'unreachable',
      error: { code: 'unreachable', params: { host: 'Name of a' } },
      checkedAt: began + 10_000,
    });
    expect(signals[0]!.aborted).toBe(true);
  });

  test('a second question while the first is open is the same question', async () => {
    const { all, signals } = statuses({ a: 'never' });
    void all.check(['a']);
    void all.check(['a']);
    await vi.advanceTimersByTimeAsync(10_001);
    expect(signals).toHaveLength(1);
  });

  test('while a person is asked for a code its time does not run out; where nobody is there it does', async () => {
    const { all, asked, who } = statuses({ a: 'never' });
    asked.add('a');
    void all.check(['a'], 'person');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(all.of('a').isChecking).toBe(true);
    asked.clear();
    await vi.advanceTimersByTimeAsync(10_001);
    expect(all.of('a')).toMatchObject({ state: 'unreachable' });
    asked.add('a');
    void all.check(['a']);
    await vi.advanceTimersByTimeAsync(10_001);
    expect(all.of('a').isChecking).toBeUndefined();
    expect(who).toEqual(['person', 'nobody']);
  });

  test('who would enter a code does not get the answer of a check that asks nobody; the other way round it is one', async () => {
    const { all, who } = statuses({ a: 'never' });
    void all.check(['a']);
    void all.check(['a'], 'person');
    void all.check(['a']);
    await vi.advanceTimersByTimeAsync(10_001);
    expect(who).toEqual(['nobody', 'person']);
  });

  test('that a code is missing stays said: nothing else knows it', async () => {
    const { all } = statuses({ a: { code: 'secret-missing', params: { why: 'mfa' } } });
    await all.check(['a']);
    expect(all.of('a')).toMatchObject({
      state: 'needs-sign-in',
      error: { code: 'secret-missing', params: { why: 'mfa' } },
    });
  });

  test('every answer has a state, and what nobody expected is in the log', async () => {
    const cases: [AppError | Error, ProfileStatus['state'], ErrorCode][] = [
      [{ code: 'session-expired' }, 'needs-sign-in', 'session-expired'],
      [{ code: 'forbidden' }, 'needs-setup', 'forbidden'],
      [{ code: 'no-bucket', field: 'bucket' }, 'needs-setup', 'no-bucket'],
      [{ code: 'tls-untrusted' }, 'needs-setup', 'tls-untrusted'],
      [{ code: 'offline' }, 'unreachable', 'offline'],
      [{ code: 'unavailable' }, 'unreachable', 'unavailable'],
      [{ code: 'provider-broken', params: { provider: 'S3' } }, 'needs-setup', 'provider-broken'],
      [new TypeError('x is not a function'), 'needs-setup', 'bug'],
    ];
    for (const [answer, state, code] of cases) {
      const { all } = statuses({ a: answer });
      await all.check(['a']);
      expect(all.of('a'), code).toMatchObject({ state, error: { code } });
      if (code === 'bug') expect(all.of('a').error).toMatchObject({ diagnosticId: 'diagnostic' });
    }
  });

  test('an answer about settings that were changed meanwhile does not count', async () => {
    const { all } = statuses({ a: 'never' });
    const check = all.check(['a']);
    await vi.advanceTimersByTimeAsync(5000);
    all.mended('a');
    await vi.advanceTimersByTimeAsync(5001);
    await check;
    expect(all.of('a')).toEqual({ state: 'ready' });
  });

  test('what is missing here is said, whatever the store said last', async () => {
    const saved: Record<string, ProfileStatus> = {};
    const { all } = statuses({}, saved);
    await all.check(['a']);
    saved['a'] = { state: 'needs-sign-in', error: { code: 'secret-missing' } };
    expect(all.of('a')).toMatchObject({ state: 'needs-sign-in', error: { code: 'secret-missing' } });
  });
});

describe('what uploads run into', () => {
  test('is the destination’s state until one is stored, and is told once', () => {
    const { all, told } = statuses({});
    vi.advanceTimersByTime(10);
    all.learn('a', Date.now(), { code: 'unauthorized' });
    all.learn('a', Date.now() + 1, { code: 'unauthorized' });
    expect(all.of('a')).toMatchObject({ state: 'needs-sign-in', error: { code: 'unauthorized' } });
    expect(told()).toBe(1);
    all.learn('a', Date.now() + 2, undefined);
    expect(all.of('a')).toMatchObject({ state: 'ready' });
    expect(told()).toBe(2);
  });

  test('says nothing when it is about the file, is older than the last answer, or than the settings', async () => {
    const { all } = statuses({});
    const before = Date.now();
    for (const code of ['canceled', 'source-missing', 'too-large', 'disk-full', 'name-taken'] as const)
      all.learn('a', before + 1, { code });
    expect(all.of('a')).toEqual({ state: 'ready' });
    vi.advanceTimersByTime(1000);
    await all.check(['a']);
    all.learn('a', before, { code: 'unauthorized' });
    expect(all.of('a').state).toBe('ready');
    all.learn('a', Date.now() + 1, { code: 'unauthorized' });
    vi.advanceTimersByTime(1000);
    all.mended('a');
    expect(all.of('a')).toEqual({ state: 'ready' });
    all.learn('a', before + 1500, { code: 'unauthorized' });
    expect(all.of('a')).toEqual({ state: 'ready' });
  });
});

describe('what is known without asking', () => {
  test('a destination of a kind that this version does not have is listed with what to do, beside the others', async () => {
    const w = world();
    await w.profiles.save(draft);
    w.saved.set('old', { id: 'old', providerId: 'gone' as never, name: 'Old', settings: {}, createdAt: 0 });
    expect(w.profiles.view().profiles).toMatchObject([
      { status: { state: 'ready' } },
      {
        name: 'Old',
        status: { state: 'needs-setup', error: { code: 'provider-broken', params: { provider: 'gone' } } },
      },
    ]);
    await expect(w.profiles.values('old')).rejects.toMatchObject({ error: { code: 'provider-broken' } });
    await w.profiles.remove('old');
    expect(w.profiles.view().profiles).toHaveLength(1);
  });

  test('a field that has to be filled in and is empty', async () => {
    const w = world();
    await w.profiles.save(draft);
    w.saved.set('p1', { ...w.saved.get('p1')!, settings: {} });
    expect(w.profiles.view().profiles[0]!.status).toEqual({
      state: 'needs-setup',
      error: { code: 'invalid-input', field: 'bucket', params: { destination: 'b' } },
    });
  });

  test('all of it loads no code of a provider, and asking twice loads it once', async () => {
    const spied = providers.map((one) => ({ ...one, load: vi.fn(() => one.load()) }));
    const w = world({ providers: spied });
    for (const { id } of spied)
      w.saved.set(id, {
        id,
        providerId: id,
        name: id,
        settings: { bucket: 'b', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
        createdAt: 0,
      });
    expect(w.profiles.view().profiles.length).toBeGreaterThan(0);
    for (const one of spied) w.profiles.validate({ providerId: one.id, name: '', settings: {}, secrets: {} });
    expect(spied.map(({ load }) => load.mock.calls.length)).toEqual(spied.map(() => 0));
    for (const one of spied) await Promise.all([loadProvider(one), loadProvider(one)]);
    for (const one of spied) await loadProvider(one);
    expect(spied.map(({ load }) => load.mock.calls.length)).toEqual(spied.map(() => 1));
  });
});

describe('a check while the destination is mended', () => {
  test('asks again, and what the first one hears counts for nothing', async () => {
    const answers: Record<string, AppError | 'never' | Error | undefined> = { a: { code: 'unauthorized' } };
    let release: () => void = () => undefined;
    let asked = 0;
    let told = 0;
    const all = new Statuses({
      isAsked: () => false,
      saved: () => ({ state: 'ready' }),
      name: (id) => id,
      now: Date.now,
      changed: () => {
        told++;
      },
      problem: () => 'diagnostic',
      ask: async (id) => {
        const answer = answers[id];
        if (asked++ === 0)
          await new Promise<void>((resolve) => {
            release = resolve;
          });
        if (typeof answer === 'object' && !(answer instanceof Error)) throw failure(answer.code, answer);
      },
    });
    const first = all.check(['a']);
    all.mended('a');
    answers['a'] = undefined;
    await all.check(['a']);
    expect([asked, all.of('a').state, all.of('a').isChecking]).toEqual([2, 'ready', undefined]);
    release();
    await first;
    expect(all.of('a').state).toBe('ready');
    const before = told;
    all.learn('a', Date.now() + 1000, { code: 'unauthorized' });
    expect([all.of('a').state, told]).toEqual(['needs-sign-in', before + 1]);
  });
});
