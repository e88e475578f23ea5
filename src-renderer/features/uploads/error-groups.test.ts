import { expect, test, vi } from 'vitest';
import type { AppError } from '../../../src-shared/errors.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import type { HoistBridge } from '../../bridge.ts';
import { createHoist } from '../../hoist.ts';
import { applyChanges } from '../../stores/folders.ts';
import { errorGroupActions, runErrorGroupAction } from './error-group-actions.ts';
import { groupByError, groupLabel, groupNames, type ErrorGroup } from './error-groups.ts';
import { nowEntries, nowItems, type ListItem } from './list-items.ts';

const noBucket: AppError = { code: 'no-bucket', params: { bucket: 'wrok' } };
const refused: AppError = { code: 'unauthorized', diagnosticId: 'h4-1' };
const view = (id: string, overrides: Partial<UploadView> = {}): UploadView => ({
  id,
  batchId: 'b',
  position: 0,
  name: `${id}.txt`,
  size: 1,
  contentType: '',
  status: 'failed',
  profileId: 'p',
  destination: 'Work',
  visibility: 'expiring',
  createdAt: 0,
  ...(overrides.status === undefined || overrides.status === 'failed' ? { error: noBucket } : {}),
  ...overrides,
});
/** An upload that waits because its destination rejected the key. */
const blocked = (id: string, overrides: Partial<UploadView> = {}): UploadView =>
  view(id, { status: 'waiting', waitingUntil: 'profile-fixed', error: refused, ...overrides });

function itemsOf(uploads: UploadView[], open: ReadonlySet<string> = new Set()): ListItem[] {
  const byId = new Map(uploads.map((upload) => [upload.id, upload]));
  const now = uploads.map(({ id }) => id);
  const folders = applyChanges(
    new Map(),
    uploads.map((after) => ({ after })),
    (id) => byId.get(id),
  );
  return nowItems(nowEntries(now, byId, folders, groupByError(now, byId)), open);
}
const groupsOf = (uploads: UploadView[]): ErrorGroup[] => [
  ...groupByError(
    uploads.map(({ id }) => id),
    new Map(uploads.map((upload) => [upload.id, upload])),
  ).values(),
];
function groupOf(uploads: UploadView[]): ErrorGroup {
  const [group] = groupsOf(uploads);
  if (!group) throw new Error('the uploads form no group');
  return group;
}
/** The rows below the heading: IDs of uploads, and the kinds of rows with several uploads. */
const summarize = (items: ListItem[]): string[] =>
  items.flatMap((item) =>
    item.kind === 'now-header' ? [] : [item.kind === 'row' ? `${item.id}${item.parent ? ' nested' : ''}` : item.kind],
  );

test('failed uploads with the same error and destination are one row, where the first of them was', () => {
  const uploads = [
    view('a'),
    view('other error', { error: { code: 'bug' } }),
    view('b'),
    view('other destination', { profileId: 'q', destination: 'Archive' }),
    view('c'),
    view('running', { status: 'uploading' }),
  ];
  expect(summarize(itemsOf(uploads))).toEqual(['errors', 'other error', 'other destination', 'running']);
  expect(groupsOf(uploads).map(({ uploads: members }) => members.map(({ id }) => id))).toEqual([['a', 'b', 'c']]);
});

test('an open row lists its files, with the position and the number of the files', () => {
  const uploads = [view('a'), view('b'), view('running', { status: 'uploading' })];
  const items = itemsOf(uploads, new Set([groupOf(uploads).key]));
  expect(summarize(items)).toEqual(['errors', 'a nested', 'b nested', 'running']);
  expect(items.slice(2, 4).map((item) => item.kind === 'row' && [item.position, item.parent?.size])).toEqual([
    [1, 2],
    [2, 2],
  ]);
  expect(items.map((item) => item.kind !== 'now-header' && [item.first, item.last])).toEqual([
    false,
    [true, false],
    [false, false],
    [false, false],
    [false, true],
  ]);
});

test('a file that is retried leaves the row, and the last one is a single row', () => {
  const [a, b, c] = [view('a'), view('b'), view('c')];
  const open = new Set([groupOf([a, b, c]).key]);
  expect(summarize(itemsOf([a, b, { ...c, status: 'queued' }], open))).toEqual(['errors', 'a nested', 'b nested', 'c']);
  expect(summarize(itemsOf([a, { ...b, status: 'queued' }, { ...c, status: 'queued' }], open))).toEqual([
    'a',
    'b',
    'c',
  ]);
  expect(summarize(itemsOf([a, b, c], open)), 'the row is still open when they fail again').toHaveLength(4);
});

test('uploads that wait for a key are one row; uploads that wait for the network or a retry are not', () => {
  const uploads = [blocked('a'), blocked('b')];
  expect(summarize(itemsOf(uploads))).toEqual(['errors']);
  expect(groupLabel(groupOf(uploads))).toBe('2 files are waiting for Work: Work rejected the key.');
  for (const waitingUntil of ['online', 9e12] as const)
    expect(summarize(itemsOf(uploads.map((upload) => ({ ...upload, waitingUntil }))))).toEqual(['a', 'b']);
});

test('when a destination refuses its uploads, the failed and the waiting ones are one row', () => {
  const uploads = [view('a', { error: refused }), view('b', { error: refused }), blocked('c')];
  const group = groupOf(uploads);
  expect(summarize(itemsOf(uploads))).toEqual(['errors']);
  expect(groupLabel(group)).toBe(
    '3 files couldn’t be uploaded to Work: Work rejected the key. Check the access key and the secret key, then try again.',
  );
  expect(errorGroupActions(group)).toEqual(['retry', 'fix', 'pause', 'cancel', 'remove']);
  const atQuota = { error: { code: 'quota-exceeded' } } as const;
  expect(
    summarize(itemsOf([view('a', atQuota), blocked('b', atQuota)])),
    'a failed and a waiting upload share the action “try again”',
  ).toEqual(['errors']);
});

test('files of a folder and uploads of another process do not join a row of uploads with the same error', () => {
  const inFolder = (id: string): UploadView => view(id, { folder: { id: 'f', name: 'F', relativePath: id } });
  expect(summarize(itemsOf([inFolder('a'), inFolder('b'), view('c')]))).toEqual(['folder', 'c']);
  expect(summarize(itemsOf([blocked('a', { elsewhere: true }), blocked('b', { elsewhere: true })]))).toEqual([
    'a',
    'b',
  ]);
});

test('errors that need different remedies are different rows', () => {
  const withheld = { profileId: 'q', destination: 'Fal', reason: 'more-people' } as const;
  expect(summarize(itemsOf([view('a'), view('b', { withheld })]))).toEqual(['a', 'b']);
  const inBucket = (id: string, bucket: string) => view(id, { error: { code: 'no-bucket', params: { bucket } } });
  expect(summarize(itemsOf([inBucket('a', 'one'), inBucket('b', 'two')]))).toEqual(['a', 'b']);
  expect(
    summarize(
      itemsOf([
        view('a', { error: { ...noBucket, diagnosticId: '1' } }),
        view('b', { error: { ...noBucket, diagnosticId: '2' } }),
      ]),
    ),
    'different diagnostic IDs do not make errors different',
  ).toEqual(['errors']);
});

test('the row says how many files, where to and why, and names the first files', () => {
  const uploads = ['a', 'b', 'c', 'd', 'e'].map((id) => view(id));
  const group = groupOf(uploads);
  expect(groupLabel(group)).toBe(
    '5 files couldn’t be uploaded to Work: The bucket “wrok” doesn’t exist at this endpoint. ' +
      'Check the bucket name, the region and the endpoint.',
  );
  expect(groupNames(group)).toBe('a.txt, b.txt, c.txt and 2 more');
  expect(groupNames(groupOf(uploads.slice(0, 2)))).toBe('a.txt, b.txt');
});

test('an action runs for all files of the row', async () => {
  const calls: [string, unknown][] = [];
  const record =
    (name: string) =>
    async (input: unknown): Promise<unknown> => {
      calls.push([name, input]);
      return { ok: true, value: null };
    };
  const uploads = Object.fromEntries(
    ['retry', 'remove', 'cancel', 'pause', 'sendAnyway', 'resolveCollision'].map((name) => [name, record(name)]),
  );
  const hoist = createHoist({ uploads } as unknown as HoistBridge);
  const failed = groupOf([view('a'), view('b')]);
  const taken = groupOf(['a', 'b'].map((id) => view(id, { error: { code: 'name-taken' } })));
  const waiting = groupOf([blocked('c'), blocked('d')]);
  runErrorGroupAction(hoist, failed, 'retry');
  runErrorGroupAction(hoist, waiting, 'retry');
  runErrorGroupAction(hoist, failed, 'remove');
  runErrorGroupAction(hoist, waiting, 'cancel');
  runErrorGroupAction(hoist, waiting, 'pause');
  runErrorGroupAction(hoist, taken, 'keep-both');
  const withheld = { profileId: 'q', destination: 'Fal', reason: 'more-people' } as const;
  runErrorGroupAction(hoist, groupOf(['a', 'b'].map((id) => view(id, { withheld }))), 'send-anyway');
  await vi.waitFor(() => expect(calls).toHaveLength(8));
  expect(calls).toEqual([
    ['retry', { ids: ['a', 'b'] }],
    ['retry', { ids: ['c', 'd'] }],
    ['remove', { ids: ['a', 'b'] }],
    ['cancel', { ids: ['c', 'd'] }],
    ['pause', { ids: ['c', 'd'] }],
    ['resolveCollision', { ids: ['a', 'b'], by: 'new-name' }],
    ['sendAnyway', { id: 'a' }],
    ['sendAnyway', { id: 'b' }],
  ]);
  runErrorGroupAction(hoist, waiting, 'fix-key');
  expect(hoist.screen.getState().setup).toMatchObject({ kind: 'edit', profileId: 'p', then: 'retry' });
});
