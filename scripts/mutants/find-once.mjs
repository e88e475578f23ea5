// Finds an expression in a source file without regard to whitespace, so that formatting the file does not break a mutant.

/**
 * Where `find` occurs in `text`, as offsets into `text`.
 * @param {string} text @param {string} find
 * @returns {{ start: number, end: number }[]}
 */
export function occurrences(text, find) {
  const offsets = Array.from(text.matchAll(/\S/g), ({ index }) => index);
  const dense = withoutWhitespace(text);
  const wanted = withoutWhitespace(find);
  if (!wanted) return [];
  const found = [];
  for (let at = dense.indexOf(wanted); at >= 0; at = dense.indexOf(wanted, at + 1)) {
    found.push({ start: offsets[at] ?? 0, end: (offsets[at + wanted.length - 1] ?? 0) + 1 });
  }
  return found;
}

/**
 * `text` with the only occurrence of `find` replaced; undefined when `find` occurs never or more than once.
 * @param {string} text @param {{ find: string, replace: string }} mutant
 */
export function replaceOnce(text, { find, replace }) {
  const [only, ...others] = occurrences(text, find);
  return only && !others.length ? text.slice(0, only.start) + replace + text.slice(only.end) : undefined;
}

/** @param {string} text */
const withoutWhitespace = (text) => text.replaceAll(/\s/g, '');
