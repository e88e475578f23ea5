// Finds the mutants that a branch affects: their source file, list or test differs from the merge base with main.
import { runProcess } from '../child-process.mjs';
import { UserError } from '../run-main.mjs';
import { hasTitle, readTestFiles } from './titles.mjs';

/** @typedef {import('./lists.mjs').Mutant} Mutant */

/** @param {string} root @param {Mutant[]} mutants @returns {Promise<Mutant[]>} */
export async function changedMutants(root, mutants) {
  const changed = await changedFiles(root);
  const tests = { unit: readTestFiles(root, 'unit'), e2e: readTestFiles(root, 'e2e') };
  return mutants.filter(
    ({ file, list, kind, title }) =>
      changed.has(file) ||
      changed.has(list) ||
      tests[kind].some((test) => changed.has(test.file) && hasTitle(title, test)),
  );
}

/**
 * Files that differ from the merge base with main, committed or not.
 * @param {string} root
 * @returns {Promise<Set<string>>}
 */
export async function changedFiles(root) {
  const main = await firstKnown(root, ['origin/main', 'main']);
  const base = (await git(root, 'merge-base', 'HEAD', main)).trim();
  const [differing, untracked] = await Promise.all([
    git(root, 'diff', '--name-only', '--no-renames', '-z', base),
    git(root, 'ls-files', '--others', '--exclude-standard', '-z'),
  ]);
  return new Set(`${differing}\0${untracked}`.split('\0').filter(Boolean));
}

/** @param {string} root @param {string[]} branches @returns {Promise<string>} */
async function firstKnown(root, [branch = '', ...others]) {
  const { code } = await runProcess('git', ['rev-parse', '--verify', '--quiet', branch], {
    cwd: root,
    output: 'capture',
  });
  if (code === 0) return branch;
  if (others.length) return firstKnown(root, others);
  throw new UserError(
    'There is no branch main to compare with. Run this in a clone of the project, or run all mutants.',
  );
}

/** @param {string} root @param {...string} args @returns {Promise<string>} what git printed */
async function git(root, ...args) {
  const { code, out } = await runProcess('git', args, { cwd: root, output: 'capture' });
  if (code !== 0) throw new UserError(`git ${args.join(' ')} failed: ${out.trim()}`);
  return out;
}
