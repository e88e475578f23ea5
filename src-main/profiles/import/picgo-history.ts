/**
 * The album of PicGo (`picgo.db`) or PicList (`piclist.db`), with the links that the program created. An entry may
 * contain the settings and keys of an uploader; Hoist reads only its name, link and time.
 */
import { createHash } from 'node:crypto';
import { sanitizeName } from '../../platform/foreign-values.ts';
import { emptyImport, type ImportedLink, type ParsedImport } from './parsed-import.ts';
import { isEntry } from './picgo.ts';

export const isPicGoHistory = (file: Record<string, unknown>): boolean => Array.isArray(file['gallery']);

/** Longer URLs are data URLs of images that were never uploaded. */
const maxUrlLength = 4096;

/** @param from the program's name as users know it */
export function parsePicGoHistory(file: Record<string, unknown>, from: string): ParsedImport {
  const parsed = emptyImport();
  const gallery = Array.isArray(file['gallery']) ? file['gallery'] : [];
  for (const entry of gallery) {
    const link = isEntry(entry) ? parseLink(entry, from) : undefined;
    if (link) parsed.links.push(link);
    else
      parsed.skipped.push({
        name: sanitizeName(isEntry(entry) && typeof entry['fileName'] === 'string' ? entry['fileName'] : from),
        because: 'unusable',
      });
  }
  return parsed;
}

function parseLink(entry: Record<string, unknown>, from: string): ImportedLink | undefined {
  const url = [entry['imgUrl'], entry['url']].find(isLink);
  if (url === undefined) return undefined;
  const at = parseTime(entry['createdAt']) ?? parseTime(entry['updatedAt']) ?? 0;
  const id = typeof entry['id'] === 'string' ? entry['id'] : '';
  return {
    key: createHash('sha256')
      .update(JSON.stringify([id, url]))
      .digest('base64url')
      .slice(0, 32),
    name: linkName(entry, url),
    url,
    at,
    from,
  };
}

function isLink(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > maxUrlLength || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username + password === '' && !/[\p{Cc}\s]/u.test(value);
}

function linkName(entry: Record<string, unknown>, url: string): string {
  const fileName = typeof entry['fileName'] === 'string' ? entry['fileName'] : '';
  return (
    sanitizeName(fileName.split(/[/\\]/).at(-1) ?? '') ||
    sanitizeName(tryDecode(new URL(url).pathname.split('/').at(-1) ?? '')) ||
    sanitizeName(new URL(url).hostname)
  );
}

function tryDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    return text;
  }
}

/** A time in ms since 1970. Undefined for other values and for times from 2100 on. */
function parseTime(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 && value < 4_102_444_800_000
    ? Math.round(value)
    : undefined;
}
