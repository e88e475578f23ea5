/**
 * R25: 24 kinds of things that can lie where a file or a folder is expected, real ones: files are sent, folders are walked
 * within their limits, everything else is refused at once and opens nothing.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AppFailure, type ErrorCode } from '../../src-shared/errors.ts';
import { asOrdinaryUser, ordinaryFolder, smallDisk, tempFolder } from '../store/testing/folders.ts';
import { acceptFolder, folderLimits } from './folder.ts';
import { acceptFile, openSource } from './source-file.ts';

/** What becomes of it when it is given: its bytes are counted, its files are, or the code that refuses it. */
async function given(path: string): Promise<string> {
  const codeOf = (cause: unknown): ErrorCode => {
    if (cause instanceof AppFailure) return cause.error.code;
    throw cause;
  };
  const asFile = await acceptFile(path).then(({ size }) => `${size} bytes`, codeOf);
  if (asFile !== 'source-is-folder') return asFile;
  return acceptFolder(path, 1).then(
    ({ files, passedOver }) => `${files.length} files, ${passedOver} passed over`,
    codeOf,
  );
}

const fresh = (name: string): string => join(tempFolder(), name);
function file(content = 'four'): string {
  const path = fresh('file');
  writeFileSync(path, content);
  return path;
}
function linkTo(target: string): string {
  const path = fresh('link');
  symlinkSync(target, path);
  return path;
}
function pipe(): string {
  const path = fresh('pipe');
  execFileSync('mkfifo', [path]);
  return path;
}
function folderWith(make: (folder: string) => void): string {
  const path = fresh('folder');
  mkdirSync(path);
  writeFileSync(join(path, 'a.txt'), 'a');
  make(path);
  return path;
}
async function socket(): Promise<string> {
  const path = fresh('socket');
  const server = createServer().listen(path);
  onTestFinished(() => {
    server.close();
  });
  await new Promise((ok) => {
    server.once('listening', ok);
  });
  return path;
}
/** Of another user, who lets nobody read it. */
function closed(what: 'file' | 'folder'): string {
  const path = join(ordinaryFolder(), what);
  if (what === 'file') writeFileSync(path, 'x');
  else mkdirSync(path);
  chmodSync(path, 0);
  onTestFinished(() => {
    if (existsSync(path)) chmodSync(path, 0o700);
  });
  return path;
}

const nodes: [string, () => string | Promise<string>, string][] = [
  ['a file', () => file(), '4 bytes'],
  ['an empty file', () => file(''), '0 bytes'],
  ['a link to a file', () => linkTo(file()), '4 bytes'],
  ['a link to a link to a file', () => linkTo(linkTo(file())), '4 bytes'],
  ['a link to a folder', () => linkTo(folderWith(() => undefined)), '1 files, 0 passed over'],
  [
    'a link to itself',
    () => {
      const path = fresh('self');
      symlinkSync(path, path);
      return path;
    },
    'source-not-a-file',
  ],
  [
    'two links in a circle',
    () => {
      const [a, b] = [fresh('a'), fresh('b')];
      symlinkSync(b, a);
      symlinkSync(a, b);
      return a;
    },
    'source-not-a-file',
  ],
  ['a link to nothing', () => linkTo('/nowhere/at/all'), 'source-missing'],
  ['nothing', () => fresh('nothing'), 'source-missing'],
  ['a folder', () => folderWith(() => undefined), '1 files, 0 passed over'],
  ['an empty folder', () => tempFolder(), '0 files, 0 passed over'],
  [
    'a folder with a link to a file in it',
    () => folderWith((folder) => symlinkSync(file(), join(folder, 'l'))),
    '1 files, 1 passed over',
  ],
  [
    'a folder with a link to the one above it',
    () => folderWith((folder) => symlinkSync('..', join(folder, 'l'))),
    '1 files, 1 passed over',
  ],
  [
    'a folder with a pipe in it',
    () =>
      folderWith((folder) => {
        execFileSync('mkfifo', [join(folder, 'p')]);
      }),
    '1 files, 1 passed over',
  ],
  ['a pipe', pipe, 'source-not-a-file'],
  ['a link to a pipe', () => linkTo(pipe()), 'source-not-a-file'],
  ['a socket', socket, 'source-not-a-file'],
  ['a device that never ends', () => '/dev/zero', 'source-not-a-file'],
  ['a disk or a terminal', () => '/dev/tty', 'source-not-a-file'],
  ['a file that the system makes up', () => '/proc/self/status', 'source-not-a-file'],
  ['somebody else’s file', () => closed('file'), 'source-unreadable'],
  ['somebody else’s folder', () => closed('folder'), 'source-unreadable'],
];

test.runIf(process.platform === 'linux').each(nodes)('%s', async (_, make, expected) => {
  const path = await make();
  const look = async (): Promise<void> => {
    const took: number[] = [];
    for (let i = 0; i < 3; i++) {
      const began = performance.now();
      expect(await given(path)).toBe(expected);
      took.push(performance.now() - began);
    }
    // The best of three: the others also wait for whatever else runs on the same cores.
    expect(Math.min(...took)).toBeLessThan(100);
  };
  if (expected === 'source-unreadable') await asOrdinaryUser(look);
  else await look();
});

test(
  'a folder with more entries than are meant: so many of them, and the rest is counted',
  { timeout: 120_000 },
  async () => {
    expect(folderLimits).toEqual({ entries: 50_000, depth: 32 });
    const disk = existsSync('/dev/shm') ? '/dev/shm' : undefined;
    const folder = disk ? execFileSync('mktemp', ['-d', '-p', disk]).toString().trim() : tempFolder();
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    execFileSync('sh', [
      '-c',
      `cd "$1" && mkdir a b && seq 1 25000 | xargs -n 5000 sh -c 'for n; do : > a/$n; : > b/$n; done' sh`,
      'sh',
      folder,
    ]);
    // The two folders are entries, too.
    const over = await acceptFolder(folder, 1);
    expect([over.files.length, over.passedOver, over.unreadable]).toEqual([49_998, 2, []]);
  },
);

test('folders in folders: 32 of them with what is in each, not one more', async () => {
  const root = tempFolder();
  const places = Array.from({ length: folderLimits.depth + 2 }, (_, depth) =>
    Array.from({ length: depth }, () => 'd').join('/'),
  );
  for (const place of places) {
    mkdirSync(join(root, place), { recursive: true });
    writeFileSync(join(root, place, 'x.txt'), 'x');
  }
  const { files, passedOver } = await acceptFolder(root, 1);
  expect([files.length, passedOver]).toEqual([folderLimits.depth, 1]);
});

/** The 23rd and 24th: a disk that goes away, before and while it is looked at. */
test('a disk that is gone: its file is missing, its folder too, and nothing hangs', async () => {
  const disk = smallDisk(4 * 1024 * 1024);
  if (!disk) return;
  for (const name of ['a.bin', 'b.bin']) writeFileSync(join(disk, name), Buffer.alloc(300_000, name));
  const [a, b] = [await acceptFile(join(disk, 'a.bin')), await acceptFile(join(disk, 'b.bin'))];
  const held = await openSource(a.source, a);
  onTestFinished(() => held.close());
  expect(await held.read(Buffer.alloc(100), 0)).toBe(100);
  execFileSync('umount', ['-l', disk]);
  // What smallDisk takes away when the test ends.
  onTestFinished(() => {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', disk]);
  });
  const began = performance.now();
  // What is open is read to its end, like a file that was deleted.
  expect(await held.read(Buffer.alloc(100), 299_950)).toBe(50);
  await held.check();
  await expect(openSource(b.source, b)).rejects.toMatchObject({ error: { code: 'source-missing' } });
  expect(await given(join(disk, 'a.bin'))).toBe('source-missing');
  expect(await given(disk)).toBe('0 files, 0 passed over');
  rmSync(disk, { recursive: true });
  expect(await given(disk)).toBe('source-missing');
  expect(performance.now() - began).toBeLessThan(2000);
  mkdirSync(disk);
});
