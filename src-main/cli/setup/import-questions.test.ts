/** `hoist setup import`: the questions about links and buckets, the default destination, and large files. */
import { expect, test } from 'vitest';
import { jsonLines, openShellForEachTest, outputLines } from '../testing/setup-fixture.ts';
import type { SecretBox } from '../../profiles/secret-box.ts';
import { testSecretBox, type RunOptions } from '../testing/shell.ts';

const setup = openShellForEachTest();

/** A PicList file with destinations that made permanent links, and one whose links expired. */
const picListFile = (): string => {
  const { endpoint, accessKeyId, secretAccessKey, bucket } = setup.store.address;
  const common = { accessKeyID: accessKeyId, secretAccessKey, bucketName: bucket, endpoint, pathStyleAccess: true };
  const configList = [
    { ...common, _configName: 'Blog', urlPrefix: 'https://img.example.com', disableBucketPrefixToURL: true },
    { ...common, _configName: 'Open', acl: 'public-read', uploadPath: 'open' },
    { ...common, _configName: 'Signed', acl: 'auto', uploadPath: 'signed' },
  ];
  return setup.shell.file('piclist.json', JSON.stringify({ picBed: {}, uploader: { 'aws-s3-plist': { configList } } }));
};
const settingsByName = async (): Promise<Map<unknown, unknown>> =>
  new Map(jsonLines(await setup.hoist(['setup', '--json'])).map(({ name, settings }) => [name, settings]));

test('without a terminal, imported destinations get links that expire, and a command that keeps permanent links', async () => {
  const ran = await setup.hoist(['setup', 'import', picListFile(), '--json']);
  expect(jsonLines(ran)[0]?.['profiles']).toEqual([
    { name: 'Blog', kept: 'added', from: 'PicList', links: 'expiring' },
    { name: 'Open', kept: 'added', from: 'PicList', links: 'expiring' },
    { name: 'Signed', kept: 'added', from: 'PicList' },
  ]);
  const lines = outputLines(ran.err);
  expect(lines[0]).toBe(
    'Blog: PicList made permanent links, but Hoist makes links that expire. ' +
      'Keep permanent links with: hoist setup edit Blog --set linkKind=public publicBaseUrl=https://img.example.com',
  );
  expect(lines[1]).toContain('hoist setup edit Open --set linkKind=public');
  expect(lines).toHaveLength(2);
  const settings = await settingsByName();
  expect([...settings.values()].map((values) => (values as { linkKind?: string }).linkKind)).toEqual(
    Array.from({ length: 3 }, () => 'expiring'),
  );
  expect(settings.get('Open')).toMatchObject({ acl: 'true' });
  const file = setup.shell.file('a.txt', 'private');
  const [uploaded] = jsonLines(await setup.hoist(['upload', file, '--to', 'Open', '--json']));
  expect(uploaded).toMatchObject({ status: 'done', visibility: 'expiring' });
  expect((await fetch(String(uploaded!['url']).split('?')[0]!)).status).toBe(403);

  const edit = await setup.hoist(['setup', 'edit', 'Blog', '--no-test', ...lines[0]!.split(' ').slice(-3)]);
  expect(edit.code, edit.err).toBe(0);
  expect((await settingsByName()).get('Blog')).toMatchObject({
    linkKind: 'public',
    publicBaseUrl: 'https://img.example.com',
  });
});

/** The title, the arguments, the answers at a terminal (undefined: no terminal) and the expected kind of the links. */
test.each<[string, string[], string[] | undefined, string]>([
  ['--link public', ['--link', 'public'], undefined, 'public'],
  ['the answer y', [], ['y'], 'public'],
  ['the answer no', [], [''], 'expiring'],
  // A question without an answer would end the command.
  ['--link expiring', ['--link', 'expiring'], [], 'expiring'],
])('%s decides the links of destinations that made permanent links', async (_, args, answers, expected) => {
  const ran = await setup.hoist(['setup', 'import', picListFile(), '--json', ...args], answers ? { answers } : {});
  expect(ran.code, ran.err).toBe(0);
  expect((jsonLines(ran)[0]!['profiles'] as { links?: string }[]).map(({ links }) => links)).toEqual([
    expected,
    expected,
    undefined,
  ]);
  if (answers?.length) expect(ran.err).toContain('PicList made permanent links for Blog, Open. Anyone who has such');
  expect([...(await settingsByName()).values()]).toEqual([
    expect.objectContaining({
      linkKind: expected,
      ...(expected === 'public' && { publicBaseUrl: 'https://img.example.com' }),
    }),
    expect.objectContaining({ linkKind: expected, acl: 'true' }),
    expect.objectContaining({ linkKind: 'expiring' }),
  ]);
});

test('Ctrl+C at the question imports nothing', async () => {
  expect(await setup.hoist(['setup', 'import', picListFile()], { answers: [] })).toMatchObject({ code: 130, out: '' });
  expect(await setup.destinationNames()).toEqual(['Practice']);
});

test('at a terminal, asks for the bucket of each new remote', async () => {
  const { endpoint, accessKeyId, secretAccessKey, bucket } = setup.store.address;
  const keys = `access_key_id = ${accessKeyId}\nsecret_access_key = ${secretAccessKey}`;
  setup.shell.file(
    'rclone.conf',
    `[minio]\ntype = s3\nendpoint = ${endpoint}\n${keys}\n[later]\ntype = s3\nendpoint = https://later.example.com\n${keys}\n`,
  );
  const ran = await setup.hoist(['setup', 'import', 'rclone.conf'], { answers: [` ${bucket} `, ''] });
  expect(ran).toMatchObject({ code: 0, out: 'added\tminio\trclone\nincomplete\tlater\trclone\n' });
  expect(ran.err).toContain('Bucket for minio (Enter to skip):');
  expect(await setup.hoist(['setup', 'test', 'minio'])).toMatchObject({ code: 0 });
  expect(await setup.defaultDestinationName()).toBe('minio');
  // Known remotes are not asked for again.
  expect(await setup.hoist(['setup', 'import', 'rclone.conf'], { answers: [] })).toMatchObject({
    code: 0,
    out: 'known\tminio\trclone\nknown\tlater\trclone\n',
  });
});

test('an incomplete import does not become the default, even after it was completed or if it comes first', async () => {
  const { endpoint, accessKeyId, secretAccessKey, bucket } = setup.store.address;
  const keys = `access_key_id = ${accessKeyId}\nsecret_access_key = ${secretAccessKey}`;
  setup.shell.file('one.conf', '[one]\ntype = s3\naccess_key_id = a\nsecret_access_key = b\n');
  await setup.hoist(['setup', 'import', 'one.conf']);
  expect(await setup.defaultDestinationName()).toBe('Practice');
  expect(jsonLines(await setup.hoist(['upload', setup.shell.file('a.txt'), '--json']))[0]).toMatchObject({
    destination: 'Practice',
    status: 'done',
  });
  setup.shell.file(
    'two.conf',
    `[base]\ntype = s3\nendpoint = ${endpoint}\n${keys}\n[two]\ntype = alias\nremote = base:${bucket}\n`,
  );
  expect(await setup.hoist(['setup', 'import', 'two.conf'])).toMatchObject({
    out: 'incomplete\tbase\trclone\nadded\ttwo\trclone\n',
  });
  expect(await setup.defaultDestinationName()).toBe('two');
  expect(await setup.destinationNames()).toEqual(['one', 'base', 'two']);
  await setup.hoist(['setup', 'remove', 'two', '--yes']);
  expect(await setup.defaultDestinationName()).toBe('Practice');
  const edited = await setup.hoist(['setup', 'edit', 'base', '--set', `bucket=${bucket}`]);
  expect(edited.code, edited.err).toBe(0);
  expect(await setup.defaultDestinationName()).toBe('base');
});

const manyRemotes = (count: number): string =>
  Array.from(
    { length: count },
    (_, i) =>
      `[r${i}]\ntype = s3\naccess_key_id = key${i}\nsecret_access_key = secret${i}\nendpoint = https://s3-${i % 50}.example.com\n` +
      `[a${i}]\ntype = alias\nremote = r${i}:photos-${i}/shared\n`,
  ).join('');

test.each<[string, string[], RunOptions]>([
  ['with a key store', [], { secretBox: testSecretBox }],
  ['without a key store', ['--unprotected'], {}],
])('imports 3,000 remotes without quadratic work, %s', { timeout: 300_000 }, async (_, args, options) => {
  const { shell } = setup;
  const file = shell.file('rclone.conf', manyRemotes(1500));
  const startedAt = performance.now();
  const ran = await shell.run(['setup', 'import', file, ...args], options);
  expect(ran.code, ran.err).toBe(0);
  expect(outputLines(ran.out)).toHaveLength(3000);
  const again = await shell.run(['setup', 'import', file, ...args], options);
  expect(outputLines(again.out).every((line) => line.startsWith('known\t'))).toBe(true);
  // Quadratic work takes hours, this a few seconds.
  expect(performance.now() - startedAt).toBeLessThan(250_000);
});

test('an import that is stopped imports nothing', { timeout: 120_000 }, async () => {
  setup.shell.file('rclone.conf', manyRemotes(1500));
  const stop = new AbortController();
  let encrypted = 0;
  const secretBox: SecretBox = {
    ...testSecretBox,
    encrypt: (secret) => {
      encrypted++;
      if (encrypted === 10) stop.abort();
      return testSecretBox.encrypt(secret);
    },
  };
  const ran = await setup.hoist(['setup', 'import', 'rclone.conf'], { stop: stop.signal, secretBox });
  expect(ran).toMatchObject({ code: 130, out: '' });
  expect(await setup.destinationNames()).toEqual(['Practice']);
});
