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
  const ran = await setup.hoist(['setup', 'adopt', 's3-rclone-minio', '--set', bucketSetting, '--json']);
  expect(ran.code, ran.err).toBe(0);
  expect(ran.out + ran.err + found.out).not.toContain(setup.store.address.secretAccessKey);
  expect(await setup.hoist(['setup', 'test'])).toMatchObject({ code: 0 });
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
  expect((await setup.hoist(['setup', 'all'])).out).toContain('(--bucket)');
  expect(await setup.hoist(['setup', 'edit', 'minio', '--set', `bucket=${setup.store.address.bucket}`])).toMatchObject({
    code: 0,
  });
  expect(await setup.hoist(['setup', 'import', '../.config/rclone/rclone.conf'])).toMatchObject({
    out: 'known\tminio\trclone\n',
  });
  expect(await setup.destinationNames()).toEqual(['minio']);
});
