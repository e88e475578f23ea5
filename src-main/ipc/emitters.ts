/** The main process's side of the contract's events: one function per event, derived from the contract. */
import type { WebContents } from 'electron';
import { contract, type Emitters } from '../../src-shared/ipc/contract.ts';
import { channelName } from '../../src-shared/ipc/define.ts';

/** @param page the current page; without one, events are dropped, because a new page requests a snapshot */
export function emitters(page: () => WebContents | undefined): Emitters {
  return Object.fromEntries(
    Object.entries(contract).map(([group, entries]) => [
      group,
      Object.fromEntries(
        Object.entries(entries)
          .filter(([, entry]) => entry.kind === 'event')
          .map(([name]) => [name, (payload: unknown) => page()?.send(channelName(group, name), payload)]),
      ),
    ]),
  ) as Emitters;
}
