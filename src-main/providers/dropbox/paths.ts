/** Turns a key into a Dropbox path. Renames segments that Dropbox's sync client cannot store or silently ignores. */

/** The sync client ignores files with these names (https://help.dropbox.com/sync/ignored-files). */
const ignoredNames = /^(desktop\.ini|thumbs\.db|\.ds_store|icon\r|\.dropbox|\.dropbox\.attr)$/i;

/** @param key segments separated by slashes, none empty and none only dots */
export const toDropboxPath = (key: string): string => `/${key.split('/').map(sanitizeName).join('/')}`;

function sanitizeName(name: string): string {
  const clean = name.replace(/[\p{Cc}\\]/gu, '_').replace(/[ .]+$/u, (end) => '_'.repeat(end.length));
  return ignoredNames.test(clean) ? `_${clean}` : clean;
}

/** '' for the top folder. */
export const parentPath = (path: string): string => path.slice(0, path.lastIndexOf('/'));
