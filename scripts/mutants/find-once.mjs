// Finds an expression in a source file without regard to whitespace and trailing commas, so that formatting the file
// does not break a mutant.

/**
 * Where `find` occurs in `text`, as offsets into `text`.
 * @param {string} text
 * @param {string} find
 * @returns {{ start: number, end: number }[]}
 */
export function occurrences(text, find) {
  const { characters: wanted } = significantCharacters(find.trimEnd().replace(/,$/, ''));
  const endsWithComma = /,\s*$/.test(find);
  const { characters, offsets } = significantCharacters(text);
  if (!wanted) return [];
  const found = [];
  for (let at = characters.indexOf(wanted); at >= 0; at = characters.indexOf(wanted, at + 1)) {
    const end = (offsets[at + wanted.length - 1] ?? 0) + 1;
    // The search ignores trailing commas. If `find` ends with one, the comma in the text is replaced too.
    const comma = endsWithComma ? (/^\s*,/.exec(text.slice(end))?.[0].length ?? 0) : 0;
    found.push({ start: offsets[at] ?? 0, end: end + comma });
  }
  return found;
}

/**
 * `text` with the only occurrence of `find` replaced; undefined when `find` occurs never or more than once.
 * @param {string} text
 * @param {{ find: string, replace: string }} mutant
 */
export function replaceOnce(text, { find, replace }) {
  const [only, ...others] = occurrences(text, find);
  return only && !others.length ? text.slice(0, only.start) + replace + text.slice(only.end) : undefined;
}

/**
 * The characters that the formatter does not change, with their offsets: all except whitespace and commas before a
 * closing bracket.
 * @param {string} text
 */
function significantCharacters(text) {
  const matches = [...text.matchAll(/(?!,\s*[)\]}])\S/g)];
  return { characters: matches.map(([character]) => character).join(''), offsets: matches.map(({ index }) => index) };
}
