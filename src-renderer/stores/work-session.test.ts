import { expect, test } from 'vitest';
import type { Status, UploadView } from '../../src-shared/upload.ts';
import type { ProgressFraction } from './progress.ts';
import { updateSession, noSession, percentOf, summarizeWork } from './work-session.ts';

const view = (id: string, batchId: string, status: Status, size = 100): UploadView => ({
  id,
  batchId,
  position: 0,
  name: id,
  size,
  contentType: '',
  status,
  profileId: 'p',
  destination: 'Work',
  visibility: 'expiring',
  createdAt: 1,
});

test('the header counts the active batches, not earlier ones', () => {
  const uploads = [
    view('old', 'a', 'done'),
    view('x', 'b', 'done', 200),
    view('y', 'b', 'uploading', 400),
    view('z', 'b', 'failed', 900),
    view('c', 'b', 'canceled'),
  ];
  const session = updateSession(noSession, uploads);
  const work = summarizeWork(session, uploads, new Map([['y', 0.5]]));
  expect(work).toEqual({ total: 3, done: 1, failed: 1, unfinished: 1, bytes: 600, sent: 400 });
  expect(percentOf(work)).toBe(66);
});

test('a batch that is added while another one runs joins its session', () => {
  const first = updateSession(noSession, [view('x', 'b', 'uploading')]);
  const both = updateSession(first, [view('x', 'b', 'done'), view('y', 'c', 'queued')]);
  expect([...both.batches]).toEqual(['b', 'c']);
});

test('a finished session stays visible until the next one starts', () => {
  const running = updateSession(noSession, [view('x', 'b', 'uploading')]);
  const finished = updateSession(running, [view('x', 'b', 'done')]);
  expect(finished).toEqual({ batches: new Set(['b']), running: false });
  expect(summarizeWork(finished, [view('x', 'b', 'done')], new Map()).done).toBe(1);
  expect([...updateSession(finished, [view('x', 'b', 'done'), view('n', 'd', 'queued')]).batches]).toEqual(['d']);
});

test('an unchanged session is the same object', () => {
  const uploads = [view('x', 'b', 'uploading')];
  const session = updateSession(noSession, uploads);
  expect(updateSession(session, uploads)).toBe(session);
});

test('the percentage of empty files is based on their number', () => {
  const uploads = [view('x', 'b', 'done', 0), view('y', 'b', 'queued', 0)];
  expect(percentOf(summarizeWork(updateSession(noSession, uploads), uploads, new Map()))).toBe(50);
});

test('uploads of unknown size are counted, but not in bytes', () => {
  const uploads = [view('pipe', 'b', 'uploading', 500), view('y', 'b', 'uploading', 400)];
  const session = updateSession(noSession, uploads);
  expect(
    summarizeWork(
      session,
      uploads,
      new Map<string, ProgressFraction>([
        ['pipe', 'indeterminate'],
        ['y', 0.5],
      ]),
    ),
  ).toMatchObject({ total: 2, unfinished: 2, bytes: 400, sent: 200 });
  const alone = [view('pipe', 'b', 'uploading', 500)];
  expect(
    percentOf(
      summarizeWork(
        updateSession(noSession, alone),
        alone,
        new Map<string, ProgressFraction>([['pipe', 'indeterminate']]),
      ),
    ),
  ).toBe(0);
});
