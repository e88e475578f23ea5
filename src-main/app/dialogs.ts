/** All native message boxes and file dialogs. Enter and Escape always choose the safe answer. */
import { app, dialog, type BrowserWindow } from 'electron';
import { formatBytes } from '../../src-shared/format/bytes.ts';
import { describeProgram } from '../profiles/describe-program.ts';
import { describeImportedRecipients, describeRecipient } from '../profiles/describe-recipient.ts';
import type { ImportedRecipients } from '../profiles/import/imported-recipients.ts';
import type { LinkChange } from '../profiles/link-changes.ts';
import type { ProgramQuestion } from '../profiles/program-permissions.ts';
import type { RecipientQuestion } from '../profiles/secret-recipients.ts';
import { text } from '../../src-shared/text/text.ts';
import type { RecoveryChoice } from './window-recovery.ts';

export interface LastFolder {
  get(): string | undefined;
  set(folder: string): void;
}

/** @returns the chosen paths; empty when the user closes the dialog */
export async function showOpenFilesDialog(
  window: BrowserWindow | undefined,
  lastFolder: LastFolder,
  folderOf: (path: string) => string,
): Promise<string[]> {
  const options: Electron.OpenDialogOptions = {
    title: text('dialog.choose.title'),
    buttonLabel: text('dialog.choose.button'),
    properties: ['openFile', 'multiSelections'],
    defaultPath: lastFolder.get() ?? app.getPath('home'),
  };
  const { canceled, filePaths } = await (window
    ? dialog.showOpenDialog(window, options)
    : dialog.showOpenDialog(options));
  if (canceled || filePaths.length === 0) return [];
  lastFolder.set(folderOf(filePaths[0]!));
  return filePaths;
}

/** @returns the settings file or album of another program; undefined when the user closes the dialog */
export async function showImportDialog(window: BrowserWindow | undefined): Promise<string | undefined> {
  // Most settings files are in hidden folders.
  const options: Electron.OpenDialogOptions = {
    title: text('dialog.import.title'),
    buttonLabel: text('dialog.import.button'),
    properties: ['openFile', 'showHiddenFiles'],
    defaultPath: app.getPath('home'),
  };
  const { canceled, filePaths } = await (window
    ? dialog.showOpenDialog(window, options)
    : dialog.showOpenDialog(options));
  return canceled ? undefined : filePaths[0];
}

/** Asks whether imported destinations that made permanent public links keep making them. */
export async function confirmPublicLinks(
  window: BrowserWindow | undefined,
  destinations: readonly { name: string; from: string }[],
): Promise<boolean> {
  const [{ name, from: program }] = destinations as [{ name: string; from: string }];
  const count = destinations.length;
  return confirm(window, {
    type: 'question',
    title: text('dialog.import-links.title'),
    message: text('dialog.import-links.message', { program, name, count, more: count - 1 }),
    detail: text('dialog.import-links.detail'),
    buttons: [text('dialog.import-links.expiring'), text('dialog.import-links.public')],
  });
}

/** Asks whether imported destinations may use the proxies and certificates of the file. */
export async function confirmImportedRecipients(
  window: BrowserWindow | undefined,
  destinations: readonly ImportedRecipients[],
): Promise<boolean> {
  return confirm(window, {
    type: 'warning',
    title: text('dialog.import-recipients.title'),
    message: text('dialog.import-recipients.message', { count: destinations.length }),
    detail: describeImportedRecipients(destinations).join('\n'),
    buttons: [text('dialog.import-recipients.remove'), text('dialog.import-recipients.accept')],
  });
}

/** @returns the file to write; undefined when the user closes the dialog. The dialog confirms before it overwrites. */
export async function showExportDialog(window: BrowserWindow | undefined): Promise<string | undefined> {
  const options: Electron.SaveDialogOptions = {
    title: text('dialog.export.title'),
    buttonLabel: text('dialog.export.button'),
    defaultPath: `${app.getPath('home')}/hoist-destinations.json`,
    filters: [{ name: 'JSON', extensions: ['json'] }],
  };
  const { canceled, filePath } = await (window
    ? dialog.showSaveDialog(window, options)
    : dialog.showSaveDialog(options));
  return canceled || !filePath ? undefined : filePath;
}

export async function showUnwritableError(window: BrowserWindow | undefined, path: string): Promise<void> {
  const options: Electron.MessageBoxOptions = {
    type: 'error',
    title: text('dialog.export.title'),
    message: text('dialog.export.unwritable', { path }),
    buttons: [text('dialog.export.close')],
  };
  await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options));
}

/** @returns whether to quit although uploads run */
export async function confirmQuit(window: BrowserWindow | undefined, count: number, detail: string): Promise<boolean> {
  return confirm(window, {
    type: 'question',
    title: text('dialog.quit.title'),
    message: text('dialog.quit.message', { count }),
    detail,
    buttons: [text('dialog.quit.stay'), text('dialog.quit.quit')],
  });
}

/** Asks what to do with a window whose page failed again after several reloads. @param signal closes the dialog */
export async function askAfterCrashes(signal: AbortSignal): Promise<RecoveryChoice> {
  const { response } = await dialog.showMessageBox({
    type: 'error',
    title: text('dialog.crashed.title'),
    message: text('dialog.crashed.message'),
    detail: text('dialog.crashed.detail'),
    buttons: [text('dialog.crashed.restart'), text('dialog.crashed.quit')],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
    signal,
  });
  return response === 1 ? 'quit' : 'restart';
}

/** Asks before more people can open the links of a saved destination, or its links are at another host. */
export async function confirmLinkChange(
  window: BrowserWindow | undefined,
  { destination, visibility, host }: LinkChange,
): Promise<boolean> {
  const isWider = visibility === 'public' || visibility === 'expiring';
  return confirm(window, {
    type: 'warning',
    title: text('dialog.links.title'),
    message: text('dialog.links.message', { destination }),
    detail: [
      ...(isWider ? [text(`dialog.links.${visibility}`)] : []),
      ...(host === undefined ? [] : [text('dialog.links.host', { host })]),
      text('dialog.links.detail'),
    ].join('\n'),
    buttons: [text('dialog.links.cancel'), text('dialog.links.change')],
  });
}

/** Asks before the browser opens a page that the user did not open with a click or a key. */
export async function confirmPage(window: BrowserWindow | undefined, url: string): Promise<boolean> {
  return confirm(window, {
    type: 'question',
    title: text('dialog.page.title'),
    message: text('dialog.page.message', { host: URL.canParse(url) ? new URL(url).host : '' }),
    buttons: [text('dialog.page.cancel'), text('dialog.page.open')],
  });
}

/**
 * Asks before uploading a file from a folder that usually contains keys. Shows the full path, because the page is
 * untrusted. `more`: how many other such files the answer applies to.
 */
export async function confirmSensitive(
  window: BrowserWindow | undefined,
  path: string,
  more: number,
): Promise<boolean> {
  return confirm(window, {
    type: 'warning',
    title: text('dialog.sensitive.title'),
    message: text('dialog.sensitive.message', { path, more }),
    detail: text('dialog.sensitive.detail'),
    buttons: [text('dialog.sensitive.cancel'), text('dialog.sensitive.send')],
  });
}

/** Asks before saved keys are sent to another server or proxy, or are trusted to another certificate. */
export async function confirmRecipients(
  window: BrowserWindow | undefined,
  { destination, recipients }: RecipientQuestion,
): Promise<boolean> {
  return confirm(window, {
    type: 'warning',
    title: text('dialog.recipients.title'),
    message: text('dialog.recipients.message', { destination }),
    detail: [...recipients.map(describeRecipient), text('dialog.recipients.detail')].join('\n'),
    buttons: [text('dialog.recipients.cancel'), text('dialog.recipients.send')],
  });
}

/** Asks before the program of an AWS profile starts. Shows the command line and the file that contains it. */
export async function confirmProgram(
  window: BrowserWindow | undefined,
  { commandLine, profile, file, destination }: ProgramQuestion,
): Promise<boolean> {
  return confirm(window, {
    type: 'warning',
    title: text('dialog.program.title'),
    message: text('dialog.program.message', { profile, file, destination }),
    detail: [describeProgram(commandLine), '', text('dialog.program.detail')].join('\n'),
    buttons: [text('dialog.program.cancel'), text('dialog.program.allow')],
  });
}

/** Asks before Hoist reads dropped folders: a page can't prove that the user dropped a folder. */
export async function confirmFolders(window: BrowserWindow | undefined, paths: string[]): Promise<boolean> {
  const shown = paths.slice(0, maxShownFolders).join('\n');
  return confirm(window, {
    type: 'question',
    title: text('dialog.folders.title', { count: paths.length }),
    message: text('dialog.folders.message', { count: paths.length }),
    detail: paths.length > maxShownFolders ? `${shown}\n…` : shown,
    buttons: [text('dialog.folders.cancel'), text('dialog.folders.add')],
  });
}
const maxShownFolders = 10;

/** Asks before uploading many files or bytes. `destination`: its name. */
export async function confirmMany(
  window: BrowserWindow | undefined,
  { files, bytes, destination }: { files: number; bytes: number; destination: string },
): Promise<boolean> {
  return confirm(window, {
    type: 'question',
    title: text('dialog.many.title', { count: files }),
    message: text('dialog.many.message', { count: files, size: formatBytes(bytes), destination }),
    detail: text('dialog.many.detail'),
    buttons: [text('dialog.many.cancel'), text('dialog.many.send')],
  });
}

async function confirm(window: BrowserWindow | undefined, options: Electron.MessageBoxOptions): Promise<boolean> {
  const safe = { ...options, defaultId: 0, cancelId: 0, noLink: true };
  const { response } = await (window ? dialog.showMessageBox(window, safe) : dialog.showMessageBox(safe));
  return response === 1;
}
