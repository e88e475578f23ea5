import { expect, test } from 'vitest';
import { errorTable, type ErrorCode } from '../../../src-shared/errors.ts';
import type { Status, UploadView } from '../../../src-shared/upload.ts';
import { hasDetails } from './has-details.ts';
import { isFinishing, displayedFraction } from '../../stores/progress.ts';
import { hasCancelButton, keyAction, menuActions, primaryAction } from './row-actions.ts';
import { spokenStatus, statusLine, type LineContext } from './status-line.ts';

const view = (status: Status, rest: Partial<UploadView> = {}): UploadView => ({
  id: 'a',
  batchId: 'b',
  position: 0,
  name: 'a.bin',
  size: 1_200_000_000,
  contentType: '',
  status,
  profileId: 'p',
  destination: 'Archive',
  visibility: 'expiring',
  createdAt: 1,
  ...rest,
});

test.each<[string, UploadView, LineContext['rate'], string]>([
  ['queued', view('queued'), undefined, 'Queued · 1.2 GB'],
  ['before the first byte', view('uploading', { sent: 0 }), undefined, 'Starting… · 1.2 GB'],
  [
    'between the first byte and the first second',
    view('uploading', { sent: 9 }),
    { sent: 0, bytesPerSecond: 0 },
    'Uploading · 1.2 GB',
  ],
  [
    'running',
    view('uploading', { sent: 5 }),
    { sent: 148e6, bytesPerSecond: 21e6, secondsLeft: 52 },
    '148 MB of 1.2 GB · 21 MB/s · 52 s left',
  ],
  ['young', view('uploading', { sent: 148e6 }), { sent: 148e6, bytesPerSecond: 21e6 }, '148 MB of 1.2 GB · 21 MB/s'],
  ['all sent', view('uploading', { sent: 1_200_000_000 }), { sent: 1e9, bytesPerSecond: 1 }, 'Finishing…'],
  ['verifying', view('verifying'), undefined, 'Checking link'],
  [
    'offline',
    view('waiting', { waitingUntil: 'online', error: { code: 'offline' } }),
    undefined,
    'Waiting for network',
  ],
  [
    'backoff',
    view('waiting', { waitingUntil: 8000, error: { code: 'unreachable', params: { host: 's3.example.net' } } }),
    undefined,
    's3.example.net doesn’t respond. Trying again in 8 s.',
  ],
  [
    'retry after',
    view('waiting', { waitingUntil: 600_000, error: { code: 'rate-limited', params: { host: 'h' } } }),
    undefined,
    'h limits the rate of requests. Trying again in 10 min.',
  ],
  [
    'due',
    view('waiting', { waitingUntil: 0, error: { code: 'stalled' } }),
    undefined,
    'No data was transferred for a minute. Trying again…',
  ],
  [
    'refused',
    view('failed', { error: { code: 'unauthorized' } }),
    undefined,
    'Archive rejected the key. Check the access key and the secret key, then try again.',
  ],
  ['canceled', view('canceled'), undefined, 'Canceled · 1.2 GB'],
  [
    'paused with parts at the store',
    view('paused', { resumable: true, sent: 42e6, size: 148e6 }),
    undefined,
    'Paused · 42 MB of 148 MB uploaded',
  ],
  [
    'paused, and nobody counted',
    view('paused', { resumable: true, size: 148e6 }),
    undefined,
    'Paused · 148 MB, partly uploaded',
  ],
  ['paused with nothing at the store', view('paused', { sent: 42e6, size: 148e6 }), undefined, 'Paused · 148 MB'],
  [
    'refused key',
    view('waiting', { waitingUntil: 'profile-fixed', error: { code: 'unauthorized' } }),
    undefined,
    'Waiting: Archive needs a valid key',
  ],
  [
    'no space',
    view('waiting', { waitingUntil: 'profile-fixed', error: { code: 'quota-exceeded' } }),
    undefined,
    'Waiting: Archive is full',
  ],
  [
    'wrong bucket',
    view('waiting', { waitingUntil: 'profile-fixed', error: { code: 'no-bucket' } }),
    undefined,
    'Waiting: Archive needs valid settings',
  ],
  [
    'changed file',
    view('uploading', { sent: 5, restarted: 'file-changed' }),
    { sent: 148e6, bytesPerSecond: 21e6 },
    '148 MB of 1.2 GB · 21 MB/s · Restarted: the file changed',
  ],
  [
    'forgotten part',
    view('queued', { restarted: 'store-forgot' }),
    undefined,
    'Queued · 1.2 GB · Restarted: the uploaded data was no longer at the destination',
  ],
  [
    'withheld',
    view('failed', {
      error: { code: 'unauthorized' },
      withheld: { profileId: 'f', destination: 'fal', reason: 'more-people' },
    }),
    undefined,
    'Archive rejected the key. Would become public on fal. Upload anyway?',
  ],
  [
    'cannot be taken back',
    view('failed', {
      error: { code: 'stalled' },
      withheld: { profileId: 'f', destination: 'fal', reason: 'cannot-delete' },
    }),
    undefined,
    'No data was transferred for a minute. Can’t be deleted from fal later. Upload anyway?',
  ],
  ['done', view('done', { verification: 'verified' }), undefined, '1.2 GB'],
  [
    'done, but not reached',
    view('done', { verification: 'unreachable' }),
    undefined,
    '1.2 GB · Uploaded, but the link doesn’t respond',
  ],
  ['done, for this computer only', view('done', { verification: 'this-computer' }), undefined, '1.2 GB'],
  [
    'in Practice, where everything is',
    view('done', { verification: 'this-computer', profileId: 'practice' }),
    undefined,
    '1.2 GB',
  ],
  [
    'fell back',
    view('done', {
      verification: 'verified',
      attempts: [{ destination: 'Work bucket', ended: 1, error: { code: 'unauthorized' } }],
    }),
    undefined,
    '1.2 GB · Uploaded to Archive because Work bucket rejected the key',
  ],
  [
    'failed once at the same place',
    view('done', {
      verification: 'verified',
      attempts: [{ destination: 'Archive', ended: 1, error: { code: 'stalled' } }],
    }),
    undefined,
    '1.2 GB',
  ],
])('%s', (_name, upload, rate, line) => expect(statusLine(upload, { now: 0, rate })).toBe(line));

const piped = (sent: number): UploadView => view('uploading', { sent, size: sent, elsewhere: true });

test('an upload from a pipe shows only the sent bytes, without a percentage or remaining time', () => {
  const running = { sent: 70e6, bytesPerSecond: 6e6, secondsLeft: 0 };
  expect(statusLine(piped(73e6), { now: 0, rate: running, isIndeterminate: true })).toBe('70 MB uploaded · 6 MB/s');
  expect(statusLine(piped(73e6), { now: 0, isIndeterminate: true })).toBe('73 MB uploaded');
  expect(statusLine(piped(0), { now: 0, isIndeterminate: true })).toBe('Starting…');
  expect(statusLine(view('queued', { size: 0, elsewhere: true }), { now: 0 })).toBe('Queued');
  expect(statusLine(view('queued', { size: 0 }), { now: 0 })).toBe('Queued · 0 bytes');
});

test('uploads of the command line can be watched here, not changed', () => {
  for (const status of ['queued', 'uploading', 'waiting', 'verifying', 'paused'] as const) {
    const upload = view(status, { elsewhere: true, waitingUntil: 'online' });
    expect(primaryAction(upload)).toBeUndefined();
    expect(menuActions(upload)).toEqual(['reveal']);
    for (const key of ['Enter', 'Ctrl+Enter', 'Delete', 'Space'] as const)
      expect(keyAction(upload, key)).toBeUndefined();
    expect(hasCancelButton(upload)).toBe(false);
    expect(spokenStatus(upload)).toContain('Running on the command line');
  }
  expect(spokenStatus(piped(73e6))).toBe('Uploading · Running on the command line');
});

test('data from a pipe cannot be shown in a folder or sent again', () => {
  expect(menuActions(view('uploading', { elsewhere: true, piped: true }))).toEqual([]);
  expect(menuActions(view('done', { piped: true }))).toEqual([
    'copy',
    'copy-day',
    'copy-week',
    'open',
    'remove',
    'unpublish',
  ]);
  for (const status of ['failed', 'canceled'] as const) {
    const upload = view(status, { piped: true, ...(status === 'failed' ? { error: { code: 'unavailable' } } : {}) });
    expect([primaryAction(upload), ...menuActions(upload)]).toEqual(['remove', 'remove']);
  }
});

test('Practice has no keys and no settings to fix; when it is full, the user can empty it', () => {
  const failed = (code: ErrorCode): UploadView =>
    view('failed', { profileId: 'practice', destination: 'Practice', error: { code } });
  for (const code of ['unauthorized', 'no-bucket'] as const) {
    expect(primaryAction(failed(code))).toBe('retry');
    expect(menuActions(failed(code))).toEqual(['retry', 'reveal', 'remove']);
  }
  expect(primaryAction(failed('quota-exceeded'))).toBe('empty');
  expect(menuActions(failed('quota-exceeded'))).toEqual(['retry', 'empty', 'reveal', 'remove']);
});

test('a row has details when there is more to say: a remedy for the link, earlier attempts, the cause of a failure', () => {
  expect(
    (['verified', 'this-computer', 'this-network', 'private', 'unreachable'] as const).map((verification) =>
      hasDetails(view('done', { verification })),
    ),
  ).toEqual([false, true, true, true, true]);
  expect(
    hasDetails(view('done', { verification: 'this-computer', profileId: 'practice' })),
    'of Practice the whole window says it',
  ).toBe(false);
  expect(hasDetails(view('uploading'))).toBe(false);
  expect(
    hasDetails(view('uploading', { attempts: [{ destination: 'Archive', ended: 1, error: { code: 'stalled' } }] })),
  ).toBe(true);
  expect(hasDetails(view('failed', { error: { code: 'stalled' } }))).toBe(true);
});

test('a failed row offers its remedy', () => {
  const failed = (code: ErrorCode) => primaryAction(view('failed', { error: { code } }));
  expect(failed('unauthorized')).toBe('fix-key');
  expect(failed('secret-missing')).toBe('fix-key');
  expect(failed('no-bucket')).toBe('fix');
  expect(failed('source-is-folder')).toBe('remove');
  expect(failed('rejected')).toBe('fix');
  const because = (code: ErrorCode, why: string) => primaryAction(view('failed', { error: { code, params: { why } } }));
  // The password of a proxy is not a key of the destination.
  expect(because('unauthorized', 'proxy')).toBe('fix');
  expect(because('unreachable', 'noHost')).toBe('fix');
  expect(because('unreachable', 'refused')).toBe('retry');
  expect(because('too-large', 'wanted')).toBe('fix');
  expect(failed('too-large')).toBe('remove');
  expect(because('forbidden', 'suspended')).toBe('retry');
});

test('a taken name offers a choice: keep both by the button and by Enter, replace only by the menu', () => {
  const upload = view('failed', { error: { code: 'name-taken' } });
  expect(primaryAction(upload)).toBe('keep-both');
  expect(menuActions(upload)).toEqual(['keep-both', 'replace', 'reveal', 'remove']);
  expect(keyAction(upload, 'Enter')).toBe('keep-both');
});

test('every state has actions, and every row can be removed from the list', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[])
    expect(menuActions(view('failed', { error: { code } }))).toContain('remove');
  for (const status of ['queued', 'uploading', 'waiting', 'paused', 'verifying'] as const) {
    expect(menuActions(view(status))).toContain('cancel');
    expect(
      primaryAction(view(status)) === 'cancel' || hasCancelButton(view(status)),
      `${status} is taken back in sight`,
    ).toBe(true);
  }
});

test('keys: Enter copies, Ctrl+Enter opens, Delete removes finished entries and cancels running ones', () => {
  expect(keyAction(view('done'), 'Enter')).toBe('copy');
  expect(keyAction(view('done'), 'Ctrl+Enter')).toBe('open');
  expect(keyAction(view('done'), 'Delete')).toBe('remove');
  expect(keyAction(view('uploading'), 'Enter')).toBeUndefined();
  expect(keyAction(view('uploading'), 'Delete')).toBe('cancel');
  expect(keyAction(view('failed', { error: { code: 'unauthorized' } }), 'Enter')).toBe('fix-key');
});

test('Space pauses running uploads and resumes paused ones, and nothing else', () => {
  expect(
    (['queued', 'uploading', 'waiting', 'paused', 'verifying', 'done', 'canceled'] as const).map((status) =>
      keyAction(view(status), 'Space'),
    ),
  ).toEqual(['pause', 'pause', 'pause', 'resume', undefined, undefined, undefined]);
  expect(keyAction(view('paused'), 'Enter')).toBe('resume');
  expect(keyAction(view('uploading', { piped: true }), 'Space')).toBeUndefined();
});

test('destinations with a sign-in page have no key to fix: the row says so, unless signing in would not help', () => {
  const out = (code: ErrorCode) =>
    view('waiting', { waitingUntil: 'profile-fixed', error: { code }, signsIn: true, destination: 'Dropbox' });
  for (const code of ['unauthorized', 'session-expired', 'secret-missing'] as const) {
    expect(primaryAction(out(code))).toBe('sign-in');
    expect(statusLine(out(code), { now: 0 })).toBe('Waiting: sign in to Dropbox');
  }
  expect(primaryAction(view('failed', { error: { code: 'session-expired' }, signsIn: true }))).toBe('sign-in');
  expect(primaryAction(out('forbidden'))).toBe('fix-key');
  expect(primaryAction(out('no-bucket'))).toBe('fix');
});

test('a waiting upload can be tried now, and one that waits for a key leads to it', () => {
  expect(primaryAction(view('waiting', { waitingUntil: 'online' }))).toBe('now');
  expect(primaryAction(view('waiting', { waitingUntil: 'profile-fixed', error: { code: 'unauthorized' } }))).toBe(
    'fix-key',
  );
  expect(primaryAction(view('waiting', { waitingUntil: 'profile-fixed', error: { code: 'no-bucket' } }))).toBe('fix');
  expect(primaryAction(view('waiting', { waitingUntil: 'profile-fixed', error: { code: 'quota-exceeded' } }))).toBe(
    'now',
  );
  expect(
    primaryAction(
      view('waiting', { waitingUntil: 'profile-fixed', error: { code: 'quota-exceeded' }, profileId: 'practice' }),
    ),
  ).toBe('empty');
});

test('a withheld upload is sent by its own button and not by a key', () => {
  const upload = view('failed', {
    error: { code: 'unauthorized' },
    withheld: { profileId: 'f', destination: 'fal', reason: 'more-people' },
  });
  expect(primaryAction(upload)).toBe('send-anyway');
  expect(menuActions(upload)).toEqual(['send-anyway', 'retry', 'fix', 'reveal', 'remove']);
  expect(keyAction(upload, 'Enter')).toBeUndefined();
});

test('every cause of a fallback makes a sentence', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const line = statusLine(view('done', { attempts: [{ destination: 'Work bucket', ended: 1, error: { code } }] }), {
      now: 0,
    });
    expect(line).toMatch(/^1\.2 GB · Uploaded to Archive because [a-zW].*[^.]$/);
    expect(line).toContain('Work bucket');
    expect(errorTable[code].fallback && line.includes('Work bucket failed'), `${code} has words of its own`).toBe(
      false,
    );
  }
});

test('a progress bar is full only when the upload is done, and an empty file has no percentage', () => {
  expect(displayedFraction(view('verifying'))).toBe(0.99);
  expect(displayedFraction(view('done'))).toBe(1);
  expect(displayedFraction(view('uploading', { size: 0, sent: 0 }))).toBe(0);
  expect(isFinishing(view('uploading', { size: 0, sent: 0 }))).toBe(false);
});
