/** Files and folders whose names are not valid UTF-8. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { acceptFolder } from './accept-folder.ts';
import { findRawPaths, type DiskPath } from './raw-path.ts';
import { acceptFile, openSource } from './source-file.ts';
import { tempFolder } from './testing/temp-folders.ts';

/** @param name the bytes as Latin-1 */
const raw = (folder: string, name: string): Buffer =>
  Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
/** macOS and Windows refuse such names. */
const available = process.platform === 'linux';

const contentOf = async (file: string, diskPath?: DiskPath): Promise<string> => {
  const accepted = await acceptFile(file, diskPath);
  const source = await openSource(accepted.source, accepted);
  const bytes = Buffer.alloc(accepted.size);
  if ('read' in source) await source.read(bytes, 0);
  if ('assertUnchanged' in source) await source.assertUnchanged();
  await source.close();
  return `${accepted.name}: ${bytes.toString()}`;
};

test.skipIf(!available)(
  'a file is found by the text of its path, also if the name of its folder is not valid UTF-8',
  async () => {
    const root = tempFolder();
    mkdirSync(raw(root, 'd\u00fc'));
    writeFileSync(Buffer.concat([raw(root, 'd\u00fc'), Buffer.from('/caf\u00e9.txt', 'latin1')]), 'content');
    const file = path.join(root, 'd\ufffd', 'caf\ufffd.txt');
    expect(await contentOf(file)).toBe('caf\ufffd.txt: content');
    expect((await findRawPaths(file)).map((found) => readFileSync(found, 'utf8'))).toEqual(['content']);
    expect(await findRawPaths(path.join(root, 'plain.txt'))).toEqual([]);
  },
);

test.skipIf(!available)(
  'two files with the same text are told apart by their bytes, or refused without them',
  async () => {
    const root = tempFolder();
    writeFileSync(raw(root, '\u00e8.txt'), 'first');
    writeFileSync(raw(root, '\u00e9.txt'), 'second');
    const file = path.join(root, '\ufffd.txt');
    expect(await contentOf(file, raw(root, '\u00e8.txt'))).toBe('\ufffd.txt: first');
    expect(await contentOf(file, raw(root, '\u00e9.txt'))).toBe('\ufffd.txt: second');
    await expect(acceptFile(file)).rejects.toMatchObject({
      error: { code: 'source-unreadable', params: { problem: 'name' } },
    });
  },
);

test.skipIf(!available)(
  'a folder lists all files that have the same text, with different paths, and no links',
  async () => {
    const root = tempFolder();
    for (const name of ['\u00e8.txt', '\u00e9.txt']) writeFileSync(raw(root, name), name);
    symlinkSync('/etc/passwd', raw(root, '\u00e7.txt'));
    for (const name of ['d\u00e8', 'd\u00e9']) {
      mkdirSync(raw(root, name));
      writeFileSync(Buffer.concat([raw(root, name), Buffer.from('/a.txt')]), name);
    }
    const { files, unreadable, skipped } = await acceptFolder(root, 0);
    expect(new Set(files.map(({ folder }) => folder?.relativePath))).toEqual(
      new Set(['d\ufffd/a.txt', 'd\ufffd/a~2.txt', '\ufffd.txt', '\ufffd~2.txt']),
    );
    expect([unreadable, skipped]).toEqual([[], { links: 1, special: 0 }]);
    expect(new Set(files.map(({ source }) => source.fingerprint.ino)).size).toBe(4);
  },
);
