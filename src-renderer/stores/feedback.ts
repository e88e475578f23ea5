/** What Hoist says to the person: one polite and one urgent sentence for screen readers, one toast, and "Copied" on buttons. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { UploadId } from '../../src-shared/upload.ts';

/** `turn` tells the same sentence said twice from one said once. */
export interface Said {
  sentence: string;
  turn: number;
}
export interface Toast {
  turn: number;
  sentence: string;
  tone: 'done' | 'calm' | 'danger';
  action?: { label: string; run: () => void };
}
export interface Feedback {
  status?: Said;
  alert?: Said;
  toast?: Toast;
  copied: ReadonlySet<UploadId>;
}
export type FeedbackStore = StoreApi<Feedback>;

export const createFeedback = (): FeedbackStore => createStore<Feedback>(() => ({ copied: new Set() }));

const copiedMs = 2500;
let turns = 0;
const nextTurn = (): number => {
  turns += 1;
  return turns;
};

export const sayPolitely = (store: FeedbackStore, sentence: string): void =>
  store.setState({ status: { sentence, turn: nextTurn() } });
export const sayUrgently = (store: FeedbackStore, sentence: string): void =>
  store.setState({ alert: { sentence, turn: nextTurn() } });

/** Shows a toast instead of the one before. It is not read out by itself: say it as well. */
export const showToast = (store: FeedbackStore, toast: Omit<Toast, 'turn'>): void =>
  store.setState({ toast: { ...toast, turn: nextTurn() } });
export const hideToast = (store: FeedbackStore, turn?: number): void =>
  store.setState(({ toast }) => (turn === undefined || toast?.turn === turn ? { toast: undefined } : {}));

/** "Copied" on the buttons of these uploads, for as long as it takes to see it. */
export function markCopied(store: FeedbackStore, ids: readonly UploadId[]): void {
  store.setState({ copied: new Set(ids) });
  const marked = store.getState().copied;
  setTimeout(() => {
    if (store.getState().copied === marked) store.setState({ copied: new Set() });
  }, copiedMs);
}
