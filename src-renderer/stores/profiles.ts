/** The window's copy of main's destinations, discovered credentials and providers. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { practiceId, type ProfilesView, type ProfileView } from '../../src-shared/profile.ts';
import type { ProviderInfo } from '../../src-shared/provider.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { HoistBridge } from '../bridge.ts';

export interface ProfilesState extends ProfilesView {
  ready: boolean;
  providers: ProviderInfo[];
}
export type ProfilesStore = StoreApi<ProfilesState>;

export const createProfilesStore = (): ProfilesStore =>
  createStore<ProfilesState>(() => ({
    ready: false,
    providers: [],
    profiles: [],
    discovered: [],
    fallback: { on: false, order: [] },
  }));

export const findProfile = (state: ProfilesState, id: ProfileId | undefined): ProfileView | undefined =>
  state.profiles.find((profile) => profile.id === id);
export const currentProfile = (state: ProfilesState): ProfileView | undefined => findProfile(state, state.current);

/** Whether the destination is Practice. */
export const isPractice = ({ id }: Pick<ProfileView, 'id'>): boolean => id === practiceId;
/** Whether files go to Practice, because no destination is set up. */
export const usesPractice = (state: ProfilesState): boolean => state.current === practiceId;

/** Optional fields of main's answer. If the answer omits one, its old value must not stay in the store. */
const absentOptionals = { current: undefined, linkOverride: undefined };

/** Loads the list from main. Called after a change by this window, because the `changed` event arrives later. */
export async function refreshProfiles(store: ProfilesStore, bridge: Pick<HoistBridge, 'profiles'>): Promise<void> {
  const answer = await bridge.profiles.list();
  if (answer.ok) store.setState({ ...absentOptionals, ...answer.value });
}

/** Loads the store and keeps it up to date. Returns a function that stops this. */
export function followProfiles(store: ProfilesStore, bridge: Pick<HoistBridge, 'profiles' | 'providers'>): () => void {
  const unsubscribe = bridge.profiles.changed((view) => store.setState({ ...absentOptionals, ...view }));
  void (async () => {
    const [, providers] = await Promise.all([refreshProfiles(store, bridge), bridge.providers.list()]);
    store.setState({ ready: true, ...(providers.ok && { providers: providers.value }) });
  })();
  return unsubscribe;
}
