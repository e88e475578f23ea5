/**
 * Names that survive every step of the way: as a segment of a key in a store, in XML, in a link, and on the disk of
 * whoever gets the file.
 */

/** Bytes in UTF-8: stores on file systems allow 255 a segment. */
export const maxNameBytes = 255;

/**
 * A name as it is, but composed (NFC, as the web types it), without what splits a path, what XML cannot carry, and the
 * invisible marks that make `exe.gpj` read as `jpg.exe`. Browsers resolve `.` and `..` before they ask, so these names
 * cannot stay.
 */
export function cleanName(name: string): string {
  const clean = name
    .normalize('NFC')
    .replace(/\p{Cs}|\p{Noncharacter_Code_Point}/gu, '\uFFFD')
    .replace(/[\p{Cc}/\\\u2028\u2029]|\p{Bidi_Control}/gu, '_');
  return /^\.{0,2}$/.test(clean) ? '_'.repeat(Math.max(1, clean.length)) : clean;
}

/** A clean name of at most {@link maxNameBytes}. */
export const safeName = (name: string): string => truncateName(cleanName(name));

/** Cuts the stem, not the extension, and never inside a character. */
export function truncateName(name: string, maxBytes = maxNameBytes): string {
  if (byteLength(name) <= maxBytes) return name;
  const { stem, extension } = splitExtension(name);
  const available = maxBytes - byteLength(extension);
  return available > 0 ? truncate(stem, available) + extension : truncate(name, maxBytes);
}

function truncate(text: string, maxBytes: number): string {
  let result = '';
  let bytes = 0;
  for (const character of text) {
    bytes += byteLength(character);
    if (bytes > maxBytes) break;
    result += character;
  }
  return result;
}

/** `extension` has its dot, or is ''. What begins with a dot is no extension, nor is what is longer than 16 characters. */
export function splitExtension(name: string): { stem: string; extension: string } {
  const [, stem = name, extension = ''] = /^(.+?)(\.[^.]{1,16})?$/su.exec(name) ?? [];
  return { stem, extension };
}

/** In UTF-8. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
