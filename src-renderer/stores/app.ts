/** What main says about itself: version, platform, and what the whole window should know. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppInfo, Notice } from '../../src-shared/ipc/contract.ts';
import type { ProfileView } from '../../src-shared/profile.ts';
import type { HoistBridge } from '../bridge.ts';

/** `dismissed`: keys of the notices that were put away. */
export interface AppState {
  info?: AppInfo;
  dismissed: ReadonlySet<string>;
}
export type AppStore = StoreApi<AppState>;

export const createAppStore = (): AppStore => createStore<AppState>(() => ({ dismissed: new Set() }));

/** The same notice told again is the same line. */
export const noticeKey = (notice: Notice): string => JSON.stringify(notice);

/** What is to be shown: each notice once, without those that were put away. */
export function visibleNotices({ info, dismissed }: AppState): Notice[] {
  const byKey = new Map((info?.notices ?? []).map((notice) => [noticeKey(notice), notice]));
  return [...byKey].filter(([key]) => !dismissed.has(key)).map(([, notice]) => notice);
}

/** At the start, and when keys were entered or a destination removed. */
export async function loadApp(store: AppStore, bridge: Pick<HoistBridge, 'app'>): Promise<void> {
  const answer = await bridge.app.info();
  if (answer.ok) store.setState({ info: answer.value });
}

export const dismissNotice = (store: AppStore, notice: Notice): void =>
  store.setState(({ dismissed }) => ({ dismissed: new Set([...dismissed, noticeKey(notice)]) }));

/** The same need of the same destination is told once. */
export const statusKey = ({ id, status }: ProfileView): string => `status ${id} ${status.state}`;

export const dismissStatus = (store: AppStore, profile: ProfileView): void =>
  store.setState(({ dismissed }) => ({ dismissed: new Set([...dismissed, statusKey(profile)]) }));

export const isMac = (state: AppState): boolean => state.info?.platform === 'darwin';
