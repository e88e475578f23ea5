// `npm start [-- ARGUMENTS]`: sets up what is missing, builds what changed, runs the app. Its exit code is the app's.
import fs from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { forwardSignals, run } from './run.mjs';
import { Advice, runMain, say } from './say.mjs';
import { root, setUp } from './set-up.mjs';

await runMain(async () => {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    throw new Advice('There is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set). '
      + 'Start it from a terminal in your desktop session, or on a virtual display: xvfb-run -a npm start');
  }
  const runtime = await setUp({ for: 'start' });
  await ensureBuilt(root);
  const { hostArgs, runtimeEnv } = await import('./electron-runtime.mjs');

  /** @type {import('node:child_process').ChildProcess | undefined} */
  let app;
  forwardSignals(() => app);
  const { code } = await run(runtime.exe, [...hostArgs(), root, ...process.argv.slice(2)], {
    env: runtimeEnv(runtime), output: 'inherit', onStart: (child) => { app = child; },
  });
  if (code !== 0) explainSandbox(runtime.dist);
  return code;
});

/** Some systems forbid an unpacked app the sandbox it needs; Chromium's own words for that name no remedy that works. @param {string} dist */
function explainSandbox(dist) {
  if (process.platform !== 'linux' || process.getuid?.() === 0) return;
  const helper = path.join(dist, 'chrome-sandbox');
  const stat = fs.statSync(helper, { throwIfNoEntry: false });
  const isHelperReady = stat?.uid === 0 && (stat.mode & 0o4000) !== 0;
  if (isHelperReady || !isForbidden()) return;
  say('This system keeps unpacked apps from making the sandbox that the window runs in. If the app ended because of that, allow it once:\n'
    + `  sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'`);
}

function isForbidden() {
  const setting = (/** @type {string} */ name) => (fs.existsSync(`/proc/sys/${name}`) ? fs.readFileSync(`/proc/sys/${name}`, 'utf8').trim() : undefined);
  return setting('kernel/apparmor_restrict_unprivileged_userns') === '1' || setting('kernel/unprivileged_userns_clone') === '0' || setting('user/max_user_namespaces') === '0';
}
