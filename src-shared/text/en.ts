/**
 * Every sentence that users read, in English, by key. Each area of the app has a file in `en/`; `error.CODE.CAUSE.what`
 * says what happened, and `error.CODE.CAUSE.remedy` says what to do. An error without a sentence for its cause uses
 * `error.CODE.what` (see text.ts). `cli.` before an error key: the sentence of the command line, if it differs.
 * Sentences are in ICU message format, in sentence case, without exclamation marks.
 */
import { commandLineTexts } from './en/command-line.ts';
import { setupCommandTexts } from './en/command-line-setup.ts';
import { dropTexts } from './en/drop.ts';
import { appErrorTexts } from './en/errors-app.ts';
import { fileErrorTexts } from './en/errors-files.ts';
import { formErrorTexts } from './en/errors-form.ts';
import { networkErrorTexts } from './en/errors-network.ts';
import { signInErrorTexts } from './en/errors-sign-in.ts';
import { shellErrorTexts } from './en/errors-shell.ts';
import { storageErrorTexts } from './en/errors-storage.ts';
import { historyTexts } from './en/history.ts';
import { messageTexts } from './en/messages.ts';
import { commonFieldTexts } from './en/provider-common.ts';
import { dropboxTexts } from './en/provider-dropbox.ts';
import { falTexts } from './en/provider-fal.ts';
import { s3Texts } from './en/provider-s3.ts';
import { settingsTexts } from './en/settings.ts';
import { setupWizardTexts } from './en/setup-wizard.ts';
import { setupTexts } from './en/setup.ts';
import { systemTexts } from './en/tray-and-menu.ts';
import { uploadTexts } from './en/uploads.ts';

export const en = {
  // the window
  ...dropTexts,
  ...uploadTexts,
  ...historyTexts,
  ...messageTexts,
  ...setupTexts,
  ...setupWizardTexts,
  ...settingsTexts,
  ...systemTexts,

  // the command line
  ...commandLineTexts,
  ...setupCommandTexts,
  ...shellErrorTexts,

  // errors
  ...fileErrorTexts,
  ...networkErrorTexts,
  ...signInErrorTexts,
  ...storageErrorTexts,
  ...appErrorTexts,
  ...formErrorTexts,

  // the fields and choices of destinations
  ...commonFieldTexts,
  ...s3Texts,
  ...dropboxTexts,
  ...falTexts,
} as const satisfies Record<string, string>;
