/**
 * A pattern for a text in every spelling in which programs pass it on: as it is, in a URL, in JSON (also JSON within
 * JSON), in XML, and any mixture of them. Libraries differ in what they encode, so it goes character by character.
 */

const escapeForPattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);

const jsonLetters: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f' };
const entities: Readonly<Record<string, string>> = { '"': 'quot', '&': 'amp', '<': 'lt', '>': 'gt', "'": 'apos' };
const hex = (value: number): string => value.toString(16);

function spellings(character: string): string[] {
  const code = character.codePointAt(0) ?? 0;
  const percent = [...Buffer.from(character)].map((byte) => `%(?:25)*${hex(byte).padStart(2, '0')}`).join('');
  const units = Array.from({ length: character.length }, (_, index) => String.raw`\\{1,8}u${hex(character.charCodeAt(index)).padStart(4, '0')}`).join('');
  const found = [escapeForPattern(character), percent, units, `&#(?:0*${code}|x0*${hex(code)});`];
  const letter = jsonLetters[character];
  const entity = entities[character];
  if (letter) found.push(String.raw`\\{1,8}${letter}`);
  if (entity) found.push(`&${entity};`);
  if (character === '"' || character === "'" || character === '/') found.push(String.raw`\\{1,8}${character}`);
  if (character === ' ') found.push(String.raw`\+`);
  if (character === '+') found.push('-');
  if (character === '/') found.push('_');
  return found;
}

/** @returns the source of a pattern for the flags `i` and `u` */
export function anySpelling(text: string): string {
  // A run of backslashes in one go: each may stand for several, and one by one the possibilities would multiply.
  return [...text.matchAll(/\\+|[^\\]/gu)].map(([part]) => (part.startsWith('\\')
    ? `(?:${String.raw`\\`}{${part.length},${part.length * 8}}|(?:%(?:25)*5c){${part.length},${part.length * 8}}|(?:${String.raw`\\{1,8}u005c`}){${part.length}})`
    : `(?:${spellings(part).join('|')})`)).join('');
}
