/**
 * R16: a refusal that applies to all uploads of a destination. Its queue pauses after at most one more request, the
 * other destinations continue, and everything is sent after the fix.
 */
import { expect, test } from 'vitest';
import { failure, type ErrorCode } from '../../src-shared/errors.ts';
import type { ChainStep, Upload } from '../../src-shared/upload.ts';
import { EngineFixture, type ScriptedAttempt } from './testing/engine-fixture.ts';

const minute = 60_000;
const to = (profileId: string): ChainStep[] => [{ profileId, visibility: 'expiring' }];
const createFiles = (fixture: EngineFixture, count: number, name: string) =>
  Array.from({ length: count }, (_, i) => fixture.file(`${name}${i}`));
const recordsOf = (fixture: EngineFixture, name: string): Upload[] =>
  [...fixture.records.values()].filter((u) => u.name.startsWith(name));
const countOf = (uploads: Upload[], ...statuses: Upload['status'][]): number =>
  uploads.filter(({ status }) => statuses.includes(status)).length;

const refusals: [ErrorCode, string][] = [
  ['unauthorized', 'the key is wrong'],
  ['forbidden', 'the key may not write'],
  ['session-expired', 'the sign-in has expired'],
  ['secret-missing', 'the key is missing'],
  ['no-bucket', 'the bucket does not exist'],
  ['quota-exceeded', 'the storage is full'],
  ['tls-untrusted', 'the certificate is not trusted'],
  ['wrong-region', 'the bucket is in another region'],
  ['provider-broken', 'the driver cannot be loaded'],
];
/** When the refusals begin, and how many rounds of parallel uploads end before. */
const moments = [
  ['at the first upload', 0],
  ['after some uploads', 1],
] as const;
const testCases = refusals.flatMap(([code, cause]) => moments.map(([when, rounds]) => ({ code, cause, when, rounds })));

test.each(testCases)(
  'a $code refusal ($cause) $when pauses the queue of its destination only',
  async ({ code, rounds }) => {
    const fixture = new EngineFixture();
    fixture.attemptMs = 400;
    fixture.refusalMs = 200;
    const engine = fixture.engine();
    engine.start();
    if (rounds === 0) fixture.refusals.set('p1', code);
    engine.enqueue(createFiles(fixture, 60, 'refused'), to('p1'));
    engine.enqueue(createFiles(fixture, 20, 'other'), to('p2'));
    await fixture.clock.advance(rounds * 500);
    fixture.refusals.set('p1', code);
    const firstRefusalAt = fixture.clock.now() + fixture.refusalMs + rounds * fixture.attemptMs;
    await fixture.clock.advance(30 * minute);

    const attempts = fixture.attemptedAt.filter(
      (at, i) => fixture.attemptedProfiles[i] === 'p1' && at > firstRefusalAt,
    );
    expect(attempts.length, 'requests after the refusal').toBeLessThanOrEqual(1);
    const refused = recordsOf(fixture, 'refused');
    expect(countOf(refused, 'done') > 0).toBe(rounds > 0);
    expect(countOf(refused, 'waiting')).toBeGreaterThanOrEqual(20);
    expect(countOf(refused, 'waiting', 'failed', 'done')).toBe(60);
    for (const u of refused)
      if (u.status === 'waiting' || u.status === 'failed')
        expect(u, u.name).toMatchObject({
          error: { code },
          ...(u.status === 'waiting' ? { until: 'profile-fixed' } : {}),
        });
    // Only the uploads that were running at that time have failed.
    expect(countOf(refused, 'failed')).toBeLessThanOrEqual(16);
    expect(countOf(recordsOf(fixture, 'other'), 'done')).toBe(20);

    fixture.refusals.clear();
    engine.onProfileChanged('p1');
    await fixture.clock.advance(5 * minute);
    expect(countOf(recordsOf(fixture, 'refused'), 'done')).toBe(60);
    expect([fixture.objects.size, fixture.sessions.size]).toEqual([80, 0]);
  },
);

// These errors concern one file only.
test.each<ErrorCode>(['too-large', 'rejected'])(
  'a %s error fails one file, and the other files of its destination continue',
  async (code) => {
    const fixture = new EngineFixture();
    fixture.script = [{ ok: true }, { fail: code } satisfies ScriptedAttempt];
    const engine = fixture.engine();
    engine.start();
    engine.enqueue(createFiles(fixture, 20, 'file'), to('p1'));
    await fixture.clock.advance(10 * minute);
    expect([countOf(recordsOf(fixture, 'file'), 'done'), countOf(recordsOf(fixture, 'file'), 'failed')]).toEqual([
      19, 1,
    ]);
  },
);

test('a file that is larger than the space left fails alone, and the smaller files of its destination continue', async () => {
  for (const blocked of ['wait', 'fail'] as const) {
    const fixture = new EngineFixture();
    fixture.script = [{ ok: true }, { throw: failure('quota-exceeded', { params: { left: 5 } }) }];
    const engine = fixture.engine({ blocked });
    engine.start();
    engine.enqueue(createFiles(fixture, 20, 'file'), to('p1'));
    await fixture.clock.advance(10 * minute);
    expect([countOf(recordsOf(fixture, 'file'), 'done'), countOf(recordsOf(fixture, 'file'), 'failed')]).toEqual([
      19, 1,
    ]);
  }
});
