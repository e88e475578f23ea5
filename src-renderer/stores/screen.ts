/** What is open in the window, and the files that wait for a destination. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ProviderId } from '../../src-shared/provider.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { AcceptedFile, RefusedGroup } from '../features/drop/refused.ts';

/** The setup form: of a new destination, or of one whose uploads are tried again once it is mended. */
export type SetupRequest = { kind: 'add'; providerId?: ProviderId } | { kind: 'edit'; profileId: ProfileId; then?: 'retry' };

export interface Screen {
  setup?: SetupRequest;
  settings: boolean;
  /** The search text; undefined while the search is closed. */
  search?: string;
  /** Accepted, but there was no destination: they go to the next one that is saved. */
  pending: AcceptedFile[];
  /** Files that were not added, one line for each cause. */
  refused: RefusedGroup[];
}
export type ScreenStore = StoreApi<Screen>;

export const createScreen = (): ScreenStore => createStore<Screen>(() => ({ settings: false, pending: [], refused: [] }));
