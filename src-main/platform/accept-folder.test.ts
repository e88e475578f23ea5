import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { asUnprivilegedUser, unprivilegedFolder, tempFolder } from './testing/temp-folders.ts';
import { acceptFolder, folderLimits } from './accept-folder.ts';

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
  const { name, files, skippedCount } = await acceptFolder(folder, 5);
  expect([name, skippedCount]).toEqual(['holiday', 0]);
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

test('skips and counts links, link cycles and special files', async () => {
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
  const { files, skippedCount } = await acceptFolder(folder, 5);
  expect(files.map((file) => file.name)).toEqual(['a.txt']);
  expect(skippedCount).toBe(7);
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
  expect(await acceptFolder(join(root, 'empty'), 5)).toMatchObject({ files: [], skippedCount: 0 });
  await expect(acceptFolder(join(root, 'gone'), 5)).rejects.toMatchObject({ error: { code: 'source-missing' } });
});

test('skips entries below the depth limit', async () => {
  const root = tempFolder();
  const deep = (levels: number) => `${Array.from({ length: levels }, () => 'd').join('/')}/x.txt`;
  tree(root, [deep(folderLimits.depth - 1), deep(folderLimits.depth)]);
  const { files, skippedCount } = await acceptFolder(root, 5);
  expect([files.map((file) => file.folder?.relativePath), skippedCount]).toEqual([[deep(folderLimits.depth - 1)], 1]);
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
    const { files, skippedCount, unreadable } = await acceptFolder(root, 5);
    expect([files.map((file) => file.name), skippedCount]).toEqual([['a.txt'], 2]);
    expect(unreadable).toMatchObject([
      { relativePath: 'closed', error: { code: 'source-unreadable' } },
      { relativePath: 'closed-file', error: { code: 'source-unreadable' } },
    ]);
  });
});

test('keeps unusual names unchanged', async () => {
  const root = tempFolder();
  const names = ['-dash', 'new\nline', 'e\u0301', '日本語 🎉', 'quote\'"', '..dots', 'back\\slash'];
  tree(root, names);
  expect(new Set(await relativePathsIn(root))).toEqual(new Set(names));
});
