/**
 * Templates for the names of stored files: `{date:yyyy/MM/dd}/{random:16}/{name}`. Parts in braces are filled in for
 * each file; the rest is literal. Pure, so the form's preview and the upload run the same code. docs/names.md explains
 * each part.
 */
import type { AppError } from './errors.ts';
import { byteLength, cleanName, maxNameBytes, splitExtension, truncateName } from './safe-name.ts';

export const defaultTemplate = '{date:yyyy/MM/dd}/{random:16}/{name}';

const placeholders = ['date', 'time', 'name', 'stem', 'ext', 'hash', 'random', 'uuid', 'profile', 'folder'] as const;
type Placeholder = (typeof placeholders)[number];

type TemplateToken =
  | { part: 'text'; text: string }
  | { part: 'date' | 'time'; format: DateToken[] }
  | { part: 'hash' | 'random'; count: number }
  | { part: Exclude<Placeholder, 'date' | 'time' | 'hash' | 'random'> };

export interface Template {
  tokens: readonly TemplateToken[];
}

/** A problem of a template: its position (`at`, `length`, in UTF-16 units) and `what`, the displayable part. */
export interface TemplateProblem {
  why: ProblemKind;
  at: number;
  length: number;
  what: string;
}

/** Kinds of problems. Each has a sentence in text/en/errors-form.ts: `error.invalid-input.KIND.what`. */
type ProblemKind =
  | 'nameUnknown'
  | 'nameOpen'
  | 'nameClosed'
  | 'nameFormat'
  | 'nameCount'
  | 'nameDots'
  | 'nameCharacter'
  | 'nameSame'
  | 'nameLong'
  | 'nameEmpty'
  | 'nameSlash';

/**
 * Where a template is used, which decides what it must contain:
 *
 * - `pattern`: the setting of a destination, for all its files, so it must contain a part that differs between files
 * - `key`: the whole key of the files being sent now
 * - `name`: only the last segment of a key
 */
export type TemplateUse = 'pattern' | 'key' | 'name';

export type ParsedTemplate =
  | { template: Template; problem?: undefined }
  | { problem: TemplateProblem; template?: undefined };

export function parseTemplate(text: string, use: TemplateUse = 'pattern'): ParsedTemplate {
  const tokens: TemplateToken[] = [];
  for (let at = 0; at < text.length;) {
    const next = readToken(text, at, use);
    if ('problem' in next) return next;
    appendToken(tokens, next.token);
    at += next.length;
  }
  const problem = findProblem(text, tokens, use);
  return problem ? { problem } : { template: { tokens } };
}

/** The error that a form or command shows for the problem. */
export const templateError = ({ why, what }: TemplateProblem, field: string): AppError => ({
  code: 'invalid-input',
  field,
  params: { why, names: what },
});

// ---------------------------------------------------------------- reading a template

type ReadResult = { token: TemplateToken; length: number } | { problem: TemplateProblem };

const problemAt = (why: ProblemKind, at: number, length: number, what = ''): { problem: TemplateProblem } => ({
  problem: { why, at, length, what },
});

function readToken(text: string, at: number, use: TemplateUse): ReadResult {
  const pair = text.slice(at, at + 2);
  // A doubled brace stands for a literal brace.
  if (pair === '{{' || pair === '}}') return { token: { part: 'text', text: pair[0]! }, length: 2 };
  if (text[at] === '{') return readPlaceholder(text, at);
  if (text[at] === '}') return problemAt('nameClosed', at, 1);
  const [literal = ''] = /^[^{}]+/.exec(text.slice(at)) ?? [];
  // A template contains no control characters, backslashes, line separators and marks that change the text direction. A
  // file name that another program chose may contain them, and fillTemplate replaces them.
  const forbidden = use === 'name' ? null : /[\p{Cc}\\\u2028\u2029]|\p{Bidi_Control}/u.exec(literal);
  if (forbidden) return problemAt('nameCharacter', at + forbidden.index, forbidden[0].length);
  return { token: { part: 'text', text: literal }, length: literal.length };
}

function readPlaceholder(text: string, at: number): ReadResult {
  const end = text.indexOf('}', at);
  if (end === -1) return problemAt('nameOpen', at, text.length - at);
  const length = end + 1 - at;
  // The argument can contain colons itself, as in `{time:HH:mm}`.
  const [name = '', ...argumentParts] = text.slice(at + 1, end).split(':');
  const argument = argumentParts.length === 0 ? undefined : argumentParts.join(':');
  const part = placeholders.find((placeholder) => placeholder === name);
  if (!part) return problemAt('nameUnknown', at, length, displayName(name));
  const token = createToken(part, argument);
  return typeof token === 'string' ? problemAt(token, at, length, displayName(name)) : { token, length };
}

/** Shows an unknown placeholder only if it looks like a word, because mistyped text can be a secret. */
const displayName = (name: string): string => (/^[a-z]{1,20}$/i.test(name) ? `{${name}}` : '{…}');

const defaultCounts = { hash: 8, random: 16 };
/** A SHA-256 hash has 64 hexadecimal digits. */
const maxCharacters = 64;

function createToken(part: Placeholder, argument: string | undefined): TemplateToken | ProblemKind {
  switch (part) {
    case 'date':
      return createDateToken(part, argument ?? 'yyyy-MM-dd');
    case 'time':
      return createDateToken(part, argument ?? 'HHmmss');
    case 'hash':
    case 'random': {
      const digits = argument ?? String(defaultCounts[part]);
      const count = Number(digits);
      return /^\d{1,2}$/.test(digits) && count >= 1 && count <= maxCharacters ? { part, count } : 'nameCount';
    }
    default:
      return argument === undefined ? { part } : 'nameFormat';
  }
}

function createDateToken(part: 'date' | 'time', argument: string): TemplateToken | ProblemKind {
  // Splits `yyyy-MM` into `yyyy`, `-` and `MM`: repetitions of one letter, and the text between them.
  const runs = argument.match(/([A-Za-z])\1*|[^A-Za-z]+/g);
  const format = runs?.map(readDateToken);
  return format && !format.includes(undefined) ? { part, format: format as DateToken[] } : 'nameFormat';
}

/** Undefined for letters that are no date token, and for text with control characters or backslashes. */
function readDateToken(run: string): DateToken | undefined {
  const isInvalidLiteral = /^[A-Za-z]|[\p{Cc}\\]/u.test(run);
  return dateTokens[run] ?? (isInvalidLiteral ? undefined : { literal: run });
}

/** Removes the dot from `{stem}.{ext}`, which most users write, because the value of `{ext}` includes its dot. */
function appendToken(tokens: TemplateToken[], token: TemplateToken): void {
  const last = tokens.at(-1);
  if (token.part === 'ext' && last?.part === 'text' && last.text.endsWith('.')) last.text = last.text.slice(0, -1);
  if (token.part === 'text' && last?.part === 'text') last.text += token.text;
  else tokens.push(token);
}

/** Parts that usually differ between files. A template for all files of a destination needs one of them. */
const distinguishingKinds: readonly TemplateToken['part'][] = ['name', 'stem', 'hash', 'random', 'uuid', 'time'];

/** Names of files, folders and destinations are never shortened to fewer bytes than this. */
const minNameBytes = 24;
/**
 * Limit for the bytes of a filled-in template whose names all have {@link minNameBytes}. With a suffix, such a template
 * then needs at most 240 bytes. The longest folder of a destination (512 bytes) and the longest name of a file in an
 * uploaded folder (255 bytes) leave that much of the 1024 bytes of a key.
 */
const maxFixedBytes = 230;

function findProblem(text: string, tokens: readonly TemplateToken[], use: TemplateUse): TemplateProblem | undefined {
  const wholeProblem = (why: ProblemKind): TemplateProblem => ({ why, at: 0, length: text.length, what: '' });
  const literal = tokens.map(literalText).join('');
  // A segment that is `.` or `..`
  const dots = /(^|\/)\.{1,2}(?=\/|$)/.exec(literal);
  if (dots) return { why: 'nameDots', at: Math.max(0, text.indexOf(dots[0])), length: dots[0].length, what: '' };
  // Only blanks and slashes
  if (/^[\s/]*$/.test(literal)) return wholeProblem('nameEmpty');
  if (use === 'name' && literal.includes('/')) return { why: 'nameSlash', at: text.indexOf('/'), length: 1, what: '' };
  if (use === 'pattern' && !tokens.some(({ part }) => distinguishingKinds.includes(part)))
    return wholeProblem('nameSame');
  return tokens.reduce((sum, token) => sum + fixedBytes(token), 0) > maxFixedBytes
    ? wholeProblem('nameLong')
    : undefined;
}

/** The literal text of a token; a filled-in value is represented by a character that templates cannot contain. */
function literalText(token: TemplateToken): string {
  if (token.part === 'text') return token.text;
  if (token.part !== 'date' && token.part !== 'time') return '\u0000';
  return token.format.map((token) => (typeof token === 'function' ? '\u0000' : token.literal)).join('');
}

/** The bytes of a token's value; of a name, as few as it can be shortened to. */
function fixedBytes(token: TemplateToken): number {
  switch (token.part) {
    case 'text':
      return byteLength(token.text);
    case 'date':
    case 'time':
      return byteLength(formatDate(token.format, new Date(0)));
    case 'hash':
    case 'random':
      return token.count;
    case 'uuid':
      return 36;
    default:
      return minNameBytes;
  }
}

// ---------------------------------------------------------------- facts about a template

/** 96 bits: unique without coordination and impossible to guess. */
const minUniqueCharacters = 16;
/** Random characters (24 bits) that make the next name of the same file almost certainly different. */
const minFreshCharacters = 4;

/** Whether no other file can get the same name. */
export const isUnique = ({ tokens }: Template): boolean =>
  tokens.some((token) => token.part === 'uuid' || (token.part === 'random' && token.count >= minUniqueCharacters));

/** Whether the template produces a different name each time. */
export const isDifferentEachTime = ({ tokens }: Template): boolean =>
  tokens.some((token) => token.part === 'uuid' || (token.part === 'random' && token.count >= minFreshCharacters));

export const usesHash = ({ tokens }: Template): boolean => tokens.some(({ part }) => part === 'hash');

// ---------------------------------------------------------------- filling in a template

export interface TemplateValues {
  /** The name of the file, or of a folder that is sent as a whole. */
  name: string;
  kind: 'file' | 'folder';
  /** ms since 1970; formatted in local time */
  at: number;
  /** The destination's name. */
  profile: string;
  /** The name of the folder that contains the file, or ''. */
  folder: string;
  /** Returns `count` characters of `[A-Za-z0-9_-]`. */
  random(count: number): string;
  uuid(): string;
  /** 64 hexadecimal digits; needed when {@link usesHash} */
  hash: string;
}

/** S3's limit for a key. */
export const maxKeyBytes = 1024;

/** Byte limits for each name in a key, tried in this order until the whole key is short enough. */
const nameLengths = [maxNameBytes, 200, 160, 128, 96, 64, 48, 32, minNameBytes];

/**
 * @param ending suffix before the extension that makes the name different
 * @returns segments joined by slashes. No segment is empty, consists of dots or exceeds 255 bytes. The result has at
 *   most `maxBytes` bytes, if `maxBytes` is at least 240.
 */
export function fillTemplate(
  { tokens }: Template,
  facts: TemplateValues,
  { ending = '', maxBytes = maxKeyBytes }: { ending?: string; maxBytes?: number } = {},
): string {
  const values = tokens.map((token) => ({ token, value: tokenValue(token, facts) }));
  let path = '';
  for (const longest of nameLengths) {
    const whole = values.map(({ token, value }) => (isName(token) ? truncateName(value, longest) : value)).join('');
    const segments = whole
      .split('/')
      .filter((segment) => segment !== '')
      .map(cleanName);
    path = withEnding(segments.length > 0 ? segments : ['_'], ending).join('/');
    if (byteLength(path) <= maxBytes && path.split('/').every((segment) => byteLength(segment) <= maxNameBytes)) break;
  }
  return path;
}

function withEnding(segments: string[], ending: string): string[] {
  const { stem, extension } = splitExtension(segments.at(-1) ?? '');
  return [...segments.slice(0, -1), `${stem}${ending}${extension}`];
}

const isName = ({ part }: TemplateToken): boolean =>
  part === 'name' || part === 'stem' || part === 'ext' || part === 'profile' || part === 'folder';

function tokenValue(token: TemplateToken, values: TemplateValues): string {
  switch (token.part) {
    case 'text':
      return token.text;
    case 'date':
    case 'time':
      return formatDate(token.format, new Date(values.at));
    case 'hash':
      return values.hash.slice(0, token.count);
    case 'random':
      return values.random(token.count);
    case 'uuid':
      return values.uuid();
    case 'profile':
      return toSegment(values.profile);
    case 'folder':
      return toSegment(values.folder);
    default:
      return fileNamePart(token.part, values);
  }
}

function fileNamePart(part: 'name' | 'stem' | 'ext', { name, kind }: TemplateValues): string {
  const clean = cleanName(name);
  if (part === 'name') return clean;
  const { stem, extension } = kind === 'folder' ? { stem: clean, extension: '' } : splitExtension(clean);
  return part === 'stem' ? stem : extension;
}

const toSegment = (name: string): string => (name.trim() === '' ? '' : cleanName(name));

// ---------------------------------------------------------------- dates

type DateToken = ((date: Date) => string) | { literal: string };

const digits =
  (count: number, getPart: (date: Date) => number) =>
  (date: Date): string =>
    String(getPart(date)).padStart(count, '0');
const year = (date: Date): number => date.getFullYear();
const month = (date: Date): number => date.getMonth() + 1;
const day = (date: Date): number => date.getDate();
const shortYear = (date: Date): string => String(year(date) % 100).padStart(2, '0');

/** The parts of a date format. `YYYY`, `YY`, `DD` and `D` are the names that other programs use. */
const dateTokens: Readonly<Record<string, DateToken | undefined>> = {
  yyyy: digits(4, year),
  YYYY: digits(4, year),
  yy: shortYear,
  YY: shortYear,
  MM: digits(2, month),
  M: digits(1, month),
  dd: digits(2, day),
  DD: digits(2, day),
  d: digits(1, day),
  D: digits(1, day),
  HH: digits(2, (date) => date.getHours()),
  H: digits(1, (date) => date.getHours()),
  mm: digits(2, (date) => date.getMinutes()),
  ss: digits(2, (date) => date.getSeconds()),
  SSS: digits(3, (date) => date.getMilliseconds()),
};

const formatDate = (format: readonly DateToken[], date: Date): string =>
  format.map((token) => (typeof token === 'function' ? token(date) : token.literal)).join('');

// ---------------------------------------------------------------- the preview

export interface PreviewOptions {
  name?: string;
  folder?: string;
  profile?: string;
  /** The time to fill in, in ms since 1970. */
  at: number;
}

/** The name of a sample file under this template, with examples for random parts and hashes. */
export function previewName(
  text: string,
  { name = 'holiday photo.jpg', folder = 'Pictures', profile = '', at }: PreviewOptions,
): { path: string; problem?: undefined } | { problem: TemplateProblem; path?: undefined } {
  const { template, problem } = parseTemplate(text.trim() === '' ? defaultTemplate : text);
  if (problem) return { problem };
  const random = (count: number): string => 'q3Zl8s1TSz0XkhTw'.repeat(4).slice(0, count);
  return {
    path: fillTemplate(template, {
      name,
      kind: 'file',
      at,
      profile,
      folder,
      random,
      uuid: () => '8f14e45f-ceea-467f-a0e6-6a4a2c6f1d3b',
      hash: '9f86d081884c7d65'.repeat(4),
    }),
  };
}
