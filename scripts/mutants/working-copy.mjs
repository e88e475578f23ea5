// Applies mutants to a copy of the working tree, so that the tree itself is never changed.
import fs from 'node:fs';
import path from 'node:path';
import { runProcess } from '../child-process.mjs';
import { UserError } from '../run-main.mjs';
import { replaceOnce } from './find-once.mjs';

/**
 * Copies all files that git tracks or does not ignore. The copy uses the same node_modules.
 * @param {string} root
 * @param {string} folder
 */
export async function copyTree(root, folder) {
  const { code, out } = await runProcess(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--exclude=/node_modules'],
    { cwd: root, output: 'capture' },
  );
  if (code !== 0)
    throw new UserError(`git could not list the project's files: ${out.trim()}. Run this in a git checkout.`);
  for (const file of out.split('\0').filter(Boolean)) {
    const from = path.join(root, file);
    if (!fs.existsSync(from)) continue; // deleted, and not committed yet
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.cpSync(from, path.join(folder, file), { verbatimSymlinks: true });
  }
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
}

/**
 * Applies the mutant, runs `work`, restores the file.
 * @template T
 * @param {string} folder
 * @param {import('./lists.mjs').Mutant} mutant
 * @param {() => Promise<T>} work
 * @returns {Promise<T | undefined>} undefined when the mutant does not fit the code
 */
export async function withMutant(folder, mutant, work) {
  const file = path.join(folder, mutant.file);
  const original = fs.readFileSync(file, 'utf8');
  const mutated = replaceOnce(original, mutant);
  if (mutated === undefined) return undefined;
  fs.writeFileSync(file, mutated);
  try {
    return await work();
  } finally {
    fs.writeFileSync(file, original);
  }
}
