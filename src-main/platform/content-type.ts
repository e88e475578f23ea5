/**
 * The content type of a file: by its extension, and by its content where the extension is ambiguous or unknown. For
 * example, `.ts` is TypeScript or a video. Text gets the type `text/plain`, so that a browser shows it instead of
 * downloading it.
 */
import mime from 'mime';

const unknownType = 'application/octet-stream';
const textType = 'text/plain';

/** Content type by file extension, as a web server determines it. */
export const contentTypeOf = (name: string): string => mime.getType(name) ?? unknownType;

/**
 * Types outside of text/ that a file keeps although its content may be text: browsers and other programs need the exact
 * type.
 */
const exactTypes = anyOf([
  /application\/(?:json|javascript|ecmascript|manifest\+json|pdf|postscript|rtf|sql|toml|yaml|wasm|.+\+json)/,
  /application\/vnd\.apple\.mpegurl/,
  /(?:image|audio|font|model)\/.+/,
]);
const xmlTypes = /^application\/(?:xml|.+\+xml)$/;

/** Binary formats whose extension no text format uses. `video/mp2t` has `.ts`, which is also TypeScript. */
const binaryTypes = anyOf([
  /video\/(?!mp2t).+/,
  /application\/(?:zip|gzip|x-tar|x-7z-compressed|x-bzip2?|vnd\.rar|java-archive|epub\+zip)/,
  /application\/(?:msword|vnd\.openxmlformats-.+|vnd\.ms-.+|vnd\.oasis\..+)/,
]);

/** Whether the content has to be read to know the type. */
export const needsContent = (name: string): boolean => {
  const type = contentTypeOf(name);
  return !type.startsWith('text/') && !exactTypes.test(type) && !binaryTypes.test(type);
};

/** The number of bytes at each end of a file that decide its type. */
export const sampleBytes = 4096;

/**
 * @param head the first bytes of the file, at most {@link sampleBytes}
 * @param tail the last bytes of a longer file
 */
export function contentTypeFor(name: string, head: Uint8Array, tail: Uint8Array = new Uint8Array()): string {
  const type = contentTypeOf(name);
  if (!needsContent(name)) return type;
  const isText = looksLikeText(head, tail);
  if (xmlTypes.test(type)) return isText && !startsWithMarkup(head) ? textType : type;
  if (isText) return textType;
  return type === unknownType ? (signatureType(head) ?? type) : type;
}

/** The type of a file with a new name. The type of the content stays if the new name is ambiguous. */
export function contentTypeAfterRename(name: string, previousType: string): string {
  const type = contentTypeOf(name);
  if (type === unknownType) return previousType;
  return needsContent(name) && previousType.startsWith('text/') ? textType : type;
}

function looksLikeText(head: Uint8Array, tail: Uint8Array): boolean {
  const hasUtf16Mark = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (hasUtf16Mark) return true;
  // The tail may begin within a character: skip the continuation bytes, which are 10xxxxxx in binary.
  const start = tail.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return isUtf8Text(head) && isUtf8Text(tail.subarray(Math.max(0, start)));
}

function isUtf8Text(bytes: Uint8Array): boolean {
  // Control characters that text doesn't contain. Tabs, line breaks, backspace and escape are allowed.
  // eslint-disable-next-line no-control-regex
  const controls = /[\u0000-\u0007\u000e-\u001a\u001c-\u001f]/;
  try {
    // The end may be within a character.
    return !controls.test(new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true }));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    return false;
  }
}

const startsWithMarkup = (head: Uint8Array): boolean =>
  /^[\ufeff\s]*</.test(new TextDecoder().decode(head.subarray(0, 64)));

/** The formats that people store without an extension and that browsers show. */
const signatures: readonly [type: string, bytes: readonly number[]][] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
];

const signatureType = (head: Uint8Array): string | undefined =>
  signatures.find(([, bytes]) => bytes.every((byte, index) => head[index] === byte))?.[0];

/** Returns a pattern for content types that one of `patterns` matches from beginning to end. */
function anyOf(patterns: RegExp[]): RegExp {
  return new RegExp(`^(?:${patterns.map(({ source }) => source).join('|')})$`);
}
