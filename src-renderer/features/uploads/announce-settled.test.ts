import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import type { HoistBridge } from '../../bridge.ts';
import { createHoist, type Hoist } from '../../hoist.ts';
import { emptyMirror, withSnapshot } from '../../stores/mirror.ts';
import { announceSettled } from './announce-settled.ts';

const linked = (id: string, overrides: Partial<UploadView>): UploadView => ({
  id,
  batchId: 'b',
  position: 0,
  name: id,
  size: 1,
  contentType: '',
  status: 'done',
  profileId: 'p',
  destination: 'Work',
  visibility: 'expiring',
  createdAt: 1,
  endedAt: 2,
  link: { url: 'http://x', visibility: 'expiring' },
  verification: 'verified',
  ...overrides,
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function settle(uploads: UploadView[], failed = 0): Hoist {
  const hoist = createHoist({} as HoistBridge);
  hoist.uploads.setState(
    withSnapshot(emptyMirror, { revision: 1, uploads, totals: { done: uploads.length, unfinished: 0 } }),
  );
  announceSettled(hoist, {
    uploadIds: uploads.map(({ id }) => id),
    links: uploads.length,
    failed,
    closedIds: [],
    clipboard: 'copied',
  });
  return hoist;
}

test('a link that opens only on this computer is not announced as a public one', () => {
  const { feedback } = settle([
    linked('a', { profileId: 'practice', destination: 'Practice', verification: 'this-computer' }),
  ]);
  expect(feedback.getState().toast).toMatchObject({
    sentence: 'Link copied. It opens only on this computer.',
    tone: 'calm',
  });
  expect(feedback.getState().status?.sentence).toContain('It opens only on this computer.');
});

test('several links are announced with their count, together with any failures', () => {
  const uploads = [linked('a', { verification: 'this-network' }), linked('b', {})];
  expect(settle(uploads, 1).feedback.getState().toast?.sentence).toBe(
    '2 links copied, 1 upload failed. 1 of them opens only in this network.',
  );
});

test('a link that opens everywhere is announced as copied, without a limit', () => {
  expect(settle([linked('a', {})]).feedback.getState().toast).toMatchObject({ sentence: 'Link copied', tone: 'done' });
});

test('the links of a folder are not copied automatically; the toast offers to copy them', () => {
  const hoist = createHoist({} as HoistBridge);
  const uploads = Array.from({ length: 3 }, (_, index) => linked(String(index), { position: index }));
  hoist.uploads.setState(withSnapshot(emptyMirror, { revision: 1, uploads, totals: { done: 3, unfinished: 0 } }));
  announceSettled(hoist, {
    uploadIds: uploads.map(({ id }) => id),
    links: 3,
    failed: 0,
    closedIds: [],
    clipboard: 'many',
  });
  expect(hoist.feedback.getState().toast).toMatchObject({
    sentence: '3 files uploaded.',
    action: { label: 'Copy all 3 links' },
  });
  expect(hoist.feedback.getState().copied.size).toBe(0);
});

/**
 * Announces the end of a batch at the destination "Work". `ready`: uploads whose links opened in the check. `closed`:
 * uploads whose links did not. `copied`: the IDs of each call that copied links.
 */
function closedToast(ready: UploadView[], closed: UploadView[], clipboard: 'copied' | 'nothing') {
  const copied: string[][] = [];
  const hoist = createHoist({
    uploads: {
      copy: async ({ ids }: { ids: string[] }) => {
        copied.push(ids);
        return { ok: true, value: null };
      },
    },
  } as unknown as HoistBridge);
  const uploads = [...ready, ...closed];
  hoist.uploads.setState(withSnapshot(emptyMirror, { revision: 1, uploads, totals: { done: 2, unfinished: 0 } }));
  hoist.profiles.setState({ profiles: [{ id: 'p', name: 'Work' } as ProfileView] });
  announceSettled(hoist, {
    uploadIds: ready.map(({ id }) => id),
    links: ready.length,
    failed: 0,
    closedIds: closed.map(({ id }) => id),
    clipboard,
  });
  return { hoist, copied, toast: hoist.feedback.getState().toast };
}
const publicLink = { visibility: 'public', link: { url: 'http://x', visibility: 'public' } } as const;

test('a public link that others cannot open is not copied; the toast says why and offers to copy it anyway', () => {
  const { hoist, copied, toast } = closedToast(
    [],
    [linked('a', { ...publicLink, verification: 'private' })],
    'nothing',
  );
  expect(toast).toMatchObject({
    sentence:
      'The link was not copied: other people can’t open it. Allow public reading in Work, or choose links that expire.',
    tone: 'warn',
    action: { label: 'Copy anyway' },
    remedy: { label: 'Edit Work…' },
  });
  expect(hoist.feedback.getState().status?.sentence).toContain('The link was not copied');
  toast?.action?.run();
  expect(copied).toEqual([['a']]);
  toast?.remedy?.run();
  expect(hoist.screen.getState().setup).toMatchObject({ kind: 'edit', profileId: 'p' });
});

test('"Copy anyway" copies all links of the batch in drop order', () => {
  const { copied, toast } = closedToast(
    [linked('b', { position: 1 })],
    [linked('a', { position: 0, verification: 'unreachable' })],
    'copied',
  );
  expect(toast?.sentence).toBe(
    'Link copied. Another link was not copied: it didn’t respond. Check the public address of Work.',
  );
  toast?.action?.run();
  expect(copied).toEqual([['a', 'b']]);
});

test.each([
  [{ ...publicLink, verification: 'private' }, /Allow public reading in Work/],
  [{ verification: 'private' }, /Allow the key of Work to read files/],
  [{ visibility: 'private', link: { url: 'x', visibility: 'private' }, verification: 'private' }, /requires a sign-in/],
  [{ verification: 'unreachable' }, /Check the public address of Work/],
] as const)('a link that was not copied has a remedy: %o', (overrides, remedy) => {
  expect(closedToast([], [linked('a', overrides as Partial<UploadView>)], 'nothing').toast?.sentence).toMatch(remedy);
});
