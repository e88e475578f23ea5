/** Runs commands as users and scripts do, and checks their standard output, messages and exit codes. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestPractice } from '../practice/testing/test-practice.ts';
import { FaultProxy } from '../providers/testing/fault-proxy.ts';
import { Shell } from './testing/shell.ts';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => {
  shell.remove();
});

const lines = (text: string): string[] => text.split('\n').slice(0, -1);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const fileNameIn = (url: string): string => decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '');

/** A server that keeps running after the command, configured through environment variables. */
async function withStore<T>(run: (store: TestPractice, env: Record<string, string>) => Promise<T>): Promise<T> {
  const store = await TestPractice.start();
  const { endpoint, bucket, accessKeyId, secretAccessKey, region } = store.address;
  try {
    return await run(store, {
      AWS_S3_BUCKET: bucket,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: region,
      AWS_S3_PATH_STYLE: 'true',
    });
  } finally {
    await store.stop();
  }
}

async function bytesOf(url: string): Promise<Buffer> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

describe('a usage error', () => {
  test.each([
    [['upload']],
    [['upload', '--bogus', 'a']],
    [['nonsense']],
    [['history', '-n', '0']],
    [['history', '-n', 'many']],
    [['serve', 'extra']],
    [[]],
  ])('%j fails with exit code 2 and a message, prints no result and does not open the database', async (args) => {
    const ran = await shell.run(args);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).not.toBe('');
    expect(shell.opened).toBe(0);
  });

  test('an unknown destination fails with exit code 2 and lists the available destinations', async () => {
    const ran = await shell.run(['upload', shell.file('a.txt'), '--to', 'nowhere']);
    expect(ran).toMatchObject({
      code: 2,
      out: '',
      err: 'There is no destination named nowhere. Available destinations: Practice.\n',
    });
  });
});

describe('the help and the version', () => {
  test('are printed to standard output without opening the database', async () => {
    expect(await shell.run(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' });
    for (const args of [['--help'], ['help'], ['upload', '--help'], ['help', 'serve']]) {
      const ran = await shell.run(args);
      expect(ran).toMatchObject({ code: 0, err: '' });
      expect(ran.out).toMatch(/^Usage: hoist/);
    }
    expect(shell.opened).toBe(0);
  });
});

describe('upload', () => {
  test('prints only the link, which returns the same bytes', () =>
    withStore(async (_, env) => {
      const content = randomBytes(100_000);
      const ran = await shell.run(['upload', shell.file('ä b#1.bin', content)], { env });
      expect(ran).toMatchObject({ code: 0, err: 'Using S3 (environment), set up by environment variables.\n' });
      expect(ran.out).toMatch(/^http:\/\/\S+\n$/);
      expect(sha256(await bytesOf(ran.out.trim()))).toBe(sha256(content));
    }));

  test('uses Practice when nothing is set up, and says when its links work', async () => {
    const ran = await shell.run(['upload', shell.file('a.txt')]);
    expect(ran.code).toBe(0);
    expect(ran.err).toBe(
      'Practice: the link opens only on this computer, and only while Hoist or "hoist serve" runs.\n',
    );
    expect(lines(ran.out).map(fileNameIn)).toEqual(['a.txt']);
    // The server stopped with the command.
    await expect(fetch(ran.out.trim())).rejects.toThrow();
  });

  test('prints links in the order of the files, and the reason for each file that failed', () =>
    withStore(async (_, env) => {
      shell.file('large.bin', randomBytes(12_000_000));
      for (const name of ['a.txt', 'b.txt', '-c.txt']) shell.file(name);
      const ran = await shell.run(['upload', '--', 'large.bin', 'a.txt', 'gone.txt', '-c.txt', 'b.txt', 'a.txt'], {
        env,
      });
      expect(ran.code).toBe(1);
      expect(lines(ran.out).map(fileNameIn)).toEqual(['large.bin', 'a.txt', '-c.txt', 'b.txt', 'a.txt']);
      expect(ran.err).toContain('gone.txt: There is no file with this path.');
    }));

  test('prints one JSON object for each file in order, including files that failed', () =>
    withStore(async (_, env) => {
      const ran = await shell.run(['upload', '--json', shell.file('a.txt'), 'gone.txt', shell.file('b.html', '<p>')], {
        env,
      });
      expect(ran.code).toBe(1);
      const objects = lines(ran.out).map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(objects.map(({ file, status }) => [file, status])).toEqual([
        ['a.txt', 'done'],
        ['gone.txt', 'failed'],
        ['b.html', 'done'],
      ]);
      expect(objects[0]).toMatchObject({
        name: 'a.txt',
        size: 5,
        destination: 'S3 (environment)',
        visibility: 'expiring',
        verification: 'this-computer',
        url: expect.stringMatching(/^http/),
        expires: expect.stringMatching(/^\d{4}-/),
      });
      expect(objects[1]).toMatchObject({
        error: { code: 'source-missing', what: expect.any(String), remedy: expect.any(String) },
      });
      expect(ran.out).not.toContain(env['AWS_SECRET_ACCESS_KEY']);
      expect(ran.out).not.toContain(shell.cwd);
    }));

  test('fails with exit code 1 and a remedy when the store rejects the key, and prints no secret', () =>
    withStore(async (_, env) => {
      const ran = await shell.run(['upload', shell.file('a.txt')], {
        env: { ...env, AWS_SECRET_ACCESS_KEY: 'CANARY0secret0CANARY0secret0CANARY0secret' },
      });
      expect(ran).toMatchObject({ code: 1, out: '' });
      expect(ran.err).toMatch(/a\.txt: .+\. .+/);
      expect(ran.err).not.toContain('CANARY');
    }));

  test('uploads every file of a folder in order, and reports skipped entries', () =>
    withStore(async (_, env) => {
      mkdirSync(path.join(shell.cwd, 'album/deep'), { recursive: true });
      mkdirSync(path.join(shell.cwd, 'empty'));
      for (const name of ['album/2.txt', 'album/1.txt', 'album/deep/0.txt']) shell.file(name);
      symlinkSync('/etc/passwd', path.join(shell.cwd, 'album/link'));
      const ran = await shell.run(['upload', 'album', 'empty'], { env });
      expect(lines(ran.out).map(fileNameIn)).toEqual(['1.txt', '2.txt', '0.txt']);
      expect(ran.err).toContain('album: 1 link skipped.');
      expect(ran.err).toContain('empty: this folder contains no files.');
      expect(ran.code).toBe(1);
    }));

  test('rejects an empty name instead of uploading the working directory', () =>
    withStore(async (store, env) => {
      shell.file('private.txt');
      expect(await shell.run(['upload', ''], { env })).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining('A file name is empty.') as string,
      });
      expect((await store.itemCounts()).objects).toBe(0);
    }));

  test('uploads a file from the .ssh folder only with --sensitive', () =>
    withStore(async (store, env) => {
      mkdirSync(path.join(shell.home, '.ssh'));
      shell.file('../.ssh/id_test');
      expect(await shell.run(['upload', '../.ssh/id_test'], { env })).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining('Add --sensitive to upload it anyway.') as string,
      });
      expect(await store.itemCounts()).toEqual({ objects: 0, uploads: 0 });
      expect(await shell.run(['upload', '--sensitive', '../.ssh/id_test'], { env })).toMatchObject({ code: 0 });
    }));

  test('uploads a file behind a link from or to a sensitive folder only with --sensitive', () =>
    withStore(async (store, env) => {
      mkdirSync(path.join(shell.cwd, 'dotfiles/aws'), { recursive: true });
      shell.file('dotfiles/aws/config');
      symlinkSync(path.join(shell.cwd, 'dotfiles/aws'), path.join(shell.home, '.aws'));
      mkdirSync(path.join(shell.home, '.kube'));
      symlinkSync(path.join(shell.cwd, shell.file('cluster.yml')), path.join(shell.home, '.kube/config'));
      for (const name of ['dotfiles/aws/config', '../.aws/config', '../.kube/config', 'dotfiles'])
        expect(await shell.run(['upload', name], { env })).toMatchObject({ code: 1, out: '' });
      expect(await store.itemCounts()).toEqual({ objects: 0, uploads: 0 });
      expect(await shell.run(['upload', '--sensitive', 'dotfiles/aws/config'], { env })).toMatchObject({ code: 0 });
    }));

  test('a file name cannot forge another line or move the cursor', () =>
    withStore(async (_, env) => {
      const name = 'a\nhttps:\u001b[2K\u202egpj.exe';
      const ran = await shell.run(['upload', shell.file(name), `${name}-gone`], { env });
      expect(lines(ran.out)).toHaveLength(1);
      expect(ran.err).not.toMatch(/[\u001b\u202e]|^https:/m);
      const history = await shell.run(['history'], { env });
      expect(lines(history.out)).toHaveLength(1);
      expect(history.out).not.toMatch(/[\u001b\u202e]/);
    }));

  test('uploads all files although the reader closes standard output', () =>
    withStore(async (store, env) => {
      const names = Array.from({ length: 30 }, (_, i) => shell.file(`${i}.txt`));
      const ran = await shell.run(['upload', ...names], { env, closeStdoutAfterLines: 3 });
      expect(ran.code).toBe(0);
      expect(lines(ran.out)).toHaveLength(3);
      expect((await store.itemCounts()).objects).toBe(30);
    }));

  test(
    'keeps uploaded parts when interrupted, and hoist resume sends only the missing parts',
    () =>
      withStore(async (store, env) => {
        const proxy = await FaultProxy.start(env['AWS_ENDPOINT_URL']!);
        const stop = new AbortController();
        const content = randomBytes(60_000_000);
        const proxiedEnv = { ...env, AWS_ENDPOINT_URL: proxy.url };
        const parts = () =>
          proxy.requests.filter(({ target, wasAnswered }) => target.includes('partNumber=') && wasAnswered);
        try {
          const ran = await shell.run(['upload', shell.file('large.bin', content), shell.file('small.txt')], {
            env: proxiedEnv,
            stop: stop.signal,
            changed: () => {
              if (parts().length >= 1) stop.abort();
            },
          });
          expect(ran.code).toBe(130);
          expect(lines(ran.out).map(fileNameIn)).not.toContain('large.bin');
          expect(ran.err).toContain('large.bin: paused. Resume with: hoist resume');
          expect((await store.itemCounts()).uploads).toBe(1);
          const storedParts = new Set(parts().map(({ target }) => target));
          proxy.setRule();
          const resumed = await shell.run(['resume'], { env: proxiedEnv });
          expect(resumed).toMatchObject({ code: 0, err: 'Resuming 1 upload.\n' });
          expect(lines(resumed.out).map(fileNameIn)).toEqual(['large.bin']);
          expect(sha256(await bytesOf(resumed.out.trim()))).toBe(sha256(content));
          expect(parts().filter(({ target }) => storedParts.has(target))).toEqual([]);
          expect((await store.itemCounts()).uploads).toBe(0);
          expect(await shell.run(['resume'], { env: proxiedEnv })).toEqual({ code: 0, out: '', err: '' });
        } finally {
          await proxy.stop();
        }
      }),
    30_000,
  );

  test(
    'hoist resume --failed retries a partly uploaded file and reports the new outcome',
    () =>
      withStore(async (store, env) => {
        const proxy = await FaultProxy.start(env['AWS_ENDPOINT_URL']!);
        const proxiedEnv = { ...env, AWS_ENDPOINT_URL: proxy.url };
        try {
          proxy.setRule(({ target }) =>
            target.includes('partNumber=2')
              ? { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
              : undefined,
          );
          expect(
            (await shell.run(['upload', shell.file('large.bin', randomBytes(20_000_000))], { env: proxiedEnv })).code,
          ).toBe(1);
          proxy.setRule();
          const resumed = await shell.run(['resume', '--failed'], { env: proxiedEnv });
          expect(resumed).toMatchObject({ code: 0, err: 'Resuming 1 upload.\n' });
          expect(lines(resumed.out).map(fileNameIn)).toEqual(['large.bin']);
          expect(await store.itemCounts()).toEqual({ objects: 1, uploads: 0 });
        } finally {
          await proxy.stop();
        }
      }),
    30_000,
  );
});

describe('the destinations of --to', () => {
  test('must exist, and cannot include Practice', () =>
    withStore(async (store, env) => {
      shell.file('a.txt');
      expect(await shell.run(['upload', 'a.txt', '--to', 'environment,nowhere'], { env })).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('nowhere') as string,
      });
      expect(await shell.run(['upload', 'a.txt', '--to', 'environment, practice'], { env })).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('Practice') as string,
      });
      expect(await store.itemCounts()).toEqual({ objects: 0, uploads: 0 });
      expect(await shell.run(['upload', 'a.txt', '--to', 'Environment', '--no-fallback'], { env })).toMatchObject({
        code: 0,
      });
    }));
});

describe('the upload of standard input', () => {
  test.each([0, 1, 16 * 1024 ** 2, 40_000_000])(
    'prints a link that returns the same %i bytes',
    (size) =>
      withStore(async (_, env) => {
        const content = randomBytes(size);
        const ran = await shell.run(['upload', '-', '--name', 'notes.txt'], {
          env,
          stdin: Readable.from(chunks(content), { objectMode: false }),
        });
        expect(ran.code).toBe(0);
        expect(lines(ran.out).map(fileNameIn)).toEqual(['notes.txt']);
        expect(sha256(await bytesOf(ran.out.trim()))).toBe(sha256(content));
        expect(JSON.parse((await shell.run(['history', '--json'], { env })).out)).toMatchObject({
          name: 'notes.txt',
          size,
          status: 'done',
        });
      }),
    30_000,
  );

  test('fails when reading fails, and leaves no data at the store', () =>
    withStore(async (store, env) => {
      const broken = Readable.from(
        (async function* () {
          yield randomBytes(20_000_000);
          throw Object.assign(new Error('read EIO'), { code: 'EIO' });
        })(),
        { objectMode: false },
      );
      const ran = await shell.run(['upload', '-'], { env, stdin: broken });
      expect(ran).toMatchObject({ code: 1, out: '' });
      expect(ran.err).toContain('-: ');
      expect(await store.itemCounts()).toEqual({ objects: 0, uploads: 0 });
    }));

  test('works only once per command', () =>
    withStore(async (_, env) => {
      const ran = await shell.run(['upload', '-', '-'], { env, stdin: Readable.from(['hello']) });
      expect(ran.code).toBe(1);
      expect(lines(ran.out)).toHaveLength(1);
    }));
});

describe('hoist serve', () => {
  test('takes over the links of a command that ran Practice itself, immediately when that command ends', async () => {
    const stop = new AbortController();
    let serving: Promise<unknown> | undefined;
    const ran = await shell.run(['upload', shell.file('a.bin', randomBytes(30_000_000))], {
      changed: () => {
        serving ??= shell.run(['serve'], { stop: stop.signal });
      },
    });
    expect(await statusOf(ran.out.trim())).toBe(200);
    stop.abort();
    await serving;
  });

  test('prints the address, and existing links work until it stops', async () => {
    const link = (await shell.run(['upload', shell.file('a.txt', 'hello')])).out.trim();
    const stop = new AbortController();
    const serving = shell.run(['serve'], { stop: stop.signal });
    await expect.poll(() => statusOf(link)).toBe(200);
    const second = await shell.run(['upload', shell.file('b.txt')]);
    expect(new URL(second.out.trim()).origin).toBe(new URL(link).origin);
    expect(await (await fetch(link)).text()).toBe('hello');
    stop.abort();
    const ran = await serving;
    expect(ran.code).toBe(0);
    expect(lines(ran.out)).toEqual([new URL(link).origin]);
    expect(await statusOf(link)).toBe(0);
  });
});

/** The HTTP status of a URL, or 0 when the server does not respond. */
const statusOf = (url: string): Promise<number> =>
  new Promise((resolve) => {
    http
      .get(url, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
      .on('error', () => resolve(0));
  });

describe('hoist history and hoist status', () => {
  test('list uploads, newest first, and history searches them by words', () =>
    withStore(async (_, env) => {
      for (const name of ['one.txt', 'two.txt', 'three.txt']) await shell.run(['upload', shell.file(name)], { env });
      const ran = await shell.run(['history', '-n', '2'], { env });
      expect(lines(ran.out).map((line) => line.split('\t').slice(1, 3))).toEqual([
        ['done', 'three.txt'],
        ['done', 'two.txt'],
      ]);
      expect(lines((await shell.run(['history', 'ONE'], { env })).out)).toHaveLength(1);
      expect(await shell.run(['history', 'nothing-like-this'], { env })).toEqual({ code: 0, out: '', err: '' });
      expect(await shell.run(['status'], { env })).toEqual({
        code: 0,
        out: 'Destination: S3 (environment)\nNo unfinished uploads.\n',
        err: '',
      });
    }));

  test('status prints the usage of Practice, also as JSON', async () => {
    await shell.run(['upload', shell.file('a.txt', 'hello')]);
    expect((await shell.run(['status'])).out).toBe(
      'Destination: Practice\nPractice: 1 file, 5 bytes of 5.4 GB\nNo unfinished uploads.\n',
    );
    expect(JSON.parse((await shell.run(['status', '--json'])).out)).toEqual({
      destination: 'Practice',
      practice: { objects: 1, bytes: 5, quotaBytes: 5 * 1024 ** 3 },
      uploads: [],
    });
  });
});

function* chunks(content: Buffer): Generator<Buffer> {
  for (let offset = 0; offset < content.length; offset += 65_536) yield content.subarray(offset, offset + 65_536);
}
