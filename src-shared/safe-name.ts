/**
 * Names that are safe everywhere: as a segment of an object key, in XML, in a link, and on the disk of the person who
 * downloads the file.
 */

/** Maximum length of a segment in UTF-8 bytes. Stores that use a file system allow no more. */
export const maxNameBytes = 255;

/**
 * The name in composed form (NFC, which browsers send), without path separators, characters that XML cannot contain,
 * and the invisible marks that make `exe.gpj` look like `jpg.exe`. The names `.` and `..` are replaced, because
 * browsers resolve them before they send a request. An empty name becomes `_`.
 */
export function cleanName(name: string): string {
  const clean = name
    .normalize('NFC')
    // Halves of surrogate pairs and code points that are never characters become the replacement character.
    .replace(/\p{Cs}|\p{Noncharacter_Code_Point}/gu, '\uFFFD')
    // Control characters, slashes, line separators and marks that change the text direction become underscores.
    .replace(/[\p{Cc}/\\\u2028\u2029]|\p{Bidi_Control}/gu, '_');
  // An empty name, `.` or `..`
  return /^\.{0,2}$/.test(clean) ? '_'.repeat(Math.max(1, clean.length)) : clean;
}

/** A safe name of at most {@link maxNameBytes}. */
export const safeName = (name: string): string => truncateName(cleanName(name));

/**
 * Shortens the part before the extension, and the extension only if it is too long itself. Never splits a character.
 */
export function truncateName(name: string, maxBytes = maxNameBytes): string {
  if (byteLength(name) <= maxBytes) return name;
  const { stem, extension } = splitExtension(name);
  // At most 0 if the extension alone is too long.
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

/**
 * `extension` includes its dot, or is ''. A leading dot starts no extension, and an extension has at most 16
 * characters.
 */
export function splitExtension(name: string): { stem: string; extension: string } {
  const [, stem = name, extension = ''] = /^(.+?)(\.[^.]{1,16})?$/su.exec(name) ?? [];
  return { stem, extension };
}

/** The number of bytes in UTF-8. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += bytesOf(code);
  }
  return bytes;
}

/** The length of a code point in UTF-8. */
function bytesOf(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
