/** A file dropped on the window reaches a real S3 server, and its link returns the same bytes. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  bucket,
  createTestBucket,
  endpoint,
  downloadLink,
  hasS3Server,
  accessKey,
  listObjectKeys,
  sha256,
} from './bucket.ts';
import { clipboardText, setClipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { stubOpenDialog, closeWindow, expect, test } from './app-fixture.ts';

test.skip(!hasS3Server, 'no S3 server');

const specialNames = [
  'two words.txt',
  'hash#tag.txt',
  'per%46cent.txt',
  'a+b&c=d.txt',
  'Grüße aus Köln.txt',
  'party🎉👩‍🚀.txt',
];

function writeFile(folder: string, name: string, content: string | Buffer = `content of ${name}`): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, content);
  return file;
}

test('the user enters, tests and saves a destination; a dropped file then gets a link', async ({ apps }) => {
  const { page } = await apps.launch();
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await page.getByRole('option', { name: 'Other S3 server' }).click();
  for (const [key, value] of [
    ['accessKeyId', accessKey.id],
    ['secretAccessKey', accessKey.secret],
    ['endpoint', endpoint],
    ['bucket', bucket],
  ] as const) {
    await page.locator(`[data-field="${key}"] input:visible`).fill(value);
    await page.locator(`[data-field="${key}"] input:visible`).blur();
  }
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('heading', { name: 'It works, with limits' })).toBeVisible({ timeout: 20_000 });
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Finish' }).click();
  await expect(page.getByRole('button', { name: /link works for 7 days/ })).toBeVisible();

  const file = writeFile(apps.folder('drop'), 'hello.txt', 'hello from the window\n');
  await dropOnPage(page, [file]);
  await expect(page.getByRole('button', { name: 'Copy link to hello.txt' })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText('Only this computer')).toBeVisible();
  await expect.poll(clipboardText).toContain('/hello.txt?');
  const downloaded = await downloadLink(clipboardText());
  expect(downloaded).toMatchObject({ status: 200, sha256: await sha256(file) });
  expect(downloaded.headers['content-type']).toMatch(/^text\/plain/);
});

test('several files at once: the clipboard keeps their order, each link works, and the history has them after a restart', async ({
  apps,
}) => {
  const first = await apps.launchWithBucket();
  const folder = apps.folder('drop');
  const files = specialNames.map((name, i) =>
    writeFile(folder, name, `${name}\n`.repeat(1 + (specialNames.length - i) * 20_000)),
  );
  await dropOnPage(first.page, files);
  await expect.poll(() => clipboardText().split('\n').length, { timeout: 30_000 }).toBe(files.length);
  const links = clipboardText().split('\n');
  for (const [i, link] of links.entries()) {
    expect(decodeURIComponent(new URL(link).pathname.split('/').at(-1)!)).toBe(specialNames[i]!.normalize('NFC'));
    expect(await downloadLink(link)).toMatchObject({ status: 200, sha256: await sha256(files[i]!) });
  }
  await closeWindow(first);
  await first.exited;
  const second = await apps.launch({ userData: first.userData });
  for (const name of specialNames) await expect(second.page.getByText(name, { exact: true }).first()).toBeVisible();
});

test('the button and Ctrl+O open the file dialog; two files of the same name get two links', async ({ apps }) => {
  const ownBucket = await createTestBucket();
  const launched = await apps.launchWithBucket({ env: { AWS_S3_BUCKET: ownBucket } });
  const file = writeFile(apps.folder('drop'), 'same.txt');
  await stubOpenDialog(launched, [file]);
  await launched.page.getByRole('button', { name: 'Choose files…' }).click();
  await expect(launched.page.getByRole('button', { name: 'Copy link to same.txt' })).toHaveCount(1, {
    timeout: 20_000,
  });
  await launched.page.keyboard.press('Control+o');
  await expect(launched.page.getByRole('button', { name: 'Copy link to same.txt' })).toHaveCount(2, {
    timeout: 20_000,
  });
  expect(await listObjectKeys(ownBucket)).toHaveLength(2);
});

test('pastes files copied in a file manager', async ({ apps }) => {
  const { page, app } = await apps.launchWithBucket();
  const file = writeFile(apps.folder('drop'), 'pasted file.txt');
  // GTK file managers offer files as text/uri-list, and so does xclip.
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.focus());
  copyUriList(file);
  await page.keyboard.press('Control+v');
  await expect(page.getByRole('button', { name: 'Copy link to pasted file.txt' })).toBeVisible({ timeout: 20_000 });
});

test('text copied during the upload stays on the clipboard, and the links are offered', async ({ apps }) => {
  const { page } = await apps.launchWithBucket();
  const file = path.join(apps.folder('drop'), 'large.bin');
  fs.closeSync(fs.openSync(file, 'w'));
  fs.truncateSync(file, 96 * 1024 * 1024);
  await dropOnPage(page, [file, writeFile(apps.folder('drop'), 'small.bin')]);
  await page.getByRole('progressbar').first().waitFor();
  setClipboardText('something important');
  await expect(page.getByText('The clipboard still has what you copied in the meantime.')).toBeVisible({
    timeout: 30_000,
  });
  expect(clipboardText()).toBe('something important');
  await page.getByRole('button', { name: 'Copy links', exact: true }).click();
  await expect
    .poll(() =>
      clipboardText()
        .split('\n')
        .map((link) => link.split('?')[0]!.split('/').at(-1)),
    )
    .toEqual(['large.bin', 'small.bin']);
});

test('browsers download HTML and SVG files, which can contain scripts, and show Markdown files', async ({ apps }) => {
  const { page } = await apps.launchWithBucket();
  const folder = apps.folder('drop');
  const files = ['page.html', 'drawing.svg', 'notes.md'].map((name) =>
    writeFile(folder, name, '<script>alert(1)</script>'),
  );
  await dropOnPage(page, files);
  await expect.poll(() => clipboardText().split('\n').length, { timeout: 20_000 }).toBe(3);
  const [html, svg, notes] = await Promise.all(clipboardText().split('\n').map(downloadLink));
  expect(html!.headers['content-disposition']).toMatch(/^attachment/);
  expect(svg!.headers['content-disposition']).toMatch(/^attachment/);
  expect(notes!.headers['content-disposition'] ?? 'inline').toMatch(/^inline/);
});

function copyUriList(file: string): void {
  execFileSync('xclip', ['-selection', 'clipboard', '-t', 'text/uri-list', '-i'], {
    input: `${pathToFileURL(file).href}\r\n`,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}
