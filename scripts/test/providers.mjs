// Runs the tests of one kind that each provider has: `PROVIDER/KIND.test.ts`, `PROVIDER/KIND.SERVER.test.ts`.
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../run.mjs';
import { Advice } from '../say.mjs';
import { root } from '../set-up.mjs';

/**
 * @param {string} kind @param {string[]} args a provider, or nothing for all of them; the rest is for vitest
 * @param {NodeJS.ProcessEnv} [env] @returns {Promise<number>} the exit code
 */
export async function runProviderTests(kind, [asked, ...more], env = process.env) {
  const folder = path.join(root, 'src-main/providers');
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
  const tests = files.filter((file) => new RegExp(`^\\w+/${kind}(\\.\\w+)?\\.test\\.ts$`).test(file)).sort();
  const known = [...new Set(tests.map((file) => file.split('/')[0] ?? ''))];
  if (asked !== undefined && !known.includes(asked))
    throw new Advice(`There is no provider "${asked}". There are: ${known.join(', ')}.`);
  const chosen = tests
    .filter((file) => asked === undefined || file.startsWith(`${asked}/`))
    .map((file) => `src-main/providers/${file}`);
  const { code } = await run(
    process.execPath,
    [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...chosen, ...more, '--reporter=verbose'],
    { cwd: root, env, output: 'inherit' },
  );
  return code === 0 ? 0 : 1;
}
