/** What main says about itself: version, platform, and what the whole window should know. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppInfo, Notice } from '../../src-shared/ipc/contract.ts';
import type { HoistBridge } from '../bridge.ts';

export interface AppState { info?: AppInfo; dismissed: ReadonlySet<Notice> }
export type AppStore = StoreApi<AppState>;

export const createApp = (): AppStore => createStore<AppState>(() => ({ dismissed: new Set() }));

export async function loadApp(store: AppStore, bridge: Pick<HoistBridge, 'app'>): Promise<void> {
  const answer = await bridge.app.info();
  if (answer.ok) store.setState({ info: answer.value });
}

export const dismissNotice = (store: AppStore, notice: Notice): void =>
  store.setState(({ dismissed }) => ({ dismissed: new Set([...dismissed, notice]) }));

export const isMac = (state: AppState): boolean => state.info?.platform === 'darwin';
/** Nothing encrypts keys here: they live until Hoist quits. */
export const hasNoKeyStore = (state: AppState): boolean => state.info?.notices.some(({ kind }) => kind === 'session-secrets') ?? false;
