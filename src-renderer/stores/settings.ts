/** The window's copy of main's app settings. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { initialAppSettings, type AppSettings } from '../../src-shared/app-settings.ts';
import type { HoistBridge } from '../bridge.ts';

export type SettingsStore = StoreApi<AppSettings>;

export const createSettingsStore = (): SettingsStore => createStore<AppSettings>(() => initialAppSettings);

export async function refreshSettings(store: SettingsStore, bridge: Pick<HoistBridge, 'settings'>): Promise<void> {
  const answer = await bridge.settings.get();
  if (answer.ok) store.setState(answer.value);
}

/** Loads the store and keeps it up to date. Returns a function that stops this. */
export function followSettings(store: SettingsStore, bridge: Pick<HoistBridge, 'settings'>): () => void {
  const unsubscribe = bridge.settings.changed((settings) => store.setState(settings));
  void refreshSettings(store, bridge);
  return unsubscribe;
}
