// A copy of the working tree to break things in, so that the tree itself is never touched.
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../run.mjs';
import { Advice } from '../say.mjs';

/** Everything that git would commit or offer to; node_modules is shared. @param {string} root @param {string} folder */
export async function copyTree(root, folder) {
  const { code, out } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--exclude=/node_modules'], { cwd: root, output: 'capture' });
  if (code !== 0) throw new Advice(`git could not list the project's files: ${out.trim()}. Run this in a git checkout.`);
  for (const file of out.split('\0').filter(Boolean)) {
    const from = path.join(root, file);
    if (!fs.existsSync(from)) continue; // deleted, and not committed yet
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.cpSync(from, path.join(folder, file), { verbatimSymlinks: true });
  }
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
}

/**
 * Applies the patch, works, takes it back.
 * @template T @param {string} folder @param {string} patch @param {() => Promise<T>} work @returns {Promise<T | undefined>} undefined when it does not apply
 */
export async function patched(folder, patch, work) {
  // Outside a repository git applies to plain files; the ceiling keeps it from finding one further up.
  const apply = (/** @type {string[]} */ ...args) => run('git', ['apply', ...args, patch], { cwd: folder, output: 'capture', env: { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(folder) } });
  if ((await apply()).code !== 0) return undefined;
  const made = await work();
  if ((await apply('--reverse')).code !== 0) throw new Error(`${patch} could not be taken back in ${folder}`);
  return made;
}
