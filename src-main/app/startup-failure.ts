/** Hoist cannot start: shows the reason and the remedy, and exits with code 1. */
import { app, dialog } from 'electron';
import { text } from '../../src-shared/text/text.ts';
import { StoreFailure } from '../store/store-failure.ts';

export function showStartupFailure(cause: unknown): void {
  const title = text('dialog.store.title');
  const message =
    cause instanceof StoreFailure ? text(`dialog.store.${cause.reason}`, { path: cause.path }) : text('error.bug.what');
  process.stderr.write(
    `${title}: ${cause instanceof StoreFailure || !(cause instanceof Error) ? message : cause.stack}\n`,
  );
  dialog.showErrorBox(title, message);
  app.exit(1);
}
