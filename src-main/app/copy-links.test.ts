import { expect, test } from 'vitest';
import type { Upload, Verification } from '../../src-shared/upload.ts';
import { CopyLinks } from './copy-links.ts';

const fakeClipboard = (text = '') => ({
  text,
  isBroken: false,
  readText() {
    return this.text;
  },
  async writeText(newText: string) {
    if (!this.isBroken) this.text = newText;
  },
});
const done = (name: string, verification: Verification = 'verified', batchId = 'b'): Upload => ({
  v: 1,
  id: name,
  batchId,
  position: 0,
  name,
  size: 1,
  contentType: 't',
  source: { path: '/a', fingerprint: { size: 1, mtimeMs: 1, dev: '1', ino: '1' } },
  chain: [],
  step: 0,
  attempts: [],
  createdAt: 1,
  status: 'done',
  ref: null,
  link: { url: `https://x.test/${name}`, visibility: 'public' },
  verification,
  doneAt: 2,
});

test('copies one line per link, in the order of the uploads', async () => {
  const clipboard = fakeClipboard('before');
  const copyLinks = new CopyLinks(clipboard);
  await copyLinks.onBatchEnqueued('b');
  expect(await copyLinks.onBatchSettled([done('1'), done('2'), done('3')])).toEqual({
    uploadIds: ['1', '2', '3'],
    links: 3,
    failed: 0,
    closedIds: [],
    clipboard: 'copied',
  });
  expect(clipboard.text).toBe('https://x.test/1\nhttps://x.test/2\nhttps://x.test/3');
});

test('does not replace text that the user copied after the upload started', async () => {
  const clipboard = fakeClipboard('before');
  const copyLinks = new CopyLinks(clipboard);
  await copyLinks.onBatchEnqueued('b');
  clipboard.text = 'important';
  expect((await copyLinks.onBatchSettled([done('1')])).clipboard).toBe('unchanged');
  expect(clipboard.text).toBe('important');
});

test('reports the links of a command in a shell, but does not copy them', async () => {
  const clipboard = fakeClipboard('before');
  const copyLinks = new CopyLinks(clipboard);
  copyLinks.ignoreBatch('shell');
  expect((await copyLinks.onBatchSettled([done('0', 'private', 'shell')])).closedIds).toEqual([]);
  expect(await copyLinks.onBatchSettled([done('1', 'verified', 'shell')])).toEqual({
    uploadIds: ['1'],
    links: 1,
    failed: 0,
    closedIds: [],
    clipboard: 'nothing',
  });
  expect(clipboard.text).toBe('before');
  expect((await copyLinks.onBatchSettled([done('2')])).clipboard).toBe('copied');
});

test('replaces the links of an earlier batch', async () => {
  const clipboard = fakeClipboard();
  const copyLinks = new CopyLinks(clipboard);
  await copyLinks.onBatchEnqueued('b');
  await copyLinks.onBatchEnqueued('c');
  await copyLinks.onBatchSettled([done('1')]);
  expect((await copyLinks.onBatchSettled([done('2', 'verified', 'c')])).clipboard).toBe('copied');
  expect(clipboard.text).toBe('https://x.test/2');
});

test('copies only verified links, including links that work only on this computer', async () => {
  const clipboard = fakeClipboard('before');
  const copyLinks = new CopyLinks(clipboard);
  expect(await copyLinks.onBatchSettled([done('1', 'unreachable'), done('2', 'private')])).toEqual({
    uploadIds: [],
    links: 0,
    failed: 0,
    closedIds: ['1', '2'],
    clipboard: 'nothing',
  });
  expect(clipboard.text).toBe('before');
  expect((await copyLinks.onBatchSettled([done('3', 'this-computer')])).clipboard).toBe('copied');
});

test('reports a failure when the clipboard does not change', async () => {
  const clipboard = fakeClipboard('before');
  clipboard.isBroken = true;
  expect((await new CopyLinks(clipboard).onBatchSettled([done('1')])).clipboard).toBe('failed');
});

test('does not copy the links of a folder or of more than 50 files', async () => {
  const clipboard = fakeClipboard('before');
  const copyLinks = new CopyLinks(clipboard);
  await copyLinks.onBatchEnqueued('b');
  const many = Array.from({ length: 51 }, (_, i) => done(`${i}`));
  expect(await copyLinks.onBatchSettled(many)).toMatchObject({ links: 51, clipboard: 'many' });
  expect(
    (await copyLinks.onBatchSettled([{ ...done('1'), folder: { name: 'f', relativePath: '1', token: 't', at: 0 } }]))
      .clipboard,
  ).toBe('many');
  expect(clipboard.text).toBe('before');
  expect((await copyLinks.onBatchSettled(many.slice(1))).clipboard).toBe('copied');
});
