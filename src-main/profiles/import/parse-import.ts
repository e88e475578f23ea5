/**
 * Parses a file of another program. Detects the format from the content, because users rename and copy files. Never
 * throws.
 */
import { gunzipSync } from 'node:zlib';
import { isDestinationsFile, parseDestinations } from '../export-destinations.ts';
import { isAwsProfiles, parseAwsProfiles } from './aws-profiles.ts';
import { unusableFile, type ParsedImport } from './parsed-import.ts';
import { decodeText } from '../../platform/decode-text.ts';
import { parseIni } from '../../platform/ini.ts';
import { isEncryptedRcloneConfig, isRcloneConfig } from '../../providers/s3/rclone-config.ts';
import { isEntry, isPicGo, parsePicGo } from './picgo.ts';
import { isPicGoHistory, parsePicGoHistory } from './picgo-history.ts';
import { parseRclone } from './rclone.ts';
import { isS3cfg, parseS3cfg } from './s3cfg.ts';

/** The largest size of a file in bytes, also after decompression. A PicGo album of 100,000 links has a third of it. */
export const maxImportBytes = 64 * 1024 * 1024;

export interface ImportFile {
  /** Without its folder. */
  name: string;
  bytes: Uint8Array;
  /** 'own': the path from which its program reads the file, so Hoist can refer to the file. */
  location: 'own' | 'elsewhere';
  /** The program that the file belongs to, if its folder shows it. */
  from?: string;
}

export function parseImport({ name, bytes, location, from = programFromFileName(name) }: ImportFile): ParsedImport {
  const text = readText(bytes);
  if (text === undefined) return unusableFile(name, 'unreadable');
  // JSON starts with `{` or `[`. An INI section also starts with `[`, but then a name without quotes follows.
  if (/^\ufeff?\s*[{[]\s*["{}\]]/.test(text.slice(0, 1000))) return parseJson(text, name, from);
  if (isEncryptedRcloneConfig(text)) return unusableFile(name, 'encrypted');
  const sections = parseIni(text);
  if (isRcloneConfig(sections)) return parseRclone(text, name);
  if (isS3cfg(sections)) return parseS3cfg(text, name);
  return isAwsProfiles(sections) ? parseAwsProfiles(text, location) : unusableFile(name, 'unreadable');
}

function parseJson(text: string, name: string, from: string): ParsedImport {
  const file = tryParseJson(text);
  if (!isEntry(file)) return unusableFile(name, 'unreadable');
  if (isDestinationsFile(file)) return parseDestinations(file);
  if (isPicGoHistory(file)) return parsePicGoHistory(file, from);
  return isPicGo(file) ? parsePicGo(file, from) : unusableFile(name, 'unreadable');
}

/** The files of PicGo and PicList have the same format and differ only in their names. */
const programFromFileName = (name: string): string => (/piclist/i.test(name) ? 'PicList' : 'PicGo');

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return undefined;
  }
}

/** Undefined for a file that is not text. PicGo and PicList compress their albums. */
function readText(bytes: Uint8Array): string | undefined {
  if (bytes.length > maxImportBytes) return undefined;
  const unpacked = bytes[0] === 0x1f && bytes[1] === 0x8b ? tryGunzip(bytes) : bytes;
  if (!unpacked) return undefined;
  const text = decodeText(unpacked);
  return text.includes('\0') || text.includes('\ufffd') ? undefined : text;
}

function tryGunzip(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxImportBytes });
  } catch (cause) {
    // The file is damaged, or too large after decompression.
    if (!(cause instanceof Error)) throw cause;
    return undefined;
  }
}
