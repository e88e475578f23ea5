// One process at a time. The lock is a file that names its holder; a holder that died, or stopped keeping it fresh, loses it.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const FRESH_MS = 5_000; // how often a holder says that it lives
const STALE_MS = 120_000; // a holder that was silent for so long is gone (a machine asleep stops everybody's clock alike)
const POLL_MS = 200;

/**
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {{ onWait?: (pid: number | undefined) => void, staleMs?: number }} [options] `onWait` is called once when somebody else holds it
 * @returns {Promise<T>}
 */
export async function withLock(file, work, { onWait, staleMs = STALE_MS } = {}) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, host: os.hostname(), id: randomUUID() });
  for (let waited = false; !take(file, mine); waited = true) {
    const holder = read(file);
    if (holder && isGone(holder, staleMs)) breakLock(file, holder.text);
    else {
      if (!waited) onWait?.(holder?.pid);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  const fresh = setInterval(() => touch(file, mine), FRESH_MS);
  const leave = () => release(file, mine);
  process.once('exit', leave);
  try {
    return await work();
  } finally {
    clearInterval(fresh);
    process.off('exit', leave);
    leave();
  }
}

/** The file appears with its content or not at all, so nobody reads half a holder. @param {string} file @param {string} mine */
function take(file, mine) {
  const draft = `${file}.${process.pid}.${randomUUID().slice(0, 8)}`;
  fs.writeFileSync(draft, mine);
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** @typedef {{ text: string, pid?: number, host?: string, age: number }} Holder */

/** @param {string} file @returns {Holder | undefined} */
function read(file) {
  try {
    const text = fs.readFileSync(file, 'utf8');
    const age = Date.now() - fs.statSync(file).mtimeMs;
    return { text, age, ...parse(text) };
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined; // released meanwhile
    throw error;
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return /** @type {{ pid?: number, host?: string }} */ (JSON.parse(text));
  } catch {
    return {}; // not ours to read: only its age counts
  }
}

/** @param {Holder} holder @param {number} staleMs */
function isGone(holder, staleMs) {
  if (holder.age > staleMs) return true;
  return holder.host === os.hostname() && holder.pid !== undefined && !isAlive(holder.pid);
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'; // somebody else's process is alive too
  }
}

/**
 * Takes a dead holder's lock away. Two may try at once: whoever moved away a lock that is no longer the dead one puts it back.
 * @param {string} file @param {string} dead
 */
function breakLock(file, dead) {
  const aside = `${file}.${process.pid}.${randomUUID().slice(0, 8)}`;
  try {
    fs.renameSync(file, aside);
    if (fs.readFileSync(aside, 'utf8') !== dead) fs.linkSync(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

/** @param {string} file @param {string} mine */
function touch(file, mine) {
  if (read(file)?.text === mine) fs.utimesSync(file, new Date(), new Date());
}

/** @param {string} file @param {string} mine */
function release(file, mine) {
  if (read(file)?.text === mine) fs.rmSync(file, { force: true });
}
