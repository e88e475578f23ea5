/** Feedback to the user: one polite and one urgent sentence for screen readers, one toast, and "Copied" on buttons. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { UploadId } from '../../src-shared/upload.ts';

/** `sequence` distinguishes a repeated sentence from an unchanged one. */
interface Announcement {
  sentence: string;
  sequence: number;
}
export interface ToastAction {
  label: string;
  run: () => void;
}
export interface ToastMessage {
  sequence: number;
  sentence: string;
  tone: 'done' | 'calm' | 'warn' | 'danger';
  action?: ToastAction;
  /** Opens the settings that fix the cause. */
  remedy?: ToastAction;
}
export interface FeedbackState {
  /** The sentence that screen readers read after they have finished the current one. */
  status?: Announcement;
  /** The sentence that screen readers read at once. */
  alert?: Announcement;
  toast?: ToastMessage;
  /** The uploads whose buttons show "Copied". */
  copied: ReadonlySet<UploadId>;
}
export type FeedbackStore = StoreApi<FeedbackState>;

export const createFeedbackStore = (): FeedbackStore => createStore<FeedbackState>(() => ({ copied: new Set() }));

const copiedMs = 2500;
let lastSequence = 0;
const nextSequence = (): number => {
  lastSequence += 1;
  return lastSequence;
};

export const announcePolitely = (store: FeedbackStore, sentence: string): void =>
  store.setState({ status: { sentence, sequence: nextSequence() } });
export const announceUrgently = (store: FeedbackStore, sentence: string): void =>
  store.setState({ alert: { sentence, sequence: nextSequence() } });

export const toastMs = 5000;
/** Duration of a toast with a button, a warning or an error. */
export const longToastMs = 20_000;
const durationMs = ({ action, tone }: Omit<ToastMessage, 'sequence'>): number =>
  action || tone === 'warn' || tone === 'danger' ? longToastMs : toastMs;

/** The timers that hide toasts. They are not part of a component, so that rendering cannot restart them. */
const toastTimers = new WeakMap<FeedbackStore, ReturnType<typeof setTimeout>>();

/**
 * Shows a toast for its duration and hides the previous one. Screen readers do not read toasts: announce the sentence
 * as well.
 */
export function showToast(store: FeedbackStore, toast: Omit<ToastMessage, 'sequence'>): void {
  store.setState({ toast: { ...toast, sequence: nextSequence() } });
  resumeToast(store);
}
/** Hides the toast; with `sequence`, only if it is still this one. */
export const hideToast = (store: FeedbackStore, sequence?: number): void =>
  store.setState(({ toast }) => (sequence === undefined || toast?.sequence === sequence ? { toast: undefined } : {}));

/** Stops the timer that hides the toast, for example while the pointer is over it. */
export const holdToast = (store: FeedbackStore): void => clearTimeout(toastTimers.get(store));
/** Starts the timer that hides the toast, with the full duration. */
export function resumeToast(store: FeedbackStore): void {
  holdToast(store);
  const { toast } = store.getState();
  if (!toast) return;
  toastTimers.set(
    store,
    setTimeout(() => hideToast(store, toast.sequence), durationMs(toast)),
  );
}

/** Shows "Copied" on the buttons of these uploads for a moment. */
export function markCopied(store: FeedbackStore, ids: readonly UploadId[]): void {
  store.setState({ copied: new Set(ids) });
  const marked = store.getState().copied;
  setTimeout(() => {
    // Links that were copied later keep their mark.
    if (store.getState().copied === marked) store.setState({ copied: new Set() });
  }, copiedMs);
}
