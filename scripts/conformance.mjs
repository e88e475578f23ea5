// `npm run test:conformance -- [PROVIDER]`: the one suite that every provider passes, as it is for each provider, or for one of them.
import fs from 'node:fs';
import path from 'node:path';
import { run } from './run.mjs';
import { Advice, runMain } from './say.mjs';
import { root } from './set-up.mjs';

await runMain(async () => {
  const folder = path.join(root, 'src-main/providers');
  const tests = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/')).filter((file) => /^\w+\/conformance(\.\w+)?\.test\.ts$/.test(file)).sort();
  const [asked, ...more] = process.argv.slice(2);
  const known = [...new Set(tests.map((file) => file.split('/')[0] ?? ''))];
  if (asked !== undefined && !known.includes(asked)) throw new Advice(`There is no provider "${asked}". There are: ${known.join(', ')}.`);
  const chosen = tests.filter((file) => asked === undefined || file.startsWith(`${asked}/`)).map((file) => `src-main/providers/${file}`);
  const { code } = await run(process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...chosen, ...more, '--reporter=verbose'], { cwd: root, output: 'inherit' });
  return code === 0 ? 0 : 1;
});
