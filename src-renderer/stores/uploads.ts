/**
 * The window's copy of main's uploads. Subscribes to changes before it requests the snapshot, so that no change is
 * missed.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Changes } from '../../src-shared/ipc/contract.ts';
import type { HoistBridge } from '../bridge.ts';
import { emptyMirror, withChanges, withPage, withSnapshot, type Mirror } from './mirror.ts';

/** Whether there is nothing to list or search. */
export const isListEmpty = ({ now, history, totals }: Mirror): boolean =>
  now.length + history.length + totals.done === 0;

export type UploadsStore = StoreApi<Mirror>;

export const createUploadsStore = (): UploadsStore => createStore<Mirror>(() => emptyMirror);

const retryMs = 1000;
const pageSize = 200;

/** Keeps the store equal to main's records. Returns a function that stops this. */
export function followUploads(store: UploadsStore, bridge: Pick<HoistBridge, 'uploads'>): () => void {
  /** Changes that arrive while the snapshot loads; applied after it. */
  let buffered: Changes[] = [];
  let isLoading = false;
  let stopped = false;

  const receive = (changes: Changes): void => {
    if (isLoading) {
      buffered.push(changes);
      return;
    }
    const next = withChanges(store.getState(), changes);
    if (next === 'gap') void loadSnapshot();
    else store.setState(next);
  };
  const loadSnapshot = async (): Promise<void> => {
    isLoading = true;
    const answer = await bridge.uploads.snapshot();
    if (stopped) return;
    isLoading = false;
    if (!answer.ok) {
      setTimeout(() => {
        if (!stopped) void loadSnapshot();
      }, retryMs);
      return;
    }
    store.setState(withSnapshot(store.getState(), answer.value));
    const missed = buffered;
    buffered = [];
    missed.forEach(receive);
  };

  const unsubscribe = bridge.uploads.changed(receive);
  void loadSnapshot();
  return () => {
    stopped = true;
    unsubscribe();
  };
}

const loading = new WeakMap<UploadsStore, Promise<void>>();

/** Loads the next page of older entries, if any. Simultaneous calls share one request. */
export function loadOlder(store: UploadsStore, bridge: Pick<HoistBridge, 'history'>): Promise<void> {
  const { ready, paging } = store.getState();
  if (!ready || paging.complete) return Promise.resolve();
  const page = loading.get(store) ?? fetchPage(store, bridge).finally(() => loading.delete(store));
  loading.set(store, page);
  return page;
}

async function fetchPage(store: UploadsStore, bridge: Pick<HoistBridge, 'history'>): Promise<void> {
  const before = store.getState().paging.next;
  const answer = await bridge.history.query({ limit: pageSize, ...(before !== undefined && { before }) });
  // Ignore the page if a snapshot has reset the paging in the meantime.
  if (answer.ok && store.getState().paging.next === before) store.setState(withPage(store.getState(), answer.value));
}

/** Loads all pages. */
export async function loadAll(store: UploadsStore, bridge: Pick<HoistBridge, 'history'>): Promise<void> {
  for (;;) {
    const before = store.getState().paging;
    await loadOlder(store, bridge);
    if (store.getState().paging === before) return;
  }
}
