// Builds the app when its sources changed since the last build; `npm run build` runs this file. Each build has its own
// folder, out/builds/TIME, and out/main/main.js is one line that loads the newest build. A running app keeps loading
// the files of the build that it started with.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from './lock.mjs';
import { runProcess } from './child-process.mjs';
import { UserError, runMain, log } from './run-main.mjs';
import { root as here, setUpPackages } from './set-up.mjs';

const SOURCES = ['build', 'src-main', 'src-renderer', 'src-shared', 'vite.config.ts', 'package-lock.json'];
const OUTPUTS = ['main/main.js', 'preload/preload.cjs', 'renderer/index.html'];

/** @param {string} root @returns {Promise<string>} the build's folder, which stays at least as long as this process */
export function ensureBuilt(root) {
  return withLock(
    path.join(root, 'out', 'build.lock'),
    async () => {
      const current = currentBuild(root);
      const folder = current !== undefined && isFresh(root, current) ? current : await build(root);
      markInUse(folder);
      return folder;
    },
    { onWait: () => log('another build is running in this checkout; waiting for it …') },
  );
}

/** @param {string} root */
async function build(root) {
  log('building …');
  // The name is the time of the start, so a file that changes during the build is newer than the build.
  const folder = path.join(buildsFolder(root), String(Date.now()));
  const { code, out } = await runProcess(process.execPath, [path.join(here, 'scripts', 'build.mjs'), root, folder], {
    cwd: root,
    output: 'capture',
  });
  if (code !== 0) {
    fs.rmSync(folder, { recursive: true, force: true });
    throw new UserError(`The build failed:\n${out.trimEnd()}`);
  }
  const previous = currentBuild(root);
  activate(root, folder);
  removeUnused(root, [folder, previous]);
  return folder;
}

/** @param {string} root @param {string} folder */
async function bundle(root, folder) {
  const { createBuilder } = await import('vite');
  const outputTo = (/** @type {string} */ name) => ({ build: { outDir: path.join(folder, name) } });
  const builder = await createBuilder({
    configFile: path.join(root, 'vite.config.ts'),
    logLevel: 'warn',
    ...outputTo('renderer'),
    environments: { main: outputTo('main'), preload: outputTo('preload') },
  });
  await builder.buildApp();
}

/** @param {string} root */
const buildsFolder = (root) => path.join(root, 'out', 'builds');

/** @param {string} root */
const entryPath = (root) => path.join(root, 'out', 'main', 'main.js');

/** Writes the file atomically, because an app may be starting. @param {string} root @param {string} folder */
function activate(root, folder) {
  const entry = entryPath(root);
  for (const name of ['main', 'preload']) fs.mkdirSync(path.join(root, 'out', name), { recursive: true });
  // Some tests create a window themselves and load the preload script from this fixed path.
  fs.copyFileSync(path.join(folder, 'preload', 'preload.cjs'), path.join(root, 'out', 'preload', 'preload.cjs'));
  fs.writeFileSync(`${entry}.new`, `import '../builds/${path.basename(folder)}/main/main.js';\n`);
  fs.renameSync(`${entry}.new`, entry);
}

/** The newest build's folder. Undefined without a build, or if `npm run dev` wrote the entry. @param {string} root */
function currentBuild(root) {
  const entry = entryPath(root);
  if (!fs.existsSync(entry)) return undefined;
  // The line that `activate` writes.
  const [, name] = /^import '\.\.\/builds\/(\d+)\/main\/main\.js';\n$/.exec(fs.readFileSync(entry, 'utf8')) ?? [];
  return name === undefined ? undefined : path.join(buildsFolder(root), name);
}

/** @param {string} root @param {string} folder */
function isFresh(root, folder) {
  const startedAt = Number(path.basename(folder));
  return (
    OUTPUTS.every((file) => fs.existsSync(path.join(folder, file))) &&
    SOURCES.every((source) => newestMtime(path.join(root, source)) < startedAt)
  );
}

/**
 * The newest modification time of a file or folder in `source`. Folders count too: removing a file changes only them.
 * @param {string} source
 * @returns {number}
 */
function newestMtime(source) {
  const stat = fs.statSync(source, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return fs
    .readdirSync(source)
    .reduce((time, name) => Math.max(time, newestMtime(path.join(source, name))), stat.mtimeMs);
}

/** Marks the build as used by this process, so that other builds do not remove it. @param {string} folder */
function markInUse(folder) {
  const marker = path.join(folder, `in-use-by-${process.pid}`);
  fs.writeFileSync(marker, '');
  process.once('exit', () => fs.rmSync(marker, { force: true }));
}

/**
 * @param {string} root
 * @param {(string | undefined)[]} keep the previous build is kept too: an app that was started without these scripts
 * leaves no mark
 */
function removeUnused(root, keep) {
  for (const folder of fs.readdirSync(buildsFolder(root)).map((name) => path.join(buildsFolder(root), name))) {
    if (!keep.includes(folder) && !userPids(folder).some(isAlive)) fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder */
const userPids = (folder) =>
  fs
    .readdirSync(folder)
    .flatMap((name) => (name.startsWith('in-use-by-') ? [Number(name.slice('in-use-by-'.length))] : []));

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

// True when Node.js runs this file, false when another file imports it.
if (process.argv[1] && pathToFileURL(process.argv[1]).href === import.meta.url) {
  await runMain(async () => {
    const [root, folder] = process.argv.slice(2);
    // `build` starts this file again with these arguments.
    if (root && folder) return bundle(root, folder);
    await setUpPackages();
    await ensureBuilt(here);
  });
}
