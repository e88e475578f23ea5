/** Hoist cannot start: says why and what to do, and leaves with a code that a script can see. */
import { app, dialog } from 'electron';
import { text } from '../../src-shared/text/text.ts';
import { StoreFailure } from '../store/store-failure.ts';

export function refuseToStart(cause: unknown): void {
  if (cause instanceof StoreFailure) {
    const words = text(`dialog.store.${cause.reason}`, { path: cause.path });
    console.error(`${text('dialog.store.title')}: ${words}`);
    dialog.showErrorBox(text('dialog.store.title'), words);
    app.exit(1);
    return;
  }
  throw cause;
}
