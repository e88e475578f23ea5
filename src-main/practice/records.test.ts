import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { readObject, readPart, writeRecord } from './records.ts';

const blob = { id: '0123456789abcdef', size: 3 };
const objectFile = {
  v: 1,
  key: 'photos/cat.png',
  etag: 'e',
  modified: 1,
  size: 3,
  headers: {},
  meta: {},
  inParts: false,
  pieces: [blob],
};
const partFile = { v: 1, number: 1, etag: 'e', modified: 1, piece: blob };

test.each([
  ['an object', objectFile, readObject, { key: 'photos/cat.png', blobs: [blob] }],
  ['a part', partFile, readPart, { number: 1, blob }],
])(
  'the file of %s of an earlier version can be read, and its properties keep their names',
  async (_, content, read, expected) => {
    const file = join(tempFolder(), 'record.json');
    await writeFile(file, JSON.stringify(content));
    const record = await read(file);
    expect(record).toMatchObject(expected);
    await writeRecord(file, record!);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(content);
  },
);
