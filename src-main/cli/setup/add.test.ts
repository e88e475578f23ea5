/** `hoist setup add` and `hoist setup edit`: prompts, secrets, the test before saving, and the saved settings. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { jsonLines, openShellForEachTest } from '../testing/setup-fixture.ts';

const setup = openShellForEachTest();

test('tests and saves a destination, which the next upload uses', async () => {
  const ran = await setup.add('Work');
  expect(ran.code, ran.err).toBe(0);
  expect(ran.out).toBe('Work\n');
  expect(ran.err).toMatch(
    /^Passed: Settings are complete\nPassed: Signs in\nPassed: Stores files\n.*The link opens.*\nPassed: Deletes the test file\nSaved: Work/,
  );
  expect((await setup.store.itemCounts()).objects).toBe(0);
  const uploaded = await setup.hoist(['upload', setup.shell.file('a.txt', 'hello'), '--json']);
  expect(jsonLines(uploaded)[0]).toMatchObject({ status: 'done', destination: 'Work' });
  expect((await setup.store.keys()).length).toBe(1);
  for (const Key of await setup.store.keys())
    await setup.store.client.send(new DeleteObjectCommand({ Bucket: setup.store.address.bucket, Key }));
});

test('a custom server needs no region', async () => {
  const args = setup.locationOptions().filter((arg, index, all) => arg !== '--region' && all[index - 1] !== '--region');
  const add = ['setup', 'add', 's3', '--preset', 'custom', ...args, '--name', 'Custom', '--secrets-from', '-'];
  const ran = await setup.hoist(add, { stdin: setup.secretInput() });
  expect(ran.code, ran.err).toBe(0);
});

test('refuses an argument that no option takes, so a value after a switch does not get lost', async () => {
  for (const args of [
    ['add', 's3', '--path-style', 'false', '--bucket', 'b', '--no-test'],
    ['use', 'Work', 'more'],
    ['test', 'Work', 'more'],
    ['export', 'a.json', 'b.json'],
  ]) {
    const ran = await setup.hoist(['setup', ...args]);
    expect([ran.code, ran.out], args.join(' ')).toEqual([2, '']);
    expect(ran.err).toContain('too many arguments');
  }
  expect((await setup.hoist(['setup', 'nonsense'])).err).toContain('nonsense');
});

test('with a typed address, a preset does not ask for the region that the address contains', async () => {
  for (const [index, address] of [
    ['--endpoint', 'https://s3.us-west-004.backblazeb2.com', '--bucket', 'photos'],
    ['--bucket', 'https://photos.s3.us-west-004.backblazeb2.com/'],
  ].entries()) {
    const args = ['setup', 'add', 's3', '--preset', 'b2', '--name', `B2 ${index}`, ...address];
    const ran = await setup.hoist([...args, '--access-key-id', 'id', '--secrets-from', '-', '--no-test', '--json'], {
      stdin: setup.secretInput(),
    });
    expect(ran.code, ran.err).toBe(0);
    expect(JSON.stringify(jsonLines(ran)[0])).toContain('us-west-004');
  }
});

test('saves what the test found out about the store, and keeps it when an edit does not change the address', async () => {
  const features = 'crc32=honours,ifNoneMatch=honours';
  expect((await setup.add('New')).code).toBe(0);
  expect(setup.storedText()).toContain(features);
  const edit = ['setup', 'edit', 'New', '--set', 'link-days=3', '--no-test', '--json'];
  const edited = jsonLines(await setup.hoist(edit))[0];
  expect(edited).toMatchObject({ settings: { linkDays: '3', storeFeatures: features } });
}, 120_000);

test('never prints a secret and stores it only encrypted, whether it comes from a pipe or a prompt', async () => {
  const canary = 'CANARY0secret0CANARY0secret0CANARY0secret';
  const runs = [
    await setup.hoist(
      ['setup', 'add', 's3', ...setup.locationOptions(), '--name', 'one', '--no-test', '--secrets-from', '-'],
      {
        stdin: setup.secretInput(canary),
      },
    ),
    await setup.hoist(['setup', 'add', 's3', ...setup.locationOptions(), '--name', 'two', '--no-test', '--json'], {
      answers: [canary],
    }),
    await setup.hoist(['setup', 'add', 's3', ...setup.locationOptions(), '--name', 'three', '--secrets-from', '-'], {
      stdin: setup.secretInput(canary),
    }),
    await setup.hoist(['setup', '--json']),
    await setup.hoist(['setup', 'all', '--json']),
    await setup.hoist(['setup', 'test', 'one', '--json']),
    await setup.hoist(['setup', 'export']),
    await setup.hoist(['setup', 'edit', 'one', '--secrets-from', '-'], { stdin: Readable.from([`${canary}=\n`]) }),
    await setup.hoist(['upload', setup.shell.file('a.txt')]),
  ];
  // The wrong key fails each test and the upload (1). A secret without a known field name is a usage error (2).
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 1, 0, 0, 1, 0, 2, 1]);
  expect(runs.map(({ out, err }) => out + err).join('\n')).not.toContain('CANARY');
  expect(setup.storedText()).not.toContain('CANARY');
});

test.each([
  [['--secret-access-key', 'CANARY']],
  [['--secret-access-key=CANARY']],
  [['--secret-acess-key=CANARY']],
  [['--proxy-password', 'CANARY']],
])('refuses a secret as an argument: %j', async (args) => {
  const ran = await setup.hoist(['setup', 'add', 's3', ...setup.locationOptions(), ...args]);
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).not.toContain('CANARY');
  expect(ran.err).toMatch(args[0]!.includes('acess') ? /unknown option/ : /is secret.*--secrets-from -/);
  expect(await setup.destinationNames()).toEqual(['Practice']);
});

test('without a terminal, lists every missing setting with its option', async () => {
  const ran = await setup.hoist(['setup', 'add', 's3']);
  expect(ran).toMatchObject({ code: 2, out: '' });
  for (const words of ['--access-key-id', '--bucket', 'secretAccessKey=…', 'hoist setup provider s3'])
    expect(ran.err).toContain(words);
});

test('at a terminal, prompts for missing settings and does not show the secrets that the user types', async () => {
  const { address } = setup.store;
  const ran = await setup.hoist(
    ['setup', 'add', 's3', '--endpoint', address.endpoint, '--region', address.region, '--name', 'Asked'],
    { answers: [address.accessKeyId, address.secretAccessKey, address.bucket] },
  );
  expect(ran.code, ran.err).toBe(0);
  expect(ran.err).toContain(`The bucket name, or any address of the bucket.\nBucket: ${address.bucket}\n`);
  expect(ran.err).not.toContain(address.secretAccessKey);
  expect(await setup.hoist(['setup', 'add', 's3', '--bucket', 'b'], { answers: [] })).toMatchObject({
    code: 130,
    out: '',
  });
});

test('also prompts for settings that only the chosen preset requires', async () => {
  const ran = await setup.hoist(
    ['setup', 'add', 's3', '--preset', 'r2', '--bucket', 'bucket', '--access-key-id', 'AKIA', '--no-test', '--json'],
    { answers: ['CANARY', 'https://me.r2.cloudflarestorage.com'] },
  );
  expect(ran.code, ran.err).toBe(0);
  expect(ran.err).toContain('https://{account}.r2.cloudflarestorage.com');
  expect(jsonLines(ran)[0]).toMatchObject({ settings: { endpoint: 'https://me.r2.cloudflarestorage.com' } });
  expect(
    await setup.hoist(
      ['setup', 'add', 's3', '--preset', 'r2', '--bucket', 'bucket', '--access-key-id', 'AKIA', '--secrets-from', '-'],
      { stdin: setup.secretInput() },
    ),
  ).toMatchObject({ code: 2, err: expect.stringContaining('--endpoint') as unknown });
});

test('does not save a destination that fails its test, unless --no-test is given', async () => {
  const args = ['setup', 'add', 's3', ...setup.locationOptions(), '--bucket', 'not-there', '--secrets-from', '-'];
  const ran = await setup.hoist(args, { stdin: setup.secretInput() });
  expect(ran).toMatchObject({ code: 1, out: '' });
  expect(ran.err).toMatch(/The bucket “not-there” doesn’t exist.*\(--bucket\)/);
  expect(ran.err).toContain('Nothing was saved.');
  expect(await setup.destinationNames()).toEqual(['Practice']);
  expect(jsonLines(await setup.hoist([...args, '--json'], { stdin: setup.secretInput() }))[0]).toMatchObject({
    works: false,
    steps: expect.arrayContaining([expect.objectContaining({ outcome: 'failed' })]) as unknown,
  });
  expect(await setup.hoist([...args, '--no-test'], { stdin: setup.secretInput() })).toMatchObject({
    code: 0,
    out: 'not-there\n',
  });
});

test('rejects a name that is taken, and --secrets-from - at a terminal', async () => {
  await setup.add('Work', ['--no-test']);
  expect(await setup.add('work', ['--no-test'])).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('the name is taken') as unknown,
  });
  expect(
    await setup.add('Other', ['--no-test'], { stdin: Object.assign(setup.secretInput(), { isTTY: true }) }),
  ).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('Omit --secrets-from') as unknown,
  });
  expect(await setup.destinationNames()).toEqual(['Work']);
});

test('reports an invalid setting with its option', async () => {
  const ran = await setup.hoist(
    ['setup', 'add', 's3', ...setup.locationOptions(), '--endpoint', 'http://example.com', '--secrets-from', '-'],
    { stdin: setup.secretInput() },
  );
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toContain('(--endpoint)');
  for (const invalid of [
    ['--link-kind', 'everyone'],
    ['--preset', 'nowhere'],
    ['--link-kind', 'expiring', '--public-base-url', 'https://x.example'],
  ]) {
    expect(
      await setup.hoist(['setup', 'add', 's3', ...setup.locationOptions(), ...invalid, '--secrets-from', '-'], {
        stdin: setup.secretInput(),
      }),
      invalid.join(' '),
    ).toMatchObject({ code: 2, out: '' });
  }
});

test('reads the formats in which other programs write secrets', async () => {
  for (const input of [
    JSON.stringify({ AccessKey: { UserName: 'x', AccessKeyId: 'AKIA2', SecretAccessKey: 'CANARY' } }),
    'export AWS_ACCESS_KEY_ID=AKIA2\r\nAWS_SECRET_ACCESS_KEY="CANARY"\r\n',
    '\ufeffaccess-key-id = AKIA2\n# comment\nsecret-access-key=CANARY',
  ]) {
    const ran = await setup.hoist(
      ['setup', 'add', 's3', '--bucket', 'bucket', '--no-test', '--json', '--secrets-from', '-'],
      { stdin: Readable.from([input]) },
    );
    expect(ran.code, ran.err).toBe(0);
    expect(jsonLines(ran)[0]).toMatchObject({
      settings: { accessKeyId: 'AKIA2' },
      secrets: ['secretAccessKey'],
      kept: 'saved',
    });
  }
});

test('uses a profile of the AWS tools by its name, and copies no key', async () => {
  vi.stubEnv('HOME', setup.shell.home); // the AWS SDK reads this variable to find its files
  mkdirSync(path.join(setup.shell.home, '.aws'));
  const { endpoint, accessKeyId, secretAccessKey, region, bucket } = setup.store.address;
  writeFileSync(
    path.join(setup.shell.home, '.aws/credentials'),
    `[work]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  );
  writeFileSync(
    path.join(setup.shell.home, '.aws/config'),
    `[profile work]\nregion = ${region}\nendpoint_url = ${endpoint}\n`,
  );
  const args = ['setup', 'add', 's3', '--aws-profile', 'work', '--bucket', bucket];
  const ran = await setup.hoist([...args, '--path-style', '--json']);
  expect(ran.code, ran.err).toBe(0);
  expect(jsonLines(ran)[0]).toMatchObject({
    settings: { credentials: 'profile', awsProfile: 'work' },
    kept: 'reference',
    secrets: [],
  });
  expect(await setup.hoist([...args, '--credentials', 'keys'])).toMatchObject({
    code: 2,
    err: '--aws-profile has no effect with --credentials keys.\n',
  });
});

test('hoist setup edit changes only the given settings, and tests a new key before it saves the key', async () => {
  await setup.add('Work');
  const wrongKey = 'CANARY0secret0CANARY0secret0CANARY0secret';
  expect(
    await setup.hoist(['setup', 'edit', 'Work', '--secrets-from', '-'], { stdin: setup.secretInput(wrongKey) }),
  ).toMatchObject({
    code: 1,
    out: '',
  });
  expect(await setup.hoist(['setup', 'test', 'Work'])).toMatchObject({ code: 0 });
  expect(await setup.hoist(['setup', 'edit', 'Work', '--set', 'prefix=shared', 'link-days=3'])).toMatchObject({
    code: 0,
    out: 'Work\n',
  });
  expect(jsonLines(await setup.hoist(['setup', '--json']))[0]).toMatchObject({
    settings: { prefix: 'shared', linkDays: '3' },
    linkDays: 3,
    secrets: ['secretAccessKey'],
  });
  for (const invalid of [['--set', 'nothing=1'], ['--set', 'secretAccessKey=CANARY'], []])
    expect(await setup.hoist(['setup', 'edit', 'Work', ...invalid])).toMatchObject({
      code: 2,
      out: '',
      err: expect.not.stringContaining('CANARY') as unknown,
    });
});

test('hoist setup edit --sign-in asks for the secret key again', async () => {
  const wrongKey = 'CANARY0secret0CANARY0secret0CANARY0secret';
  await setup.add('Work', ['--no-test'], { stdin: setup.secretInput(wrongKey) });
  const edit = ['setup', 'edit', 'Work', '--sign-in'];
  expect(await setup.hoist(edit)).toMatchObject({
    code: 2,
    err: expect.stringContaining('secretAccessKey=… with --secrets-from -') as unknown,
  });
  const edited = await setup.hoist(edit, { answers: [setup.store.address.secretAccessKey] });
  expect(edited.code, edited.err).toBe(0);
  expect(edited.err).not.toContain(setup.store.address.secretAccessKey);
  expect((await setup.hoist(['setup', 'test', 'Work'])).code).toBe(0);
});

test('hoist setup edit changes a destination whose keys come from environment variables', async () => {
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = setup.store.address;
  const env = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_S3_BUCKET: bucket,
    AWS_S3_PATH_STYLE: 'true',
  };
  const adopted = await setup.hoist(['setup', 'adopt', 's3-environment', '--no-test'], { env });
  expect(adopted.code, adopted.err).toBe(0);
  const edited = await setup.hoist(['setup', 'edit', adopted.out.trim(), '--set', 'linkDays=3'], { env });
  expect(edited.code, edited.err).toBe(0);
  expect(jsonLines(await setup.hoist(['setup', '--json'], { env }))[0]).toMatchObject({
    kept: 'environment',
    settings: { linkDays: '3' },
  });
});

test('--set reads the lines of a setting from a file', async () => {
  await setup.add('Work', ['--no-test']);
  setup.shell.file('headers.txt', 'x-amz-meta-project: summer\nx-amz-meta-team: web\n');
  const edited = await setup.hoist(['setup', 'edit', 'Work', '--set', 'headers=@headers.txt', '--json']);
  expect(jsonLines(edited)[0]).toMatchObject({
    settings: { headers: 'x-amz-meta-project: summer\nx-amz-meta-team: web' },
  });
});

test('--set refuses a sign-in, because other users can read arguments', async () => {
  const add = ['setup', 'add', 'dropbox', '--app-key', 'abcdefghijklm', '--no-test', '--secrets-from', '-'];
  await setup.hoist(add, { stdin: Readable.from([`account=${'t'.repeat(43)}\n`]) });
  const ran = await setup.hoist(['setup', 'edit', 'Dropbox', '--set', 'account=CANARY', '--no-test']);
  expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('is secret') as unknown });
  expect(ran.err).not.toContain('CANARY');
});
