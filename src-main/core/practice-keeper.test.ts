import { expect, test } from 'vitest';
import { TwoProcesses } from '../testing/two-processes.ts';

test('when the process that runs Practice ends, the other process takes over and old links open', async () => {
  const processes = await TwoProcesses.open();
  const { a, b } = processes;
  try {
    const first = await processes.linkOf(a, await processes.send(a, 'a.txt'));
    const second = await processes.linkOf(b, await processes.send(b, 'b.txt'));
    expect(new URL(first).origin).toBe(new URL(second).origin);
    for (const { core } of [a, b]) core.practiceKeeper.start('needed');
    expect(await b.core.practice.ensure()).toMatchObject({ isHost: false });
    await processes.close(a);
    const responseOfFirst = () =>
      fetch(first).then(
        (response) => response.text(),
        () => 'no response',
      );
    await expect.poll(responseOfFirst, { timeout: 20_000 }).toBe('a.txt');
    const third = await processes.openThird();
    const link = await processes.linkOf(third, await processes.send(third, 'c.txt'));
    expect(new URL(link).origin).toBe(new URL(first).origin);
  } finally {
    await processes.remove();
  }
});
