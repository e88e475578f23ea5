/**
 * Switches of Chromium and Electron that the packaged app refuses, because they open the app to other programs or turn
 * its protections off. A harmful shortcut or desktop file could add them.
 */
import { app } from 'electron';
import { text } from '../../src-shared/text/text.ts';
import { isTestRuntime } from './test-runtime.ts';

// Electron itself sets `allow-file-access-from-files`; requests for files are refused elsewhere.
const refusedSwitches = [
  // Another program controls the window or the main process.
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-debugging-address',
  'remote-allow-origins',
  'inspect',
  'inspect-brk',
  'inspect-brk-node',
  'inspect-port',
  'inspect-publish-uid',
  'js-flags',
  'load-extension',
  'disable-extensions-except',
  'renderer-cmd-prefix',
  'utility-cmd-prefix',
  'gpu-launcher',
  // The sandbox and the same-origin policy are off.
  'no-sandbox',
  'disable-gpu-sandbox',
  'disable-seccomp-filter-sandbox',
  'disable-setuid-sandbox',
  'disable-namespace-sandbox',
  'single-process',
  'disable-web-security',
  'disable-site-isolation-trials',
  // Requests go elsewhere, or others can read them.
  'ignore-certificate-errors',
  'ignore-certificate-errors-spki-list',
  'unsafely-treat-insecure-origin-as-secure',
  'host-rules',
  'host-resolver-rules',
  'proxy-server',
  'proxy-pac-url',
  'proxy-auto-detect',
  'proxy-bypass-list',
  'ssl-key-log-file',
  'log-net-log',
] as const;

/** What Chromium read from its command line (`app.commandLine`). */
interface ReadSwitches {
  hasSwitch(name: string): boolean;
  getSwitchValue(name: string): string;
}

/** `isRoot`: Chromium runs as root only without its sandbox. `isTest`: the app has the test runtime. */
interface StartedBy {
  isRoot: boolean;
  isTest: boolean;
}

/**
 * Returns a refused switch that the app was started with. The tests of a package control its window through a free
 * debugging port, which only test packages allow.
 */
export function findRefusedSwitch(
  switches: ReadSwitches,
  { isRoot, isTest }: StartedBy,
): (typeof refusedSwitches)[number] | undefined {
  return refusedSwitches.find((name) => {
    if (!switches.hasSwitch(name)) return false;
    if (name === 'no-sandbox') return !isRoot;
    if (name === 'remote-debugging-port') return !(isTest && switches.getSwitchValue(name) === '0');
    return true;
  });
}

/** Ends the packaged app if it was started with a refused switch. @returns whether the app ends */
export function refuseSwitches(): boolean {
  if (!app.isPackaged) return false;
  const name = findRefusedSwitch(app.commandLine, { isRoot: process.getuid?.() === 0, isTest: isTestRuntime() });
  if (name === undefined) return false;
  process.stderr.write(`${text('cli.refused-switch', { name })}\n`);
  app.exit(2);
  return true;
}
