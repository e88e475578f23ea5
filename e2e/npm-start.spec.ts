/** The command line from a checkout: `npm start --silent -- …`. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, temporaryFolder, test } from './app-fixture.ts';
import { runCommand, RunningCommand, processesWithEnv, shellEnv } from './shell-command.ts';

const root = path.resolve(import.meta.dirname, '..');
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

/** The command as a user types it in `cwd`. */
const npmStart = (...args: string[]): [string, string[]] => [
  'npm',
  ['--prefix', root, 'start', '--silent', '--', ...args],
];

test('npm start: prints only the result to standard output and needs no display', async () => {
  const configHome = temporaryFolder('shell');
  expect(await runCommand(...npmStart('--version'), { env: shellEnv(configHome), cwd: configHome })).toEqual({
    code: 0,
    signal: null,
    stdout: `${version}\n`,
    stderr: '',
  });
  // DISPLAY names a display that no longer exists, as after an ssh -X session.
  expect(
    await runCommand(...npmStart('--version'), { env: shellEnv(configHome, { DISPLAY: ':987' }), cwd: configHome }),
  ).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('npm start: reports a build on standard error', async ({ apps }) => {
  const copy = apps.folder('checkout');
  const projectEntries = fs
    .readdirSync(root)
    .filter((name) => !['.git', 'node_modules', 'out', 'release'].includes(name));
  for (const name of projectEntries) fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  const answer = await runCommand('npm', ['start', '--silent', '--', '--version'], {
    env: shellEnv(temporaryFolder('shell')),
    cwd: copy,
  });
  expect(answer).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: 'hoist: building …\n' });
});

test('npm start: file names are relative to the user’s folder, and arguments arrive unchanged', async ({ apps }) => {
  const cwd = apps.folder('working-folder');
  fs.mkdirSync(path.join(cwd, 'only here'));
  const missing = [
    'two  words',
    '--remote-debugging-port=9',
    '$HOME `id` "quoted" \'single\'',
    'Grüße 🎉',
    'line\nbreak',
    '*',
  ];
  const { code, stdout } = await runCommand(...npmStart('upload', '--json', '--', 'only here', ...missing), {
    env: shellEnv(temporaryFolder('shell')),
    cwd,
  });
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { file: string; error: { code: string } });
  expect(lines.map(({ file }) => file)).toEqual(['only here', ...missing]);
  expect(lines.map(({ error }) => error.code)).toEqual(['empty-folder', ...missing.map(() => 'source-missing')]);
  expect(code).toBe(1);
});

test("npm start: returns the command's exit code", async () => {
  const { code, stdout, stderr } = await runCommand(...npmStart('no-such-command'), {
    env: shellEnv(temporaryFolder('shell')),
  });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('no-such-command');
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`npm start: ${signal} ends the app and leaves no process behind`, async () => {
    const configHome = temporaryFolder('shell');
    const serving = new RunningCommand(process.execPath, [path.join(root, 'scripts', 'start.mjs'), 'serve'], {
      env: shellEnv(configHome),
    });
    expect(await serving.firstLine()).toMatch(/^http:/);
    serving.child.kill(signal);
    expect(await serving.ended).toMatchObject({ code: 0, signal: null });
    await expect.poll(() => processesWithEnv('XDG_CONFIG_HOME', configHome)).toEqual([]);
  });
}

test('npm start: ending npm ends the app', async () => {
  const configHome = temporaryFolder('shell');
  const serving = new RunningCommand(...npmStart('serve'), { env: shellEnv(configHome) });
  expect(await serving.firstLine()).toMatch(/^http:/);
  serving.child.kill('SIGTERM');
  await expect.poll(() => processesWithEnv('XDG_CONFIG_HOME', configHome)).toEqual([]);
});

test('npm start: explains what to do when there is neither a display nor a command', async () => {
  const { code, stdout, stderr } = await runCommand('npm', ['start', '--silent'], {
    env: shellEnv(temporaryFolder('shell')),
    cwd: root,
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('npm start --silent -- --help');
});
