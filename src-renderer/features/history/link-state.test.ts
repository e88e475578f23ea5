import { expect, test } from 'vitest';
import type { UploadView } from '../../../src-shared/upload.ts';
import { reachFact, formatRemaining, displayUrl, visibilityFact } from './link-state.ts';
import { reachSentence } from './reach-sentence.ts';

const day = 24 * 60 * 60_000;
const done = (overrides: Partial<UploadView>): UploadView => ({
  id: 'a',
  batchId: 'b',
  position: 0,
  name: 'a',
  size: 1,
  contentType: '',
  status: 'done',
  profileId: 'p',
  destination: 'Work',
  visibility: 'expiring',
  createdAt: 0,
  link: { url: 'https://x', visibility: 'expiring', expiresAt: 7 * day },
  verification: 'verified',
  ...overrides,
});

test('a link is green only while it is verified and not expired', () => {
  expect(reachFact(done({}), 0)).toMatchObject({ label: 'Link works', tone: 'ok' });
  expect(reachFact(done({}), 7 * day)).toMatchObject({ label: 'Expired', tone: 'warn' });
  for (const verification of ['this-computer', 'this-network', 'private', 'unreachable', undefined] as const) {
    expect(reachFact(done({ verification }), 0)?.tone).not.toBe('ok');
  }
  expect(reachFact(done({ status: 'uploading' }), 0)).toBeUndefined();
});

test('a Practice upload shows from the start that its link opens only on this computer', () => {
  const practice = (overrides: Partial<UploadView>): UploadView =>
    done({ profileId: 'practice', destination: 'Practice', ...overrides });
  for (const status of ['queued', 'uploading', 'verifying'] as const) {
    expect(reachFact(practice({ status, link: undefined, verification: undefined }), 0)?.label).toBe(
      'Only this computer',
    );
  }
  for (const verification of ['this-computer', 'verified'] as const)
    expect(reachFact(practice({ verification }), 0)).toMatchObject({ label: 'Only this computer', tone: 'warn' });
  expect(reachFact(practice({ verification: 'unreachable' }), 0)?.label).toBe('Not reachable');
  expect(reachFact(practice({}), 7 * day)?.label).toBe('Expired');
});

test('links that do not open everywhere show where they open', () => {
  const localUpload = done({ verification: 'this-computer' });
  expect(reachSentence([done({})])).toBeUndefined();
  expect(reachSentence([localUpload])).toBe('It opens only on this computer.');
  expect(reachSentence([localUpload, localUpload])).toBe('They open only on this computer.');
  expect(reachSentence([localUpload, done({})])).toBe('1 of them opens only on this computer.');
  expect(reachSentence([done({ verification: 'this-network' })])).toBe('It opens only in this network.');
});

test('a row shows the lifetime of its link, or that it is public or private', () => {
  expect(visibilityFact(done({}), 1000)?.label).toBe('7 days');
  expect(visibilityFact(done({ visibility: 'public', link: { url: 'x', visibility: 'public' } }), 0)?.label).toBe(
    'Public',
  );
  expect(visibilityFact(done({ status: 'queued', link: undefined, verification: undefined }), 0, 3)?.label).toBe(
    '3 days',
  );
  expect(visibilityFact(done({ status: 'queued', link: undefined }), 0)?.label).toBe('Expires');
  const secret = done({
    visibility: 'private',
    link: { url: 'x', visibility: 'private' },
    verification: 'private',
  });
  expect([reachFact(secret, 0)?.label, visibilityFact(secret, 0)]).toEqual(['Private', undefined]);
});

test.each([
  [7 * day - 60_000, '7 days'],
  [2 * day, '2 days'],
  [1.5 * day, '36 hours'],
  [2 * 3_600_000, '2 hours'],
  [90 * 60_000, '90 min'],
  [1, '1 min'],
])('a remaining lifetime of %d ms is shown as %s', (ms, label) => expect(formatRemaining(ms)).toBe(label));

test('a link is shown without its scheme and query', () => {
  expect(displayUrl('https://files.example.net/a%20b/%C3%BC.pdf?X-Amz-Signature=abc#x')).toBe(
    'files.example.net/a b/ü.pdf',
  );
  expect(displayUrl('http://127.0.0.1:9000/b/100%')).toBe('127.0.0.1:9000/b/100%');
});

test('a row never shows "Public" beside a link that others cannot open', () => {
  const open = { visibility: 'public', link: { url: 'x', visibility: 'public' } } as const;
  const labels = (overrides: Partial<UploadView>): (string | undefined)[] => [
    reachFact(done(overrides), 0)?.label,
    visibilityFact(done(overrides), 0)?.label,
  ];
  expect(labels(open)).toEqual(['Link works', 'Public']);
  expect(labels({ ...open, verification: 'private' })).toEqual(['Not open', undefined]);
  expect(labels({ ...open, verification: 'unreachable' })).toEqual(['Not reachable', undefined]);
  expect(labels({ ...open, verification: 'this-network' })).toEqual(['Only this network', 'No expiry']);
  expect(labels({ verification: 'private' })).toEqual(['Not open', undefined]);
  expect(labels({ verification: 'this-computer' })).toEqual(['Only this computer', '7 days']);
});
