import { expect, test } from 'vitest';
import { TwoProcesses } from '../testing/two-processes.ts';

test('each process shows the uploads of the other process within a second, as uploads that it can only watch', async () => {
  const processes = await TwoProcesses.open();
  const { a, b } = processes;
  try {
    const id = await processes.send(a, 'large.bin', Buffer.alloc(64 * 1024 * 1024, 7));
    await expect.poll(() => b.latest.get(id)?.status, { timeout: 10_000, interval: 20 }).toBeDefined();
    const rowOf = ({ core }: typeof a) => core.uploadViews.snapshot(0).snapshot.uploads.find((row) => row.id === id);
    const row = rowOf(b);
    expect(row).toMatchObject({ name: 'large.bin', destination: 'Practice' });
    if (row?.status !== 'done') expect(row).toMatchObject({ elsewhere: true });
    expect(rowOf(a)).not.toHaveProperty('elsewhere');
    // Has no effect, because the other process owns the upload.
    b.core.engine.cancel(id);
    expect(await processes.linkOf(a, id)).toBe(await processes.linkOf(b, id));
    expect(rowOf(b)).not.toHaveProperty('elsewhere');
    b.core.engine.remove(id);
    await expect.poll(() => a.latest.has(id), { timeout: 10_000 }).toBe(false);
  } finally {
    await processes.remove();
  }
});
