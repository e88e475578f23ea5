/**
 * The exact bytes of a command's arguments. Node decodes them and replaces bytes that are not valid UTF-8, so that
 * several file names have the same text. An exact argument carries each byte ≥ 0x80 as a lone surrogate
 * (U+DC80–U+DCFF, as in Python's PEP 383), which no decoded text contains.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { systemCodeOf } from './file-errors.ts';
import { mayBeRaw } from './raw-path.ts';

const escapedByte = /[\uDC80-\uDCFF]/g;
/** The difference between a lone surrogate and the byte that it stands for. */
const escapeOffset = 0xdc00;

/** Whether a text is an exact argument with at least one byte ≥ 0x80. */
export const isExact = (text: string): boolean => text.search(escapedByte) !== -1;

/** The exact argument for these bytes. */
export const escapeBytes = (bytes: Buffer): string =>
  bytes
    .toString('latin1')
    .replace(/[\u0080-\u00FF]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) + escapeOffset));

/** The bytes of an exact argument or of any other text. */
export const bytesOf = (text: string): Buffer =>
  isExact(text)
    ? Buffer.from(
        text.replace(escapedByte, (escaped) => String.fromCharCode(escaped.charCodeAt(0) - escapeOffset)),
        'latin1',
      )
    : Buffer.from(text);

/** The text that Node shows for an exact argument. */
export const textOf = (text: string): string => (isExact(text) ? bytesOf(text).toString() : text);

/**
 * Replaces every argument that has replacement characters by its exact argument. Returns the arguments unchanged if the
 * command line of this process can't be read, and on other systems than Linux, where arguments are valid text.
 * @param args all arguments of this process after `--`
 */
export function exactArguments(args: readonly string[], readCommandLine = commandLineOfProcess): string[] {
  if (process.platform !== 'linux' || !args.some(mayBeRaw)) return [...args];
  const commandLine = readCommandLine().replace(/\0$/, '');
  // Chromium may replace the command line by a title, in which spaces separate the arguments.
  const raw = splitArguments(commandLine, '\0', args) ?? splitArguments(commandLine.replace(/\0+$/, ''), ' ', args);
  return args.map((argument, index) => (raw && mayBeRaw(argument) ? escapeBytes(raw[index]!) : argument));
}

/** @returns the bytes of each argument; undefined unless `commandLine` ends with `--` and exactly these arguments */
function splitArguments(commandLine: string, separator: string, args: readonly string[]): Buffer[] | undefined {
  // An argument that contains the separator is several words of the command line.
  const wordCounts = args.map((argument) => argument.split(separator).length);
  const count = wordCounts.reduce((sum, words) => sum + words, 0);
  const words = commandLine.split(separator).slice(-count - 1);
  if (words.shift() !== '--') return undefined;
  const raw = wordCounts.map((length) => Buffer.from(words.splice(0, length).join(separator), 'latin1'));
  return raw.every((bytes, index) => bytes.toString() === args[index]) ? raw : undefined;
}

/** The command line, one character per byte (Latin-1). A zero byte ends each argument. */
const commandLineOfProcess = (): string => readIfPossible(() => readFileSync('/proc/self/cmdline', 'latin1')) ?? '';

/** Makes the path of the working folder exact if it has replacement characters. */
export function exactWorkingFolder(folder: string): string {
  if (process.platform !== 'linux' || !mayBeRaw(folder)) return folder;
  const bytes = readIfPossible(() => readlinkSync('/proc/self/cwd', { encoding: 'buffer' }));
  return bytes?.toString() === folder ? escapeBytes(bytes) : folder;
}

/** Returns undefined if a file of /proc can't be read: /proc may not be mounted. */
function readIfPossible<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    return undefined;
  }
}
