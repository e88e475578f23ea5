import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AppError } from '../../src-shared/errors.ts';
import { errorText } from '../../src-shared/text/text.ts';
import type { SkippedEntries } from '../../src-shared/upload.ts';
import { asUnprivilegedUser, tempFolder, unprivilegedFolder } from '../platform/testing/temp-folders.ts';
import { openInputFiles, type InputFile } from './input-files.ts';

async function openIn(cwd: string, typed: string[], stop = new AbortController().signal) {
  const skipped: [string, SkippedEntries][] = [];
  const inputs = await openInputFiles(typed, {
    cwd,
    streamName: 'stream',
    isSensitive: async () => false,
    allowSensitive: false,
    onSkipped: (name, entries) => skipped.push([name, entries]),
    stop,
  });
  return { inputs: inputs.map(outcome), skipped };
}

const outcome = (input: InputFile): string => {
  const result = 'refused' in input ? input.refused : 'accepted';
  return `${input.typed}: ${typeof result === 'string' ? result : result.code}`;
};

test('an unreadable file and an unreadable subfolder of a folder are refused, and the other files accepted', async () => {
  const cwd = unprivilegedFolder();
  mkdirSync(path.join(cwd, 'album/closed'), { recursive: true });
  for (const name of ['album/a.txt', 'album/b.txt', 'album/closed/c.txt']) writeFileSync(path.join(cwd, name), 'x');
  symlinkSync('a.txt', path.join(cwd, 'album/link'));
  const closed = ['album/b.txt', 'album/closed'].map((name) => path.join(cwd, name));
  for (const entry of closed) chmodSync(entry, 0);
  onTestFinished(() => {
    for (const entry of closed) chmodSync(entry, 0o700);
  });
  await asUnprivilegedUser(async () => {
    const { inputs, skipped } = await openIn(cwd, ['album']);
    expect(inputs.sort()).toEqual([
      'album/a.txt: accepted',
      'album/b.txt: source-unreadable',
      'album/closed: source-unreadable',
    ]);
    expect(skipped).toEqual([['album', { links: 1, special: 0 }]]);
  });
});

test('a path without a file and a pipe have their own messages', async () => {
  const cwd = tempFolder();
  execFileSync('mkfifo', [path.join(cwd, 'pipe')]);
  const inputs = await openInputFiles(['mistyped.jpg', 'no/folder.jpg', 'pipe'], {
    cwd,
    streamName: 'stream',
    isSensitive: async () => false,
    allowSensitive: false,
    onSkipped: () => undefined,
    stop: new AbortController().signal,
  });
  const sentences = inputs.map((input) => ('refused' in input ? errorText(input.refused as AppError).what : ''));
  expect(sentences).toEqual([
    'There is no file with this path.',
    'There is no file with this path.',
    'This is a pipe.',
  ]);
});

test('a file name in a folder that writes é as e and an accent is reported as it is on the disk', async () => {
  const cwd = tempFolder();
  mkdirSync(path.join(cwd, 'site'));
  writeFileSync(path.join(cwd, 'site', 'e\u0301.html'), 'x');
  expect((await openIn(cwd, ['site'])).inputs).toEqual(['site/e\u0301.html: accepted']);
});

test('a stop while a folder is read refuses the folder', async () => {
  const cwd = tempFolder();
  mkdirSync(path.join(cwd, 'album'));
  for (const name of ['album/a.txt', 'b.txt']) writeFileSync(path.join(cwd, name), 'x');
  expect(await openIn(cwd, ['album', 'b.txt'], AbortSignal.abort())).toEqual({
    inputs: ['album: interrupted', 'b.txt: accepted'],
    skipped: [],
  });
});

test('a file address that names no file is refused, and the other files are accepted', async () => {
  const cwd = tempFolder();
  for (const name of ['a.txt', 'b c.txt']) writeFileSync(path.join(cwd, name), 'x');
  const base = `file://${cwd}`;
  const addresses = [
    `${base}/100%.txt`,
    `${base}/b%2Fc.txt`,
    'file://server/a.txt',
    'file://%zz/a.txt',
    `${base}/b%20c.txt`,
  ];
  const { inputs } = await openIn(cwd, ['a.txt', ...addresses, `file://localhost${cwd}/a.txt`]);
  expect(inputs.map((line) => line.split(': ').at(-1))).toEqual([
    'accepted',
    'bad-url',
    'bad-url',
    'bad-url',
    'bad-url',
    'accepted',
    'accepted',
  ]);
});
