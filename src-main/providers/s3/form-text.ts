/** Cleans the text that users type or paste into the form. */

/** Removes quotes, blanks and line breaks around a text. Returns undefined when nothing is left. */
export function cleanText(typed: string | undefined): string | undefined {
  const trimmed = typed
    ?.trim()
    .replace(/^(["'])(.*)\1$/s, '$2')
    .trim();
  return trimmed === '' ? undefined : trimmed;
}

/**
 * Removes blanks, line breaks and invisible characters. Keys contain none of them, but a terminal or a mail program may
 * have inserted some.
 */
export const cleanKey = (typed: string | undefined): string | undefined =>
  cleanText(typed?.replace(/[\s\u200b\ufeff]+/g, ''));

/** JSON writes the `/` of a secret as `\/`. No secret contains a backslash. */
export const cleanSecret = (typed: string | undefined): string | undefined => cleanKey(typed)?.replaceAll('\\/', '/');

/** Parses a yes-or-no value. Returns undefined when the text is empty. */
export function parseToggle(typed: string | undefined): boolean | undefined {
  const normalized = cleanText(typed)?.toLowerCase();
  return normalized === undefined ? undefined : ['true', '1', 'yes', 'on'].includes(normalized);
}
