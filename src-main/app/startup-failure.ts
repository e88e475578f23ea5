/** Hoist cannot start: shows the reason and the remedy, and exits with code 1. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { app, dialog } from 'electron';
import { AppFailure } from '../../src-shared/errors.ts';
import { errorText, text } from '../../src-shared/text/text.ts';
import { dataFolder } from '../electron/data-folder.ts';
import { systemCodeOf } from '../platform/file-errors.ts';
import { openLog } from '../platform/log.ts';
import { sessionFolder } from '../platform/session-folder.ts';
import { escapeForTerminal } from '../platform/printable.ts';
import { StoreFailure } from '../store/store-failure.ts';

/** Called after `ready`. Returns when the user closes the dialog. */
export function showStartupFailure(cause: unknown): void {
  const message = reasonOf(cause);
  printReason(message);
  dialog.showErrorBox(text('dialog.start.title'), message);
  app.exit(1);
}

/** Called before `ready`. Chromium gets a temporary folder, so that it can show a dialog. */
export function failBeforeReady(cause: unknown): void {
  let temporary: string;
  try {
    temporary = sessionFolder(path.join(dataFolder(), 'session'));
  } catch (thrown) {
    if (systemCodeOf(thrown) === undefined) throw thrown;
    printReason(reasonOf(cause));
    app.exit(1);
    return;
  }
  app.setPath('userData', temporary);
  app.setPath('sessionData', temporary);
  app.once('quit', () => rmSync(temporary, { recursive: true, force: true }));
  void app.whenReady().then(() => showStartupFailure(cause));
}

function reasonOf(cause: unknown): string {
  if (cause instanceof StoreFailure) return text(`dialog.store.${cause.reason}`, { path: cause.path });
  if (cause instanceof AppFailure) {
    const { what, remedy } = errorText(cause.error);
    return `${what} ${remedy}`;
  }
  const log = openLog({ folder: path.join(dataFolder(), 'logs'), home: app.getPath('home') });
  log.problem('start', cause);
  return text('cli.bug', { path: log.file });
}

const printReason = (reason: string): boolean =>
  process.stderr.write(`${escapeForTerminal(text('cli.cannot-start', { reason }))}\n`);
