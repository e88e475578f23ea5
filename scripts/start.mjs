// `npm start`: sets up and builds when needed, then runs the app and exits with its exit code.
//   npm start                            opens the window
//   npm start --silent -- upload FILE    runs a command, without a display; stdout has only the command's output
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { forwardSignals, runProcess } from './child-process.mjs';
import { UserError, runMain, log } from './run-main.mjs';
import { root, setUp } from './set-up.mjs';

const shellPid = process.ppid;
/** The exit code of a command that a signal ended (docs/command-line.md). */
const interruptedCode = 130;

await runMain(async () => {
  const args = process.argv.slice(2);
  if (!args.length) checkDisplay();
  const runtime = await setUp({ for: 'start' });
  await ensureBuilt(root);
  const { hostArgs, runtimeEnv } = await import('./electron-runtime.mjs');

  /** @type {import('node:child_process').ChildProcess | undefined} */
  let app;
  disableCoreDumps();
  const signalCodes = forwardSignals(() => app);
  const [appArgs, cwd] = args.length ? [commandArgs(args), callerFolder()] : [[...hostArgs(), root], undefined];
  const { code, out } = await runProcess(runtime.exe, appArgs, {
    cwd,
    env: runtimeEnv(),
    output: 'inherit',
    onStart: (child) => {
      app = child;
      killWithShell(child);
    },
  });
  if (out) log(out.trimEnd()); // the app did not start
  if (isCrashCode(code)) adviseSandboxFix(runtime.dist);
  // A signal to the process group reaches the app twice: directly and through `forwardSignals`. The second signal ends
  // the app at once, and its exit code then names the signal.
  return args.length && signalCodes.has(code) ? interruptedCode : code;
});

/**
 * Turns core dumps off for the app, because they contain keys. A limit of one byte also stops dumps that the kernel
 * sends to a program, which 0 does not. If a dump is written despite the limit, it contains no memory.
 */
function disableCoreDumps() {
  if (process.platform !== 'linux') return;
  spawnSync('prlimit', ['--pid', String(process.pid), '--core=1:'], { stdio: 'ignore' });
  const filter = '/proc/self/coredump_filter'; // missing when the kernel writes no dumps
  if (fs.existsSync(filter)) fs.writeFileSync(filter, '0');
}

function checkDisplay() {
  if (process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY) return;
  throw new UserError(
    'There is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set). ' +
      'Start it from a terminal in your desktop session, or on a virtual display: xvfb-run -a npm start. The command line needs no display: npm start --silent -- --help',
  );
}

/**
 * The app's arguments for one command. Without a display, Electron needs its headless switches before the app's code
 * runs.
 * @param {string[]} args reach the app unchanged, because Chromium and Electron read nothing after `--`
 */
function commandArgs(args) {
  const headlessSwitches = [
    '--ozone-platform=headless',
    '--disable-gpu',
    '--disable-software-rasterizer',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
  return [
    ...(process.platform === 'linux' ? headlessSwitches : []),
    '--log-level=3',
    root,
    // Node replaces bytes that are not UTF-8 with U+FFFD. This flag tells the app that U+FFFD may stand for any bytes.
    ...(args.some((argument) => argument.includes('\u{FFFD}')) ? ['--decoded-arguments'] : []),
    '--command-line',
    '--',
    ...args,
  ];
}

/** The user's folder, which file names refer to. npm starts scripts in the checkout and passes the folder on. */
function callerFolder() {
  return process.env.npm_lifecycle_event === 'start' ? process.env.INIT_CWD : undefined;
}

/**
 * Stops the app when the shell ends in which npm runs this script. A signal to npm ends that shell, and the shell does
 * not forward the signal.
 * @param {import('node:child_process').ChildProcess} app
 */
function killWithShell(app) {
  if (process.env.npm_lifecycle_event !== 'start') return;
  const timer = setInterval(() => {
    if (process.ppid === shellPid) return;
    clearInterval(timer);
    app.kill();
  }, 200).unref();
}

/** The exit code of Chromium when it cannot create its sandbox. @param {number} code */
function isCrashCode(code) {
  const { SIGILL, SIGTRAP, SIGABRT, SIGSEGV } = os.constants.signals;
  return [SIGILL, SIGTRAP, SIGABRT, SIGSEGV].some((signal) => code === 128 + signal);
}

/**
 * Explains how to allow the sandbox on systems that forbid it to unpacked apps. The fix in Chromium's own message does
 * not work.
 * @param {string} dist
 */
function adviseSandboxFix(dist) {
  if (process.platform !== 'linux' || process.getuid?.() === 0) return;
  const helper = path.join(dist, 'chrome-sandbox');
  const stat = fs.statSync(helper, { throwIfNoEntry: false });
  const isHelperReady = stat?.uid === 0 && (stat.mode & 0o4000) !== 0;
  if (isHelperReady || !isSandboxForbidden()) return;
  log(
    'This system does not let unpacked apps create the sandbox that the window needs. If the app ended because of that, allow the sandbox once:\n' +
      `  sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'`,
  );
}

/** Whether a kernel setting forbids user namespaces, which Chromium's sandbox needs without the setuid helper. */
function isSandboxForbidden() {
  const setting = (/** @type {string} */ name) =>
    fs.existsSync(`/proc/sys/${name}`) ? fs.readFileSync(`/proc/sys/${name}`, 'utf8').trim() : undefined;
  return (
    setting('kernel/apparmor_restrict_unprivileged_userns') === '1' ||
    setting('kernel/unprivileged_userns_clone') === '0' ||
    setting('user/max_user_namespaces') === '0'
  );
}
