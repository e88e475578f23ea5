import { expect, test } from 'vitest';
import { TwoProcesses } from '../testing/two-processes.ts';
import { emptyPractice } from './empty-practice.ts';

test('emptying Practice deletes the files and their history entries, in every process', async () => {
  const processes = await TwoProcesses.open();
  const { a, b } = processes;
  try {
    const id = await processes.send(a, 'a.txt');
    const link = await processes.linkOf(b, id);
    expect(await b.core.practice.usage()).toMatchObject({ objects: 1, bytes: 5 });
    await emptyPractice(b.core);
    expect((await fetch(link)).status).toBe(404);
    expect(await a.core.practice.usage()).toMatchObject({ objects: 0, bytes: 0 });
    expect(b.latest.has(id)).toBe(false);
    await expect.poll(() => a.latest.has(id), { timeout: 10_000 }).toBe(false);
  } finally {
    await processes.remove();
  }
});
