/** `hoist setup found` and `hoist setup adopt`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { jsonLines, openShellForEachTest } from '../testing/setup-fixture.ts';

const setup = openShellForEachTest();

const writeRcloneConfig = (): void => {
  mkdirSync(path.join(setup.shell.home, '.config/rclone'), { recursive: true });
  const { endpoint, accessKeyId, secretAccessKey, region } = setup.store.address;
  writeFileSync(
    path.join(setup.shell.home, '.config/rclone/rclone.conf'),
    `[minio]\ntype = s3\nprovider = Minio\nendpoint = ${endpoint}\naccess_key_id = ${accessKeyId}\nsecret_access_key = ${secretAccessKey}\nregion = ${region}\n`,
  );
};

test('lists discovered credentials without their keys, and uses them only after the user adopts them', async () => {
  writeRcloneConfig();
  const found = await setup.hoist(['setup', 'found']);
  expect(found).toMatchObject({ code: 0, out: 's3-rclone-minio\tminio\ts3\t~/.config/rclone/rclone.conf\tbucket\n' });
  expect(await setup.destinationNames()).toEqual(['Practice']);
  expect(await setup.hoist(['setup', 'adopt', 's3-rclone-minio'])).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('--set bucket=…') as unknown,
  });
  expect(await setup.hoist(['setup', 'adopt', 'nothing'])).toMatchObject({ code: 2, out: '' });
  const bucketSetting = `bucket=${setup.store.address.bucket}`;
  const failing = await setup.hoist(['setup', 'adopt', 's3-rclone-minio', '--set', 'bucket=missing-bucket', '--json']);
  expect(failing.code).toBe(1);
  expect(failing.err).toContain('Nothing was saved.');
  expect(jsonLines(failing)[0]).toMatchObject({ works: false });
  expect(await setup.destinationNames()).toEqual(['Practice']);
  const untested = ['--set', 'bucket=missing-bucket', '--no-test'];
  expect(await setup.hoist(['setup', 'adopt', 's3-rclone-minio', ...untested])).toMatchObject({ code: 0 });
  await setup.hoist(['setup', 'remove', 'missing-bucket', '--yes']);
  const ran = await setup.hoist(['setup', 'adopt', 's3-rclone-minio', '--set', bucketSetting, '--json']);
  expect(ran.err).toMatch(/^Passed: Settings are complete\nPassed: Signs in\nPassed: Stores files\n/);
  expect(ran.code, ran.err).toBe(0);
  expect(ran.out + ran.err + found.out).not.toContain(setup.store.address.secretAccessKey);
  expect(await setup.hoist(['setup', 'test'])).toMatchObject({ code: 0 });
});

test('names the setting that an imported destination lacks, and the command that sets it', async () => {
  writeRcloneConfig();
  const file = path.join(setup.shell.home, '.config/rclone/rclone.conf');
  expect((await setup.hoist(['setup', 'import', file])).code).toBe(0);
  const { out } = await setup.hoist(['setup']);
  expect(out).toContain('Needs setup. The setting “Bucket” is missing.');
  expect(out).toContain('hoist setup edit minio --set bucket=…');
});

test('without a key store, adopts keys only with --session, which warns, or with --unprotected', async () => {
  writeRcloneConfig();
  const adopt = ['setup', 'adopt', 's3-rclone-minio', '--set', `bucket=${setup.store.address.bucket}`];
  expect(await setup.shell.run(adopt)).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringMatching(/no key store.*--unprotected.*--session/) as unknown,
  });
  expect(await setup.destinationNames()).toEqual(['Practice']);
  const { address } = setup.store;
  const withoutSecret = await setup.shell.run([...adopt, '--session']);
  // Its bucket is called "practice", which is the reserved name of the built-in store.
  expect(withoutSecret).toMatchObject({ code: 0, out: 'practice 2\n' });
  expect(withoutSecret.err).toContain(
    'The secret of practice 2 is not saved, so later commands can’t use it. ' +
      "Save the secret with: hoist setup edit 'practice 2' --unprotected --secrets-from -",
  );
  expect(await setup.shell.run(['setup', 'test'])).toMatchObject({ code: 1 });
  await setup.shell.run(['setup', 'remove', 'practice 2', '--yes']);
  const unprotected = await setup.shell.run([...adopt, '--unprotected']);
  expect(unprotected.code, unprotected.err).toBe(0);
  expect(unprotected.err).not.toContain('not saved');
  expect(await setup.shell.run(['setup', 'test'])).toMatchObject({ code: 0 });
  expect(setup.storedText()).toContain(address.secretAccessKey);
});

test('imports discovered credentials from their file once', async () => {
  writeRcloneConfig();
  expect(await setup.hoist(['setup', 'import'])).toMatchObject({
    code: 0,
    out: `${path.join(setup.shell.home, '.config/rclone/rclone.conf')}\trclone\t1 destination\n`,
  });
  const first = await setup.hoist(['setup', 'import', '../.config/rclone/rclone.conf']);
  expect(first).toMatchObject({ code: 0, out: 'incomplete\tminio\trclone\n' });
  expect(first.err).toContain('hoist setup all');
  expect(await setup.hoist(['setup', 'import', '../.config/rclone/rclone.conf'])).toMatchObject({
    code: 0,
    out: 'known\tminio\trclone\n',
  });
  expect(jsonLines(await setup.hoist(['setup', '--json']))[0]).toMatchObject({
    state: 'needs-setup',
    secrets: ['secretAccessKey'],
    error: { code: 'invalid-input' },
  });
  expect((await setup.hoist(['setup', 'all'])).out).toContain('(--set bucket=…)');
  expect(await setup.hoist(['setup', 'edit', 'minio', '--set', `bucket=${setup.store.address.bucket}`])).toMatchObject({
    code: 0,
  });
  expect(await setup.hoist(['setup', 'import', '../.config/rclone/rclone.conf'])).toMatchObject({
    out: 'known\tminio\trclone\n',
  });
  expect(await setup.destinationNames()).toEqual(['minio']);
});

test('a destination whose variable is no longer set names the variable, not setup edit', async () => {
  const adopted = await setup.hoist(['setup', 'adopt', 'fal-environment', '--no-test'], {
    env: { FAL_KEY: 'id:secret' },
  });
  expect(adopted).toMatchObject({ code: 0, out: 'fal.ai\n' });
  const { out } = await setup.hoist(['setup']);
  expect(out).toContain('The environment variables with the key of fal.ai are not set.');
  expect(out).toContain('Set the environment variable FAL_KEY.');
  expect(out).not.toContain('setup edit');
});
