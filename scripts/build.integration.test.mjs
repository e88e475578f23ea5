import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureBuilt } from './build.mjs';

/** The folder of a small app with the structure of Hoist. The app prints its version. @type {string} */
let root;
beforeEach(() => {
  root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'hoist-build-')));
  for (const folder of ['src-main', 'src-renderer']) fs.mkdirSync(path.join(root, folder));
  fs.symlinkSync(path.resolve(import.meta.dirname, '..', 'node_modules'), path.join(root, 'node_modules'));
  fs.writeFileSync(path.join(root, 'src-main', 'preload.js'), '');
  fs.writeFileSync(path.join(root, 'src-renderer', 'index.html'), '<title>small</title>');
  fs.writeFileSync(
    path.join(root, 'vite.config.ts'),
    `
    const part = (name: string, file: string) => ({ consumer: 'server' as const, build: { rolldownOptions: { input: { [name]: import.meta.dirname + '/src-main/' + name + '.js' },
      output: { format: 'es' as const, entryFileNames: file, chunkFileNames: 'chunks/[name]-[hash].js' } } } });
    export default { root: import.meta.dirname + '/src-renderer', environments: { main: part('main', 'main.js'), preload: part('preload', 'preload.cjs') }, builder: {} };`,
  );
  writeVersion('one');
});
afterEach(() => fs.rmSync(root, { recursive: true }));

/** @param {string} version */
function writeVersion(version) {
  fs.writeFileSync(path.join(root, 'src-main', 'later.js'), `export const version = '${version}';`);
  fs.writeFileSync(
    path.join(root, 'src-main', 'main.js'),
    `console.log('${version}'); process.stdin.once('data', () => void import('./later.js').then(({ version }) => { console.log(version); process.exit(); }));`,
  );
}

/** Starts the build through out/main/main.js. */
function startApp() {
  const app = spawn(process.execPath, [path.join(root, 'out', 'main', 'main.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = app.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false });
  return { app, line: async () => String((await lines.next()).value).trim() };
}

test('a running app keeps its own files during a build, and the next start uses the new build', async () => {
  const first = await ensureBuilt(root);
  const old = startApp();
  expect(await old.line()).toBe('one');
  for (const version of ['two', 'three', 'four']) {
    writeVersion(version);
    await ensureBuilt(root);
  }
  const newer = startApp();
  expect(await newer.line()).toBe('four');
  old.app.stdin.write('go on\n');
  expect(await old.line()).toBe('one');
  newer.app.stdin.write('go on\n');
  expect(await newer.line()).toBe('four');
  expect(fs.existsSync(first)).toBe(true);
}, 60_000);

test('does not build when nothing changed', async () => {
  // A file that changes in the same millisecond as the start of a build counts as newer than the build.
  const past = new Date(Date.now() - 1000);
  for (const source of ['src-main', 'src-renderer', 'vite.config.ts']) {
    for (const name of fs.statSync(path.join(root, source)).isDirectory()
      ? fs.readdirSync(path.join(root, source))
      : [])
      fs.utimesSync(path.join(root, source, name), past, past);
    fs.utimesSync(path.join(root, source), past, past);
  }
  expect(await ensureBuilt(root)).toBe(await ensureBuilt(root));
  expect(fs.readdirSync(path.join(root, 'out', 'builds'))).toHaveLength(1);
}, 30_000);

test('a failed build keeps the previous build', async () => {
  await ensureBuilt(root);
  fs.writeFileSync(path.join(root, 'src-main', 'main.js'), 'const = 1');
  await expect(ensureBuilt(root)).rejects.toThrow('The build failed');
  const app = startApp();
  expect(await app.line()).toBe('one');
  app.app.kill();
}, 30_000);

test('removes unused builds, except the last two', async () => {
  const build = pathToFileURL(path.resolve(import.meta.dirname, 'build.mjs')).href;
  for (const version of ['one', 'two', 'three', 'four']) {
    writeVersion(version);
    const builder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { ensureBuilt } from ${JSON.stringify(build)}; await ensureBuilt(${JSON.stringify(root)});`,
      ],
      { stdio: 'ignore' },
    );
    await once(builder, 'exit');
  }
  expect(fs.readdirSync(path.join(root, 'out', 'builds'))).toHaveLength(2);
}, 60_000);
