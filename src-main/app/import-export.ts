/** Import and export from the window. The user chooses the file in a native dialog, so the page never sees a path. */
import { writeFile } from 'node:fs/promises';
import { app, type BrowserWindow } from 'electron';
import type { ImportReport } from '../../src-shared/profile.ts';
import type { Core } from '../core.ts';
import { exportDestinations } from '../profiles/export-destinations.ts';
import { importFile } from '../profiles/import/import-file.ts';
import {
  confirmImportedRecipients,
  confirmPublicLinks,
  showExportDialog,
  showImportDialog,
  showUnwritableError,
} from './dialogs.ts';

/** Null when the user closes the dialog. @throws AppFailure when the file cannot be read or the disk is full */
export async function importFromDialog(window: BrowserWindow | undefined, core: Core): Promise<ImportReport | null> {
  const file = await showImportDialog(window);
  return file === undefined
    ? null
    : importFile(file, { env: process.env, home: app.getPath('home'), platform: process.platform }, core.importPorts, {
        chooseLinkKind: async (destinations) =>
          (await confirmPublicLinks(window, destinations)) ? 'public' : 'expiring',
        confirmRecipients: (destinations) => confirmImportedRecipients(window, destinations),
      });
}

/** False when no file was written. */
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
