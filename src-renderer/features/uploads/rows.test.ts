import { expect, test } from 'vitest';
import { errorTable, type ErrorCode } from '../../../src-shared/errors.ts';
import type { Status, UploadView, Verification, Visibility } from '../../../src-shared/upload.ts';
import { hasDetails } from './has-details.ts';
import { isFinishing, displayedFraction } from '../../stores/progress.ts';
import { hasCancelButton, keyAction, menuActions, primaryAction } from './row-actions.ts';
import { spokenStatus, statusLine, type LineContext } from './status-line.ts';

const view = (status: Status, overrides: Partial<UploadView> = {}): UploadView => ({
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
  ...overrides,
});

test.each<[string, UploadView, LineContext['rate'], string]>([
  ['a queued upload', view('queued'), undefined, 'Queued · 1.2 GB'],
  ['an upload before its first byte', view('uploading', { sent: 0 }), undefined, 'Starting… · 1.2 GB'],
  [
    'an upload in its first second',
    view('uploading', { sent: 9 }),
    { sent: 0, bytesPerSecond: 0 },
    'Uploading · 1.2 GB',
  ],
  [
    'a running upload',
    view('uploading', { sent: 5 }),
    { sent: 148e6, bytesPerSecond: 21e6, secondsLeft: 52 },
    '148 MB of 1.2 GB · 21 MB/s · 52 s left',
  ],
  [
    'a running upload without an estimate',
    view('uploading', { sent: 148e6 }),
    { sent: 148e6, bytesPerSecond: 21e6 },
    '148 MB of 1.2 GB · 21 MB/s',
  ],
  [
    'an upload whose bytes are all sent',
    view('uploading', { sent: 1_200_000_000 }),
    { sent: 1e9, bytesPerSecond: 1 },
    'Finishing…',
  ],
  ['an upload whose link is being checked', view('verifying'), undefined, 'Checking link'],
  [
    'an upload that waits for the network',
    view('waiting', { waitingUntil: 'online', error: { code: 'offline' } }),
    undefined,
    'Waiting for network',
  ],
  [
    'an upload that retries in a few seconds',
    view('waiting', { waitingUntil: 8000, error: { code: 'unreachable', params: { host: 's3.example.net' } } }),
    undefined,
    's3.example.net doesn’t respond. Trying again in 8 s.',
  ],
  [
    'an upload that retries in a few minutes',
    view('waiting', { waitingUntil: 600_000, error: { code: 'rate-limited', params: { host: 'h' } } }),
    undefined,
    'h limits the rate of requests. Trying again in 10 min.',
  ],
  [
    'an upload whose retry is due',
    view('waiting', { waitingUntil: 0, error: { code: 'stalled' } }),
    undefined,
    'No data was transferred for a minute. Trying again…',
  ],
  [
    'a failed upload',
    view('failed', { error: { code: 'unauthorized' } }),
    undefined,
    'Archive rejected the key. Check the access key and the secret key, then try again.',
  ],
  ['a canceled upload', view('canceled'), undefined, 'Canceled · 1.2 GB'],
  [
    'a paused upload with stored parts',
    view('paused', { resumable: true, sent: 42e6, size: 148e6 }),
    undefined,
    'Paused · 42 MB of 148 MB uploaded',
  ],
  [
    'a paused upload with an unknown number of stored bytes',
    view('paused', { resumable: true, size: 148e6 }),
    undefined,
    'Paused · 148 MB, partly uploaded',
  ],
  ['a paused upload without stored parts', view('paused', { sent: 42e6, size: 148e6 }), undefined, 'Paused · 148 MB'],
  [
    'an upload that waits for a valid key',
    view('waiting', { waitingUntil: 'profile-fixed', error: { code: 'unauthorized' } }),
    undefined,
    'Waiting: Archive needs a valid key',
  ],
  [
    'an upload that waits for space',
    view('waiting', { waitingUntil: 'profile-fixed', error: { code: 'quota-exceeded' } }),
    undefined,
    'Waiting: Archive is full',
  ],
  [
    'an upload that waits for valid settings',
    view('waiting', { waitingUntil: 'profile-fixed', error: { code: 'no-bucket' } }),
    undefined,
    'Waiting: Archive needs valid settings',
  ],
  [
    'an upload that restarted because the file changed',
    view('uploading', { sent: 5, restarted: 'file-changed' }),
    { sent: 148e6, bytesPerSecond: 21e6 },
    '148 MB of 1.2 GB · 21 MB/s · Restarted: the file changed',
  ],
  [
    'an upload that restarted because the store lost its data',
    view('queued', { restarted: 'store-forgot' }),
    undefined,
    'Queued · 1.2 GB · Restarted: the uploaded data was no longer at the destination',
  ],
  [
    'an upload whose fallback would be public',
    view('failed', {
      error: { code: 'unauthorized' },
      withheld: { profileId: 'f', destination: 'fal', reason: 'more-people' },
    }),
    undefined,
    'Archive rejected the key. Would become public on fal. Upload anyway?',
  ],
  [
    'an upload whose fallback cannot delete files',
    view('failed', {
      error: { code: 'stalled' },
      withheld: { profileId: 'f', destination: 'fal', reason: 'cannot-delete' },
    }),
    undefined,
    'No data was transferred for a minute. Can’t be deleted from fal later. Upload anyway?',
  ],
  ['a finished upload', view('done', { verification: 'verified' }), undefined, '1.2 GB'],
  [
    'a finished upload whose link does not respond',
    view('done', { verification: 'unreachable' }),
    undefined,
    '1.2 GB · Uploaded, but the link doesn’t respond',
  ],
  [
    'a finished upload whose link opens only on this computer',
    view('done', { verification: 'this-computer' }),
    undefined,
    '1.2 GB',
  ],
  [
    'a finished upload to Practice',
    view('done', { verification: 'this-computer', profileId: 'practice' }),
    undefined,
    '1.2 GB',
  ],
  [
    'an upload that used a fallback',
    view('done', {
      verification: 'verified',
      attempts: [{ destination: 'Work bucket', ended: 1, error: { code: 'unauthorized' } }],
    }),
    undefined,
    '1.2 GB · Uploaded to Archive because Work bucket rejected the key',
  ],
  [
    'an upload that succeeded after a retry at the same destination',
    view('done', {
      verification: 'verified',
      attempts: [{ destination: 'Archive', ended: 1, error: { code: 'stalled' } }],
    }),
    undefined,
    '1.2 GB',
  ],
])('shows the status of %s', (_name, upload, rate, line) => expect(statusLine(upload, { now: 0, rate })).toBe(line));

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
    expect(spokenStatus(upload, 0)).toContain('Running on the command line');
  }
  expect(spokenStatus(piped(73e6), 0)).toBe('Uploading · Running on the command line');
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
  expect(primaryAction(failed('quota-exceeded'))).toBe('empty-practice');
  expect(menuActions(failed('quota-exceeded'))).toEqual(['retry', 'empty-practice', 'reveal', 'remove']);
});

test('a row has details if its link is limited, it had earlier attempts, or it failed', () => {
  expect(
    (['verified', 'this-computer', 'this-network', 'private', 'unreachable'] as const).map((verification) =>
      hasDetails(view('done', { verification })),
    ),
  ).toEqual([false, true, true, true, true]);
  expect(
    hasDetails(view('done', { verification: 'this-computer', profileId: 'practice' })),
    'the window already explains that links of Practice are limited',
  ).toBe(false);
  expect(hasDetails(view('uploading'))).toBe(false);
  expect(
    hasDetails(view('uploading', { attempts: [{ destination: 'Archive', ended: 1, error: { code: 'stalled' } }] })),
  ).toBe(true);
  expect(hasDetails(view('failed', { error: { code: 'stalled' } }))).toBe(true);
});

test('the button of a failed row depends on the error and its cause', () => {
  const failed = (code: ErrorCode) => primaryAction(view('failed', { error: { code } }));
  expect(failed('unauthorized')).toBe('fix-key');
  expect(failed('secret-missing')).toBe('fix-key');
  expect(failed('no-bucket')).toBe('fix');
  expect(failed('source-is-folder')).toBe('remove');
  expect(failed('rejected')).toBe('fix');
  const failedBecause = (code: ErrorCode, why: string) =>
    primaryAction(view('failed', { error: { code, params: { why } } }));
  // The password of a proxy is not a key of the destination.
  expect(failedBecause('unauthorized', 'proxy')).toBe('fix');
  expect(failedBecause('unreachable', 'noHost')).toBe('fix');
  expect(failedBecause('unreachable', 'refused')).toBe('retry');
  expect(failedBecause('too-large', 'wanted')).toBe('fix');
  expect(failed('too-large')).toBe('remove');
  expect(failedBecause('forbidden', 'suspended')).toBe('retry');
});

test('if a name is taken, the button and Enter keep both files, and only the menu replaces the existing one', () => {
  const upload = view('failed', { error: { code: 'name-taken' } });
  expect(primaryAction(upload)).toBe('keep-both');
  expect(menuActions(upload)).toEqual(['keep-both', 'replace', 'reveal', 'remove']);
  expect(keyAction(upload, 'Enter')).toBe('keep-both');
});

test('every failed upload can be removed from the list, and every unfinished one has a visible way to cancel', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[])
    expect(menuActions(view('failed', { error: { code } }))).toContain('remove');
  for (const status of ['queued', 'uploading', 'waiting', 'paused', 'verifying'] as const) {
    expect(menuActions(view(status))).toContain('cancel');
    expect(
      primaryAction(view(status)) === 'cancel' || hasCancelButton(view(status)),
      `${status} has a visible cancel button`,
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

test('a row offers to sign in if the destination uses browser sign-in and the error is about the sign-in', () => {
  const waitingFor = (code: ErrorCode) =>
    view('waiting', { waitingUntil: 'profile-fixed', error: { code }, signsIn: true, destination: 'Dropbox' });
  for (const code of ['unauthorized', 'session-expired', 'secret-missing'] as const) {
    expect(primaryAction(waitingFor(code))).toBe('sign-in');
    expect(statusLine(waitingFor(code), { now: 0 })).toBe('Waiting: sign in to Dropbox');
  }
  expect(primaryAction(view('failed', { error: { code: 'session-expired' }, signsIn: true }))).toBe('sign-in');
  expect(primaryAction(waitingFor('forbidden'))).toBe('fix-key');
  expect(primaryAction(waitingFor('no-bucket'))).toBe('fix');
});

test('a waiting upload offers to retry now, or to fix the setting that it waits for', () => {
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
  ).toBe('empty-practice');
});

test('an upload that needs approval for a fallback is sent only by its button, not by the Enter key', () => {
  const upload = view('failed', {
    error: { code: 'unauthorized' },
    withheld: { profileId: 'f', destination: 'fal', reason: 'more-people' },
  });
  expect(primaryAction(upload)).toBe('send-anyway');
  expect(menuActions(upload)).toEqual(['send-anyway', 'retry', 'fix', 'reveal', 'remove']);
  expect(keyAction(upload, 'Enter')).toBeUndefined();
});

test('every error that causes a fallback has its own sentence', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const line = statusLine(view('done', { attempts: [{ destination: 'Work bucket', ended: 1, error: { code } }] }), {
      now: 0,
    });
    expect(line).toMatch(/^1\.2 GB · Uploaded to Archive because [a-zW].*[^.]$/);
    expect(line).toContain('Work bucket');
    expect(errorTable[code].fallback && line.includes('Work bucket failed'), `${code} has its own sentence`).toBe(
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

test('the name of a row for screen readers says whether its link works', () => {
  const finished = (verification: Verification, visibility: Visibility = 'public'): UploadView =>
    view('done', { visibility, verification, link: { url: 'x', visibility }, size: 1000 });
  expect(spokenStatus(finished('verified'), 0)).toBe('1 kB · Link works');
  expect(spokenStatus(finished('private', 'private'), 0)).toBe('1 kB · Private');
  expect(spokenStatus(finished('private'), 0)).toBe('1 kB · Uploaded, but other people can’t open the link');
});
