/** Import and export from the window: the user names the file in a dialog of the system, so no path is in the page. */
import { writeFile } from 'node:fs/promises';
import { app, type BrowserWindow } from 'electron';
import type { ImportReport } from '../../src-shared/profile.ts';
import type { Core } from '../core.ts';
import { exportDestinations } from '../profiles/export-destinations.ts';
import { importFile } from '../profiles/import/import-file.ts';
import { showExportDialog, showImportDialog, showUnwritableError } from './dialogs.ts';

/** Null when the dialog was closed. @throws AppFailure when the file cannot be read, or the records are full */
export async function importFromDialog(window: BrowserWindow | undefined, core: Core): Promise<ImportReport | null> {
  const file = await showImportDialog(window);
  return file === undefined
    ? null
    : importFile(file, { env: process.env, home: app.getPath('home'), platform: process.platform }, core.importPorts);
}

/** False when nothing was written. */
export async function exportToDialog(window: BrowserWindow | undefined, core: Core): Promise<boolean> {
  const file = await showExportDialog(window);
  if (file === undefined) return false;
  try {
    await writeFile(file, exportDestinations(core.profiles.views.all().profiles, core.providers.infos()));
    return true;
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    await showUnwritableError(window, file);
    return false;
  }
}
