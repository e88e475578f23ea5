/** Facts about the app from main: version, platform, and notices for the whole window. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppInfo, Notice } from '../../src-shared/ipc/contract.ts';
import type { ProfileView } from '../../src-shared/profile.ts';
import type { HoistBridge } from '../bridge.ts';

/** `dismissed`: keys of the dismissed notices and of the dismissed states of destinations. */
export interface AppState {
  info?: AppInfo;
  dismissed: ReadonlySet<string>;
}
export type AppStore = StoreApi<AppState>;

export const createAppStore = (): AppStore => createStore<AppState>(() => ({ dismissed: new Set() }));

/** The key of a notice; equal notices have the same key. */
export const noticeKey = (notice: Notice): string => JSON.stringify(notice);

/** The notices to show: each once, without dismissed ones. */
export function visibleNotices({ info, dismissed }: AppState): Notice[] {
  const byKey = new Map((info?.notices ?? []).map((notice) => [noticeKey(notice), notice]));
  return [...byKey].filter(([key]) => !dismissed.has(key)).map(([, notice]) => notice);
}

/**
 * Loads the facts and notices from main. Called at the start, after a new notice, and after changes that can make a
 * notice obsolete: the user entered keys or removed a destination.
 */
export async function loadApp(store: AppStore, bridge: Pick<HoistBridge, 'app'>): Promise<void> {
  const answer = await bridge.app.info();
  if (answer.ok) store.setState({ info: answer.value });
}

export const dismissNotice = (store: AppStore, notice: Notice): void =>
  store.setState(({ dismissed }) => ({ dismissed: new Set([...dismissed, noticeKey(notice)]) }));

/**
 * The key of a destination in its current state. A dismissed state is not shown again, but a later, different one is.
 */
export const statusKey = ({ id, status }: ProfileView): string => `status ${id} ${status.state}`;

export const dismissStatus = (store: AppStore, profile: ProfileView): void =>
  store.setState(({ dismissed }) => ({ dismissed: new Set([...dismissed, statusKey(profile)]) }));

export const isMac = (state: AppState): boolean => state.info?.platform === 'darwin';
