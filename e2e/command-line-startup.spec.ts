/** Commands that start in an unusual environment: without a folder for the records, or in a deleted folder. */
import fs from 'node:fs';
import path from 'node:path';
import { hostArgs } from '../scripts/electron-runtime.mjs';
import { expect, temporaryFolder, test } from './app-fixture.ts';
import { runHoist, runShellLine } from './hoist-cli.ts';

/** The shell command that starts the app directly, as a package does, without scripts/start.mjs of a checkout. */
const directCommand = (): string => {
  const electron = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH!, 'electron');
  const switches = ['--ozone-platform=headless', '--disable-gpu', '--disable-software-rasterizer', '--log-level=3'];
  const root = path.resolve(import.meta.dirname, '..');
  return [electron, ...hostArgs(), ...switches, root, '--command-line', '--'].map((word) => `'${word}'`).join(' ');
};

test('a file in place of the folder for settings: one sentence and exit code 1; --version still works', async () => {
  const home = temporaryFolder('home');
  fs.writeFileSync(path.join(home, 'config'), '');
  fs.writeFileSync(path.join(home, 'a.txt'), 'a');
  const version = await runHoist(['--version'], { home });
  expect(version).toMatchObject({ code: 0, stderr: '' });
  const upload = await runHoist(['upload', 'a.txt'], { home });
  expect(upload).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `Hoist can’t create its folder ${path.join(home, 'config/Hoist')}. Check the path, then start Hoist again.\n`,
  });
});

test('neither a folder for settings nor one for temporary files: one sentence and exit code 1', async () => {
  const home = temporaryFolder('home');
  fs.writeFileSync(path.join(home, 'config'), '');
  const missing = path.join(home, 'missing');
  const line = `TMPDIR='${missing}' ${directCommand()} upload a.txt`;
  expect(await runShellLine(line, { home })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `Hoist can’t start: Hoist can’t create its folder ${missing}. Check the path, then start Hoist again.\n`,
  });
});

test('a deleted working folder: files with an absolute path are uploaded, a relative path is refused', async () => {
  const home = temporaryFolder('home');
  const file = path.join(home, 'a.txt');
  fs.writeFileSync(file, 'a');
  const { code, stdout, stderr } = await runShellLine(
    `mkdir gone && cd gone && rmdir ../gone && ${directCommand()} upload '${file}' b.txt`,
    { home },
  );
  expect(code).toBe(1);
  expect(stdout).toMatch(/^http:\S+a\.txt\S*\n$/);
  expect(stderr).toMatch(/^b\.txt: /m);
});
