/**
 * Where a file is stored: `{prefix}/{date}/{random}/{name}`. The random part makes every key new, so nothing is ever
 * overwritten and no link can be guessed; the name stays readable for whoever gets the link.
 */

/** Bytes in UTF-8: stores on file systems allow 255 a segment; S3 allows 1024 for the whole key, of which a prefix takes 512 at most. */
const maxNameBytes = 255;
/** 96 bits, as 16 characters */
const randomCount = 12;

export interface KeyParts {
  /** the file's name, whatever it holds */
  name: string;
  /** folder in the bucket without slashes at its ends; '' for none */
  prefix: string;
  /** ms since 1970 */
  now: number;
  randomBytes(count: number): Uint8Array;
}

/** @returns for example `shots/2026/11/22/q3Zl8s1TSz0X_h-w/holiday.jpg` */
export function makeKey({ name, prefix, now, randomBytes }: KeyParts): string {
  const date = new Date(now).toISOString().slice(0, 10).replaceAll('-', '/');
  const random = Buffer.from(randomBytes(randomCount)).toString('base64url');
  return [...(prefix === '' ? [] : [prefix]), date, random, safeName(name)].join('/');
}

/**
 * A name that survives every step of the way as it is: composed (NFC, as the web types it), without what splits a path,
 * what XML cannot carry, and the invisible marks that make `exe.gpj` read as `jpg.exe`. Browsers resolve `.` and `..`
 * before they ask, so these names cannot stay.
 */
export function safeName(name: string): string {
  const clean = name.normalize('NFC').replace(/\p{Cs}|\p{Noncharacter_Code_Point}/gu, '\uFFFD').replace(/[\p{Cc}/\\\u2028\u2029]|\p{Bidi_Control}/gu, '_');
  if (/^\.{0,2}$/.test(clean)) return '_'.repeat(Math.max(1, clean.length));
  return shortened(clean);
}

/** Cuts the stem, not the extension, and never inside a character. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= maxNameBytes) return name;
  const [, stem = name, extension = ''] = /^(.+?)(\.[^.]{1,16})?$/su.exec(name) ?? [];
  const room = maxNameBytes - Buffer.byteLength(extension);
  let kept = '';
  let bytes = 0;
  for (const character of stem) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    kept += character;
  }
  return kept + extension;
}

/** As the path of a URL, the way Signature Version 4 encodes it: everything but unreserved characters and `/`. */
export const encodeKey = (key: string): string => key.split('/').map(encodeSegment).join('/');

/** RFC 3986: unlike encodeURIComponent also `!'()*`, which some programs cut off a link. */
export const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
