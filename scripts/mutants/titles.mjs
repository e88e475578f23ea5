// Test titles as they are written in test files, including titles that a table or a loop completes at run time.
import fs from 'node:fs';
import path from 'node:path';

/** @typedef {{ file: string, text: string, titles: string[] }} TestFile `file`: relative to the project */

const FOLDERS = ['src-main', 'src-renderer', 'src-shared', 'scripts', 'e2e'];
/** The file names of each kind of tests. The conformance suite and the error cases define tests for several files. */
const PATTERNS = { unit: /(\.test\.(tsx?|mjs)|testing\/(conformance\/[\w-]+|error-cases)\.ts)$/, e2e: /\.spec\.ts$/ };

/** All test files of one kind. @param {string} root @param {'unit' | 'e2e'} kind @returns {TestFile[]} */
export function readTestFiles(root, kind) {
  return FOLDERS.flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => PATTERNS[kind].test(file))
      .map((file) => {
        const text = fs.readFileSync(path.join(root, folder, file), 'utf8');
        return { file: path.join(folder, file), text, titles: titlesIn(text) };
      }),
  );
}

/**
 * The first string argument of each call and the first string of each table row: test titles are among them.
 * @param {string} text
 */
function titlesIn(text) {
  return [...text.matchAll(/[([]\s*(['"`])((?:\\.|(?!\1)[^\\])+)\1,/g)].map(([, , title = '']) =>
    title.replaceAll(/\\(.)/g, '$1'),
  );
}

/** The parts of a title that a table or a loop fills in. */
const PLACEHOLDER = /%[sdifjoc]|\$\{[^}]*\}|\$[\w.]+/;

/**
 * Whether a test file contains a test with this title. A title with placeholders matches when its fixed words occur in
 * order and the filled-in words occur elsewhere in the same file.
 * @param {string} title
 * @param {Pick<TestFile, 'text' | 'titles'>} file
 */
export function hasTitle(title, { text, titles }) {
  return titles.some((written) => {
    if (written.includes(title)) return true;
    if (!PLACEHOLDER.test(written)) return false;
    const fixedParts = written
      .split(PLACEHOLDER)
      .map((part) => part.trim())
      .filter((part) => part !== '');
    // Splits the title at each fixed part. The segments between them replace the placeholders.
    const filledIn = fixedParts.reduce(
      (segments, part) => segments.flatMap((segment) => segment.split(wholeWords(part))),
      [title],
    );
    return filledIn.length > 1 && filledIn.every((segment) => text.includes(segment.trim()));
  });
}

/** Matches `words`, but not inside a longer word. @param {string} words */
const wholeWords = (words) =>
  new RegExp(
    `${/^\w/.test(words) ? '(?<!\\w)' : ''}${words.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}${/\w$/.test(words) ? '(?!\\w)' : ''}`,
  );
