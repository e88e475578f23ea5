// Builds the app when its sources changed since the last build.
import fs from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { run } from './run.mjs';
import { Advice, say } from './say.mjs';

const SOURCES = ['build', 'src-main', 'src-renderer', 'src-shared', 'vite.config.ts', 'package-lock.json'];
const OUTPUTS = ['out/main/main.js', 'out/preload/preload.cjs', 'out/renderer/index.html'];

/** @param {string} root */
export async function ensureBuilt(root) {
  await withLock(path.join(root, 'out', 'build.lock'), async () => {
    if (isBuilt(root)) return;
    say('building …');
    const started = Date.now(); // what changes while it builds counts as changed
    const { code, out } = await run(process.execPath, [path.join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build'], { cwd: root, output: 'capture' });
    if (code !== 0) throw new Advice(`The build failed:\n${out.trimEnd()}`);
    fs.writeFileSync(stampOf(root), JSON.stringify({ started, outputs: OUTPUTS.map((file) => modified(path.join(root, file))) }));
  }, { onWait: () => say('another build is at work here; waiting for it …') });
}

/** @param {string} root */
export function isBuilt(root) {
  const stamp = readStamp(root);
  if (!stamp) return false;
  // `npm run dev` writes to the same places; its output is not this build's.
  const untouched = OUTPUTS.every((file, i) => modified(path.join(root, file)) === stamp.outputs[i]);
  return untouched && SOURCES.every((place) => newest(path.join(root, place)) < stamp.started);
}

/** @param {string} root */
const stampOf = (root) => path.join(root, 'out', 'built.json');

/** @param {string} root @returns {{ started: number, outputs: number[] } | undefined} */
function readStamp(root) {
  return fs.existsSync(stampOf(root)) ? JSON.parse(fs.readFileSync(stampOf(root), 'utf8')) : undefined;
}

/** @param {string} file */
const modified = (file) => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** A folder's own time changes when a file in it is removed. @param {string} place @returns {number} */
function newest(place) {
  const stat = fs.statSync(place, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return fs.readdirSync(place).reduce((time, name) => Math.max(time, newest(path.join(place, name))), stat.mtimeMs);
}
