import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { reduce, type UploadEvent } from './reduce.ts';

const queued: Upload = {
  v: 1, id: 'u', batchId: 'b', position: 0, name: 'a', size: 100, contentType: 'text/plain', createdAt: 1, step: 0, attempts: [],
  source: { path: '/a', fingerprint: { size: 100, mtimeMs: 1, dev: '1', ino: '1' } }, chain: [{ profileId: 'p', visibility: 'expiring' }], status: 'queued', failures: 0,
};
const link = { url: 'https://x.test/a', visibility: 'expiring' as const };
const run = (...events: UploadEvent[]): Upload => events.reduce(reduce, queued);
const start: UploadEvent = { type: 'start', at: 2 };
const stored: UploadEvent = { type: 'stored', attempt: 1, ref: 'r', size: 100, at: 3 };
const done: UploadEvent = { type: 'done', attempt: 1, link, verification: 'verified', at: 4 };

test('an event of an old attempt is ignored', () => {
  const second = run(start, { type: 'attempt-failed', attempt: 1, error: { code: 'stalled' }, decision: { do: 'wait', until: 5, failures: 1 }, at: 3 }, { type: 'start', at: 5 });
  expect(second).toMatchObject({ status: 'uploading', attempt: 2 });
  for (const late of [stored, done, { type: 'progress', attempt: 1, sent: 50 }, { type: 'checkpoint', attempt: 1, checkpoint: 'old' }] satisfies UploadEvent[]) {
    expect(reduce(second, late)).toBe(second);
  }
});

test('progress never falls and never passes the size', () => {
  const at = run(start, { type: 'progress', attempt: 1, sent: 60 });
  expect(reduce(at, { type: 'progress', attempt: 1, sent: 40 })).toBe(at);
  expect(reduce(at, { type: 'progress', attempt: 1, sent: 500 })).toMatchObject({ sent: 100 });
});

test('a stream grows while it is read, and has its size when it ends', () => {
  const piped: Upload = { ...queued, size: 0, source: { stream: 'standard-input' } };
  const events: UploadEvent[] = [start, { type: 'progress', attempt: 1, sent: 70 }];
  expect(events.reduce(reduce, piped)).toMatchObject({ status: 'uploading', sent: 70, size: 70 });
  expect([...events, { ...stored, size: 75 } as UploadEvent, done].reduce(reduce, piped)).toMatchObject({ status: 'done', size: 75 });
});

test('done needs to have been stored and verified', () => {
  expect(run(start, done)).toMatchObject({ status: 'uploading' });
  expect(run(start, stored, done)).toMatchObject({ status: 'done', link });
});

test('cancel keeps the checkpoint, so that it can be cleaned up; cleaned drops it', () => {
  const canceled = run(start, { type: 'checkpoint', attempt: 1, checkpoint: 'c' }, { type: 'cancel', at: 3 });
  expect(canceled).toMatchObject({ status: 'canceled', checkpoint: 'c', attempts: [{ ended: 3 }] });
  expect(reduce(canceled, { type: 'cleaned' })).not.toHaveProperty('checkpoint');
});

test('a checkpoint that arrives after the cancel is kept too', () => {
  expect(run(start, { type: 'cancel', at: 3 }, { type: 'checkpoint', attempt: 1, checkpoint: 'late' })).toMatchObject({ status: 'canceled', checkpoint: 'late' });
});

test('the next destination does not get the checkpoint of the last one', () => {
  const next = run(start, { type: 'checkpoint', attempt: 1, checkpoint: 'c' }, { type: 'attempt-failed', attempt: 1, error: { code: 'forbidden' }, decision: { do: 'next', step: 1 }, at: 3 });
  expect(next).toMatchObject({ status: 'queued', step: 1, failures: 0 });
  expect(next).not.toHaveProperty('checkpoint');
});

test('terminal states stay terminal whatever comes; only a retry of a failed or canceled one leads out', () => {
  const attempt = fc.integer({ min: 1, max: 3 });
  const anyEvent: fc.Arbitrary<UploadEvent> = fc.oneof(
    fc.constant(start), fc.constant<UploadEvent>({ type: 'cancel', at: 9 }), fc.constant<UploadEvent>({ type: 'cleaned' }),
    fc.record({ type: fc.constant('progress' as const), attempt, sent: fc.nat(200) }), fc.record({ type: fc.constant('checkpoint' as const), attempt, checkpoint: fc.string() }),
    fc.record({ type: fc.constant('stored' as const), attempt, ref: fc.string(), size: fc.constant(100), at: fc.constant(9) }),
    fc.record({ type: fc.constant('done' as const), attempt, link: fc.constant(link), verification: fc.constant('verified' as const), at: fc.constant(9) }),
    fc.record({ type: fc.constant('stopped' as const), attempt, at: fc.constant(9) }), fc.constant<UploadEvent>({ type: 'interrupted', error: { code: 'interrupted' }, at: 9 }),
    fc.record({ type: fc.constant('attempt-failed' as const), attempt, error: fc.constant({ code: 'stalled' as const }), decision: fc.constantFrom({ do: 'fail' as const }, { do: 'wait' as const, until: 10, failures: 1 }), at: fc.constant(9) }),
    fc.constant<UploadEvent>({ type: 'retry' }),
  );
  fc.assert(fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
    let upload: Upload = queued;
    for (const event of events) {
      const before: Upload = upload;
      upload = reduce(before, event);
      if (['done', 'failed', 'canceled'].includes(before.status) && upload.status !== before.status) {
        expect([event.type, before.status === 'done']).toEqual(['retry', false]);
        expect(upload.status).toBe('queued');
      }
      expect(upload.attempts.filter((a) => a.ended === undefined).length).toBeLessThanOrEqual(1);
    }
  }), { numRuns: 3000 });
});
