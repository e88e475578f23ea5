// A lock that lets one process work at a time. The lock is a file that names its holder. The holder loses the lock when
// it dies or stops refreshing the file.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const REFRESH_INTERVAL_MS = 5_000; // how often a holder refreshes its lock
// A holder that has not refreshed for this long counts as dead. (While the computer sleeps, no process runs.)
const STALE_AFTER_MS = 120_000;
const POLL_INTERVAL_MS = 200;
// Most holders finish within a second, and a command that prints a line for such a short wait confuses scripts.
const ANNOUNCE_AFTER_MS = 5_000;

/**
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {{ onWait?: (pid: number | undefined) => void, announceAfterMs?: number, staleMs?: number }} [options]
 *   `onWait` is called once, when another process has held the lock for `announceAfterMs`
 * @returns {Promise<T>}
 */
export async function withLock(
  file,
  work,
  { onWait, announceAfterMs = ANNOUNCE_AFTER_MS, staleMs = STALE_AFTER_MS } = {},
) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const content = JSON.stringify({ pid: process.pid, host: os.hostname(), id: randomUUID() });
  const startedAt = Date.now();
  let isAnnounced = false;
  while (!tryAcquire(file, content)) {
    const holder = readHolder(file);
    if (holder && isStale(holder, staleMs)) {
      breakStaleLock(file, holder.text);
      continue;
    }
    if (!isAnnounced && Date.now() - startedAt >= announceAfterMs) {
      isAnnounced = true;
      onWait?.(holder?.pid);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
  const refreshTimer = setInterval(() => refresh(file, content), REFRESH_INTERVAL_MS);
  const releaseOwn = () => release(file, content);
  process.once('exit', releaseOwn);
  try {
    return await work();
  } finally {
    clearInterval(refreshTimer);
    process.off('exit', releaseOwn);
    releaseOwn();
  }
}

/** Creates the file atomically, so no process reads half of it. @param {string} file @param {string} content */
function tryAcquire(file, content) {
  const temporaryFile = `${file}.${process.pid}.${randomUUID().slice(0, 8)}`;
  fs.writeFileSync(temporaryFile, content);
  try {
    fs.linkSync(temporaryFile, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(temporaryFile, { force: true });
  }
}

/** @typedef {{ text: string, pid?: number, host?: string, age: number }} Holder */

/** @param {string} file @returns {Holder | undefined} */
function readHolder(file) {
  try {
    const text = fs.readFileSync(file, 'utf8');
    const age = Date.now() - fs.statSync(file).mtimeMs;
    return { text, age, ...parseHolder(text) };
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined; // released in the meantime
    throw error;
  }
}

/** @param {string} text */
function parseHolder(text) {
  try {
    return /** @type {{ pid?: number, host?: string }} */ (JSON.parse(text));
  } catch {
    return {}; // not written by this module, so only its age counts
  }
}

/** @param {Holder} holder @param {number} staleMs */
function isStale(holder, staleMs) {
  if (holder.age > staleMs) return true;
  return holder.host === os.hostname() && holder.pid !== undefined && !isAlive(holder.pid);
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Removes a dead holder's lock. Two processes may try this at once, so a process that has moved a newer lock puts it
 * back.
 * @param {string} file
 * @param {string} staleText
 */
function breakStaleLock(file, staleText) {
  const movedFile = `${file}.${process.pid}.${randomUUID().slice(0, 8)}`;
  try {
    fs.renameSync(file, movedFile);
    if (fs.readFileSync(movedFile, 'utf8') !== staleText) fs.linkSync(movedFile, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) throw error;
  } finally {
    fs.rmSync(movedFile, { force: true });
  }
}

/** @param {string} file @param {string} content */
function refresh(file, content) {
  if (readHolder(file)?.text === content) fs.utimesSync(file, new Date(), new Date());
}

/** @param {string} file @param {string} content */
function release(file, content) {
  if (readHolder(file)?.text === content) fs.rmSync(file, { force: true });
}
