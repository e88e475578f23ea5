/** Setup commands on a computer without a key store, where the user chooses how secrets are stored. */
import { expect, test } from 'vitest';
import { jsonLines, openShellForEachTest, outputLines } from '../testing/setup-fixture.ts';
import type { RunOptions } from '../testing/shell.ts';

const setup = openShellForEachTest();

/** Omits the key store that the fixture passes by default. */
const withoutKeyStore = { secretBox: undefined } as unknown as RunOptions;

test('stores no secret until the user chooses how', async () => {
  expect(await setup.add('x', [], withoutKeyStore)).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringMatching(/no key store.*--unprotected.*--session.*--aws-profile/) as unknown,
  });
  expect(await setup.add('x', ['--session', '--unprotected'], withoutKeyStore)).toMatchObject({ code: 2, out: '' });
  expect(await setup.destinationNames()).toEqual(['Practice']);
});

test('an import requires the same choice, and a second import adds the keys that were not stored', async () => {
  const { endpoint, accessKeyId, secretAccessKey, bucket } = setup.store.address;
  setup.shell.file(
    'rclone.conf',
    `[minio]\ntype = s3\nendpoint = ${endpoint}\naccess_key_id = ${accessKeyId}\nsecret_access_key = ${secretAccessKey}\n[work]\ntype = alias\nremote = minio:${bucket}\n`,
  );
  expect(await setup.hoist(['setup', 'import', 'rclone.conf'], withoutKeyStore)).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('--unprotected') as unknown,
  });
  expect(await setup.destinationNames()).toEqual(['Practice']);
  expect(await setup.hoist(['setup', 'import', 'rclone.conf', '--session'], withoutKeyStore)).toMatchObject({
    code: 0,
    out: 'incomplete\tminio\trclone\nadded\twork\trclone\n',
    err: expect.stringContaining(
      'The secrets are not saved, so later commands can’t use these destinations.',
    ) as unknown,
  });
  expect(await setup.hoist(['setup', 'test', 'work'], withoutKeyStore)).toMatchObject({ code: 1 });
  expect(await setup.hoist(['setup', 'import', 'rclone.conf', '--unprotected'], withoutKeyStore)).toMatchObject({
    code: 0,
    out: 'known\tminio\trclone\nknown\twork\trclone\n',
  });
  expect(await setup.hoist(['setup', 'test', 'work'], withoutKeyStore)).toMatchObject({ code: 0 });
});

test('later commands can use unprotected keys, but not session keys', async () => {
  expect(await setup.add('Open', ['--unprotected'], withoutKeyStore)).toMatchObject({
    code: 0,
    err: expect.stringContaining('readable on this disk') as unknown,
  });
  expect(await setup.hoist(['setup', 'test', 'Open'], withoutKeyStore)).toMatchObject({ code: 0 });
  expect(await setup.add('Gone', ['--session'], withoutKeyStore)).toMatchObject({
    code: 0,
    err: expect.stringMatching(/without its secrets\.\nThe secret of Gone is not saved/) as unknown,
  });
  const [, gone] = jsonLines(await setup.hoist(['setup', '--json'], withoutKeyStore));
  expect(gone).toMatchObject({ name: 'Gone', state: 'needs-sign-in' });
  const upload = await setup.hoist(['upload', setup.shell.file('a.txt'), '--to', 'Gone'], withoutKeyStore);
  expect(upload).toMatchObject({ code: 1, out: '' });
  expect(outputLines(upload.err)[0]).toMatch(/^Warning: Gone: Needs a valid key\..*hoist setup edit Gone --sign-in$/);
});
