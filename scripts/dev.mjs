// `npm run dev`: runs the app with Vite's dev server. An edit of the page's code updates the page, an edit of the main
// process restarts the app, and an edit of the preload script reloads the page.
// `npm run dev:ui`: shows only the window, in a browser, with a fake main process.
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
