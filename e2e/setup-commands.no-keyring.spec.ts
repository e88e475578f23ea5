/** Setup commands without a key store: no key is saved until the user has chosen how. */
import fs from 'node:fs';
import path from 'node:path';
import { downloadLink, createTestBucket, hasS3Server, accessKey, endpoint } from './bucket.ts';
import { userDataFolder, runHoist } from './hoist-cli.ts';
import { expect, temporaryFolder, test } from './app-fixture.ts';

test('saves a destination only after the user chose how to keep its keys; only this user can read unencrypted keys', async () => {
  test.skip(!hasS3Server, 'no S3 server');
  const home = temporaryFolder('home');
  const bucket = await createTestBucket();
  const add = (...more: string[]): ReturnType<typeof runHoist> =>
    runHoist(
      [
        'setup',
        'add',
        's3',
        '--endpoint',
        endpoint,
        '--bucket',
        bucket,
        '--access-key-id',
        accessKey.id,
        '--path-style',
        '--secrets-from',
        '-',
        ...more,
      ],
      { home, input: `secretAccessKey=${accessKey.secret}\n` },
    );
  const refused = await add();
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  for (const words of ['no key store', '--unprotected', '--session', '--aws-profile'])
    expect(refused.stderr).toContain(words);
  expect(await add('--unprotected', '--name', 'Open')).toMatchObject({ code: 0, stdout: 'Open\n' });
  const files = fs
    .readdirSync(userDataFolder(home), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const readable = files.filter((file) => fs.readFileSync(file, 'latin1').includes(accessKey.secret));
  expect(readable.map((file) => [path.basename(file), (fs.statSync(file).mode & 0o777).toString(8)])).toEqual([
    ['unprotected-keys.json', '600'],
  ]);
  fs.writeFileSync(path.join(home, 'a.txt'), 'hello');
  const uploaded = await runHoist(['upload', 'a.txt'], { home });
  expect(await downloadLink(uploaded.stdout.trim())).toMatchObject({ status: 200 });

  expect(await add('--session', '--name', 'Later', '--default')).toMatchObject({ code: 0, stdout: 'Later\n' });
  const warned = await runHoist(['upload', 'a.txt'], { home });
  expect(warned).toMatchObject({ code: 1, stdout: '' });
  expect(warned.stderr).toMatch(/^Warning: Later: .*hoist setup edit Later --sign-in$/m);
});
