/** Arguments and folders whose names are not valid UTF-8. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorText } from '../../src-shared/text/text.ts';
import { escapeBytes } from '../platform/exact-arguments.ts';
import { openSource } from '../platform/source-file.ts';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { openInputFiles, type InputFile } from './input-files.ts';

/** The bytes of a Latin-1 text, and an argument with these bytes. */
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const raw = (text: string): string => escapeBytes(latin1(text));
/** The path of a file with a Latin-1 name in a folder, as bytes. */
const below = (folder: string, name: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), latin1(name)]);

/** A folder with these files. The content of each is its path. */
function folderWith(names: string[]): string {
  const root = tempFolder();
  for (const name of names) {
    mkdirSync(below(root, path.dirname(name)), { recursive: true });
    writeFileSync(below(root, name), name);
  }
  return root;
}

async function openAll(cwd: string, typed: string[]): Promise<string[]> {
  const inputs = await openInputFiles(typed, {
    cwd,
    streamName: 'stream',
    isSensitive: async () => false,
    allowSensitive: false,
    onSkipped: () => undefined,
    stop: new AbortController().signal,
  });
  return Promise.all(inputs.map(async (input) => `${input.typed}: ${await outcome(input)}`));
}

async function outcome(input: InputFile): Promise<string> {
  if ('refused' in input) return typeof input.refused === 'string' ? input.refused : errorText(input.refused).what;
  if (!('file' in input) || 'stream' in input.file.source) throw new Error('no file');
  const source = await openSource(input.file.source, input.file);
  const bytes = Buffer.alloc(source.size);
  await source.read(bytes, 0);
  await source.close();
  return bytes.toString();
}

const missing = 'There is no file with this path.';
const ambiguous = 'Several files have this name, because their names aren’t valid UTF-8.';

// macOS and Windows refuse such names.
describe.skipIf(process.platform !== 'linux')('a name that is not valid UTF-8', () => {
  test('opens the file typed at its position, in any order', async () => {
    const cwd = folderWith(['caf\u00e8.txt', 'caf\u00e9.txt', 'plain.txt']);
    expect(await openAll(cwd, [raw('caf\u00e9.txt'), 'plain.txt', raw('caf\u00e8.txt')])).toEqual([
      'caf\ufffd.txt: caf\u00e9.txt',
      'plain.txt: plain.txt',
      'caf\ufffd.txt: caf\u00e8.txt',
    ]);
    expect(await openAll(cwd, [raw('caf\u00e9.txt')])).toEqual(['caf\ufffd.txt: caf\u00e9.txt']);
    expect(await openAll(cwd, [raw('./caf\u00e9.txt'), raw(`${cwd}/caf\u00e8.txt`)])).toEqual([
      './caf\ufffd.txt: caf\u00e9.txt',
      `${cwd}/caf\ufffd.txt: caf\u00e8.txt`,
    ]);
  });

  test('is not guessed when only its decoded text is known and several files have this text', async () => {
    const cwd = folderWith(['caf\u00e8.txt', 'caf\u00e9.txt', 'only\u00e9.txt']);
    expect(await openAll(cwd, ['caf\ufffd.txt', 'caf\ufffd.txt', 'only\ufffd.txt'])).toEqual([
      `caf\ufffd.txt: ${ambiguous}`,
      `caf\ufffd.txt: ${ambiguous}`,
      'only\ufffd.txt: only\u00e9.txt',
    ]);
  });

  test('without a file is reported as a path without a file', async () => {
    const cwd = folderWith(['caf\u00e8.txt']);
    expect(await openAll(cwd, [raw('gone\u00e9.txt'), 'gone\ufffd.txt', raw('caf\u00e9.txt')])).toEqual([
      `gone\ufffd.txt: ${missing}`,
      `gone\ufffd.txt: ${missing}`,
      `caf\ufffd.txt: ${missing}`,
    ]);
  });

  test('of a folder sends the files of exactly this folder', async () => {
    const cwd = folderWith([
      'dir\u00e8/other.txt',
      'dir\u00e9/a.txt',
      'dir\u00e9/sub\u00ea/b\u00eb.txt',
      'dir\u00e9/sub\u00eb/c.txt',
    ]);
    const all = [
      'dir\ufffd/a.txt: dir\u00e9/a.txt',
      'dir\ufffd/sub\ufffd/b\ufffd.txt: dir\u00e9/sub\u00ea/b\u00eb.txt',
    ];
    for (const typed of ['dir\u00e9', 'dir\u00e9/'])
      expect(await openAll(cwd, [raw(typed)])).toEqual([
        ...all,
        'dir\ufffd/sub\ufffd/c.txt: dir\u00e9/sub\u00eb/c.txt',
      ]);
    expect(await openAll(cwd, [raw('dir\u00e9/sub\u00ea')])).toEqual([all[1]]);
    expect(await openAll(cwd, ['dir\ufffd'])).toEqual([`dir\ufffd: ${ambiguous}`]);
  });

  test('of a folder is found by its decoded text when no other folder has this text', async () => {
    const cwd = folderWith(['dir\u00e9/a.txt']);
    expect(await openAll(cwd, ['dir\ufffd'])).toEqual(['dir\ufffd/a.txt: dir\u00e9/a.txt']);
  });

  test('of the working folder is used with its exact bytes', async () => {
    const root = folderWith(['dir\u00e8/a.txt', 'dir\u00e9/a.txt', 'dir\u00e9/\u00e9.txt', 'dir\u00e9/\u00e8.txt']);
    const cwd = raw(`${root}/dir\u00e9`);
    expect(await openAll(cwd, ['a.txt', raw('\u00e9.txt')])).toEqual([
      'a.txt: dir\u00e9/a.txt',
      '\ufffd.txt: dir\u00e9/\u00e9.txt',
    ]);
  });

  test('of a link in a folder does not lead out of the folder', async () => {
    const cwd = folderWith(['outside/a.txt', 'in/dir\u00e9/a.txt']);
    symlinkSync(path.join(cwd, 'outside'), below(cwd, 'in/dir\u00e8'));
    expect(await openAll(cwd, ['in'])).toEqual(['in/dir\ufffd/a.txt: in/dir\u00e9/a.txt']);
    expect(readFileSync(path.join(cwd, 'outside/a.txt'), 'utf8')).toBe('outside/a.txt');
  });

  test('of a file does not hide a folder with the same decoded text', async () => {
    const cwd = folderWith(['in/dir\u00e8', 'in/dir\u00e9/a.txt']);
    expect(await openAll(cwd, ['in'])).toEqual([
      'in/dir\ufffd: in/dir\u00e8',
      'in/dir\ufffd/a.txt: in/dir\u00e9/a.txt',
    ]);
  });
});
