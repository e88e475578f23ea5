/**
 * Finds a text in the encodings that programs use: plain, URL-encoded, JSON-escaped (also JSON within JSON),
 * XML-escaped, base64, hexadecimal, reversed, and combinations of them. Both texts are normalized to one form, which
 * records the position of each byte.
 */

/** A range of characters, from `from` (inclusive) to `to` (exclusive). */
export interface TextRange {
  from: number;
  to: number;
}

/** `text` has one character per UTF-8 byte. `from` and `to` give the range of the original text for each of them. */
interface NormalizedText {
  text: string;
  from: number[];
  to: number[];
}

const encodedUnits = new RegExp(
  [
    // A byte of a URL: `%2F`, or `%252F` when the URL was encoded again.
    /%(?:25)*(?<byte>[0-9a-f]{2})/,
    // A JSON escape, or two for a surrogate pair: `\u00e9`, or `\\u00e9` in JSON within JSON.
    /\\+u(?<unit>[0-9a-f]{4})(?:\\+u(?<second>d[c-f][0-9a-f]{2}))?/,
    // Other backslashes.
    /\\+/,
    // An XML entity: `&#xe9;`, `&#233;` or `&amp;`.
    /&(?:#x(?<hex>[0-9a-f]{1,6})|#(?<decimal>\d{1,7})|(?<name>quot|amp|lt|gt|apos));/,
    // Any other character.
    /[^]/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'giu',
);
const xmlEntities: Readonly<Record<string, string>> = { quot: '"', amp: '&', lt: '<', gt: '>', apos: "'" };

/**
 * Characters that encodings replace with each other are equal in the normalized form: upper and lower case; space, `+`
 * and `-`; `/` and `_`. Backslashes are removed, because repeated escaping multiplies them. A line break becomes `n`,
 * its escape letter.
 */
const equivalents: Readonly<Record<string, string>> = {
  '\\': '',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\b': 'b',
  '\f': 'f',
  ' ': '+',
  '-': '+',
  _: '/',
};
const normalizeBytes = (bytes: string): string =>
  bytes
    .replace(/[\\\n\r\t\b\f _-]/gu, (byte) => equivalents[byte] ?? byte)
    .replace(/[A-Z]/gu, (byte) => byte.toLowerCase());

/** Returns the bytes of a match of {@link encodedUnits}, one character per byte. */
function decode(unit: RegExpMatchArray): string {
  const { byte, unit: first, second, hex, decimal, name } = unit.groups ?? {};
  if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16));
  if (first !== undefined)
    return utf8(
      String.fromCharCode(Number.parseInt(first, 16), ...(second === undefined ? [] : [Number.parseInt(second, 16)])),
    );
  if (name !== undefined) return xmlEntities[name.toLowerCase()] ?? '';
  if (hex === undefined && decimal === undefined) return unit[0].startsWith('\\') ? '' : utf8(unit[0]);
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code > 0x10_ffff ? utf8(unit[0]) : utf8(String.fromCodePoint(code));
}

/** The UTF-8 bytes of a text, one character per byte. */
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

function normalizeText(text: string): NormalizedText {
  const result: NormalizedText = { text: '', from: [], to: [] };
  const parts: string[] = [];
  for (const unit of text.matchAll(encodedUnits)) {
    const bytes = normalizeBytes(decode(unit));
    parts.push(bytes);
    for (let count = 0; count < bytes.length; count++) {
      result.from.push(unit.index);
      result.to.push(unit.index + unit[0].length);
    }
  }
  result.text = parts.join('');
  return result;
}

/** The encoded forms of one text to search for. */
export interface Needle {
  /**
   * Forms to find in the original text. In the normalized text, the end of a form may be decoded together with the next
   * characters, and the form is not found: `100%` before `20` ends in the escape `%20`.
   */
  literal: readonly string[];
  /** Forms to find in the normalized text. */
  normalized: readonly string[];
}

/** Forms shorter than this, in bytes, are not searched for. */
const minLength = 4;

/** @param base64 'with-base64' also finds the base64, hexadecimal and reversed forms */
export function createNeedle(text: string, base64: 'with-base64' | 'as-text' = 'with-base64'): Needle {
  const json = (value: string) => JSON.stringify(value).slice(1, -1);
  // Replaces unpaired surrogates: encodeURIComponent throws on them.
  const wellFormed = Buffer.from(text).toString();
  const url = [
    encodeURIComponent(wellFormed),
    encodeURI(wellFormed),
    new URLSearchParams({ k: wellFormed }).toString().slice('k='.length),
  ];
  const lower = url.map((value) => value.replace(/%[0-9A-F]{2}/gu, (escape) => escape.toLowerCase()));
  const literal = [text, json(text), json(json(text)), ...url, ...lower, ...url.map(encodeURIComponent)];
  const reversed = Array.from(wellFormed).reverse().join('');
  // Both decoded and unchanged: the text itself may look encoded, like `%41`.
  const normalized = [
    normalizeText(text).text,
    normalizeBytes(utf8(text)),
    ...(base64 === 'with-base64'
      ? [...base64Cores(text).map(normalizeBytes), Buffer.from(text).toString('hex'), normalizeText(reversed).text]
      : []),
  ];
  return {
    literal: [...new Set(literal)],
    normalized: [...new Set(normalized)].filter((value) => value.length >= minLength),
  };
}

/**
 * The part of the base64 encoding that depends only on `text`, not on the surrounding bytes. The text may start at any
 * of the three byte positions of a base64 group; characters at the edges also hold bits of the neighbouring bytes.
 */
function base64Cores(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}

/** The ranges of all matches in order. Overlapping ranges are merged. */
export function findAll(text: string, needles: Iterable<Needle>): TextRange[] {
  const normalized = normalizeText(text);
  const found: TextRange[] = [];
  for (const needle of needles) {
    for (const literal of needle.literal)
      for (const at of occurrences(literal, text)) found.push({ from: at, to: at + literal.length });
    for (const word of needle.normalized) {
      for (const at of occurrences(word, normalized.text))
        found.push({ from: normalized.from[at] ?? 0, to: normalized.to[at + word.length - 1] ?? text.length });
    }
  }
  return mergeRanges(found);
}

function* occurrences(word: string, text: string): Generator<number> {
  if (word === '') return;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) yield at;
}

function mergeRanges(ranges: TextRange[]): TextRange[] {
  const result: TextRange[] = [];
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && from < last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}

/** Replaces every range. The ranges must be in order and must not overlap. */
export function replaceRanges(text: string, ranges: readonly TextRange[], replacement: string): string {
  let result = '';
  let at = 0;
  for (const { from, to } of ranges) {
    result += text.slice(at, from) + replacement;
    at = to;
  }
  return result + text.slice(at);
}
