/** The open dialogs, rows and search of the window, and the files that wait for a destination. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CodePrompt } from '../../src-shared/ipc/contract.ts';
import type { AppError } from '../../src-shared/errors.ts';
import type { SetupDraft } from '../../src-shared/profile.ts';
import type { ProfileId, UploadId } from '../../src-shared/upload.ts';
import type { AcceptedItem, SkippedFiles, RefusedGroup } from './intake-results.ts';

/**
 * `add`: the setup wizard, optionally started from discovered credentials or with typed values. `edit`: the form of a
 * destination; with `then`, its failed uploads are retried after it was saved.
 */
export type SetupRequest =
  | { kind: 'add'; discoveredId?: string; draft?: SetupDraft }
  | { kind: 'edit'; profileId: ProfileId; then?: 'retry'; reason?: EditReason };

/** Why the form opens: the error of an upload or of the destination. `needsKey`: a new key fixes it. */
export interface EditReason {
  error: AppError;
  needsKey: boolean;
}

/**
 * A question before an irreversible action. `name`: the name of the file or folder. The uploads of a
 * `cancel` continue while it asks.
 */
export type Confirmation =
  | { kind: 'unpublish'; ids: UploadId[]; name: string; destination: string }
  | { kind: 'revoke'; ids: UploadId[]; name: string; destination: string }
  | { kind: 'cancel'; ids: UploadId[] };

export interface ScreenState {
  setup?: SetupRequest;
  settings: boolean;
  /** The user chose to try Hoist with Practice, without an account. */
  isPractising: boolean;
  /** The search text; undefined while the search is closed. */
  search?: string;
  /** Accepted files that wait for a destination: they go to the next destination that is saved. */
  pending: AcceptedItem[];
  /** Accepted files that wait for the user to enter their names. */
  naming: AcceptedItem[];
  /** Files that were not added, one line per cause. */
  refused: RefusedGroup[];
  /** Entries of folders that were not added. */
  skippedFiles: SkippedFiles[];
  confirmation?: Confirmation;
  /** Device codes that destinations wait for, oldest first. */
  codePrompts: CodePrompt[];
  /** Keys of the open folders and error groups. */
  expandedRows: ReadonlySet<string>;
  /** Rows whose details are open. */
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
    expandedRows: new Set(),
    openDetails: new Set(),
  }));

/** Adds a prompt, replaces an earlier one with the same ID at its position, or removes it if it is closed. */
export const updateCodePrompts = (store: ScreenStore, { closed, ...prompt }: CodePrompt): void =>
  store.setState(({ codePrompts }) => {
    if (closed) return { codePrompts: codePrompts.filter(({ id }) => id !== prompt.id) };
    const isKnown = codePrompts.some(({ id }) => id === prompt.id);
    return {
      codePrompts: isKnown
        ? codePrompts.map((known) => (known.id === prompt.id ? prompt : known))
        : [...codePrompts, prompt],
    };
  });

/** The set without the value if it has it, otherwise with it. */
const toggled = <T>(set: ReadonlySet<T>, value: T): ReadonlySet<T> =>
  set.has(value) ? new Set([...set].filter((entry) => entry !== value)) : new Set([...set, value]);

export const toggleExpanded = (store: ScreenStore, key: string): void =>
  store.setState(({ expandedRows }) => ({ expandedRows: toggled(expandedRows, key) }));
export const toggleDetails = (store: ScreenStore, id: UploadId): void =>
  store.setState(({ openDetails }) => ({ openDetails: toggled(openDetails, id) }));
