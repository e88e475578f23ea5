import { expect, test, vi } from 'vitest';
import fc from 'fast-check';
import type { Upload } from '../../src-shared/upload.ts';
import { LiveUploads } from './live-uploads.ts';
import { currentProfileId, schedule } from './schedule.ts';
import { chain, EngineFixture } from './testing/engine-fixture.ts';

const uploadIn = (id: string, state: Partial<Upload>): Upload =>
  ({
    id,
    createdAt: 1,
    position: 0,
    size: 10,
    chain: [{ profileId: 'p', visibility: 'expiring' }],
    step: 0,
    status: 'queued',
    ...state,
  }) as Upload;

/** Records in any state, at three destinations. */
const anyState = fc
  .record({
    createdAt: fc.nat(5),
    position: fc.nat(20),
    profileId: fc.constantFrom('p', 'q', 'r'),
    status: fc.constantFrom('queued', 'uploading', 'verifying', 'paused', 'waiting'),
    until: fc.oneof(fc.constantFrom('online', 'profile-fixed'), fc.integer({ min: 90, max: 110 })),
    code: fc.constantFrom('rate-limited', 'unavailable'),
    isRunning: fc.boolean(),
    isUrgent: fc.boolean(),
  })
  .map(({ profileId, code, ...state }) => ({ ...state, chain: [{ profileId }], error: { code }, sent: 5 }));

test('the candidates lead to the same plan as all uploads, after any changes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyState, anyState), { maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      (states, limit, probe) => {
        const urgent = new Set<string>();
        const live = new LiveUploads(urgent);
        const uploads = states.map(([before, after], i) => {
          live.set(uploadIn(`u${i}`, before as never));
          // Each upload has its own position, so that the order is clear.
          const upload = uploadIn(`u${i}`, { ...after, position: after.position * 100 + i } as never);
          if (after.isUrgent) urgent.add(upload.id);
          live.set(upload);
          return upload;
        });
        const removed = uploads.filter((_, i) => i % 7 === 3);
        for (const { id } of removed) live.delete(id);
        const all = uploads.filter((upload) => !removed.includes(upload));
        const isRunning = ({ isRunning: runs, status }: Upload & { isRunning?: boolean }): boolean =>
          runs === true || status === 'uploading';
        const running = all.filter(isRunning);
        const input = {
          running: new Set(running.map(({ id }) => id)),
          urgent,
          limit,
          capacity: () => ({ slots: 3, uploads: 4 }),
          expectedSlots: () => 1,
          now: 100,
          probe,
        };
        const candidates = live.candidates(Math.max(limit, running.length), 100);
        for (const upload of running) candidates.add(upload);
        expect(schedule(candidates, input)).toEqual(schedule(all, input));
      },
    ),
    { numRuns: 1000 },
  );
});

test('an upload that the user tries again is a candidate, however many older uploads wait', () => {
  const live = new LiveUploads(new Set(['again']));
  for (let i = 0; i < 500; i++) live.set(uploadIn(`u${i}`, { position: i }));
  live.set(uploadIn('again', { createdAt: 2 }));
  const ids = [...live.candidates(5, 100)].map(({ id }) => id);
  expect(ids).toContain('again');
  expect(ids.length).toBeLessThan(100);
});

test('the totals follow every change', () => {
  const live = new LiveUploads(new Set());
  live.set(uploadIn('a', {}));
  live.set(uploadIn('b', { status: 'uploading', sent: 4 } as never));
  live.set(uploadIn('c', { status: 'verifying' }));
  expect(live.totals).toEqual({ unfinished: 3, active: 2, bytes: 30, sent: 14 });
  live.set(uploadIn('b', { status: 'paused' } as never));
  live.delete('c');
  live.delete('c');
  expect(live.totals).toEqual({ unfinished: 2, active: 0, bytes: 20, sent: 0 });
});

/** How many uploads `schedule` and the listeners look at while ten files of a large queue finish. */
async function looksPerFinishedFile(count: number): Promise<number> {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  const files = Array.from({ length: count }, (_, i) => fixture.file(`f${i}`));
  engine.enqueue(files, chain);
  await fixture.clock.advance(100);
  let looks = 0;
  const all = vi.spyOn(LiveUploads.prototype, 'all').mockImplementation(function* (this: LiveUploads) {
    for (const { id } of fixture.records.values()) {
      looks++;
      const upload = this.get(id);
      if (upload) yield upload;
    }
  });
  const candidates = vi.spyOn(LiveUploads.prototype, 'candidates');
  await fixture.clock.advance(2000);
  for (const { value } of candidates.mock.results) looks += (value as Set<Upload>).size;
  const finished = [...fixture.records.values()].filter(({ status }) => status === 'done').length;
  all.mockRestore();
  candidates.mockRestore();
  expect(finished).toBeGreaterThan(10);
  return looks / finished;
}

test('a finished upload takes the same time with 500 and with 5,000 queued files', async () => {
  const few = await looksPerFinishedFile(500);
  const many = await looksPerFinishedFile(5000);
  expect(many / few).toBeLessThan(1.5);
});

test('finds the uploads that wait for a destination, and those that are next', () => {
  const live = new LiveUploads(new Set(['urgent']));
  live.set(uploadIn('network', { status: 'waiting', until: 'online' } as never));
  live.set(uploadIn('key', { status: 'waiting', until: 'profile-fixed' } as never));
  live.set(uploadIn('time', { status: 'waiting', until: 5, error: { code: 'unavailable' } } as never));
  live.set(uploadIn('checked', { status: 'verifying' }));
  live.set(uploadIn('urgent', {}));
  live.set(uploadIn('queued', {}));
  live.set(uploadIn('other', { chain: [{ profileId: 'q', visibility: 'expiring' }] }));
  const ids = (uploads: readonly Upload[]): string[] => uploads.map(({ id }) => id).sort();
  expect(ids(live.waitingFor('p', 'online'))).toEqual(['network']);
  expect(ids(live.waitingFor('p', 'profile-fixed'))).toEqual(['key']);
  expect(live.profilesWaitingForNetwork()).toEqual(['p']);
  expect(ids(live.next('p'))).toEqual(['queued', 'time', 'urgent']);
  expect(live.next('q').map(currentProfileId)).toEqual(['q']);
});
