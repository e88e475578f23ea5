import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { asUnprivilegedUser, unprivilegedFolder, tempFolder } from './testing/temp-folders.ts';
import { acceptFolder } from './accept-folder.ts';

function tree(root: string, relativePaths: string[]): void {
  for (const relativePath of relativePaths) {
    mkdirSync(join(root, relativePath, '..'), { recursive: true });
    writeFileSync(join(root, relativePath), relativePath);
  }
}

const relativePathsIn = async (folder: string) =>
  (await acceptFolder(folder, 5)).files.map((file) => file.folder?.relativePath);

test('lists the files of a folder with relative paths, sorted, with one token', async () => {
  const folder = join(tempFolder(), 'holiday');
  tree(folder, ['b.txt', 'a/2.txt', 'a/1.txt', '.hidden', 'a/deep/er/x.txt']);
  const { name, files, skipped } = await acceptFolder(folder, 5);
  expect([name, skipped]).toEqual(['holiday', { links: 0, special: 0 }]);
  expect(files.map((file) => file.folder?.relativePath)).toEqual([
    '.hidden',
    'a/1.txt',
    'a/2.txt',
    'a/deep/er/x.txt',
    'b.txt',
  ]);
  expect(files.map((file) => file.name)).toEqual(['.hidden', '1.txt', '2.txt', 'x.txt', 'b.txt']);
  expect(new Set(files.map((file) => file.folder?.token)).size).toBe(1);
  expect(files[0]?.folder).toMatchObject({
    name: 'holiday',
    token: expect.stringMatching(/^[\w-]{16}$/) as string,
    at: 5,
  });
  expect((await acceptFolder(folder, 5)).files[0]?.folder?.token).not.toBe(files[0]?.folder?.token);
});

test('skips links, link cycles and special files, and counts them by type', async () => {
  const root = tempFolder();
  const folder = join(root, 'f');
  tree(folder, ['a.txt']);
  tree(root, ['outside.txt', 'other/secret.txt']);
  symlinkSync('..', join(folder, 'circle'));
  symlinkSync('../outside.txt', join(folder, 'link'));
  symlinkSync('../other', join(folder, 'to-folder'));
  symlinkSync('nowhere', join(folder, 'broken'));
  symlinkSync('self', join(folder, 'self'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const socket = createServer().listen(join(folder, 'socket'));
  onTestFinished(() => {
    socket.close();
  });
  await new Promise((resolve) => {
    socket.once('listening', resolve);
  });
  const startedAt = performance.now();
  const { files, skipped } = await acceptFolder(folder, 5);
  expect(files.map((file) => file.name)).toEqual(['a.txt']);
  expect(skipped).toEqual({ links: 5, special: 2 });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('follows a link to the folder itself', async () => {
  const root = tempFolder();
  tree(join(root, 'real'), ['a.txt']);
  symlinkSync('real', join(root, 'link'));
  const { name, files } = await acceptFolder(join(root, 'link'), 5);
  expect([name, files.length]).toEqual(['link', 1]);
});

test('accepts an empty folder and reports a missing one', async () => {
  const root = tempFolder();
  mkdirSync(join(root, 'empty/deep'), { recursive: true });
  expect(await acceptFolder(join(root, 'empty'), 5)).toMatchObject({
    files: [],
    skipped: { links: 0, special: 0 },
  });
  await expect(acceptFolder(join(root, 'gone'), 5)).rejects.toMatchObject({ error: { code: 'source-missing' } });
});

test('accepts the files of 300 nested folders', async () => {
  const root = tempFolder();
  const relativePaths = Array.from({ length: 300 }, (_, depth) => `${'d/'.repeat(depth)}x.txt`);
  tree(root, relativePaths);
  expect(new Set(await relativePathsIn(root))).toEqual(new Set(relativePaths));
});

test.runIf(process.platform === 'linux')('reports a path that is longer than the system allows', async () => {
  const root = tempFolder();
  // Only relative paths reach a folder whose absolute path has more than 4096 bytes.
  const script = 'cd "$1"; for i in $(seq 22); do mkdir "$2"; cd "$2"; : > x.txt; done';
  execFileSync('sh', ['-c', script, 'sh', root, 'd'.repeat(200)]);
  onTestFinished(() => {
    execFileSync('rm', ['-rf', root]);
  });
  const { files, unreadable } = await acceptFolder(root, 5);
  expect(files.length).toBeGreaterThan(15);
  expect(unreadable).toMatchObject([{ error: { code: 'source-unreadable', params: { problem: 'path' } } }]);
});

test('stops with the reason of the signal', async () => {
  const root = tempFolder();
  tree(root, ['a.txt', 'b/c.txt']);
  const stop = new AbortController();
  stop.abort(new Error('stop'));
  await expect(acceptFolder(root, 5, { signal: stop.signal })).rejects.toThrow('stop');
});

test('skips unreadable files and folders and accepts the rest', async () => {
  const root = unprivilegedFolder();
  tree(root, ['a.txt', 'closed/b.txt', 'closed-file']);
  chmodSync(join(root, 'closed'), 0o000);
  chmodSync(join(root, 'closed-file'), 0o000);
  onTestFinished(() => {
    chmodSync(join(root, 'closed'), 0o755);
  });
  await asUnprivilegedUser(async () => {
    const { files, skipped, unreadable } = await acceptFolder(root, 5);
    expect([files.map((file) => file.name), skipped]).toEqual([['a.txt'], { links: 0, special: 0 }]);
    expect(unreadable).toMatchObject([
      { relativePath: 'closed', error: { code: 'source-unreadable', params: { problem: 'folder' } } },
      { relativePath: 'closed-file', error: { code: 'source-unreadable' } },
    ]);
  });
});

test('keeps unusual names unchanged', async () => {
  const root = tempFolder();
  const names = ['-dash', 'new\nline', 'e\u0301', '日本語 🎉', 'quote\'"', '..dots', 'back\\slash'];
  tree(root, names);
  expect(new Set(await relativePathsIn(root))).toEqual(new Set(names.map((name) => name.normalize('NFC'))));
});
