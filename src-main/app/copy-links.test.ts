import { expect, test } from 'vitest';
import type { Upload, Verification } from '../../src-shared/upload.ts';
import { CopyLinks } from './copy-links.ts';

const fake = (text = '') => ({
  text,
  broken: false,
  readText() {
    return this.text;
  },
  async writeText(t: string) {
    if (!this.broken) this.text = t;
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
  const clipboard = fake('before');
  const copy = new CopyLinks(clipboard);
  await copy.onBatchEnqueued('b');
  expect(await copy.onBatchSettled([done('1'), done('2'), done('3')])).toEqual({
    uploadIds: ['1', '2', '3'],
    links: 3,
    failed: 0,
    clipboard: 'copied',
  });
  expect(clipboard.text).toBe('https://x.test/1\nhttps://x.test/2\nhttps://x.test/3');
});

test('does not replace text that the user copied meanwhile', async () => {
  const clipboard = fake('before');
  const copy = new CopyLinks(clipboard);
  await copy.onBatchEnqueued('b');
  clipboard.text = 'important';
  expect((await copy.onBatchSettled([done('1')])).clipboard).toBe('unchanged');
  expect(clipboard.text).toBe('important');
});

test('reports the links of a command in a shell, but does not copy them', async () => {
  const clipboard = fake('before');
  const copy = new CopyLinks(clipboard);
  copy.ignoreBatch('shell');
  expect(await copy.onBatchSettled([done('1', 'verified', 'shell')])).toEqual({
    uploadIds: ['1'],
    links: 1,
    failed: 0,
    clipboard: 'nothing',
  });
  expect(clipboard.text).toBe('before');
  expect((await copy.onBatchSettled([done('2')])).clipboard).toBe('copied');
});

test('replaces the links of an earlier batch', async () => {
  const clipboard = fake();
  const copy = new CopyLinks(clipboard);
  await copy.onBatchEnqueued('b');
  await copy.onBatchEnqueued('c');
  await copy.onBatchSettled([done('1')]);
  expect((await copy.onBatchSettled([done('2', 'verified', 'c')])).clipboard).toBe('copied');
  expect(clipboard.text).toBe('https://x.test/2');
});

test('copies only links that are verified to work, including those that work only on this computer', async () => {
  const clipboard = fake('before');
  const copy = new CopyLinks(clipboard);
  expect((await copy.onBatchSettled([done('1', 'unreachable'), done('2', 'private')])).clipboard).toBe('nothing');
  expect(clipboard.text).toBe('before');
  expect((await copy.onBatchSettled([done('3', 'this-computer')])).clipboard).toBe('copied');
});

test('reports that the clipboard rejected the text', async () => {
  const clipboard = fake('before');
  clipboard.broken = true;
  expect((await new CopyLinks(clipboard).onBatchSettled([done('1')])).clipboard).toBe('failed');
});

test('does not copy the links of a folder or of more than 50 files', async () => {
  const clipboard = fake('before');
  const copy = new CopyLinks(clipboard);
  await copy.onBatchEnqueued('b');
  const many = Array.from({ length: 51 }, (_, i) => done(`${i}`));
  expect(await copy.onBatchSettled(many)).toMatchObject({ links: 51, clipboard: 'many' });
  expect(
    (await copy.onBatchSettled([{ ...done('1'), folder: { name: 'f', relativePath: '1', token: 't', at: 0 } }]))
      .clipboard,
  ).toBe('many');
  expect(clipboard.text).toBe('before');
  expect((await copy.onBatchSettled(many.slice(1))).clipboard).toBe('copied');
});
