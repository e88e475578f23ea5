import { expect, test } from 'vitest';
import type { Debt } from '../engine/ports.ts';
import { tempFolder } from './testing/folders.ts';
import { openTestStore } from './testing/stores.ts';

const debt = (id: string): Debt => ({ id, uploadId: `of ${id}`, profileId: 'p', what: { checkpoint: { key: id } } });

test('what has to be removed is known after a restart, in order, until it is removed', async () => {
  const store = await openTestStore(tempFolder());
  for (const id of ['a', 'b', 'c']) store.debts.add(debt(id));
  store.debts.remove('b');
  store.debts.remove('never there');
  const again = await store.reopen();
  expect(again.debts.all()).toEqual([debt('a'), debt('c')]);
  again.debts.add({ ...debt('a'), what: { ref: 'stored' } });
  expect(again.debts.all().map(({ what }) => what)).toEqual([{ ref: 'stored' }, { checkpoint: { key: 'c' } }]);
});
