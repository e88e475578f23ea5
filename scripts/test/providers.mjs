// Runs one kind of provider tests: `PROVIDER/KIND.integration.test.ts`, `PROVIDER/KIND.SERVER.integration.test.ts`.
import fs from 'node:fs';
import path from 'node:path';
import { runProcess } from '../child-process.mjs';
import { UserError } from '../run-main.mjs';
import { root } from '../set-up.mjs';

/**
 * @param {string} kind
 * @param {string[]} args a provider (default: all providers), followed by arguments for Vitest
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} the exit code
 */
export async function runProviderTests(kind, [provider, ...vitestArgs], env = process.env) {
  const folder = path.join(root, 'src-main/providers');
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
  const tests = files
    .filter((file) => new RegExp(`^\\w+/${kind}(\\.[\\w-]+)*\\.integration\\.test\\.ts$`).test(file))
    .sort();
  const known = [...new Set(tests.map((file) => file.split('/')[0] ?? ''))];
  if (provider !== undefined && !known.includes(provider))
    throw new UserError(`There is no provider "${provider}". The providers are: ${known.join(', ')}.`);
  const chosen = tests
    .filter((file) => provider === undefined || file.startsWith(`${provider}/`))
    .map((file) => `src-main/providers/${file}`);
  const { code } = await runProcess(
    process.execPath,
    [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...chosen, ...vitestArgs, '--reporter=verbose'],
    { cwd: root, env, output: 'inherit' },
  );
  return code === 0 ? 0 : 1;
}
