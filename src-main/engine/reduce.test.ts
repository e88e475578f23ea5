import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ErrorCode } from '../../src-shared/errors.ts';
import type { Upload } from '../../src-shared/upload.ts';
import type { Decision } from './decide.ts';
import { reduce, type UploadEvent } from './reduce.ts';

const queued: Upload = {
  v: 1,
  id: 'u',
  batchId: 'b',
  position: 0,
  name: 'a',
  size: 100,
  contentType: 'text/plain',
  createdAt: 1,
  step: 0,
  attempts: [],
  source: { path: '/a', fingerprint: { size: 100, mtimeMs: 1, dev: '1', ino: '1' } },
  chain: [{ profileId: 'p', visibility: 'expiring' }],
  status: 'queued',
  failures: 0,
};
const link = { url: 'https://x.test/a', visibility: 'expiring' as const };
const run = (...events: UploadEvent[]): Upload => events.reduce(reduce, queued);
const start: UploadEvent = { type: 'start', at: 2 };
const stored: UploadEvent = { type: 'stored', attempt: 1, ref: 'r', size: 100, at: 3 };
const done: UploadEvent = { type: 'done', attempt: 1, link, verification: 'verified', at: 4 };

test('ignores an event of an old attempt', () => {
  const secondAttempt = run(
    start,
    {
      type: 'attempt-failed',
      attempt: 1,
      error: { code: 'stalled' },
      decision: { do: 'wait', until: 5, failures: 1 },
      at: 3,
    },
    { type: 'start', at: 5 },
  );
  expect(secondAttempt).toMatchObject({ status: 'uploading', attempt: 2 });
  for (const late of [
    stored,
    done,
    { type: 'progress', attempt: 1, sent: 50 },
    { type: 'checkpoint', attempt: 1, checkpoint: 'old' },
  ] satisfies UploadEvent[]) {
    expect(reduce(secondAttempt, late)).toBe(secondAttempt);
  }
});

test('progress never decreases and never exceeds the size', () => {
  const sixtySent = run(start, { type: 'progress', attempt: 1, sent: 60 });
  expect(reduce(sixtySent, { type: 'progress', attempt: 1, sent: 40 })).toBe(sixtySent);
  expect(reduce(sixtySent, { type: 'progress', attempt: 1, sent: 500 })).toMatchObject({ sent: 100 });
});

test('the size of a stream grows while it is read and is final at its end', () => {
  const piped: Upload = { ...queued, size: 0, source: { stream: 'standard-input' } };
  const events: UploadEvent[] = [start, { type: 'progress', attempt: 1, sent: 70 }];
  expect(events.reduce(reduce, piped)).toMatchObject({ status: 'uploading', sent: 70, size: 70 });
  expect([...events, { ...stored, size: 75 } as UploadEvent, done].reduce(reduce, piped)).toMatchObject({
    status: 'done',
    size: 75,
  });
});

test('only a stored and verified upload becomes done', () => {
  expect(run(start, done)).toMatchObject({ status: 'uploading' });
  expect(run(start, stored, done)).toMatchObject({ status: 'done', link });
});

const checkpoint = { type: 'checkpoint' as const, attempt: 1, checkpoint: 'c' };
const fails = (code: ErrorCode, decision: Decision = { do: 'fail' }): UploadEvent => ({
  type: 'attempt-failed',
  attempt: 1,
  error: { code },
  decision,
  at: 4,
});
const bytesStored = { type: 'bytes-stored' as const, attempt: 1, bytes: 40, at: 3 };

test('pause keeps the stored bytes, and resume continues from them', () => {
  const paused = run(start, checkpoint, bytesStored, { type: 'pause', at: 4 });
  expect(paused).toMatchObject({
    status: 'paused',
    checkpoint: 'c',
    bytesStored: 40,
    lastProgressAt: 3,
    attempts: [{ ended: 4 }],
  });
  expect(
    [{ type: 'resume' }, { type: 'start', at: 5 }].reduce((u, e) => reduce(u, e as UploadEvent), paused),
  ).toMatchObject({ status: 'uploading', attempt: 2, sent: 40, checkpoint: 'c' });
});

test('keeps a checkpoint that arrives after the pause', () => {
  expect(run(start, { type: 'pause', at: 3 }, { ...checkpoint, checkpoint: 'late' })).toMatchObject({
    status: 'paused',
    checkpoint: 'late',
  });
});

test('a file stored during a pause counts as stored', () => {
  expect(run(start, checkpoint, { type: 'pause', at: 3 }, stored)).toMatchObject({ status: 'verifying', ref: 'r' });
  expect(run(start, checkpoint, { type: 'pause', at: 3 }, { type: 'resume' }, stored)).toMatchObject({
    status: 'verifying',
    ref: 'r',
  });
});

test('a failure keeps the checkpoint, except for a missing or too large file and after a cancel', () => {
  expect(run(start, checkpoint, bytesStored, fails('unavailable'))).toMatchObject({
    status: 'failed',
    checkpoint: 'c',
    bytesStored: 40,
  });
  for (const code of ['source-missing', 'source-changed', 'source-unreadable', 'too-large', 'canceled'] as const) {
    expect(run(start, checkpoint, bytesStored, fails(code))).not.toHaveProperty('checkpoint');
    expect(run(start, checkpoint, bytesStored, fails(code))).not.toHaveProperty('bytesStored');
  }
  expect(run(start, checkpoint, { type: 'cancel', at: 3 })).not.toHaveProperty('checkpoint');
});

test('an error that discards the parts drops the checkpoint, also while the upload waits', () => {
  const error = { code: 'quota-exceeded', discardsParts: true } as const;
  for (const decision of [{ do: 'fail' }, { do: 'wait', until: 9, failures: 1 }] as const) {
    const failed = run(start, checkpoint, bytesStored, { type: 'attempt-failed', attempt: 1, error, decision, at: 4 });
    expect(failed).toMatchObject({ error });
    for (const field of ['checkpoint', 'bytesStored']) expect(failed).not.toHaveProperty(field);
  }
});

test('retry resumes where bytes are stored, otherwise starts with the preferred destination', () => {
  const atSecondDestination: Upload = {
    ...queued,
    chain: [...queued.chain, { profileId: 'q', visibility: 'private' }],
    step: 1,
  };
  const afterRetry = (...events: UploadEvent[]) =>
    [start, ...events, fails('unavailable'), { type: 'retry' } as UploadEvent].reduce(reduce, atSecondDestination);
  expect(afterRetry(checkpoint, bytesStored)).toMatchObject({
    status: 'queued',
    step: 1,
    checkpoint: 'c',
    failures: 0,
  });
  expect(afterRetry(checkpoint)).toMatchObject({ status: 'queued', step: 0 });
  expect(afterRetry(checkpoint)).not.toHaveProperty('checkpoint');
});

test('the failure count resets only when the store has more bytes than before', () => {
  const failedThreeTimes: Upload = { ...queued, failures: 3, bytesStored: 30, checkpoint: 'c' };
  expect(
    [start, { type: 'progress', attempt: 1, sent: 99 } as UploadEvent].reduce(reduce, failedThreeTimes),
  ).toMatchObject({
    failures: 3,
    sent: 99,
  });
  expect([start, { ...bytesStored, bytes: 30 }].reduce(reduce, failedThreeTimes)).toMatchObject({ failures: 3 });
  expect([start, bytesStored].reduce(reduce, failedThreeTimes)).toMatchObject({
    failures: 0,
    bytesStored: 40,
    lastProgressAt: 3,
  });
  expect([start, bytesStored].reduce(reduce, { ...failedThreeTimes, restarted: 'store-forgot' })).toMatchObject({
    failures: 3,
    bytesStored: 40,
  });
});

test('a changed file and a lost checkpoint restart from zero and record the reason', () => {
  const source = { path: '/a', fingerprint: { size: 70, mtimeMs: 2, dev: '1', ino: '1' } };
  expect(run(start, checkpoint, bytesStored, { type: 'source-refreshed', attempt: 1, source, size: 70 })).toMatchObject(
    {
      restarted: 'file-changed',
      source,
      size: 70,
      sent: 0,
      checkpoint: 'c',
    },
  );
  const forgot = run(start, checkpoint, bytesStored, { type: 'restarted', attempt: 1, why: 'store-forgot' });
  expect(forgot).toMatchObject({ restarted: 'store-forgot', sent: 0 });
  expect(forgot).not.toHaveProperty('bytesStored');
});

test('waiting for the network records no attempt', () => {
  const waiting = run(start, fails('offline', { do: 'wait', until: 'online', failures: 0 }));
  expect(waiting).toMatchObject({ status: 'waiting', until: 'online', attempts: [] });
});

test('an approved destination becomes the first of the chain', () => {
  const chain = [
    queued.chain[0]!,
    {
      profileId: 'q',
      visibility: 'public' as const,
      cannotDelete: true as const,
      allowed: ['cannot-delete' as const],
    },
    { profileId: 'z', visibility: 'public' as const },
  ];
  const failed = [
    start,
    checkpoint,
    fails('forbidden', { do: 'fail', withheld: { profileId: 'q', reason: 'more-people' } }),
  ].reduce(reduce, { ...queued, chain });
  expect(failed).toMatchObject({ status: 'failed', withheld: { profileId: 'q' } });
  expect(reduce(failed, { type: 'fallback-approved' })).toMatchObject({
    status: 'queued',
    step: 0,
  });
  expect(reduce(failed, { type: 'fallback-approved' }).chain).toEqual([
    { profileId: 'q', visibility: 'public' },
    { profileId: 'z', visibility: 'public' },
  ]);
  expect(reduce(failed, { type: 'fallback-approved' })).not.toHaveProperty('checkpoint');
});

test('an upload that falls back without having sent a request records the reason', () => {
  const refused = reduce(queued, {
    type: 'refused',
    error: { code: 'unauthorized' },
    decision: { do: 'next', step: 1 },
    at: 7,
  });
  expect(refused).toMatchObject({
    status: 'queued',
    step: 1,
    attempts: [{ number: 1, profileId: 'p', error: { code: 'unauthorized' } }],
  });
  expect(
    reduce(queued, {
      type: 'refused',
      error: { code: 'unauthorized' },
      decision: { do: 'wait', until: 'profile-fixed', failures: 0 },
      at: 7,
    }),
  ).toMatchObject({ status: 'waiting', until: 'profile-fixed', attempts: [] });
});

test('the next destination does not get the previous checkpoint', () => {
  const next = run(
    start,
    { type: 'checkpoint', attempt: 1, checkpoint: 'c' },
    { type: 'attempt-failed', attempt: 1, error: { code: 'forbidden' }, decision: { do: 'next', step: 1 }, at: 3 },
  );
  expect(next).toMatchObject({ status: 'queued', step: 1, failures: 0 });
  expect(next).not.toHaveProperty('checkpoint');
});

test('only a retry or an approved fallback changes failed or canceled, and no event changes done', () => {
  const attempt = fc.integer({ min: 1, max: 3 });
  const anyEvent: fc.Arbitrary<UploadEvent> = fc.oneof(
    fc.constant(start),
    fc.constant<UploadEvent>({ type: 'cancel', at: 9 }),
    fc.constantFrom<UploadEvent>(
      { type: 'remote-released' },
      { type: 'pause', at: 9 },
      { type: 'resume' },
      { type: 'fallback-approved' },
      { type: 'refused', error: { code: 'forbidden' }, decision: { do: 'fail' }, at: 9 },
    ),
    fc.record({ type: fc.constant('progress' as const), attempt, sent: fc.nat(200) }),
    fc.record({ type: fc.constant('checkpoint' as const), attempt, checkpoint: fc.string() }),
    fc.record({
      type: fc.constant('stored' as const),
      attempt,
      ref: fc.string(),
      size: fc.constant(100),
      at: fc.constant(9),
    }),
    fc.record({
      type: fc.constant('done' as const),
      attempt,
      link: fc.constant(link),
      verification: fc.constant('verified' as const),
      at: fc.constant(9),
    }),
    fc.constantFrom<UploadEvent>(
      { type: 'stopped', at: 9 },
      { type: 'fail', error: { code: 'source-missing' }, at: 9 },
    ),
    fc.record({
      type: fc.constant('attempt-failed' as const),
      attempt,
      error: fc.constant({ code: 'stalled' as const }),
      decision: fc.constantFrom({ do: 'fail' as const }, { do: 'wait' as const, until: 10, failures: 1 }),
      at: fc.constant(9),
    }),
    fc.constant<UploadEvent>({ type: 'retry' }),
  );
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
      let upload: Upload = queued;
      for (const event of events) {
        const before: Upload = upload;
        upload = reduce(before, event);
        if (['done', 'failed', 'canceled'].includes(before.status) && upload.status !== before.status) {
          expect(before.status).not.toBe('done');
          expect(['retry', 'fallback-approved']).toContain(event.type);
          expect(upload.status).toBe('queued');
        }
        expect(upload.attempts.filter(({ ended }) => ended === undefined).length).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 3000 },
  );
});

test('a name conflict is resolved at the same destination and resumes from its checkpoint', () => {
  const chain = ['p', 'q', 'r'].map((profileId) => ({ profileId, visibility: 'expiring' as const }));
  const conflicted: Upload = {
    ...run(start, checkpoint, bytesStored, fails('name-taken')),
    chain,
    step: 1,
    keyTemplate: 'a/{name}',
  };
  expect(conflicted).toMatchObject({ status: 'failed', error: { code: 'name-taken' }, checkpoint: 'c' });
  expect(reduce(conflicted, { type: 'name-conflict-resolved', by: 'new-name' })).toMatchObject({
    status: 'queued',
    collision: 'new-name',
    step: 1,
    chain,
    checkpoint: 'c',
    bytesStored: 40,
    keyTemplate: 'a/{name}',
  });
  // The user agreed to replace the file at this destination only.
  const replacing = reduce(conflicted, { type: 'name-conflict-resolved', by: 'replace' });
  expect(replacing).toMatchObject({
    status: 'queued',
    collision: 'replace',
    step: 0,
    chain: [{ profileId: 'q' }],
    checkpoint: 'c',
  });
  // The events of the first attempt, with the number of the second one.
  expect(
    [start, stored, done].reduce((u, e) => reduce(u, 'attempt' in e ? { ...e, attempt: 2 } : e), replacing),
  ).toMatchObject({ status: 'done', collision: 'replace', keyTemplate: 'a/{name}' });
});

test('only a name conflict can be resolved', () => {
  for (const other of [
    run(),
    run(start),
    run(start, fails('unauthorized')),
    run(start, stored, done),
    run({ type: 'cancel', at: 3 }),
  ]) {
    expect(reduce(other, { type: 'name-conflict-resolved', by: 'replace' })).toBe(other);
  }
});

test('every transition keeps a field that is added to Upload later', () => {
  const withExtra: Upload = Object.assign({}, queued, { addedLater: 'x' });
  const paths: UploadEvent[][] = [
    [start, { type: 'stopped', at: 3 }, start],
    [start, checkpoint, bytesStored, { type: 'pause', at: 4 }, { type: 'remote-released' }, { type: 'resume' }],
    [start, stored, done, { type: 'relinked', link }],
    [start, { type: 'restarted', attempt: 1, why: 'store-forgot' }],
    [start, { type: 'source-refreshed', attempt: 1, source: { ...queued.source } as never, size: 1 }],
    [start, fails('stalled', { do: 'wait', until: 5, failures: 1 }), { type: 'start', at: 6 }],
    [start, fails('unavailable', { do: 'next', step: 0 })],
    [start, checkpoint, fails('unavailable'), { type: 'remote-released' }, { type: 'retry' }],
    [start, checkpoint, bytesStored, fails('unavailable'), { type: 'retry' }],
    [start, fails('name-taken'), { type: 'name-conflict-resolved', by: 'replace' }],
    [start, fails('forbidden', { do: 'fail', withheld: { profileId: 'q', reason: 'more-people' } })],
    [{ type: 'refused', error: { code: 'forbidden' }, decision: { do: 'fail' }, at: 3 }],
    [{ type: 'fail', error: { code: 'source-missing' }, at: 3 }, { type: 'retry' }],
    [start, { type: 'cancel', at: 3 }, { type: 'retry' }],
  ];
  for (const path of paths) {
    let upload: Upload = withExtra;
    for (const event of path) {
      upload = reduce(upload, event);
      expect(upload, event.type).toHaveProperty('addedLater', 'x');
    }
  }
  const chain = [...queued.chain, { profileId: 'q', visibility: 'public' as const }];
  const withheld = [
    start,
    fails('forbidden', { do: 'fail', withheld: { profileId: 'q', reason: 'more-people' } }),
    { type: 'fallback-approved' } as UploadEvent,
  ].reduce(reduce, { ...withExtra, chain });
  expect(withheld).toMatchObject({ addedLater: 'x', status: 'queued', chain: [{ profileId: 'q' }] });
});
