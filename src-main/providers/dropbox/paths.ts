/** A path as Dropbox takes it. What its sync client cannot put on a disk, or passes over in silence, gets another name. */

/** Ignored on every computer (https://help.dropbox.com/sync/ignored-files); there they would be missing. */
const ignoredNames = /^(desktop\.ini|thumbs\.db|\.ds_store|icon\r|\.dropbox|\.dropbox\.attr)$/i;

/** @param key segments with slashes between them, none of them empty or dots alone */
export const toDropboxPath = (key: string): string => `/${key.split('/').map(sanitizeName).join('/')}`;

function sanitizeName(name: string): string {
  const clean = name.replace(/[\p{Cc}\\]/gu, '_').replace(/[ .]+$/u, (end) => '_'.repeat(end.length));
  return ignoredNames.test(clean) ? `_${clean}` : clean;
}

/** '' when it lies at the top. */
export const parentPath = (path: string): string => path.slice(0, path.lastIndexOf('/'));
