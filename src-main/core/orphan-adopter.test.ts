import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Upload, UploadId } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import { CoreFixture } from '../testing/core-fixture.ts';
import { KilledProcess } from '../testing/killed-process.ts';

let fixture: CoreFixture;
let window: Core;
let killed: KilledProcess;
const onOrphansAdopted = vi.fn<(uploads: Upload[]) => void>();

beforeEach(async () => {
  onOrphansAdopted.mockReset();
  fixture = await CoreFixture.open({ builtIns: ['practice'] });
  window = fixture.core;
  window.listeners.add({ orphansAdopted: onOrphansAdopted });
  killed = await KilledProcess.open(fixture);
});
afterEach(async () => {
  killed.store.close();
  await fixture.remove();
});

const statusOf = (id: UploadId) => window.store.uploads.get(id)?.status;
const becomesDone = (id: UploadId) => expect.poll(() => statusOf(id), { timeout: 10_000 }).toBe('done');

test('continues the uploads of a process that is killed while the window runs, and reports them as adopted', async () => {
  window.engine.start();
  window.orphans.start();
  await killed.insertUpload({ id: 'left.txt' });
  await becomesDone('left.txt');
  expect(onOrphansAdopted.mock.calls.map(([uploads]) => uploads.map(({ id }) => id))).toEqual([['left.txt']]);
});

test('leaves a paused upload and an upload with the keys of a shell unchanged while the window runs', async () => {
  window.engine.start();
  window.orphans.start();
  await killed.insertUpload({ id: 'paused.txt', status: 'paused' });
  await killed.insertUpload({ id: 'of-the-shell.txt', chain: [{ profileId: 'environment', visibility: 'expiring' }] });
  await killed.insertUpload({ id: 'left.txt' });
  await becomesDone('left.txt');
  expect([statusOf('paused.txt'), statusOf('of-the-shell.txt')]).toEqual(['paused', 'queued']);
  expect(window.store.uploads.orphans().map(({ id }) => id)).toEqual(['paused.txt', 'of-the-shell.txt']);
  // The process adopts the upload when the user presses a button of its row.
  const rows = window.uploadViews.unfinished().map(({ name, elsewhere }) => [name, elsewhere]);
  expect(rows).toContainEqual(['paused.txt', undefined]);
  window.engine.adopt('paused.txt');
  window.engine.resume('paused.txt');
  await becomesDone('paused.txt');
});

test('leaves a paused upload and an upload with the keys of a shell unchanged when the window starts', async () => {
  await killed.insertUpload({ id: 'paused.txt', status: 'paused' });
  await killed.insertUpload({ id: 'of-the-shell.txt', chain: [{ profileId: 'environment', visibility: 'expiring' }] });
  await killed.insertUpload({ id: 'left.txt' });
  window.engine.start();
  window.orphans.start();
  await becomesDone('left.txt');
  expect([statusOf('paused.txt'), statusOf('of-the-shell.txt')]).toEqual(['paused', 'queued']);
  expect(window.store.uploads.orphans().map(({ id }) => id)).toEqual(['paused.txt', 'of-the-shell.txt']);
});
