/** `hoist setup import` and `hoist setup export`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { jsonLines, openShellForEachTest, outputLines } from '../testing/setup-fixture.ts';
import { Shell, testSecretBox } from '../testing/shell.ts';

const setup = openShellForEachTest();

test('adds the links of a PicList album to the history once, below Hoist’s uploads', async () => {
  await setup.add('Work');
  await setup.hoist(['upload', setup.shell.file('own.txt')]);
  const gallery = Array.from({ length: 250 }, (_, i) => ({
    id: `${i}`,
    fileName: `${i}.png`,
    imgUrl: `https://img.example.com/${i}.png`,
    createdAt: 1_600_000_000_000 + i * 1000,
    config: { secretAccessKey: 'CANARY' },
  }));
  setup.shell.file('piclist.db', gzipSync(JSON.stringify({ gallery })));
  expect(await setup.hoist(['setup', 'import', 'piclist.db', '--json'])).toMatchObject({
    code: 0,
    out: `${JSON.stringify({ profiles: [], uploads: 250, skipped: [] })}\n`,
  });
  expect(jsonLines(await setup.hoist(['setup', 'import', 'piclist.db', '--json']))[0]).toMatchObject({ uploads: 0 });
  const history = jsonLines(await setup.hoist(['history', '-n', '1000', '--json']));
  expect(history.map(({ name }) => name)).toEqual(['own.txt', ...gallery.map(({ fileName }) => fileName).reverse()]);
  expect(history[1]).toMatchObject({
    status: 'done',
    destination: 'PicList',
    url: 'https://img.example.com/249.png',
    ended: '2020-09-13T12:30:49.000Z',
  });
  expect(history[1]).toMatchObject({ imported: true });
  for (const unknownField of ['verification', 'size']) expect(history[1]).not.toHaveProperty(unknownField);
  expect(outputLines((await setup.hoist(['history', 'piclist', '249'])).out)).toHaveLength(1);
  expect(setup.storedText()).not.toContain('CANARY');
});

test('the message about incomplete destinations names at most twenty', async () => {
  const remotes = Array.from(
    { length: 23 },
    (_, index) => `[remote-${index}]\ntype = s3\naccess_key_id = a${index}\nsecret_access_key = b\n`,
  );
  setup.shell.file('rclone.conf', remotes.join(''));
  const { err } = await setup.hoist(['setup', 'import', 'rclone.conf']);
  expect(err).toContain('remote-19 and 3 more. See: hoist setup all');
  expect(err).not.toContain('remote-20');
});

test('an incomplete import does not replace the default destination, which environment variables set up', async () => {
  const { endpoint, accessKeyId, secretAccessKey, bucket } = setup.store.address;
  const env = {
    AWS_S3_BUCKET: bucket,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
  setup.shell.file('rclone.conf', '[one]\ntype = s3\naccess_key_id = a\nsecret_access_key = b\n');
  setup.shell.file('more.conf', '[one]\ntype = s3\naccess_key_id = c\nsecret_access_key = d\n');
  expect((await setup.hoist(['setup', 'export'], { env })).out).toContain('"destinations": []');
  expect(await setup.hoist(['setup', 'import', 'rclone.conf'], { env })).toMatchObject({
    code: 0,
    out: 'incomplete\tone\trclone\n',
  });
  expect(await setup.hoist(['setup', 'import', 'more.conf'], { env })).toMatchObject({
    code: 0,
    out: 'incomplete\tone 2\trclone\n',
  });
  const listed = await setup.hoist(['setup', '--json'], { env });
  expect(jsonLines(listed).map(({ name, default: isDefault }) => [name, isDefault])).toEqual([
    ['one', false],
    ['one 2', false],
    ['S3 (environment)', true],
    ['Practice', false],
  ]);
});

test('the import of an unknown format or a missing file fails', async () => {
  expect(await setup.hoist(['setup', 'import', setup.shell.file('x.bin', Buffer.from([1, 2, 0, 3]))])).toMatchObject({
    code: 1,
    out: '',
    err: 'x.bin: not imported, because Hoist doesn’t know this file format.\n',
  });
  await expect(setup.shell.run(['setup', 'import', 'gone'])).rejects.toMatchObject({
    error: { code: 'source-missing' },
  });
});

test('an export contains all settings except secrets, and recreates the destinations on another computer', async () => {
  await setup.add('Work', ['--prefix', 'shared', '--link-days', '3']);
  await setup.add('Other', ['--no-test', '--bucket', 'other-bucket']);
  await setup.add('Same place', ['--no-test', '--prefix', 'shared']);
  const ran = await setup.hoist(['setup', 'export', 'mine.json']);
  expect(ran).toMatchObject({ code: 0, out: 'mine.json\n' });
  const written = readFileSync(path.join(setup.shell.cwd, 'mine.json'), 'utf8');
  expect(written).not.toContain(setup.store.address.secretAccessKey);
  expect((await setup.hoist(['setup', 'export'])).out).toBe(written);
  expect(await setup.hoist(['setup', 'export', 'mine.json'])).toMatchObject({ code: 2, out: '' });
  expect(await setup.hoist(['setup', 'export', 'no/folder.json'])).toMatchObject({ code: 2, out: '' });

  const other = new Shell();
  try {
    other.file('mine.json', written);
    const imported = await other.run(['setup', 'import', 'mine.json'], { secretBox: testSecretBox });
    expect(imported).toMatchObject({
      code: 0,
      out: 'incomplete\tWork\tHoist\nincomplete\tOther\tHoist\nincomplete\tSame place\tHoist\n',
    });
    const [work] = jsonLines(await other.run(['setup', '--json'], { secretBox: testSecretBox }));
    expect(work).toMatchObject({
      name: 'Work',
      state: 'needs-sign-in',
      settings: { prefix: 'shared', linkDays: '3', bucket: setup.store.address.bucket },
    });
    expect(
      await other.run(['setup', 'edit', 'Work', '--secrets-from', '-'], {
        secretBox: testSecretBox,
        stdin: setup.secretInput(),
      }),
    ).toMatchObject({ code: 0 });
    expect((await other.run(['setup', 'export'], { secretBox: testSecretBox })).out).toBe(written);
  } finally {
    other.remove();
  }
});
