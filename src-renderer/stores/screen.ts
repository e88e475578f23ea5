/** What is open in the window, and the files that wait for a destination. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CodePrompt } from '../../src-shared/ipc/contract.ts';
import type { ProfileId, UploadId } from '../../src-shared/upload.ts';
import type { AcceptedItem, SkippedFiles, RefusedGroup } from './intake-results.ts';
import type { FolderKey } from './folders.ts';

/** The wizard of a new destination, which may begin with what was found here; or the form of one, whose uploads may be tried again once it is mended. */
export type SetupRequest =
  | { kind: 'add'; discoveredId?: string }
  | { kind: 'edit'; profileId: ProfileId; then?: 'retry' };

/** Asked before what cannot be taken back. `name`: of the file, or of what several have in common. `sent`: bytes that would be lost. */
export type Confirmation =
  | { kind: 'unpublish'; ids: UploadId[]; name: string; destination: string }
  | { kind: 'cancel'; ids: UploadId[]; pausable: UploadId[]; sent: number };

export interface ScreenState {
  setup?: SetupRequest;
  settings: boolean;
  /** The person chose to try it without an account. */
  isPractising: boolean;
  /** The search text; undefined while the search is closed. */
  search?: string;
  /** Accepted, but there was no destination: they go to the next one that is saved. */
  pending: AcceptedItem[];
  /** Accepted, and their names are asked for before they are sent. */
  naming: AcceptedItem[];
  /** Files that were not added, one line for each cause. */
  refused: RefusedGroup[];
  /** What in folders was not added. */
  skippedFiles: SkippedFiles[];
  confirmation?: Confirmation;
  /** Codes that destinations wait for, the oldest first. */
  codePrompts: CodePrompt[];
  openFolders: ReadonlySet<FolderKey>;
  /** Rows whose details are shown. */
  openDetails: ReadonlySet<UploadId>;
}
export type ScreenStore = StoreApi<ScreenState>;

export const createScreenStore = (): ScreenStore =>
  createStore<ScreenState>(() => ({
    settings: false,
    isPractising: false,
    pending: [],
    codePrompts: [],
    naming: [],
    refused: [],
    skippedFiles: [],
    openFolders: new Set(),
    openDetails: new Set(),
  }));

/** A question that is told again is the same one. */
export const updateCodePrompts = (store: ScreenStore, { closed, ...prompt }: CodePrompt): void =>
  store.setState(({ codePrompts }) => {
    const others = codePrompts.filter(({ id }) => id !== prompt.id);
    return {
      codePrompts: closed ? others : codePrompts.length === others.length ? [...codePrompts, prompt] : codePrompts,
    };
  });

const toggled = <T>(set: ReadonlySet<T>, value: T): ReadonlySet<T> =>
  set.has(value) ? new Set([...set].filter((one) => one !== value)) : new Set([...set, value]);

export const toggleFolder = (store: ScreenStore, key: FolderKey): void =>
  store.setState(({ openFolders }) => ({ openFolders: toggled(openFolders, key) }));
export const toggleDetails = (store: ScreenStore, id: UploadId): void =>
  store.setState(({ openDetails }) => ({ openDetails: toggled(openDetails, id) }));
