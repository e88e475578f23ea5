/** The setup commands at a terminal and in a script: their output, stored data and exit codes. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { providerIds } from '../../../src-shared/provider.ts';
import { TestPractice } from '../../practice/testing/test-practice.ts';
import { Shell, testSecretBox, type CommandResult, type RunOptions } from '../testing/shell.ts';

let store: TestPractice;
let shell: Shell;
beforeAll(async () => {
  store = await TestPractice.start();
});
afterAll(async () => {
  await store.stop();
});
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => {
  vi.unstubAllEnvs();
  shell.remove();
});

const lines = (text: string): string[] => text.split('\n').slice(0, -1);
const hoist = (args: string[], options: RunOptions = {}): Promise<CommandResult> =>
  shell.run(args, { secretBox: testSecretBox, ...options });
const json = ({ out }: CommandResult): Record<string, unknown>[] =>
  lines(out).map((line) => JSON.parse(line) as Record<string, unknown>);

const locationOptions = (): string[] => [
  '--endpoint',
  store.address.endpoint,
  '--bucket',
  store.address.bucket,
  '--region',
  store.address.region,
  '--access-key-id',
  store.address.accessKeyId,
  '--path-style',
];
const secret = (value = store.address.secretAccessKey): Readable => Readable.from([`secretAccessKey=${value}\n`]);
const add = (name: string, more: string[] = [], options: RunOptions = {}): Promise<CommandResult> =>
  hoist(['setup', 'add', 's3', ...locationOptions(), '--name', name, '--secrets-from', '-', ...more], {
    stdin: secret(),
    ...options,
  });
const names = async (): Promise<unknown[]> => json(await hoist(['setup', '--json'])).map((one) => one['name']);
const defaultName = async (): Promise<unknown> =>
  json(await hoist(['setup', '--json'])).find((one) => one['default'])?.['name'];

/** The content of every file in the data folder. */
function everyByte(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

describe('hoist setup add', () => {
  test('tests and saves the destination, and the next upload uses it', async () => {
    const ran = await add('Work');
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out).toBe('Work\n');
    expect(ran.err).toMatch(
      /^Passed: Settings are complete\nPassed: Signs in\nPassed: Stores files\n.*The link opens.*\nPassed: Deletes the test file\nSaved: Work/,
    );
    expect((await store.itemCounts()).objects).toBe(0);
    const uploaded = await hoist(['upload', shell.file('a.txt', 'hello'), '--json']);
    expect(json(uploaded)[0]).toMatchObject({ status: 'done', destination: 'Work' });
    expect((await store.keys()).length).toBe(1);
    for (const key of await store.keys())
      await store.client.send(
        new (await import('@aws-sdk/client-s3')).DeleteObjectCommand({ Bucket: store.address.bucket, Key: key }),
      );
  });

  test('prints no secret and stores none unencrypted, whatever its source', async () => {
    const canary = 'CANARY0secret0CANARY0secret0CANARY0secret';
    const runs = [
      await hoist(['setup', 'add', 's3', ...locationOptions(), '--name', 'one', '--no-test', '--secrets-from', '-'], {
        stdin: secret(canary),
      }),
      await hoist(['setup', 'add', 's3', ...locationOptions(), '--name', 'two', '--no-test', '--json'], {
        answers: [canary],
      }),
      await hoist(['setup', 'add', 's3', ...locationOptions(), '--name', 'three', '--secrets-from', '-'], {
        stdin: secret(canary),
      }),
      await hoist(['setup', '--json']),
      await hoist(['setup', 'all', '--json']),
      await hoist(['setup', 'test', 'one', '--json']),
      await hoist(['setup', 'export']),
      await hoist(['setup', 'edit', 'one', '--secrets-from', '-'], { stdin: Readable.from([`${canary}=\n`]) }),
      await hoist(['upload', shell.file('a.txt')]),
    ];
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 1, 0, 0, 1, 0, 2, 1]);
    expect(runs.map(({ out, err }) => out + err).join('\n')).not.toContain('CANARY');
    expect(everyByte(path.join(shell.home, 'records'))).not.toContain('CANARY');
  });

  test.each([
    [['--secret-access-key', 'CANARY']],
    [['--secret-access-key=CANARY']],
    [['--secret-acess-key=CANARY']],
    [['--proxy-password', 'CANARY']],
  ])('refuses a secret as an argument: %j', async (args) => {
    const ran = await hoist(['setup', 'add', 's3', ...locationOptions(), ...args]);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).not.toContain('CANARY');
    expect(ran.err).toMatch(args[0]!.includes('acess') ? /unknown option/ : /is secret.*--secrets-from -/);
    expect(await names()).toEqual(['Practice']);
  });

  test('without a terminal, names every missing setting and its option', async () => {
    const ran = await hoist(['setup', 'add', 's3']);
    expect(ran).toMatchObject({ code: 2, out: '' });
    for (const words of ['--access-key-id', '--bucket', 'secretAccessKey=…', 'hoist setup provider s3'])
      expect(ran.err).toContain(words);
  });

  test('at a terminal, prompts for missing settings, and for secrets without an echo', async () => {
    const { address } = store;
    const ran = await hoist(
      ['setup', 'add', 's3', '--endpoint', address.endpoint, '--region', address.region, '--name', 'Asked'],
      { answers: [address.accessKeyId, address.secretAccessKey, address.bucket] },
    );
    expect(ran.code, ran.err).toBe(0);
    expect(ran.err).toContain(`The bucket name, or any address of the bucket.\nBucket: ${address.bucket}\n`);
    expect(ran.err).not.toContain(address.secretAccessKey);
    expect(await hoist(['setup', 'add', 's3', '--bucket', 'b'], { answers: [] })).toMatchObject({ code: 130, out: '' });
  });

  test('also prompts for settings that only the chosen service requires', async () => {
    const ran = await hoist(
      ['setup', 'add', 's3', '--preset', 'r2', '--bucket', 'bucket', '--access-key-id', 'AKIA', '--no-test', '--json'],
      { answers: ['CANARY', 'https://me.r2.cloudflarestorage.com'] },
    );
    expect(ran.code, ran.err).toBe(0);
    expect(ran.err).toContain('https://{account}.r2.cloudflarestorage.com');
    expect(json(ran)[0]).toMatchObject({ settings: { endpoint: 'https://me.r2.cloudflarestorage.com' } });
    expect(
      await hoist(
        [
          'setup',
          'add',
          's3',
          '--preset',
          'r2',
          '--bucket',
          'bucket',
          '--access-key-id',
          'AKIA',
          '--secrets-from',
          '-',
        ],
        { stdin: secret() },
      ),
    ).toMatchObject({ code: 2, err: expect.stringContaining('--endpoint') as unknown });
  });

  test('does not save a destination that fails its test, names the setting, and saves it with --no-test', async () => {
    const args = ['setup', 'add', 's3', ...locationOptions(), '--bucket', 'not-there', '--secrets-from', '-'];
    const ran = await hoist(args, { stdin: secret() });
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toMatch(/The bucket “not-there” doesn’t exist.*\(--bucket\)/);
    expect(ran.err).toContain('Nothing was saved.');
    expect(await names()).toEqual(['Practice']);
    expect(json(await hoist([...args, '--json'], { stdin: secret() }))[0]).toMatchObject({
      works: false,
      steps: expect.arrayContaining([expect.objectContaining({ outcome: 'failed' })]) as unknown,
    });
    expect(await hoist([...args, '--no-test'], { stdin: secret() })).toMatchObject({ code: 0, out: 'not-there\n' });
  });

  test('rejects a name that is taken, and secrets that a terminal would show', async () => {
    await add('Work', ['--no-test']);
    expect(await add('work', ['--no-test'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('the name is taken') as unknown,
    });
    expect(await add('Other', ['--no-test'], { stdin: Object.assign(secret(), { isTTY: true }) })).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('Omit --secrets-from') as unknown,
    });
    expect(await names()).toEqual(['Work']);
  });

  test('reports invalid settings with their options before it sends a request', async () => {
    const ran = await hoist(
      ['setup', 'add', 's3', ...locationOptions(), '--endpoint', 'http://example.com', '--secrets-from', '-'],
      { stdin: secret() },
    );
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain('(--endpoint)');
    for (const wrong of [
      ['--link-kind', 'everyone'],
      ['--preset', 'nowhere'],
      ['--link-kind', 'expiring', '--public-base-url', 'https://x.example'],
    ]) {
      expect(
        await hoist(['setup', 'add', 's3', ...locationOptions(), ...wrong, '--secrets-from', '-'], { stdin: secret() }),
        wrong.join(' '),
      ).toMatchObject({ code: 2, out: '' });
    }
  });

  test('reads secrets in the formats of other programs', async () => {
    for (const written of [
      JSON.stringify({ AccessKey: { UserName: 'x', AccessKeyId: 'AKIA2', SecretAccessKey: 'CANARY' } }),
      'export AWS_ACCESS_KEY_ID=AKIA2\r\nAWS_SECRET_ACCESS_KEY="CANARY"\r\n',
      '\ufeffaccess-key-id = AKIA2\n# comment\nsecret-access-key=CANARY',
    ]) {
      const ran = await hoist(
        ['setup', 'add', 's3', '--bucket', 'bucket', '--no-test', '--json', '--secrets-from', '-'],
        { stdin: Readable.from([written]) },
      );
      expect(ran.code, ran.err).toBe(0);
      expect(json(ran)[0]).toMatchObject({
        settings: { accessKeyId: 'AKIA2' },
        secrets: ['secretAccessKey'],
        kept: 'saved',
      });
    }
  });

  test('uses a profile of the AWS tools by name, without its own key', async () => {
    vi.stubEnv('HOME', shell.home); // the AWS SDK reads HOME whenever it looks for its files
    mkdirSync(path.join(shell.home, '.aws'));
    const { endpoint, accessKeyId, secretAccessKey, region, bucket } = store.address;
    writeFileSync(
      path.join(shell.home, '.aws/credentials'),
      `[work]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    );
    writeFileSync(
      path.join(shell.home, '.aws/config'),
      `[profile work]\nregion = ${region}\nendpoint_url = ${endpoint}\n`,
    );
    const ran = await hoist([
      'setup',
      'add',
      's3',
      '--aws-profile',
      'work',
      '--bucket',
      bucket,
      '--path-style',
      '--json',
    ]);
    expect(ran.code, ran.err).toBe(0);
    expect(json(ran)[0]).toMatchObject({
      settings: { credentials: 'profile', awsProfile: 'work' },
      kept: 'reference',
      secrets: [],
    });
    expect(
      await hoist(['setup', 'add', 's3', '--aws-profile', 'work', '--credentials', 'keys', '--bucket', bucket]),
    ).toMatchObject({ code: 2, err: '--aws-profile has no effect with --credentials keys.\n' });
  });
});

describe('without a key store', () => {
  const withoutStore = { secretBox: undefined } as unknown as RunOptions;

  test('stores no secret until the user chooses where', async () => {
    expect(await add('x', [], withoutStore)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/no key store.*--unprotected.*--session.*--aws-profile/) as unknown,
    });
    expect(await add('x', ['--session', '--unprotected'], withoutStore)).toMatchObject({ code: 2, out: '' });
    expect(await names()).toEqual(['Practice']);
  });

  test('an import requires the same choice, and a second import adds the keys that were not stored', async () => {
    const { endpoint, accessKeyId, secretAccessKey, bucket } = store.address;
    shell.file(
      'rclone.conf',
      `[minio]\ntype = s3\nendpoint = ${endpoint}\naccess_key_id = ${accessKeyId}\nsecret_access_key = ${secretAccessKey}\n[work]\ntype = alias\nremote = minio:${bucket}\n`,
    );
    expect(await hoist(['setup', 'import', 'rclone.conf'], withoutStore)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('--unprotected') as unknown,
    });
    expect(await names()).toEqual(['Practice']);
    expect(await hoist(['setup', 'import', 'rclone.conf', '--session'], withoutStore)).toMatchObject({
      code: 0,
      out: 'incomplete\tminio\trclone\nadded\twork\trclone\n',
    });
    expect(await hoist(['setup', 'test', 'work'], withoutStore)).toMatchObject({ code: 1 });
    expect(await hoist(['setup', 'import', 'rclone.conf', '--unprotected'], withoutStore)).toMatchObject({
      code: 0,
      out: 'known\tminio\trclone\nknown\twork\trclone\n',
    });
    expect(await hoist(['setup', 'test', 'work'], withoutStore)).toMatchObject({ code: 0 });
  });

  test('the next command can use unprotected keys, but not session keys', async () => {
    expect(await add('Open', ['--unprotected'], withoutStore)).toMatchObject({
      code: 0,
      err: expect.stringContaining('readable on this disk') as unknown,
    });
    expect(await hoist(['setup', 'test', 'Open'], withoutStore)).toMatchObject({ code: 0 });
    expect(await add('Gone', ['--session'], withoutStore)).toMatchObject({
      code: 0,
      err: expect.stringContaining('without its secrets') as unknown,
    });
    const [, gone] = json(await hoist(['setup', '--json'], withoutStore));
    expect(gone).toMatchObject({ name: 'Gone', state: 'needs-sign-in' });
    const upload = await hoist(['upload', shell.file('a.txt'), '--to', 'Gone'], withoutStore);
    expect(upload).toMatchObject({ code: 1, out: '' });
    expect(lines(upload.err)[0]).toMatch(/^Warning: Gone: Needs a valid key\..*hoist setup edit Gone$/);
  });
});

describe('a destination that is set up', () => {
  test('an unknown command is rejected', async () => {
    expect(await hoist(['setup', 'ad', 's3'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/hoist setup ad\. Available commands: provider, all, add/) as unknown,
    });
  });

  test('is listed in order with its state, the default marked, and as JSON', async () => {
    expect(await hoist(['setup'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\*\tPractice\ts3\tReady\n$/) as unknown,
      err: expect.stringContaining('hoist setup add s3') as unknown,
    });
    await add('First');
    await add('Second', ['--no-test']);
    expect(await hoist(['setup'])).toEqual({ code: 0, err: '', out: '*\tFirst\ts3\tReady\n-\tSecond\ts3\tReady\n' });
    expect(json(await hoist(['setup', '--json']))).toEqual([
      expect.objectContaining({
        name: 'First',
        provider: 's3',
        default: true,
        order: 1,
        state: 'ready',
        visibility: 'expiring',
        linkDays: 7,
        secrets: ['secretAccessKey'],
      }),
      expect.objectContaining({ name: 'Second', default: false, order: 2 }),
    ]);
  });

  test('is contacted with --check, and is unreachable when it does not respond', async () => {
    await add('Here');
    await hoist(
      [
        'setup',
        'add',
        's3',
        '--endpoint',
        'http://127.0.0.1:9',
        '--bucket',
        'bucket',
        '--access-key-id',
        'a',
        '--name',
        'Away',
        '--no-test',
        '--secrets-from',
        '-',
      ],
      { stdin: secret() },
    );
    expect(
      json(await hoist(['setup', '--check', '--json'])).map((one) => [
        one['name'],
        one['state'],
        typeof one['checked'],
      ]),
    ).toEqual([
      ['Here', 'ready', 'string'],
      ['Away', 'unreachable', 'string'],
    ]);
  });

  test('can be set as default, renamed, moved and duplicated', async () => {
    for (const name of ['a', 'b', 'c']) await add(name, ['--no-test']);
    expect(await defaultName()).toBe('a');
    expect(await hoist(['setup', 'use', 'C'])).toMatchObject({ code: 0, out: 'c\n' });
    expect(await defaultName()).toBe('c');
    expect(await hoist(['setup', 'rename', 'b', 'New name'])).toMatchObject({ code: 0, out: 'New name\n' });
    expect(await hoist(['setup', 'rename', 'a', 'new NAME'])).toMatchObject({ code: 2, out: '' });
    expect(lines((await hoist(['setup', 'move', 'c', '--before', 'a'])).out)).toEqual(['c', 'a', 'New name']);
    expect(lines((await hoist(['setup', 'move', 'c', '--after', 'New name'])).out)).toEqual(['a', 'New name', 'c']);
    for (const wrong of [
      ['c'],
      ['c', '--before', 'a', '--after', 'a'],
      ['c', '--before', 'nobody'],
      ['practice', '--before', 'a'],
    ])
      expect(await hoist(['setup', 'move', ...wrong])).toMatchObject({ code: 2, out: '' });
    expect(await hoist(['setup', 'duplicate', 'a', '--name', 'copy'])).toMatchObject({ code: 0, out: 'copy\n' });
    expect(await hoist(['setup', 'test', 'copy'])).toMatchObject({ code: 0 });
    expect(await names()).toEqual(['a', 'copy', 'New name', 'c']);
    expect(await defaultName()).toBe('c');
  });

  test('is removed after a confirmation, and its links stay', async () => {
    await add('Work');
    await hoist(['upload', shell.file('a.txt')]);
    expect(await hoist(['setup', 'remove', 'Work'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/1 link stays.*\nAdd --yes/) as unknown,
    });
    expect(await hoist(['setup', 'remove', 'Work'], { answers: ['n'] })).toMatchObject({ code: 2, out: '' });
    expect(await names()).toEqual(['Work']);
    expect(await hoist(['setup', 'remove', 'Work'], { answers: ['yes'] })).toMatchObject({ code: 0, out: 'Work\n' });
    expect(await names()).toEqual(['Practice']);
    expect(lines((await hoist(['history'])).out)).toHaveLength(1);
  });

  test('an edit changes only the named settings, and tests a new key before it replaces the old one', async () => {
    await add('Work');
    const wrong = 'CANARY0secret0CANARY0secret0CANARY0secret';
    expect(await hoist(['setup', 'edit', 'Work', '--secrets-from', '-'], { stdin: secret(wrong) })).toMatchObject({
      code: 1,
      out: '',
    });
    expect(await hoist(['setup', 'test', 'Work'])).toMatchObject({ code: 0 });
    expect(await hoist(['setup', 'edit', 'Work', '--set', 'prefix=shared', 'link-days=3'])).toMatchObject({
      code: 0,
      out: 'Work\n',
    });
    expect(json(await hoist(['setup', '--json']))[0]).toMatchObject({
      settings: { prefix: 'shared', linkDays: '3' },
      linkDays: 3,
      secrets: ['secretAccessKey'],
    });
    for (const wrongSet of [['--set', 'nothing=1'], ['--set', 'secretAccessKey=CANARY'], []])
      expect(await hoist(['setup', 'edit', 'Work', ...wrongSet])).toMatchObject({
        code: 2,
        out: '',
        err: expect.not.stringContaining('CANARY') as unknown,
      });
  });
});

describe('hoist setup provider and all', () => {
  test('list the required settings, where to find them, and the command', async () => {
    const ran = await hoist(['setup', 'provider', 's3']);
    expect(ran.code).toBe(1);
    for (const words of [
      'Access key (--access-key-id):',
      'Secret key (secret: prompted for',
      'Bucket (--bucket):',
      'AWS_SECRET_ACCESS_KEY',
      'Cloudflare R2',
      'hoist setup add s3 --access-key-id',
    ])
      expect(ran.out).toContain(words);
    const [about] = json(await hoist(['setup', 'provider', 'S3', '--json']));
    expect(about).toMatchObject({
      provider: 's3',
      destinations: [],
      needs: expect.arrayContaining([
        expect.objectContaining({ field: 'bucket', option: '--bucket', required: true }),
      ]) as unknown,
    });
    expect(await hoist(['setup', 'provider', 'ftp'])).toMatchObject({
      code: 2,
      out: '',
      err: `There is no provider named ftp. Available providers: ${providerIds.join(', ')}.\n`,
    });
  });

  test('for all providers, list missing settings, and exit with 0 when none are missing', async () => {
    expect(await hoist(['setup', 'all'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^S3: not set up\n  Missing: Access key, Secret key, Bucket\. /) as unknown,
    });
    await add('Work');
    expect(await hoist(['setup', 'all'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^S3: 1 destination\n  Work \(default\): Ready\n/) as unknown,
    });
  });

  test('hoist setup add has an option for every setting', async () => {
    const { out } = await hoist(['setup', 'add', 's3', '--help']);
    for (const option of [
      '--bucket',
      '--name-template',
      '--collision',
      '--largest-mb',
      '--proxy-address',
      '--ca',
      '--preset',
      '--secrets-from',
    ])
      expect(out).toContain(option);
    expect(out).not.toContain('--secret-access-key');
  });
});

describe('credentials on this computer', () => {
  const rclone = (): void => {
    mkdirSync(path.join(shell.home, '.config/rclone'), { recursive: true });
    const { endpoint, accessKeyId, secretAccessKey, region } = store.address;
    writeFileSync(
      path.join(shell.home, '.config/rclone/rclone.conf'),
      `[minio]\ntype = s3\nprovider = Minio\nendpoint = ${endpoint}\naccess_key_id = ${accessKeyId}\nsecret_access_key = ${secretAccessKey}\nregion = ${region}\n`,
    );
  };

  test('are listed without their keys, and used only after the user adopts them', async () => {
    rclone();
    const found = await hoist(['setup', 'found']);
    expect(found).toMatchObject({ code: 0, out: 's3-rclone-minio\tminio\ts3\t~/.config/rclone/rclone.conf\tbucket\n' });
    expect(await names()).toEqual(['Practice']);
    expect(await hoist(['setup', 'adopt', 's3-rclone-minio'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('--set bucket=…') as unknown,
    });
    expect(await hoist(['setup', 'adopt', 'nothing'])).toMatchObject({ code: 2, out: '' });
    const ran = await hoist(['setup', 'adopt', 's3-rclone-minio', '--set', `bucket=${store.address.bucket}`, '--json']);
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out + ran.err + found.out).not.toContain(store.address.secretAccessKey);
    expect(await hoist(['setup', 'test'])).toMatchObject({ code: 0 });
  });

  test('can be imported from their file, and a second import finds them known', async () => {
    rclone();
    expect(await hoist(['setup', 'import'])).toMatchObject({
      code: 0,
      out: `${path.join(shell.home, '.config/rclone/rclone.conf')}\trclone\t1 destination\n`,
    });
    const first = await hoist(['setup', 'import', '../.config/rclone/rclone.conf']);
    expect(first).toMatchObject({ code: 0, out: 'incomplete\tminio\trclone\n' });
    expect(first.err).toContain('hoist setup all');
    expect(await hoist(['setup', 'import', '../.config/rclone/rclone.conf'])).toMatchObject({
      code: 0,
      out: 'known\tminio\trclone\n',
    });
    expect(json(await hoist(['setup', '--json']))[0]).toMatchObject({
      state: 'needs-setup',
      secrets: ['secretAccessKey'],
      error: { code: 'invalid-input' },
    });
    expect((await hoist(['setup', 'all'])).out).toContain('(--bucket)');
    expect(await hoist(['setup', 'edit', 'minio', '--set', `bucket=${store.address.bucket}`])).toMatchObject({
      code: 0,
    });
    expect(await hoist(['setup', 'import', '../.config/rclone/rclone.conf'])).toMatchObject({
      out: 'known\tminio\trclone\n',
    });
    expect(await names()).toEqual(['minio']);
  });
});

describe('import and export', () => {
  test('adds the links of a PicList album to the history once, with the program’s name, below own uploads', async () => {
    await add('Work');
    await hoist(['upload', shell.file('own.txt')]);
    const gallery = Array.from({ length: 250 }, (_, i) => ({
      id: `${i}`,
      fileName: `${i}.png`,
      imgUrl: `https://img.example.com/${i}.png`,
      createdAt: 1_600_000_000_000 + i * 1000,
      config: { secretAccessKey: 'CANARY' },
    }));
    shell.file('piclist.db', gzipSync(JSON.stringify({ gallery })));
    expect(await hoist(['setup', 'import', 'piclist.db', '--json'])).toMatchObject({
      code: 0,
      out: `${JSON.stringify({ profiles: [], uploads: 250, skipped: [] })}\n`,
    });
    expect(json(await hoist(['setup', 'import', 'piclist.db', '--json']))[0]).toMatchObject({ uploads: 0 });
    const history = json(await hoist(['history', '-n', '1000', '--json']));
    expect(history.map((one) => one['name'])).toEqual([
      'own.txt',
      ...gallery.map(({ fileName }) => fileName).reverse(),
    ]);
    expect(history[1]).toMatchObject({
      status: 'done',
      destination: 'PicList',
      url: 'https://img.example.com/249.png',
      ended: '2020-09-13T12:30:49.000Z',
    });
    expect(history[1]).toMatchObject({ imported: true });
    for (const unknown of ['verification', 'size']) expect(history[1]).not.toHaveProperty(unknown);
    expect(lines((await hoist(['history', 'piclist', '249'])).out)).toHaveLength(1);
    expect(everyByte(path.join(shell.home, 'records'))).not.toContain('CANARY');
  });

  test('works while environment variables name a bucket, and keeps the default destination', async () => {
    const { endpoint, accessKeyId, secretAccessKey, bucket } = store.address;
    const env = {
      AWS_S3_BUCKET: bucket,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    shell.file('rclone.conf', '[one]\ntype = s3\naccess_key_id = a\nsecret_access_key = b\n');
    shell.file('more.conf', '[one]\ntype = s3\naccess_key_id = c\nsecret_access_key = d\n');
    expect((await hoist(['setup', 'export'], { env })).out).toContain('"destinations": []');
    expect(await hoist(['setup', 'import', 'rclone.conf'], { env })).toMatchObject({
      code: 0,
      out: 'incomplete\tone\trclone\n',
    });
    expect(await hoist(['setup', 'import', 'more.conf'], { env })).toMatchObject({
      code: 0,
      out: 'incomplete\tone 2\trclone\n',
    });
    expect(await defaultName()).toBe('one');
  });

  test('an unknown format and a missing file fail with exit code 1', async () => {
    expect(await hoist(['setup', 'import', shell.file('x.bin', Buffer.from([1, 2, 0, 3]))])).toMatchObject({
      code: 1,
      out: '',
      err: 'x.bin: not imported, because Hoist doesn’t know this file format.\n',
    });
    await expect(shell.run(['setup', 'import', 'gone'])).rejects.toMatchObject({ error: { code: 'source-missing' } });
  });

  test('an export contains all settings except secrets, and recreates the destinations on another computer', async () => {
    await add('Work', ['--prefix', 'shared', '--link-days', '3']);
    await add('Other', ['--no-test', '--bucket', 'other-bucket']);
    await add('Same place', ['--no-test', '--prefix', 'shared']);
    const ran = await hoist(['setup', 'export', 'mine.json']);
    expect(ran).toMatchObject({ code: 0, out: 'mine.json\n' });
    const written = readFileSync(path.join(shell.cwd, 'mine.json'), 'utf8');
    expect(written).not.toContain(store.address.secretAccessKey);
    expect((await hoist(['setup', 'export'])).out).toBe(written);
    expect(await hoist(['setup', 'export', 'mine.json'])).toMatchObject({ code: 2, out: '' });
    expect(await hoist(['setup', 'export', 'no/folder.json'])).toMatchObject({ code: 2, out: '' });

    const other = new Shell();
    try {
      other.file('mine.json', written);
      const imported = await other.run(['setup', 'import', 'mine.json'], { secretBox: testSecretBox });
      expect(imported).toMatchObject({
        code: 0,
        out: 'incomplete\tWork\tHoist\nincomplete\tOther\tHoist\nincomplete\tSame place\tHoist\n',
      });
      const [work] = json(await other.run(['setup', '--json'], { secretBox: testSecretBox }));
      expect(work).toMatchObject({
        name: 'Work',
        state: 'needs-sign-in',
        settings: { prefix: 'shared', linkDays: '3', bucket: store.address.bucket },
      });
      expect(
        await other.run(['setup', 'edit', 'Work', '--secrets-from', '-'], {
          secretBox: testSecretBox,
          stdin: secret(),
        }),
      ).toMatchObject({ code: 0 });
      expect((await other.run(['setup', 'export'], { secretBox: testSecretBox })).out).toBe(written);
    } finally {
      other.remove();
    }
  });
});
