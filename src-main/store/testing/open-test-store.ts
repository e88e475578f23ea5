/** Opens a store, optionally as another process. Closes the store when the test ends. */
import { onTestFinished } from 'vitest';
import { processStart } from '../../platform/process-start.ts';
import { openStore, type Store } from '../open.ts';
import type { Owner } from '../owners.ts';

export const currentProcess: Owner = { pid: process.pid, startTime: processStart(process.pid) };

export interface TestStore extends Store {
  /** Closes the store, as at a clean shutdown, and opens it again. */
  reopen(): Promise<TestStore>;
}

export async function openTestStore(
  folder: string,
  { owner = currentProcess, now = Date.now }: { owner?: Owner; now?: () => number } = {},
): Promise<TestStore> {
  const store = await openStore({ folder, owner, now });
  let closed = false;
  const close = () => {
    if (closed) return { backup: 'failed' as const };
    closed = true;
    return store.close();
  };
  onTestFinished(() => {
    close();
  });
  return {
    ...store,
    close,
    reopen: () => {
      close();
      return openTestStore(folder, { owner, now });
    },
  };
}
