/** The mirror of the destinations, what was found on this computer, and the providers that draw the form. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { practiceId, type ProfilesView, type ProfileView } from '../../src-shared/profile.ts';
import type { ProviderInfo } from '../../src-shared/provider.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { HoistBridge } from '../bridge.ts';

export interface Profiles extends ProfilesView {
  ready: boolean;
  providers: ProviderInfo[];
}
export type ProfilesStore = StoreApi<Profiles>;

export const createProfiles = (): ProfilesStore =>
  createStore<Profiles>(() => ({
    ready: false,
    providers: [],
    profiles: [],
    found: [],
    fallback: { on: false, order: [] },
  }));

export const profileOf = (state: Profiles, id: ProfileId | undefined): ProfileView | undefined =>
  state.profiles.find((profile) => profile.id === id);
export const currentProfile = (state: Profiles): ProfileView | undefined => profileOf(state, state.current);

/** Of a destination. */
export const isPractice = ({ id }: Pick<ProfileView, 'id'>): boolean => id === practiceId;
/** Nothing was set up yet: files go to the store on this computer. */
export const usesPractice = (state: Profiles): boolean => state.current === practiceId;

/** What a view may leave out. */
const nothing = { current: undefined, wish: undefined };

/** The list as main sees it now; asked again after a change of our own, so that the next step does not wait for the event. */
export async function refreshProfiles(store: ProfilesStore, bridge: Pick<HoistBridge, 'profiles'>): Promise<void> {
  const answer = await bridge.profiles.list();
  if (answer.ok) store.setState({ ...nothing, ...answer.value });
}

export function followProfiles(store: ProfilesStore, bridge: Pick<HoistBridge, 'profiles' | 'providers'>): () => void {
  const unsubscribe = bridge.profiles.changed((view) => store.setState({ ...nothing, ...view }));
  void (async () => {
    const [, providers] = await Promise.all([refreshProfiles(store, bridge), bridge.providers.list()]);
    store.setState({ ready: true, ...(providers.ok && { providers: providers.value }) });
  })();
  return unsubscribe;
}
