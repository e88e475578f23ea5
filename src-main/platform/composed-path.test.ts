/** Decomposed names of files in a folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { acceptFolder } from './accept-folder.ts';
import { composedPath } from './composed-path.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'hoist-names-'));
afterAll(() => rmSync(root, { recursive: true }));
const write = (relativePath: string): void => {
  mkdirSync(path.dirname(path.join(root, relativePath)), { recursive: true });
  writeFileSync(path.join(root, relativePath), 'x');
};
const [nfc, nfd] = ['r\u00e9sum\u00e9', 're\u0301sume\u0301'];

test('decomposed names become composed in every part of the path', async () => {
  write(`a/${nfd}/${nfd}.html`);
  expect(await composedPath(root, `a/${nfd}/${nfd}.html`)).toBe(`a/${nfc}/${nfc}.html`);
  const { files } = await acceptFolder(path.join(root, 'a'), 0);
  expect(files.map(({ folder }) => folder?.relativePath)).toEqual([`${nfc}/${nfc}.html`]);
});

test('decomposed names stay as they are beside a file or a folder with the composed name', async () => {
  for (const file of [`b/${nfd}`, `b/${nfc}`, `c/${nfd}/${nfc}`, `c/${nfc}/${nfd}`]) write(file);
  expect(await composedPath(root, `b/${nfd}`)).toBe(`b/${nfd}`);
  expect(await composedPath(root, `b/${nfc}`)).toBe(`b/${nfc}`);
  expect(await composedPath(root, `c/${nfd}/${nfc}`)).toBe(`c/${nfd}/${nfc}`);
  expect(await composedPath(root, `c/${nfc}/${nfd}`)).toBe(`c/${nfc}/${nfc}`);
});

test('partly composed names stay as they are, because several such names can exist', async () => {
  expect(await composedPath(root, `\u00e9e\u0301`)).toBe(`\u00e9e\u0301`);
});
