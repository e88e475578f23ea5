// `npm run dev`: the app on Vite's dev server; the page reloads in place, main restarts, the preload reloads the page.
// `npm run dev:ui`: the window alone in a browser, on the fake bridge.
import path from 'node:path';
import { forwardSignals, runProcess } from './child-process.mjs';
import { runMain } from './run-main.mjs';
import { root, setUp, setUpPackages } from './set-up.mjs';

await runMain(async () => {
  const isUiOnly = process.argv[2] === 'ui';
  await (isUiOnly ? setUpPackages() : setUp({ for: 'start' }));
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let vite;
  forwardSignals(() => vite);
  const args = isUiOnly ? ['--mode', 'ui', ...process.argv.slice(3)] : process.argv.slice(2);
  const { code } = await runProcess(
    process.execPath,
    [path.join(root, 'node_modules', 'vite', 'bin', 'vite.js'), ...args],
    {
      cwd: root,
      output: 'inherit',
      onStart: (child) => {
        vite = child;
      },
    },
  );
  return code;
});
