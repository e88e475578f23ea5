// The committed mutants: deliberate bugs, one list per module in e2e/mutants/. Each names the test that must fail with
// it.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {object} MutantEntry
 * @property {string} file the source file to break, relative to the project
 * @property {string} find an expression that occurs exactly once in the file; whitespace does not count
 * @property {string} replace the code that replaces the expression
 * @property {string} breaks the consequence, as a sentence
 * @property {{ unit: string } | { e2e: string }} caughtBy part of the title of the test that must fail
 */

/**
 * @typedef {{ module: string, list: string, file: string, find: string, replace: string, breaks: string, kind: 'unit' |
 * 'e2e', title: string }} Mutant
 */

/**
 * All committed mutants, in the order of their lists.
 * @param {string} root the project
 * @param {string} filter part of the module's name or of `breaks`; empty means all
 * @returns {Promise<Mutant[]>}
 */
export async function readMutants(root, filter) {
  const folder = path.join(root, 'e2e', 'mutants');
  const files = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.mjs'))
    .sort();
  const lists = await Promise.all(files.map((name) => readList(path.join(folder, name))));
  return lists.flat().filter((mutant) => mutantName(mutant).includes(filter));
}

/** @param {string} file @returns {Promise<Mutant[]>} */
async function readList(file) {
  /** @type {{ mutants: MutantEntry[] }} */
  const { mutants } = await import(pathToFileURL(file).href);
  return mutants.map(({ caughtBy, ...entry }) => ({
    ...entry,
    module: path.basename(file, '.mjs'),
    list: `e2e/mutants/${path.basename(file)}`,
    ...('unit' in caughtBy ? { kind: 'unit', title: caughtBy.unit } : { kind: 'e2e', title: caughtBy.e2e }),
  }));
}

/** The name that reports print. @param {{ module: string, breaks: string }} mutant */
export const mutantName = ({ module, breaks }) => `${module}: ${breaks}`;
