import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { failure, type AppError, type ErrorCode } from '../../src-shared/errors.ts';
import type { ProfileStatus } from '../../src-shared/profile.ts';
import { loadProvider } from '../providers/destination/load-provider.ts';
import { providers } from '../providers/registry.ts';
import { ProfileStatusTracker } from './profile-status-tracker.ts';
import { draft, profileFixture } from './testing/profile-fixture.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function createTracker(
  answers: Record<string, AppError | 'never' | Error | undefined>,
  saved: Record<string, ProfileStatus> = {},
) {
  let changes = 0;
  const signals: AbortSignal[] = [];
  const openPrompts = new Set<string>();
  const modes: string[] = [];
  const all = new ProfileStatusTracker({
    localStatus: (id) => saved[id] ?? { state: 'ready' },
    name: (id) => `Name of ${id}`,
    now: Date.now,
    changed: () => {
      changes++;
    },
    problem: () => 'diagnostic',
    isPromptOpen: (id) => openPrompts.has(id),
    checkDestination: async (id, signal, promptMode) => {
      signals.push(signal);
      modes.push(promptMode);
      const answer = answers[id];
      if (answer === 'never') await new Promise(() => undefined);
      if (answer instanceof Error) throw answer;
      if (answer && answer !== 'never') throw failure(answer.code, answer);
    },
  });
  return { all, signals, openPrompts, modes, changes: () => changes };
}

describe('a check of the stores', () => {
  test('a store that never answers does not delay the others, and times out after ten seconds', async () => {
    const { all, signals } = createTracker({ a: 'never', c: { code: 'unauthorized', params: { destination: 'c' } } });
    const began = Date.now();
    let isOver = false;
    const check = all.check(['a', 'b', 'c']).then(() => {
      isOver = true;
    });
    expect(['a', 'b', 'c'].map((id) => all.get(id).isChecking)).toEqual([true, true, true]);
    await vi.advanceTimersByTimeAsync(1);
    expect(all.get('b')).toEqual({ state: 'ready', checkedAt: began });
    expect(all.get('c')).toMatchObject({ state: 'needs-sign-in', error: { code: 'unauthorized' } });
    expect(all.get('a')).toEqual({ state: 'ready', isChecking: true });
    await vi.advanceTimersByTimeAsync(9998);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    await check;
    expect(all.get('a')).toMatchObject({
      state: 'unreachable',
      error: { code: 'unreachable', params: { host: 'Name of a' } },
      checkedAt: began + 10_000,
    });
    expect(signals[0]!.aborted).toBe(true);
  });

  test('a second check joins the one that is running', async () => {
    const { all, signals } = createTracker({ a: 'never' });
    void all.check(['a']);
    void all.check(['a']);
    await vi.advanceTimersByTimeAsync(10_001);
    expect(signals).toHaveLength(1);
  });

  test('does not time out while the user is asked for a code, but does when no user can answer', async () => {
    const { all, openPrompts, modes } = createTracker({ a: 'never' });
    openPrompts.add('a');
    void all.check(['a'], 'interactive');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(all.get('a').isChecking).toBe(true);
    openPrompts.clear();
    await vi.advanceTimersByTimeAsync(10_001);
    expect(all.get('a')).toMatchObject({ state: 'unreachable' });
    openPrompts.add('a');
    void all.check(['a']);
    await vi.advanceTimersByTimeAsync(10_001);
    expect(all.get('a').isChecking).toBeUndefined();
    expect(modes).toEqual(['interactive', 'background']);
  });

  test('an interactive check does not join a background check, but a background check joins an interactive one', async () => {
    const { all, modes } = createTracker({ a: 'never' });
    void all.check(['a']);
    void all.check(['a'], 'interactive');
    void all.check(['a']);
    await vi.advanceTimersByTimeAsync(10_001);
    expect(modes).toEqual(['background', 'interactive']);
  });

  test('keeps the state that a code is missing, because only a check finds that out', async () => {
    const { all } = createTracker({ a: { code: 'secret-missing', params: { why: 'mfa' } } });
    await all.check(['a']);
    expect(all.get('a')).toMatchObject({
      state: 'needs-sign-in',
      error: { code: 'secret-missing', params: { why: 'mfa' } },
    });
  });

  test('every error has a state, and an unexpected one is logged', async () => {
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
      const { all } = createTracker({ a: answer });
      await all.check(['a']);
      expect(all.get('a'), code).toMatchObject({ state, error: { code } });
      if (code === 'bug') expect(all.get('a').error).toMatchObject({ diagnosticId: 'diagnostic' });
    }
  });

  test('ignores an answer about settings that have changed since', async () => {
    const { all } = createTracker({ a: 'never' });
    const check = all.check(['a']);
    await vi.advanceTimersByTimeAsync(5000);
    all.onProfileChanged('a');
    await vi.advanceTimersByTimeAsync(5001);
    await check;
    expect(all.get('a')).toEqual({ state: 'ready' });
  });

  test('reports a value that is missing locally, whatever the store last answered', async () => {
    const saved: Record<string, ProfileStatus> = {};
    const { all } = createTracker({}, saved);
    await all.check(['a']);
    saved['a'] = { state: 'needs-sign-in', error: { code: 'secret-missing' } };
    expect(all.get('a')).toMatchObject({ state: 'needs-sign-in', error: { code: 'secret-missing' } });
  });
});

describe('the outcome of uploads', () => {
  test('sets the destination’s state until a file is stored, and is announced once', () => {
    const { all, changes } = createTracker({});
    vi.advanceTimersByTime(10);
    all.recordOutcome('a', Date.now(), { code: 'unauthorized' });
    all.recordOutcome('a', Date.now() + 1, { code: 'unauthorized' });
    expect(all.get('a')).toMatchObject({ state: 'needs-sign-in', error: { code: 'unauthorized' } });
    expect(changes()).toBe(1);
    all.recordOutcome('a', Date.now() + 2, undefined);
    expect(all.get('a')).toMatchObject({ state: 'ready' });
    expect(changes()).toBe(2);
  });

  test('is ignored when the error is about the file, or is older than the last answer or the settings', async () => {
    const { all } = createTracker({});
    const before = Date.now();
    for (const code of ['canceled', 'source-missing', 'too-large', 'disk-full', 'name-taken'] as const)
      all.recordOutcome('a', before + 1, { code });
    expect(all.get('a')).toEqual({ state: 'ready' });
    vi.advanceTimersByTime(1000);
    await all.check(['a']);
    all.recordOutcome('a', before, { code: 'unauthorized' });
    expect(all.get('a').state).toBe('ready');
    all.recordOutcome('a', Date.now() + 1, { code: 'unauthorized' });
    vi.advanceTimersByTime(1000);
    all.onProfileChanged('a');
    expect(all.get('a')).toEqual({ state: 'ready' });
    all.recordOutcome('a', before + 1500, { code: 'unauthorized' });
    expect(all.get('a')).toEqual({ state: 'ready' });
  });
});

describe('the local state', () => {
  test('lists a destination of an unknown provider with its error, together with the others', async () => {
    const w = profileFixture();
    await w.profiles.editor.save(draft);
    w.saved.set('old', { id: 'old', providerId: 'gone' as never, name: 'Old', settings: {}, createdAt: 0 });
    expect(w.profiles.views.all().profiles).toMatchObject([
      { status: { state: 'ready' } },
      {
        name: 'Old',
        status: { state: 'needs-setup', error: { code: 'provider-broken', params: { provider: 'gone' } } },
      },
    ]);
    await expect(w.profiles.values.read('old')).rejects.toMatchObject({ error: { code: 'provider-broken' } });
    await w.profileRemover.remove('old');
    expect(w.profiles.views.all().profiles).toHaveLength(1);
  });

  test('reports an empty required field', async () => {
    const w = profileFixture();
    await w.profiles.editor.save(draft);
    w.saved.set('p1', { ...w.saved.get('p1')!, settings: {} });
    expect(w.profiles.views.all().profiles[0]!.status).toEqual({
      state: 'needs-setup',
      error: { code: 'invalid-input', field: 'bucket', params: { destination: 'b' } },
    });
  });

  test('loads no provider code, and two uses load it once', async () => {
    const spied = providers.map((one) => ({ ...one, load: vi.fn(() => one.load()) }));
    const w = profileFixture({ providers: spied });
    for (const { id } of spied)
      w.saved.set(id, {
        id,
        providerId: id,
        name: id,
        settings: { bucket: 'b', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
        createdAt: 0,
      });
    expect(w.profiles.views.all().profiles.length).toBeGreaterThan(0);
    for (const one of spied) w.profiles.drafts.validate({ providerId: one.id, name: '', settings: {}, secrets: {} });
    expect(spied.map(({ load }) => load.mock.calls.length)).toEqual(spied.map(() => 0));
    for (const one of spied) await Promise.all([loadProvider(one), loadProvider(one)]);
    for (const one of spied) await loadProvider(one);
    expect(spied.map(({ load }) => load.mock.calls.length)).toEqual(spied.map(() => 1));
  });
});

describe('a check while the destination is edited', () => {
  test('starts again, and the answer to the first one is ignored', async () => {
    const answers: Record<string, AppError | 'never' | Error | undefined> = { a: { code: 'unauthorized' } };
    let release: () => void = () => undefined;
    let checks = 0;
    let changes = 0;
    const all = new ProfileStatusTracker({
      isPromptOpen: () => false,
      localStatus: () => ({ state: 'ready' }),
      name: (id) => id,
      now: Date.now,
      changed: () => {
        changes++;
      },
      problem: () => 'diagnostic',
      checkDestination: async (id) => {
        const answer = answers[id];
        if (checks++ === 0)
          await new Promise<void>((resolve) => {
            release = resolve;
          });
        if (typeof answer === 'object' && !(answer instanceof Error)) throw failure(answer.code, answer);
      },
    });
    const first = all.check(['a']);
    all.onProfileChanged('a');
    answers['a'] = undefined;
    await all.check(['a']);
    expect([checks, all.get('a').state, all.get('a').isChecking]).toEqual([2, 'ready', undefined]);
    release();
    await first;
    expect(all.get('a').state).toBe('ready');
    const before = changes;
    all.recordOutcome('a', Date.now() + 1000, { code: 'unauthorized' });
    expect([all.get('a').state, changes]).toEqual(['needs-sign-in', before + 1]);
  });
});
