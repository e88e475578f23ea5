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

/**
 * @param answers how the check of each destination ends: with this error, not at all ('never'), or well (undefined)
 * @param saved the local status of each destination; 'ready' by default
 */
function createTracker(
  answers: Record<string, AppError | 'never' | Error | undefined>,
  saved: Record<string, ProfileStatus> = {},
) {
  let changes = 0;
  const signals: AbortSignal[] = [];
  const openPrompts = new Set<string>();
  const modes: string[] = [];
  const tracker = new ProfileStatusTracker({
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
  return { tracker, signals, openPrompts, modes, changes: () => changes };
}

describe('a check of the destinations', () => {
  test('a destination that never answers does not delay the others, and times out after ten seconds', async () => {
    const { tracker, signals } = createTracker({
      a: 'never',
      c: { code: 'unauthorized', params: { destination: 'c' } },
    });
    const startedAt = Date.now();
    let isOver = false;
    const check = tracker.check(['a', 'b', 'c']).then(() => {
      isOver = true;
    });
    expect(['a', 'b', 'c'].map((id) => tracker.get(id).isChecking)).toEqual([true, true, true]);
    await vi.advanceTimersByTimeAsync(1);
    expect(tracker.get('b')).toEqual({ state: 'ready', checkedAt: startedAt });
    expect(tracker.get('c')).toMatchObject({ state: 'needs-sign-in', error: { code: 'unauthorized' } });
    expect(tracker.get('a')).toEqual({ state: 'ready', isChecking: true });
    await vi.advanceTimersByTimeAsync(9998);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    await check;
    expect(tracker.get('a')).toMatchObject({
      state: 'unreachable',
      error: { code: 'unreachable', params: { host: 'Name of a' } },
      checkedAt: startedAt + 10_000,
    });
    expect(signals[0]!.aborted).toBe(true);
  });

  test('joins a check that is already running', async () => {
    const { tracker, signals } = createTracker({ a: 'never' });
    void tracker.check(['a']);
    void tracker.check(['a']);
    await vi.advanceTimersByTimeAsync(10_001);
    expect(signals).toHaveLength(1);
  });

  test('does not time out while a prompt for a code is open, except for a background check', async () => {
    const { tracker, openPrompts, modes } = createTracker({ a: 'never' });
    openPrompts.add('a');
    void tracker.check(['a'], 'interactive');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tracker.get('a').isChecking).toBe(true);
    openPrompts.clear();
    await vi.advanceTimersByTimeAsync(10_001);
    expect(tracker.get('a')).toMatchObject({ state: 'unreachable' });
    openPrompts.add('a');
    void tracker.check(['a']);
    await vi.advanceTimersByTimeAsync(10_001);
    expect(tracker.get('a').isChecking).toBeUndefined();
    expect(modes).toEqual(['interactive', 'background']);
  });

  test('a background check joins an interactive check, but an interactive check joins no background check', async () => {
    const { tracker, modes } = createTracker({ a: 'never' });
    void tracker.check(['a']);
    void tracker.check(['a'], 'interactive');
    void tracker.check(['a']);
    await vi.advanceTimersByTimeAsync(10_001);
    expect(modes).toEqual(['background', 'interactive']);
  });

  test.each([
    ['an MFA code', 'mfa'],
    ['a permission', 'program'],
  ])('records that %s is missing, because only a check can detect it', async (_, why) => {
    const { tracker } = createTracker({ a: { code: 'secret-missing', params: { why } } });
    await tracker.check(['a']);
    expect(tracker.get('a')).toMatchObject({
      state: 'needs-sign-in',
      error: { code: 'secret-missing', params: { why } },
    });
  });

  test('maps every error to a state, and logs an unexpected error', async () => {
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
      const { tracker } = createTracker({ a: answer });
      await tracker.check(['a']);
      expect(tracker.get('a'), code).toMatchObject({ state, error: { code } });
      if (code === 'bug') expect(tracker.get('a').error).toMatchObject({ diagnosticId: 'diagnostic' });
    }
  });

  test('ignores the result of a check when the settings changed during the check', async () => {
    const { tracker } = createTracker({ a: 'never' });
    const check = tracker.check(['a']);
    await vi.advanceTimersByTimeAsync(5000);
    tracker.onProfileChanged('a');
    await vi.advanceTimersByTimeAsync(5001);
    await check;
    expect(tracker.get('a')).toEqual({ state: 'ready' });
  });

  test('reports a missing local value, even if the last check passed', async () => {
    const saved: Record<string, ProfileStatus> = {};
    const { tracker } = createTracker({}, saved);
    await tracker.check(['a']);
    saved['a'] = { state: 'needs-sign-in', error: { code: 'secret-missing' } };
    expect(tracker.get('a')).toMatchObject({ state: 'needs-sign-in', error: { code: 'secret-missing' } });
  });
});

describe('the outcome of an upload', () => {
  test('sets the state of the destination until a file is stored, and notifies listeners once', () => {
    const { tracker, changes } = createTracker({});
    vi.advanceTimersByTime(10);
    tracker.recordOutcome('a', Date.now(), { code: 'unauthorized' });
    tracker.recordOutcome('a', Date.now() + 1, { code: 'unauthorized' });
    expect(tracker.get('a')).toMatchObject({ state: 'needs-sign-in', error: { code: 'unauthorized' } });
    expect(changes()).toBe(1);
    tracker.recordOutcome('a', Date.now() + 2, undefined);
    expect(tracker.get('a')).toMatchObject({ state: 'ready' });
    expect(changes()).toBe(2);
  });

  test('is ignored when the error concerns the file, or is older than the last check or change', async () => {
    const { tracker } = createTracker({});
    const before = Date.now();
    for (const code of ['canceled', 'source-missing', 'too-large', 'disk-full', 'name-taken'] as const)
      tracker.recordOutcome('a', before + 1, { code });
    expect(tracker.get('a')).toEqual({ state: 'ready' });
    vi.advanceTimersByTime(1000);
    await tracker.check(['a']);
    tracker.recordOutcome('a', before, { code: 'unauthorized' });
    expect(tracker.get('a').state).toBe('ready');
    tracker.recordOutcome('a', Date.now() + 1, { code: 'unauthorized' });
    vi.advanceTimersByTime(1000);
    tracker.onProfileChanged('a');
    expect(tracker.get('a')).toEqual({ state: 'ready' });
    tracker.recordOutcome('a', before + 1500, { code: 'unauthorized' });
    expect(tracker.get('a')).toEqual({ state: 'ready' });
  });
});

describe('the state without a check', () => {
  test('of a destination with an unknown provider is an error, and the others are still listed', async () => {
    const fixture = profileFixture();
    await fixture.profiles.editor.save(draft);
    fixture.saved.set('old', { id: 'old', providerId: 'gone' as never, name: 'Old', settings: {}, createdAt: 0 });
    expect(fixture.profiles.views.all().profiles).toMatchObject([
      { status: { state: 'ready' } },
      {
        name: 'Old',
        status: { state: 'needs-setup', error: { code: 'provider-broken', params: { provider: 'gone' } } },
      },
    ]);
    await expect(fixture.profiles.values.read('old')).rejects.toMatchObject({ error: { code: 'provider-broken' } });
    await fixture.profileRemover.remove('old');
    expect(fixture.profiles.views.all().profiles).toHaveLength(1);
  });

  test('reports a required field that is empty', async () => {
    const fixture = profileFixture();
    await fixture.profiles.editor.save(draft);
    fixture.saved.set('p1', { ...fixture.saved.get('p1')!, settings: {} });
    expect(fixture.profiles.views.all().profiles[0]!.status).toEqual({
      state: 'needs-setup',
      error: { code: 'invalid-input', field: 'bucket', params: { destination: 'b', why: 'notSet', setting: 'Hoist' } },
    });
  });

  test('is known without the code of the provider, which is loaded once on first use', async () => {
    const spied = providers.map((provider) => ({ ...provider, load: vi.fn(() => provider.load()) }));
    const fixture = profileFixture({ providers: spied });
    for (const { id } of spied)
      fixture.saved.set(id, {
        id,
        providerId: id,
        name: id,
        settings: { bucket: 'b', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
        createdAt: 0,
      });
    expect(fixture.profiles.views.all().profiles.length).toBeGreaterThan(0);
    for (const provider of spied)
      fixture.profiles.drafts.validate({ providerId: provider.id, name: '', settings: {}, secrets: {} });
    expect(spied.map(({ load }) => load.mock.calls.length)).toEqual(spied.map(() => 0));
    for (const provider of spied) await Promise.all([loadProvider(provider), loadProvider(provider)]);
    for (const provider of spied) await loadProvider(provider);
    expect(spied.map(({ load }) => load.mock.calls.length)).toEqual(spied.map(() => 1));
  });
});

describe('a check of a destination that is edited meanwhile', () => {
  test('starts a second check, and ignores the result of the first one', async () => {
    const answers: Record<string, AppError | 'never' | Error | undefined> = { a: { code: 'unauthorized' } };
    let release: () => void = () => undefined;
    let checks = 0;
    let changes = 0;
    const tracker = new ProfileStatusTracker({
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
    const first = tracker.check(['a']);
    tracker.onProfileChanged('a');
    answers['a'] = undefined;
    await tracker.check(['a']);
    expect([checks, tracker.get('a').state, tracker.get('a').isChecking]).toEqual([2, 'ready', undefined]);
    release();
    await first;
    expect(tracker.get('a').state).toBe('ready');
    const before = changes;
    tracker.recordOutcome('a', Date.now() + 1000, { code: 'unauthorized' });
    expect([tracker.get('a').state, changes]).toEqual(['needs-sign-in', before + 1]);
  });
});
