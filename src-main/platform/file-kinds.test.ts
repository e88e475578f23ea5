/**
 * The kinds of file system entries that a user can drop. Files are accepted, folders are walked, and
 * everything else is refused at once without being opened.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AppFailure, type ErrorCode } from '../../src-shared/errors.ts';
import { caseCount } from '../testing/sample.ts';
import { asUnprivilegedUser, unprivilegedFolder, smallDisk, tempFolder } from './testing/temp-folders.ts';
import { acceptFolder } from './accept-folder.ts';
import { acceptFile, openSource } from './source-file.ts';

/** The expected result: the size of a file, the number of files of a folder, or the error code. */
async function acceptOutcome(path: string): Promise<string> {
  const codeOf = (cause: unknown): ErrorCode => {
    if (cause instanceof AppFailure) return cause.error.code;
    throw cause;
  };
  const asFile = await acceptFile(path).then(({ size }) => `${size} bytes`, codeOf);
  if (asFile !== 'source-is-folder') return asFile;
  return acceptFolder(path, 1).then(
    ({ files, skipped }) => `${files.length} files, ${skipped.links} links, ${skipped.special} special`,
    codeOf,
  );
}

const newPath = (name: string): string => join(tempFolder(), name);
function file(content = 'four'): string {
  const path = newPath('file');
  writeFileSync(path, content);
  return path;
}
function linkTo(target: string): string {
  const path = newPath('link');
  symlinkSync(target, path);
  return path;
}
function pipe(): string {
  const path = newPath('pipe');
  execFileSync('mkfifo', [path]);
  return path;
}
function folderWith(make: (folder: string) => void): string {
  const path = newPath('folder');
  mkdirSync(path);
  writeFileSync(join(path, 'a.txt'), 'a');
  make(path);
  return path;
}
async function socket(): Promise<string> {
  const path = newPath('socket');
  const server = createServer().listen(path);
  onTestFinished(() => {
    server.close();
  });
  await new Promise((ok) => {
    server.once('listening', ok);
  });
  return path;
}
/** A file of another user without read permission. */
function unreadablePath(kind: 'file' | 'folder'): string {
  const path = join(unprivilegedFolder(), kind);
  if (kind === 'file') writeFileSync(path, 'x');
  else mkdirSync(path);
  chmodSync(path, 0);
  onTestFinished(() => {
    if (existsSync(path)) chmodSync(path, 0o700);
  });
  return path;
}

const cases: [string, () => string | Promise<string>, string][] = [
  ['a file', () => file(), '4 bytes'],
  ['an empty file', () => file(''), '0 bytes'],
  ['a link to a file', () => linkTo(file()), '4 bytes'],
  ['a link to a link to a file', () => linkTo(linkTo(file())), '4 bytes'],
  ['a link to a folder', () => linkTo(folderWith(() => undefined)), '1 files, 0 links, 0 special'],
  [
    'a link to itself',
    () => {
      const path = newPath('self');
      symlinkSync(path, path);
      return path;
    },
    'source-not-a-file',
  ],
  [
    'two links in a circle',
    () => {
      const [a, b] = [newPath('a'), newPath('b')];
      symlinkSync(b, a);
      symlinkSync(a, b);
      return a;
    },
    'source-not-a-file',
  ],
  ['a broken link', () => linkTo('/nowhere/at/all'), 'source-missing'],
  ['a missing file', () => newPath('missing'), 'source-missing'],
  ['a folder', () => folderWith(() => undefined), '1 files, 0 links, 0 special'],
  ['an empty folder', () => tempFolder(), '0 files, 0 links, 0 special'],
  [
    'a folder with a link to a file in it',
    () => folderWith((folder) => symlinkSync(file(), join(folder, 'l'))),
    '1 files, 1 links, 0 special',
  ],
  [
    'a folder with a link to its parent folder',
    () => folderWith((folder) => symlinkSync('..', join(folder, 'l'))),
    '1 files, 1 links, 0 special',
  ],
  [
    'a folder with a pipe in it',
    () =>
      folderWith((folder) => {
        execFileSync('mkfifo', [join(folder, 'p')]);
      }),
    '1 files, 0 links, 1 special',
  ],
  ['a pipe', pipe, 'source-not-a-file'],
  ['a link to a pipe', () => linkTo(pipe()), 'source-not-a-file'],
  ['a socket', socket, 'source-not-a-file'],
  ['a device without an end', () => '/dev/zero', 'source-not-a-file'],
  ['a terminal', () => '/dev/tty', 'source-not-a-file'],
  ['a pseudo file', () => '/proc/self/status', 'source-not-a-file'],
  ['an unreadable file', () => unreadablePath('file'), 'source-unreadable'],
  ['an unreadable folder', () => unreadablePath('folder'), 'source-unreadable'],
];

test.runIf(process.platform === 'linux').each(cases)(
  'adding %s gives the expected result',
  async (_, make, expected) => {
    const path = await make();
    const check = async (): Promise<void> => {
      const durations: number[] = [];
      for (let i = 0; i < 3; i++) {
        const startedAt = performance.now();
        expect(await acceptOutcome(path)).toBe(expected);
        durations.push(performance.now() - startedAt);
      }
      // The fastest of three attempts: other processes may delay an attempt.
      expect(Math.min(...durations)).toBeLessThan(1000);
    };
    if (expected === 'source-unreadable') await asUnprivilegedUser(check);
    else await check();
  },
);

test(
  'acceptFolder accepts every file of a folder with 60,000 links and 60,000 files',
  { timeout: 240_000 },
  async () => {
    const count = caseCount({ full: 60_000, sample: 2000 });
    const disk = existsSync('/dev/shm') ? '/dev/shm' : undefined;
    const folder = disk ? execFileSync('mktemp', ['-d', '-p', disk]).toString().trim() : tempFolder();
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const script = `cd "$1" && mkdir a b && seq 1 "$2" | xargs -n 5000 sh -c 'for n; do : > a/$n; done' sh`;
    execFileSync('sh', ['-c', script, 'sh', folder, String(count)]);
    for (let i = 0; i < count; i++) symlinkSync('x', join(folder, 'b', String(i)));
    const { files, skipped, unreadable } = await acceptFolder(folder, 1);
    expect([files.length, skipped, unreadable]).toEqual([count, { links: count, special: 0 }, []]);
  },
);

// A disk that is removed before or while a file is read.
test('files and folders on a removed disk count as missing, and no call hangs', async () => {
  const disk = smallDisk(4 * 1024 * 1024);
  if (!disk) return;
  for (const name of ['a.bin', 'b.bin']) writeFileSync(join(disk, name), Buffer.alloc(300_000, name));
  const [a, b] = [await acceptFile(join(disk, 'a.bin')), await acceptFile(join(disk, 'b.bin'))];
  const source = await openSource(a.source, a);
  onTestFinished(() => source.close());
  expect(await source.read(Buffer.alloc(100), 0)).toBe(100);
  execFileSync('umount', ['-l', disk]);
  // At the end of the test smallDisk unmounts the folder, so something must be mounted there.
  onTestFinished(() => {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', disk]);
  });
  const startedAt = performance.now();
  // An open file can still be read, just like a file that was deleted while open.
  expect(await source.read(Buffer.alloc(100), 299_950)).toBe(50);
  await source.assertUnchanged();
  await expect(openSource(b.source, b)).rejects.toMatchObject({ error: { code: 'source-missing' } });
  expect(await acceptOutcome(join(disk, 'a.bin'))).toBe('source-missing');
  expect(await acceptOutcome(disk)).toBe('0 files, 0 links, 0 special');
  rmSync(disk, { recursive: true });
  expect(await acceptOutcome(disk)).toBe('source-missing');
  expect(performance.now() - startedAt).toBeLessThan(20_000);
  mkdirSync(disk);
});
