/**
 * How files are named where they go: `{date:yyyy/MM/dd}/{random:16}/{name}`. What is in braces is filled in for each file,
 * the rest stays as it is. Pure, so that the form's preview and the upload itself are the same code. docs/names.md says what
 * each part means.
 */
import type { AppError } from './errors.ts';
import { byteLength, cleanName, maxNameBytes, nameParts, shortened } from './safe-name.ts';

export const usualTemplate = '{date:yyyy/MM/dd}/{random:16}/{name}';

const parts = ['date', 'time', 'name', 'stem', 'ext', 'hash', 'random', 'uuid', 'profile', 'folder'] as const;
type Part = (typeof parts)[number];

type Piece =
  | { part: 'text'; text: string }
  | { part: 'date' | 'time'; format: DateToken[] }
  | { part: 'hash' | 'random'; count: number }
  | { part: Exclude<Part, 'date' | 'time' | 'hash' | 'random'> };

export interface Template {
  pieces: readonly Piece[];
}

/** What is wrong with a template: `at` and `length` say where, in UTF-16 units; `what` is that part as it may be shown. */
export interface TemplateProblem {
  why: ProblemKind;
  at: number;
  length: number;
  what: string;
}

/** The words that the sentence of `invalid-input` knows (text/en.ts). */
export type ProblemKind =
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
 * - `pattern`: for every file of a destination, so something in it has to tell files apart
 * - `place`: for files that are given now
 * - `name`: for the last part of a place alone
 */
export type TemplateUse = 'pattern' | 'place' | 'name';

export type Parsed = { template: Template; problem?: undefined } | { problem: TemplateProblem; template?: undefined };

export function parseTemplate(text: string, use: TemplateUse = 'pattern'): Parsed {
  const pieces: Piece[] = [];
  for (let at = 0; at < text.length;) {
    const next = readPiece(text, at, use);
    if ('problem' in next) return next;
    add(pieces, next.piece);
    at += next.length;
  }
  const problem = wrongAsAWhole(text, pieces, use);
  return problem ? { problem } : { template: { pieces } };
}

/** The error that a form or a command shows for it, in its own words. */
export const errorOfTemplate = ({ why, what }: TemplateProblem, field: string): AppError => ({
  code: 'invalid-input',
  field,
  params: { why, names: what },
});

// ---------------------------------------------------------------- reading a template

type Read = { piece: Piece; length: number } | { problem: TemplateProblem };

const wrong = (why: ProblemKind, at: number, length: number, what = ''): { problem: TemplateProblem } => ({
  problem: { why, at, length, what },
});

function readPiece(text: string, at: number, use: TemplateUse): Read {
  const two = text.slice(at, at + 2);
  // As in many languages: a brace that is meant is written twice.
  if (two === '{{' || two === '}}') return { piece: { part: 'text', text: two[0]! }, length: 2 };
  if (text[at] === '{') return readField(text, at);
  if (text[at] === '}') return wrong('nameClosed', at, 1);
  const [literal = ''] = /^[^{}]+/.exec(text.slice(at)) ?? [];
  // A name may be what another program calls a file; whatever it holds is made safe when it is filled in.
  const bad = use === 'name' ? null : /[\p{Cc}\\\u2028\u2029]|\p{Bidi_Control}/u.exec(literal);
  if (bad) return wrong('nameCharacter', at + bad.index, bad[0].length);
  return { piece: { part: 'text', text: literal }, length: literal.length };
}

function readField(text: string, at: number): Read {
  const end = text.indexOf('}', at);
  if (end === -1) return wrong('nameOpen', at, text.length - at);
  const length = end + 1 - at;
  const [name = '', ...rest] = text.slice(at + 1, end).split(':');
  const argument = rest.length === 0 ? undefined : rest.join(':');
  const part = parts.find((one) => one === name);
  if (!part) return wrong('nameUnknown', at, length, shown(name));
  const piece = pieceOf(part, argument);
  return typeof piece === 'string' ? wrong(piece, at, length, shown(name)) : { piece, length };
}

/** What was typed by mistake may be anything: only what looks like a word is repeated. */
const shown = (name: string): string => (/^[a-z]{1,20}$/i.test(name) ? `{${name}}` : '{…}');

const usualCounts = { hash: 8, random: 16 };
const mostCharacters = 64;

function pieceOf(part: Part, argument: string | undefined): Piece | ProblemKind {
  switch (part) {
    case 'date':
      return dated(part, argument ?? 'yyyy-MM-dd');
    case 'time':
      return dated(part, argument ?? 'HHmmss');
    case 'hash':
    case 'random': {
      const count = argument === undefined ? usualCounts[part] : Number(argument);
      return /^\d{1,2}$/.test(argument ?? '1') && count >= 1 && count <= mostCharacters ? { part, count } : 'nameCount';
    }
    default:
      return argument === undefined ? { part } : 'nameFormat';
  }
}

function dated(part: 'date' | 'time', argument: string): Piece | ProblemKind {
  const format = argument
    .match(/([A-Za-z])\1*|[^A-Za-z]+/g)
    ?.map((run) => dateTokens[run] ?? (/^[A-Za-z]|[\p{Cc}\\]/u.test(run) ? undefined : { literal: run }));
  return format && !format.includes(undefined) ? { part, format: format as DateToken[] } : 'nameFormat';
}

/** `{stem}.{ext}` is what most people write, and an extension brings its dot. */
function add(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (piece.part === 'ext' && last?.part === 'text' && last.text.endsWith('.')) last.text = last.text.slice(0, -1);
  if (piece.part === 'text' && last?.part === 'text') last.text += piece.text;
  else pieces.push(piece);
}

/** Parts that are another one for each file, mostly. */
const telling: readonly Piece['part'][] = ['name', 'stem', 'hash', 'random', 'uuid', 'time'];

/** What stays when every name is cut as short as it can be, in bytes: with the longest prefix and a place in a folder a key takes 1024. */
const mostFixedBytes = 230;
const shortestName = 24;

function wrongAsAWhole(text: string, pieces: readonly Piece[], use: TemplateUse): TemplateProblem | undefined {
  const all = (why: ProblemKind): TemplateProblem => ({ why, at: 0, length: text.length, what: '' });
  const literal = pieces.map(literalOf).join('');
  const dots = /(^|\/)\.{1,2}(?=\/|$)/.exec(literal);
  if (dots) return { why: 'nameDots', at: Math.max(0, text.indexOf(dots[0])), length: dots[0].length, what: '' };
  if (/^[\s/]*$/.test(literal)) return all('nameEmpty');
  if (use === 'name' && literal.includes('/')) return { why: 'nameSlash', at: text.indexOf('/'), length: 1, what: '' };
  if (use === 'pattern' && !pieces.some(({ part }) => telling.includes(part))) return all('nameSame');
  return pieces.reduce((sum, piece) => sum + fixedBytes(piece), 0) > mostFixedBytes ? all('nameLong') : undefined;
}

/** What is filled in stands as a character that no template has. */
function literalOf(piece: Piece): string {
  if (piece.part === 'text') return piece.text;
  if (piece.part !== 'date' && piece.part !== 'time') return '\u0000';
  return piece.format.map((token) => (typeof token === 'function' ? '\u0000' : token.literal)).join('');
}

function fixedBytes(piece: Piece): number {
  switch (piece.part) {
    case 'text':
      return byteLength(piece.text);
    case 'date':
    case 'time':
      return byteLength(formatted(piece.format, new Date(0)));
    case 'hash':
    case 'random':
      return piece.count;
    case 'uuid':
      return 36;
    default:
      return shortestName;
  }
}

// ---------------------------------------------------------------- what a template is about

/** 96 bits; nobody else can have the same by chance, and nobody can guess it. */
const uniqueCharacters = 16;
/** Enough for another try to be another name. */
const freshCharacters = 4;

/** Whether nobody else's file can have the same name. */
export const isUnique = ({ pieces }: Template): boolean =>
  pieces.some((piece) => piece.part === 'uuid' || (piece.part === 'random' && piece.count >= uniqueCharacters));

/** Whether it gives another name each time. */
export const isFresh = ({ pieces }: Template): boolean =>
  pieces.some((piece) => piece.part === 'uuid' || (piece.part === 'random' && piece.count >= freshCharacters));

export const usesHash = ({ pieces }: Template): boolean => pieces.some(({ part }) => part === 'hash');

// ---------------------------------------------------------------- filling it in

export interface NameFacts {
  /** The file's name, or that of a folder that goes as a whole. */
  name: string;
  kind: 'file' | 'folder';
  /** ms since 1970; shown as the computer's own time */
  at: number;
  /** Of the destination. */
  profile: string;
  /** The name of the folder that it lies in, or ''. */
  folder: string;
  /** Characters of `[A-Za-z0-9_-]`. */
  random(count: number): string;
  uuid(): string;
  /** 64 hexadecimal digits; asked for when {@link usesHash} */
  hash: string;
}

/** S3's limit for a key. */
export const maxKeyBytes = 1024;

/** Every name is cut to so many bytes, the first number with which the whole is short enough. */
const nameLengths = [maxNameBytes, 200, 160, 128, 96, 64, 48, 32, shortestName];

/**
 * @param ending what goes before the extension, so that it is another name
 * @returns segments with slashes between them: none of them empty or of dots alone, none over 255 bytes, all together at
 * most `maxBytes` where that is at least 240
 */
export function fillTemplate(
  { pieces }: Template,
  facts: NameFacts,
  { ending = '', maxBytes = maxKeyBytes }: { ending?: string; maxBytes?: number } = {},
): string {
  const values = pieces.map((piece) => ({ piece, value: valueOf(piece, facts) }));
  let path = '';
  for (const longest of nameLengths) {
    const whole = values.map(({ piece, value }) => (isName(piece) ? shortened(value, longest) : value)).join('');
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
  const { stem, extension } = nameParts(segments.at(-1) ?? '');
  return [...segments.slice(0, -1), `${stem}${ending}${extension}`];
}

const isName = ({ part }: Piece): boolean =>
  part === 'name' || part === 'stem' || part === 'ext' || part === 'profile' || part === 'folder';

function valueOf(piece: Piece, facts: NameFacts): string {
  switch (piece.part) {
    case 'text':
      return piece.text;
    case 'date':
    case 'time':
      return formatted(piece.format, new Date(facts.at));
    case 'hash':
      return facts.hash.slice(0, piece.count);
    case 'random':
      return facts.random(piece.count);
    case 'uuid':
      return facts.uuid();
    case 'profile':
      return oneSegment(facts.profile);
    case 'folder':
      return oneSegment(facts.folder);
    default:
      return ofFile(piece.part, facts);
  }
}

function ofFile(part: 'name' | 'stem' | 'ext', { name, kind }: NameFacts): string {
  const clean = cleanName(name);
  if (part === 'name') return clean;
  const { stem, extension } = kind === 'folder' ? { stem: clean, extension: '' } : nameParts(clean);
  return part === 'stem' ? stem : extension;
}

const oneSegment = (name: string): string => (name.trim() === '' ? '' : cleanName(name));

// ---------------------------------------------------------------- dates

type DateToken = ((date: Date) => string) | { literal: string };

const digits =
  (count: number, of: (date: Date) => number) =>
  (date: Date): string =>
    String(of(date)).padStart(count, '0');
const year = (date: Date): number => date.getFullYear();
const month = (date: Date): number => date.getMonth() + 1;
const day = (date: Date): number => date.getDate();
const shortYear = (date: Date): string => String(year(date) % 100).padStart(2, '0');

/** Also in the capitals that other programs ask for. */
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

const formatted = (format: readonly DateToken[], date: Date): string =>
  format.map((token) => (typeof token === 'function' ? token(date) : token.literal)).join('');

// ---------------------------------------------------------------- the preview

export interface Sample {
  name?: string;
  folder?: string;
  profile?: string;
  /** ms since 1970 */ at: number;
}

/** What a template makes of a file that might be sent; what is random or a sum stands for what it will be. */
export function previewName(
  text: string,
  { name = 'holiday photo.jpg', folder = 'Pictures', profile = '', at }: Sample,
): { path: string; problem?: undefined } | { problem: TemplateProblem; path?: undefined } {
  const { template, problem } = parseTemplate(text.trim() === '' ? usualTemplate : text);
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
