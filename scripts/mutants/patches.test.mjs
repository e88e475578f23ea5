// No committed mutant goes stale unseen: each still fits the code it breaks, and the test that is to notice is still there.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, readMutants } from './patches.mjs';

const root = path.resolve(import.meta.dirname, '..', '..');
const mutants = readMutants(root, '');

/** Tests by their kind, as they are written. */
const written = { unit: testFiles(/(\.test\.(tsx?|mjs)|testing\/conformance\.ts)$/), e2e: testFiles(/\.spec\.ts$/) };

/** @param {RegExp} named @returns {{ text: string, titles: string[] }[]} */
function testFiles(named) {
  return ['src-main', 'src-renderer', 'src-shared', 'scripts', 'e2e'].flatMap((folder) => fs.readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => named.test(file)).map((file) => fs.readFileSync(path.join(root, folder, file), 'utf8')).map((text) => ({ text, titles: titlesIn(text) })));
}

/** What each call and each row of a table begins with: among it are the titles of all tests. @param {string} text */
function titlesIn(text) {
  return [...text.matchAll(/[([]\s*(['`])((?:\\.|(?!\1)[^\\])+)\1,/g)].map(([, , title = '']) => title.replaceAll(/\\(.)/g, '$1'));
}

/** What a table or a loop puts in at run time. */
const filledIn = /%[sdifjoc]|\$\{[^}]*\}|\$[\w.]+/;

/** A title that is put together is cut at the words between what is filled in; what is left is in the same file. @param {string} title @param {{ text: string, titles: string[] }} file */
function isIn(title, { text, titles }) {
  return titles.some((one) => {
    if (one.includes(title)) return true;
    const words = one.split(filledIn).map((part) => part.trim()).filter((part) => part !== '');
    const left = words.reduce((rest, part) => rest.flatMap((piece) => piece.split(wholeWords(part))), [title]);
    return filledIn.test(one) && left.length > 1 && left.every((piece) => text.includes(piece.trim()));
  });
}

/** Not in the middle of another word. @param {string} words */
const wholeWords = (words) => new RegExp(`${/^\w/.test(words) ? '(?<!\\w)' : ''}${words.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}${/\w$/.test(words) ? '(?!\\w)' : ''}`);

/** Whether a patch fits, and why not. Outside a repository git looks at plain files; the ceiling keeps it from finding one further up. @param {string} file */
const applied = (file) => spawnSync('git', ['apply', '--check', file], { cwd: root, encoding: 'utf8', env: { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(root) } });

describe('each committed mutant', () => {
  test.skipIf(spawnSync('git', ['--version']).error)('fits the code as it is now', () => {
    expect(mutants.flatMap(({ name, file }) => { const { status, stderr } = applied(file); return status === 0 ? [] : [`${name}: ${stderr.trim()}`]; })).toEqual([]);
  }, 120_000);

  test('names a test that there is', () => {
    expect(mutants.filter(({ kind, title }) => !written[kind].some((file) => isIn(title, file))).map(({ name, kind, title }) => `${name}: ${kind} "${title}"`)).toEqual([]);
  });
});

test('a title counts as it is written, or filled in from the same file, and not otherwise', () => {
  const file = { titles: ['a file that is gone', 'on %s: %s opens', 'for ever (${round})'], text: "['Linux', 'a link']" };
  for (const title of ['that is gone', 'on Linux: a link opens', 'a link opens', 'for ever (']) expect([title, isIn(title, file)]).toEqual([title, true]);
  for (const title of ['that was gone', 'on macOS: a link opens', 'a link closes']) expect([title, isIn(title, file)]).toEqual([title, false]);
});

test('a patch without its header says what to begin it with', () => {
  expect(() => parse('some', '# breaks: something\n--- a/x\n+++ b/x\n')).toThrow('caught by: unit "title of a test"');
});
