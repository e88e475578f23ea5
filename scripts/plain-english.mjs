// Finds constructions that are hard to read in comments, test titles, texts for users and documentation.

/** Forbidden constructions and their replacements. */
const HARD_CONSTRUCTIONS = [
  { pattern: /\b(whoever|whomever|somebody|someone else's|nobody|strangers?)\b/i, instead: 'name the actor' },
  { pattern: /\bwhat (is|are|was|were|has been|had been)\b(?! (it|this|that|the|a|an)\b)/i, instead: 'name the thing' },
  { pattern: /\b(is|are|was|were) (none|had|told|taken back)\b/i, instead: 'use an active verb' },
  { pattern: /\b(mended|mends?|mending)\b/i, instead: 'fixed, fix' },
  { pattern: /\bgo(es|ne|ing)? on (with|by (it|them)sel(f|ves))\b/i, instead: 'resume' },
  { pattern: /\bof (its|their|one's|his|her|our|my|your) own\b/i, instead: 'its own, separate, custom' },
  { pattern: /\bin silence\b/i, instead: 'silently, without an error' },
  { pattern: /\bthere where\b/i, instead: 'where' },
  { pattern: /\b(so to speak|for ever|anew)\b/i, instead: 'delete it, or: forever, again' },
  { pattern: /\bhouse rules?\b/i, instead: 'lint rules' },
];

/** @typedef {{ line: number, text: string, found: string, instead: string }} Finding */

/**
 * The lines of a file that people read as prose, and the hard constructions in them.
 * @param {string} file its name decides what counts as prose
 * @param {string} text
 * @returns {{ lines: number, findings: Finding[] }}
 */
export function checkProse(file, text) {
  const prose = proseOf(file, text);
  return { lines: prose.length, findings: prose.flatMap(({ line, text: sentence }) => findingsIn(line, sentence)) };
}

/** @param {number} line @param {string} text @returns {Finding[]} */
function findingsIn(line, text) {
  // Names in code and quotations are not prose.
  const words = text.replaceAll(/`[^`]*`|"[^"]*"|“[^”]*”/g, '');
  return HARD_CONSTRUCTIONS.flatMap(({ pattern, instead }) => {
    const found = pattern.exec(words)?.[0];
    return found ? [{ line, text: text.trim(), found, instead }] : [];
  });
}

/** @param {string} file @param {string} text @returns {{ line: number, text: string }[]} */
function proseOf(file, text) {
  const lines = text.split('\n').map((line, index) => ({ line: index + 1, text: line }));
  if (file.endsWith('.md')) return withoutCodeBlocks(lines).filter((line) => line.text.trim() !== '');
  const isCatalogue = /\/src-shared\/text\/en/.test(`/${file}`);
  return lines.flatMap(({ line, text: code }) => {
    const prose = commentIn(file, code) ?? titleIn(code) ?? (isCatalogue ? stringIn(code) : undefined);
    return prose === undefined ? [] : [{ line, text: prose }];
  });
}

/** @param {{ line: number, text: string }[]} lines */
function withoutCodeBlocks(lines) {
  let isCode = false;
  return lines.filter(({ text }) => {
    if (/^\s*```/.test(text)) isCode = !isCode;
    return !isCode && !/^\s*```/.test(text);
  });
}

/**
 * The comment in a line: after `#` in a script, otherwise after `/*`, `*` or `//`.
 * @param {string} file
 * @param {string} code
 */
function commentIn(file, code) {
  if (/\.(sh|py|yml)$/.test(file)) return /(?:^|\s)#(?!!)(.*)/.exec(code)?.[1];
  return /^\s*(?:\/\*\*?|\*(?!\/))(.*)/.exec(code)?.[1] ?? /(?:^|\s)\/\/ (.*)/.exec(code)?.[1];
}

/** The title of a test, or the description of a mutant after `breaks:`. @param {string} code */
function titleIn(code) {
  return /(?:\b(?:test|it|describe)\b[^'"`]*\(|\bbreaks:)\s*(['"`])(.*?)\1/.exec(code)?.[2];
}

/** A string with a space at the end of a line: the sentence of a catalogue entry. @param {string} code */
function stringIn(code) {
  return /(['"`])(?=.* )(.*)\1,?$/.exec(code)?.[2];
}
