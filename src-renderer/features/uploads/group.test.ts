import { expect, test, vi } from 'vitest';
import type { Status, UploadView } from '../../../src-shared/upload.ts';
import type { HoistBridge } from '../../bridge.ts';
import { createHoist, type Hoist } from '../../hoist.ts';
import type { UploadFolder } from '../../stores/folders.ts';
import { emptyMirror, withSnapshot } from '../../stores/mirror.ts';
import { runGroupAction } from './run-group-action.ts';
import { runFolderAction, folderKeyAction, folderPrimary, availableActions } from './folder-actions.ts';
import { folderLine, spokenFolder, weakestReach } from './folder-line.ts';
import { cancelableUploads, idsFor, workActions } from './group-actions.ts';

const view = (id: string, status: Status, overrides: Partial<UploadView> = {}): UploadView => ({
  id,
  batchId: 'b',
  position: Number(id),
  name: `${id}.bin`,
  size: 1e6,
  contentType: '',
  status,
  profileId: 'p',
  destination: 'Work',
  visibility: 'expiring',
  createdAt: 1,
  ...overrides,
});
const linked: Partial<UploadView> = {
  link: { url: 'http://x', visibility: 'expiring' },
  verification: 'verified',
  endedAt: 1,
};

/** The stores with these uploads. `calls`: the inputs of each command that was called. */
function createFixture(uploads: UploadView[]): { hoist: Hoist; calls: Record<string, unknown[]> } {
  const calls: Record<string, unknown[]> = {};
  const command = (name: string) => (input: unknown) => {
    (calls[name] ??= []).push(input);
    return Promise.resolve({ ok: true, value: null });
  };
  const names = ['pause', 'resume', 'retry', 'cancel', 'copy', 'remove', 'unpublish'];
  const hoist = createHoist({
    uploads: Object.fromEntries(names.map((name) => [name, command(name)])),
  } as unknown as HoistBridge);
  hoist.uploads.setState(
    withSnapshot(emptyMirror, { revision: 1, uploads, totals: { done: 0, unfinished: uploads.length } }),
  );
  return { hoist, calls };
}
const subject = { name: 'Pictures', destination: 'Work' };

test('pausing all skips uploads that are being checked, run by another process, or read from a pipe', async () => {
  const uploads = [
    view('1', 'uploading'),
    view('2', 'queued'),
    view('3', 'verifying'),
    view('4', 'uploading', { elsewhere: true }),
    view('5', 'uploading', { piped: true }),
    view('6', 'waiting', { waitingUntil: 'online' }),
    view('7', 'paused'),
  ];
  const { hoist, calls } = createFixture(uploads);
  runGroupAction(hoist, uploads, 'pause', subject);
  expect(calls.pause).toEqual([{ ids: ['1', '2', '6'] }]);
  await vi.waitFor(() => expect(hoist.feedback.getState().status?.sentence).toBe('3 uploads paused.'));
  runGroupAction(hoist, uploads, 'resume', subject);
  expect(calls.resume).toEqual([{ ids: ['7'] }]);
});

test('group actions need several uploads: pause while one runs, retry when several failed', () => {
  expect(workActions([view('1', 'uploading')])).toEqual([]);
  expect(workActions([view('1', 'uploading'), view('2', 'queued')])).toEqual(['pause', 'cancel']);
  expect(workActions([view('1', 'paused'), view('2', 'queued')])).toEqual(['resume', 'pause', 'cancel']);
  expect(workActions([view('1', 'paused'), view('2', 'paused')])).toEqual(['resume', 'cancel']);
  const failed = (id: string) => view(id, 'failed', { error: { code: 'stalled' } });
  expect(workActions([failed('1')])).toEqual([]);
  expect(workActions([failed('1'), failed('2')])).toEqual(['retry']);
  expect(
    idsFor('retry', [failed('1'), view('2', 'failed', { error: { code: 'too-large' } })]),
    'a file that is too large is not retried',
  ).toEqual(['1']);
});

test('canceling few bytes needs no confirmation, canceling many bytes does', () => {
  const few = [view('1', 'uploading', { sent: 0 }), view('2', 'queued')];
  const fixture = createFixture(few);
  runGroupAction(fixture.hoist, few, 'cancel', subject);
  expect(fixture.calls.cancel).toEqual([{ ids: ['1', '2'] }]);
  for (const many of [
    Array.from({ length: 10 }, (_, index) => view(String(index), 'queued')),
    [view('1', 'uploading', { size: 1e9, sent: 5e8 })],
  ]) {
    const { hoist, calls } = createFixture(many);
    runGroupAction(hoist, many, 'cancel', subject);
    expect(calls.cancel).toBeUndefined();
    expect(hoist.screen.getState().confirmation).toMatchObject({ kind: 'cancel', ids: many.map(({ id }) => id) });
  }
});

test('the question before a cancel states the sent bytes, and those that a pause would keep', () => {
  const uploads = [
    view('1', 'uploading', { size: 1e9, sent: 5e8, resumableBytes: 4e8 }),
    view('2', 'paused', { size: 1e9, sent: 1e8, resumable: true }),
    view('3', 'queued'),
  ];
  const { hoist } = createFixture(uploads);
  expect(cancelableUploads(['1', '2', '3'], hoist.uploads.getState().byId)).toEqual({
    ids: ['1', '2', '3'],
    pausable: ['1', '3'],
    sent: 6e8,
    resumableBytes: 5e8,
  });
});

test('the question before a cancel counts neither uploads that have ended nor other uploads', () => {
  const { hoist } = createFixture([
    view('1', 'done', linked),
    view('2', 'uploading', { size: 1e9, sent: 5e8, resumableBytes: 4e8 }),
    view('3', 'failed', { sent: 1e8 }),
    view('4', 'uploading', { size: 1e9, sent: 1e8 }),
  ]);
  const { byId } = hoist.uploads.getState();
  const left = { ids: ['2'], pausable: ['2'], sent: 5e8, resumableBytes: 4e8 };
  expect(cancelableUploads(['1', '2', '3', 'removed'], byId)).toEqual(left);
  expect(cancelableUploads(['1', '3', 'removed'], byId).ids).toEqual([]);
});

test('deleting several files asks first and names them and their destination', () => {
  const uploads = [view('1', 'done', linked), view('2', 'failed')];
  const { hoist, calls } = createFixture(uploads);
  runGroupAction(hoist, uploads, 'unpublish', subject);
  expect(calls.unpublish).toBeUndefined();
  expect(hoist.screen.getState().confirmation).toEqual({ kind: 'unpublish', ids: ['1'], ...subject });
});

/** The same uploads as files of one folder. */
const folderOf = (uploads: UploadView[]): { folder: UploadFolder; hoist: Hoist; calls: Record<string, unknown[]> } => {
  const fixture = createFixture(
    uploads.map((upload) => ({ ...upload, folder: { id: 'f', name: 'Pictures', relativePath: upload.name } })),
  );
  const folder = fixture.hoist.uploads.getState().folders.get('b/f');
  if (!folder) throw new Error('no folder');
  return { folder, ...fixture };
};

test('a folder shows the progress of all its files', () => {
  const line = (...uploads: UploadView[]) => folderLine(folderOf(uploads).folder, 'No network.');
  expect(
    line(view('1', 'done', linked), view('2', 'uploading', { sent: 5e5 }), view('3', 'queued'), view('4', 'failed')),
  ).toBe('1 of 4 done · 1 failed · 1.5 MB of 3 MB');
  expect(line(view('1', 'paused'), view('2', 'done', linked))).toBe('Paused · 1 of 2 done · 1 MB of 2 MB');
  expect(line(view('1', 'waiting'), view('2', 'waiting'))).toBe('0 of 2 done · 2 MB · No network.');
  expect(line(view('1', 'done', linked), view('2', 'failed'))).toBe('1 of 2 done · 1 failed · No network.');
  expect(line(view('1', 'done', linked), view('2', 'done', linked))).toBe('2 files · 2 MB');
  expect(line(view('1', 'canceled'), view('2', 'canceled'))).toBe('Canceled · 2 files');
  expect(
    spokenFolder(folderOf([view('1', 'uploading', { sent: 5e5 }), view('2', 'queued')]).folder, undefined, 0),
  ).toBe('0 of 2 done');
});

test('the name of a folder for screen readers says whether its links work', () => {
  const label = (...uploads: UploadView[]) => spokenFolder(folderOf(uploads).folder, uploads[0], 0);
  const works = view('1', 'done', linked);
  const done = (verification: UploadView['verification']) => view('2', 'done', { ...linked, verification });
  expect(label(works, done('verified'))).toBe('2 files · 2 MB · Link works');
  expect(label(works, done('private'))).toBe('2 files · 2 MB · Not open');
  expect(label(works, done('this-computer'))).toBe('2 files · 2 MB · Only this computer');
  expect(label(works, view('2', 'failed'))).toBe('1 of 2 done · 1 failed');
  expect(label(works, view('2', 'uploading'))).toBe('1 of 2 done');
});

test('a folder offers the actions that its files need, and shows its most restricted link', () => {
  const running = folderOf([view('1', 'uploading'), view('2', 'failed'), view('3', 'done', linked)]);
  expect(availableActions(running.folder)).toEqual(['copy', 'retry', 'pause', 'cancel', 'unpublish']);
  expect([
    folderPrimary(running.folder),
    folderKeyAction(running.folder, 'Space'),
    folderKeyAction(running.folder, 'Delete'),
    folderKeyAction(running.folder, 'Enter'),
  ]).toEqual(['pause', 'pause', 'cancel', 'toggle']);
  runFolderAction(running.hoist, running.folder, 'retry');
  expect(running.calls.retry).toEqual([{ ids: ['2'] }]);
  const finished = folderOf([
    view('1', 'done', linked),
    view('2', 'done', { ...linked, verification: 'this-network' }),
  ]);
  expect([
    folderPrimary(finished.folder),
    folderKeyAction(finished.folder, 'Delete'),
    weakestReach(finished.folder),
  ]).toEqual(['copy', 'remove', 'this-network']);
  runFolderAction(finished.hoist, finished.folder, 'copy');
  expect(finished.calls.copy).toEqual([{ ids: ['1', '2'] }]);
  expect(
    availableActions(folderOf([view('1', 'uploading', { elsewhere: true }), view('2', 'done', linked)]).folder),
    'the window cannot change uploads of the command line',
  ).toEqual(['copy']);
});
