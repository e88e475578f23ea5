/** The program of an AWS profile on the command line: the question at a terminal, and `--allow-program`. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { openShellForEachTest } from './testing/setup-fixture.ts';

const setup = openShellForEachTest();
const started = (): string => path.join(setup.shell.home, 'started');

beforeEach(() => {
  vi.stubEnv('HOME', setup.shell.home);
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  mkdirSync(path.join(setup.shell.home, '.aws'));
  setup.shell.file('a.txt');
  writeProgram('one');
});

function writeProgram(argument: string): void {
  const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = setup.store.address;
  const script = path.join(setup.shell.home, 'keys.sh');
  const printed = JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey });
  writeFileSync(script, `#!/bin/sh\n: > '${started()}'\necho '${printed}'\n`, { mode: 0o755 });
  writeFileSync(
    path.join(setup.shell.home, '.aws/config'),
    `[profile work]\ncredential_process = "${script}" ${argument}\n`,
  );
}

function hasStarted(): boolean {
  const hasRun = existsSync(started());
  rmSync(started(), { force: true });
  return hasRun;
}

const add = (moreArgs: string[], answers?: string[]) => {
  const { endpoint, bucket, region } = setup.store.address;
  const location = ['--endpoint', endpoint, '--bucket', bucket, '--region', region, '--path-style'];
  const args = ['setup', 'add', 's3', ...location, '--credentials', 'profile', '--aws-profile', 'work'];
  return setup.hoist([...args, '--name', 'Files', ...moreArgs], answers ? { answers } : {});
};

const upload = (moreArgs: string[] = [], answers?: string[]) =>
  setup.hoist(['upload', 'a.txt', '--to', 'Files', ...moreArgs], answers ? { answers } : {});

test('without a terminal, a missing MFA code names the terminal and no setting', async () => {
  writeFileSync(
    path.join(setup.shell.home, '.aws/credentials'),
    '[base]\naws_access_key_id=a\naws_secret_access_key=b\n',
  );
  writeFileSync(
    path.join(setup.shell.home, '.aws/config'),
    `[profile work]\nsource_profile = base\nregion = us-east-1\nrole_arn = arn:aws:iam::123456789012:role/work\n` +
      `mfa_serial = arn:aws:iam::123456789012:mfa/me\n`,
  );
  await add(['--no-test']);
  const { code, err } = await upload();
  expect(code).toBe(1);
  expect(err).toContain('needs a code from your device. Run the command at a terminal, and enter the code.');
  expect(err).not.toContain('hoist setup edit');
});

test('without a terminal, the program does not start, and the message names the option', async () => {
  const added = await add([]);
  expect(added).toMatchObject({ code: 1, out: '' });
  expect(added.err).toContain('--allow-program');
  await add(['--no-test']);
  for (const command of [
    () => upload(),
    () => setup.hoist(['setup', 'test', 'Files']),
    () => setup.hoist(['resume', '--failed']),
    () => setup.hoist(['setup', '--check', '--json']),
  ]) {
    const { code, out, err } = await command();
    expect([0, 1]).toContain(code);
    expect(out + err).toContain('--allow-program');
  }
  expect((await upload()).code).toBe(1);
  expect((await setup.hoist(['setup', 'test', 'Files'])).err).toContain('hoist setup test Files --allow-program');
  expect(hasStarted()).toBe(false);
});

test('at a terminal, one question names the program, and the answer is remembered', async () => {
  await add(['--no-test']);
  const refused = await upload([], ['n']);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('The AWS profile “work” in ~/.aws/config gets the keys of Files from this program:');
  expect(refused.err).toContain('keys.sh" one ');
  expect(hasStarted()).toBe(false);
  expect((await upload([], ['y'])).code).toBe(0);
  expect(hasStarted()).toBe(true);
  expect((await upload()).code).toBe(0);
  writeProgram('two');
  hasStarted();
  expect((await upload()).code).toBe(1);
  expect(hasStarted()).toBe(false);
});

test('--allow-program answers the question and is remembered', async () => {
  expect((await add(['--allow-program'])).code).toBe(0);
  expect((await upload()).code).toBe(0);
  for (const [argument, args] of [
    ['two', ['upload', 'a.txt', '--allow-program']],
    ['three', ['setup', 'test', 'Files', '--allow-program']],
    ['four', ['setup', 'edit', 'Files', '--set', 'prefix=x', '--allow-program']],
  ] as const) {
    writeProgram(argument);
    expect((await setup.hoist([...args])).code).toBe(0);
    expect((await upload()).code).toBe(0);
  }
  writeProgram('five');
  expect((await upload()).code).toBe(1);
  expect((await setup.hoist(['resume', '--failed', '--allow-program'])).code).toBe(0);
});

test('setup adopt asks before it tests the profile', async () => {
  writeFileSync(
    path.join(setup.shell.home, '.aws/config'),
    `[profile work]\ncredential_process = "${path.join(setup.shell.home, 'keys.sh')}"\nregion = us-east-1\nendpoint_url = ${setup.store.address.endpoint}\n`,
  );
  const args = ['setup', 'adopt', 's3-profile-work', '--set', `bucket=${setup.store.address.bucket}`, 'pathStyle=true'];
  const found = (await setup.hoist(['setup', 'found'])).out.split('\t')[0]!;
  args[2] = found;
  const { code, err } = await setup.hoist(args);
  expect([code, hasStarted()]).toEqual([1, false]);
  expect(err).toContain('--allow-program');
  expect(await setup.hoist(args, { answers: ['y'] })).toMatchObject({ code: 0 });
});

test('a command line cannot forge the question', async () => {
  await add(['--no-test']);
  writeProgram(`\u001B[2J \u202E ${'x'.repeat(2000)} end`);
  const { err } = await upload([], ['n']);
  expect(err).toContain(String.raw`\u{1b}[2J \u{202e}`);
  expect(err).toMatch(/… \d,\d{3} characters not shown … x+ end Run it now and later\? \[y\/N\]/);
});
