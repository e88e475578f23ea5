// Prepares a checkout: npm packages, the Electron runtime and the system packages that both need. Quick when nothing is
// missing. Prints one line to stderr for each step. Imports only Node.js modules until the packages are installed.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { ensurePackages } from './npm-packages.mjs';
import { UserError, log } from './run-main.mjs';
import { ensureDesktopTools, ensureElectronLibraries } from './system-packages.mjs';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const MIN_NODE_VERSION = [20, 19];

/**
 * @param {{ for: 'start' | 'test' }} purpose
 * @returns {Promise<import('./electron-runtime.mjs').Runtime>} the Electron to run
 */
export const setUp = (purpose) =>
  withSetupLock(async () => {
    await ensurePackages(root);
    const { resolveElectron } = await import('./electron-runtime.mjs');
    const runtime = await resolveElectron();
    await ensureElectronLibraries(runtime.exe);
    if (purpose.for === 'test') await ensureDesktopTools();
    return runtime;
  });

/** Installs only the npm packages, which is enough to work on the window alone. */
export const setUpPackages = () => withSetupLock(() => ensurePackages(root));

/** @template T @param {() => Promise<T>} steps */
function withSetupLock(steps) {
  checkNodeVersion();
  return withLock(path.join(root, 'out', 'set-up.lock'), steps, {
    onWait: (pid) =>
      log(`another setup is running in this checkout${pid ? ` (process ${pid})` : ''}; waiting for it …`),
  });
}

function checkNodeVersion() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [minMajor = 0, minMinor = 0] = MIN_NODE_VERSION;
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return;
  throw new UserError(
    `Node ${MIN_NODE_VERSION.join('.')} or newer is needed, and this is ${process.versions.node}. Install a current Node from nodejs.org, then run the command again.`,
  );
}
