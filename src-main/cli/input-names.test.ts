/** The options --name, --remote-path and --if-exists, in addition to the examples of docs/names.md. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestPractice } from '../practice/testing/test-practice.ts';
import { Shell, type CommandResult, type RunOptions } from './testing/shell.ts';

let shell: Shell;
let store: TestPractice;
let env: Record<string, string>;
beforeEach(async () => {
  shell = new Shell();
  store = await TestPractice.start();
  const { endpoint, bucket, accessKeyId, secretAccessKey, region } = store.address;
  env = {
    AWS_S3_BUCKET: bucket,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: region,
    AWS_S3_PATH_STYLE: 'true',
  };
  mkdirSync(path.join(shell.cwd, 'album/deep'), { recursive: true });
  for (const name of ['a.txt', 'b.md', 'album/1.txt', 'album/deep/2.txt']) shell.file(name);
});
afterEach(async () => {
  await store.stop();
  shell.remove();
});

const upload = (args: string[], options: RunOptions = {}): Promise<CommandResult> =>
  shell.run(['upload', ...args], { env, ...options });
const remotePathsOf = ({ out }: CommandResult): string[] =>
  out
    .trimEnd()
    .split('\n')
    .map((url) => decodeURIComponent(new URL(url).pathname));
const fileNamesOf = (ran: CommandResult): string[] =>
  remotePathsOf(ran).map((remotePath) => remotePath.split('/').at(-1)!);

describe('--name', () => {
  test('names one file, several files by a template, and piped input', async () => {
    expect(fileNamesOf(await upload(['a.txt', '--name', 'annual report.pdf']))).toEqual(['annual report.pdf']);
    expect(fileNamesOf(await upload(['a.txt', 'b.md', '--name', '{stem} (draft){ext}']))).toEqual([
      'a (draft).txt',
      'b (draft).md',
    ]);
    expect(fileNamesOf(await upload(['a.txt', '--name', '{hash:64}']))).toEqual([
      createHash('sha256').update('a.txt').digest('hex'),
    ]);
    const piped = await upload(['-', '--name', 'log-{date:yyyy}.txt', '--json'], {
      stdin: Readable.from(['some text']),
    });
    expect(JSON.parse(piped.out)).toMatchObject({
      name: expect.stringMatching(/^log-\d{4}\.txt$/) as string,
      status: 'done',
    });
    const response = await fetch((JSON.parse(piped.out) as { url: string }).url);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  });

  test('renames a folder, whose files keep their relative paths', async () => {
    const [first, second] = remotePathsOf(await upload(['album', '--name', '{name}-{random:8}']));
    expect(first).toMatch(/\/album-[\w-]{8}\/1\.txt$/);
    expect(second).toBe(first!.replace(/1\.txt$/, 'deep/2.txt'));
  });

  test.each([
    ['{nme}', '{nme} isn’t known'],
    ['a/b', 'A name can’t have slashes.'],
    ['{', 'A brace is opened'],
    ['', 'Required.'],
  ])('%j fails with exit code 2 and an explanation, and uploads nothing', async (name, words) => {
    const ran = await upload(['a.txt', '--name', name]);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain('--name: ');
    expect(ran.err).toContain(words);
    expect(await store.keys()).toEqual([]);
  });
});

describe('--remote-path', () => {
  test('is the exact path of a single file or folder, and the parent folder of several files', async () => {
    await upload(['a.txt', '--remote-path', '/exact/path.txt']);
    await upload(['album', '--remote-path', 'site']);
    await upload(['album', '--remote-path', 'kept/']);
    await upload(['a.txt', 'b.md', 'album', '--remote-path', 'many']);
    expect(await store.keys()).toEqual([
      'exact/path.txt',
      'kept/album/1.txt',
      'kept/album/deep/2.txt',
      'many/a.txt',
      'many/album/1.txt',
      'many/album/deep/2.txt',
      'many/b.md',
      'site/1.txt',
      'site/deep/2.txt',
    ]);
  });

  test('can be combined with --name, which renames the file', async () => {
    await upload(['a.txt', '--remote-path', 'in/', '--name', 'x.txt']);
    expect(await store.keys()).toEqual(['in/x.txt']);
  });

  test.each(['../up.txt', 'a/../b', '{nme}/', 'a\\b'])(
    '%j fails with exit code 2 and uploads nothing',
    async (remotePath) => {
      const ran = await upload(['a.txt', '--remote-path', remotePath]);
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect(ran.err).toContain('--remote-path: ');
      expect(await store.keys()).toEqual([]);
    },
  );
});

describe('--if-exists', () => {
  const uploadToP = ['a.txt', '--remote-path', 'p.txt'];

  test('is rename by default, which uses another name', async () => {
    await store.put('p.txt', 'existing');
    expect(fileNamesOf(await upload(uploadToP))).toEqual(['p-2.txt']);
    expect((await store.bytes('p.txt')).toString()).toBe('existing');
  });

  test('ask fails with exit code 1 and an explanation, and overwrites nothing', async () => {
    await store.put('p.txt', 'existing');
    const ran = await upload([...uploadToP, '--if-exists', 'ask']);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain('a.txt: A file with this name already exists.');
    expect((await store.bytes('p.txt')).toString()).toBe('existing');
  });

  test('replace keeps the path, so that the same folder can be uploaded repeatedly', async () => {
    await store.put('p.txt', 'existing');
    expect(fileNamesOf(await upload([...uploadToP, '--if-exists', 'replace']))).toEqual(['p.txt']);
    expect((await store.bytes('p.txt')).toString()).toBe('a.txt');
    await upload(['album', '--remote-path', 'site', '--if-exists', 'replace']);
    shell.file('album/1.txt', 'newer');
    expect((await upload(['album', '--remote-path', 'site', '--if-exists', 'replace'])).code).toBe(0);
    expect(await store.keys()).toEqual(['p.txt', 'site/1.txt', 'site/deep/2.txt']);
    expect((await store.bytes('site/1.txt')).toString()).toBe('newer');
  });

  test('any other value fails with exit code 2', async () => {
    expect(await upload([...uploadToP, '--if-exists', 'overwrite'])).toMatchObject({ code: 2, out: '' });
    expect(shell.opened).toBe(0);
  });
});
