// The npm packages that users get: the production dependencies, whose code Vite bundles or electron-builder copies, and
// Electron.
import fs from 'node:fs';
import path from 'node:path';

/** @typedef {{ folder: string, name: string, version: string, license?: string }} BundledPackage */
/** @typedef {{ packages: Record<string, { version?: string, license?: string, dev?: boolean }> }} LockFile */

/**
 * `folder` is relative to the project. npm marks packages that only development needs with `dev`.
 * @param {LockFile} lock
 * @returns {BundledPackage[]}
 */
export function bundledPackages(lock) {
  return Object.entries(lock.packages)
    .filter(([folder, entry]) => folder !== '' && (!entry.dev || folder === 'node_modules/electron'))
    .map(([folder, { version = '', license }]) => ({
      folder,
      name: folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      license,
    }));
}

/** @param {string} root the project @returns {LockFile} */
export const readLockFile = (root) => JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
