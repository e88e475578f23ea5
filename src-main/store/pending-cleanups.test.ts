import { expect, test } from 'vitest';
import type { PendingCleanup } from '../engine/ports.ts';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { openTestStore } from './testing/open-test-store.ts';

const cleanup = (id: string): PendingCleanup => ({
  id,
  uploadId: `of ${id}`,
  profileId: 'p',
  what: { checkpoint: { key: id } },
});

test('pending cleanups survive a restart, in order, until they are removed', async () => {
  const store = await openTestStore(tempFolder());
  for (const id of ['a', 'b', 'c']) store.pendingCleanups.add(cleanup(id));
  store.pendingCleanups.remove('b');
  store.pendingCleanups.remove('no such cleanup');
  const reopened = await store.reopen();
  expect(reopened.pendingCleanups.all()).toEqual([cleanup('a'), cleanup('c')]);
  reopened.pendingCleanups.add({ ...cleanup('a'), what: { ref: 'stored' } });
  expect(reopened.pendingCleanups.all().map(({ what }) => what)).toEqual([
    { ref: 'stored' },
    { checkpoint: { key: 'c' } },
  ]);
});
