/**
 * Where a file is stored: `{prefix}/{date}/{random}/{name}`. The random part makes every key new, so nothing is ever
 * overwritten and no link can be guessed; the name stays readable for whoever gets the link. Files of one folder share
 * the random part and keep their places under it.
 */
import { createHash } from 'node:crypto';
import type { FolderPlace } from '../../../src-shared/upload.ts';

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
  /** where the file is in a folder that was given as a whole */
  folder?: FolderPlace | undefined;
}

/** @returns for example `shots/2026/11/22/q3Zl8s1TSz0X_h-w/holiday.jpg` */
export function makeKey({ name, prefix, now, randomBytes, folder }: KeyParts): string {
  if (folder) return folderKey(prefix, folder);
  const random = Buffer.from(randomBytes(randomCount)).toString('base64url');
  return joined(prefix, dateOf(now), random, safeName(name));
}

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/');
const joined = (prefix: string, ...rest: string[]): string => [...(prefix === '' ? [] : [prefix]), ...rest].join('/');

// ---------------------------------------------------------------- folders

/** S3's limit for a key. */
const maxKeyBytes = 1024;
/** Of the folder's name where the whole is too long. */
const shortFolderBytes = 64;

/** The same place always has the same key, and no two places of a folder have one: files would overwrite each other. */
function folderKey(prefix: string, { name, below, token, at }: FolderPlace): string {
  const start = [dateOf(at), safeName(token)];
  const places = below.split('/').filter((segment) => segment !== '');
  const key = joined(prefix, ...start, safeName(name), ...places.map(ownName));
  if (Buffer.byteLength(key) <= maxKeyBytes) return key;
  // The way there is too long: a sum of it stands for it.
  return joined(prefix, ...start, shortened(safeName(name), shortFolderBytes), sumOf(places.join('/')), safeName(places.at(-1) ?? ''));
}

/** A name that cannot stay as it is might become that of its neighbour; what it was goes into a mark behind it. */
function ownName(name: string): string {
  const safe = safeName(name);
  if (safe === name) return safe;
  const mark = `~${sumOf(name).slice(0, 8)}`;
  const [, stem = safe, extension = ''] = nameParts(safe);
  return `${shortened(stem, maxNameBytes - Buffer.byteLength(extension) - mark.length)}${mark}${extension}`;
}

const sumOf = (text: string): string => createHash('sha256').update(text, 'utf16le').digest('base64url').slice(0, 16);

// ---------------------------------------------------------------- names

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
function shortened(name: string, maxBytes = maxNameBytes): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const [, stem = name, extension = ''] = nameParts(name);
  const room = maxBytes - Buffer.byteLength(extension);
  let kept = '';
  let bytes = 0;
  for (const character of stem) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    kept += character;
  }
  return kept + extension;
}

/** The whole, its stem, its extension. */
const nameParts = (name: string): (string | undefined)[] => /^(.+?)(\.[^.]{1,16})?$/su.exec(name) ?? [];

/** As the path of a URL, the way Signature Version 4 encodes it: everything but unreserved characters and `/`. */
export const encodeKey = (key: string): string => key.split('/').map(encodeSegment).join('/');

/** RFC 3986: unlike encodeURIComponent also `!'()*`, which some programs cut off a link. */
export const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
