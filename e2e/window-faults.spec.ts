/** Behaviour of the window that only the real app shows: focus, scrolling, overlays and what fits at 720 × 520. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { dispatchDrag, dropOnPage } from './drag-and-drop.ts';
import { saveDestination } from './window-actions.ts';
import { expect, test, type AppLauncher, type LaunchedApp } from './app-fixture.ts';

const usualSize = { width: 720, height: 520 };

/** Uploads files to Practice, which needs no account and no server. */
async function uploadMany(launched: LaunchedApp, apps: AppLauncher, count: number): Promise<void> {
  const folder = apps.folder('many');
  const files = Array.from({ length: count }, (_, index) =>
    path.join(folder, `file ${String(index).padStart(2, '0')}.txt`),
  );
  for (const file of files) fs.writeFileSync(file, path.basename(file));
  await dropOnPage(launched.page, files);
  await expect(launched.page.getByText(`${count} uploads`)).toBeVisible({ timeout: 40_000 });
}

/** Copies data in one clipboard format, as a file manager does. */
function copyAs(target: string, input: string): void {
  execFileSync('xclip', ['-selection', 'clipboard', '-t', target, '-i'], {
    input,
    timeout: 2000,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

/** The accessible names of the rows, in order. */
const rowNames = ({ page }: LaunchedApp): Promise<(string | null)[]> =>
  page
    .getByRole('main')
    .getByRole('listitem')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label')));

test('search opens at the top of its results, and Ctrl+F and Escape work from everywhere', async ({ apps }) => {
  const launched = await apps.launch({ size: usualSize });
  const { page } = launched;
  await page.keyboard.press('Control+f');
  await expect(page.getByRole('search'), 'there is nothing to search').toHaveCount(0);
  await uploadMany(launched, apps, 40);
  const shown = await rowNames(launched);
  expect(shown.slice(0, 3), 'drop order; the name says where the link opens').toEqual([
    'file 00.txt, 11 bytes · Only this computer',
    'file 01.txt, 11 bytes · Only this computer',
    'file 02.txt, 11 bytes · Only this computer',
  ]);
  const list = page.getByRole('list', { name: 'History' }).locator('xpath=../..');
  const offset = (): Promise<number> => list.evaluate((element) => element.scrollTop);
  await page.getByRole('listitem').first().focus();
  await page.keyboard.press('End');
  await expect.poll(offset).toBeGreaterThan(500);
  const before = await offset();

  await page.keyboard.press('Control+f');
  const field = page.getByRole('searchbox');
  await expect(field).toBeFocused();
  await page.keyboard.type('file');
  await expect(page.getByRole('listitem', { name: /^file 00/ })).toBeInViewport();
  await expect.poll(offset).toBe(0);

  // From a result: Ctrl+F returns to the field and selects its text, Escape ends the search.
  await page.keyboard.press('ArrowDown');
  await expect(field).not.toBeFocused();
  await page.keyboard.press('Control+f');
  await expect(field).toBeFocused();
  await page.keyboard.type('17.txt');
  await expect(field).toHaveValue('17.txt');
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('search')).toHaveCount(0);
  const result = page.getByRole('listitem', { name: /^file 17/ });
  await expect(result).toBeFocused();
  await expect(result, 'the focused row is in sight').toBeInViewport();

  // From the field, with text in it.
  await page.keyboard.press('Control+f');
  await page.keyboard.type('file');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('search')).toHaveCount(0);
  expect(before).toBeGreaterThan(0);

  // From the settings.
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.keyboard.press('Control+f');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(field).toBeFocused();
});

test('Ctrl+F closes a menu or a question and opens the search, but keeps a form with its input', async ({ apps }) => {
  const launched = await apps.launch({ size: usualSize });
  const { page } = launched;
  await uploadMany(launched, apps, 2);
  const field = page.getByRole('searchbox', { name: 'Search by name' });
  const openDeletion = async (): Promise<void> => {
    await page.getByRole('button', { name: 'More for file 00.txt' }).click();
    await page.getByRole('menuitem', { name: 'Delete from Practice…' }).click();
    await expect(page.getByRole('alertdialog')).toBeVisible();
  };
  const dialogs: [name: string, open: () => Promise<void>][] = [
    ['the menu of a row', () => page.getByRole('button', { name: 'More for file 00.txt' }).click()],
    ['the menu of the destinations', () => page.getByRole('banner').getByRole('button').first().click()],
    ['a question', openDeletion],
  ];
  for (const [name, open] of dialogs) {
    await open();
    await page.keyboard.press('Control');
    await expect(page.locator('[role="menu"], [role="alertdialog"]'), name).toBeVisible();
    await page.keyboard.press('Control+f');
    await expect(field, name).toBeFocused();
    await expect(page.getByRole('menu'), name).toHaveCount(0);
    await expect(page.getByRole('alertdialog'), name).toHaveCount(0);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('search'), name).toHaveCount(0);
  }
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Set up destination…' }).click();
  const services = page.getByRole('dialog').getByRole('searchbox');
  await page.getByRole('option', { name: 'Amazon S3' }).focus();
  await page.keyboard.press('Control+f');
  await expect(services, 'the search of the services').toBeFocused();
  await page.getByRole('option', { name: 'Cloudflare R2' }).click();
  const key = page.getByRole('textbox', { name: 'Access key' });
  await key.fill('AKIA');
  await page.keyboard.press('Control+f');
  await expect(key).toHaveValue('AKIA');
  await expect(field).toHaveCount(0);
});

test('a dialog that was opened from a menu returns the focus to the button of the menu', async ({ apps }) => {
  const launched = await apps.launch({ size: usualSize });
  const { page } = launched;
  await uploadMany(launched, apps, 2);
  const more = page.getByRole('button', { name: 'More for file 01.txt' });
  await more.click();
  await page.getByRole('menuitem', { name: 'Delete from Practice…' }).click();
  await expect(page.getByText('Keep', { exact: true })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(more).toBeFocused();
  const destinations = page.getByRole('banner').getByRole('button').first();
  await destinations.click();
  await page.getByRole('menuitem', { name: 'Set up destination…' }).click();
  await expect(page.getByRole('option', { name: 'Amazon S3' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(destinations).toBeFocused();
});

test('the menu of many destinations fits, with one scroll bar, and a message keeps its place below it', async ({
  apps,
}) => {
  const launched = await apps.launch({ size: usualSize });
  const { page } = launched;
  const settings = { endpoint: 'http://127.0.0.1:9', bucket: 'photos', accessKeyId: 'AKIA', secretAccessKey: 'secret' };
  for (let index = 0; index < 12; index++) await saveDestination(launched, `Destination ${index}`, settings);
  copyAs('UTF8_STRING', 'hello');
  await page.keyboard.press('Control+v');
  const message = page.getByRole('region', { name: 'Messages' });
  await expect(message).toContainText('Only files can be pasted here.');
  const before = await message.boundingBox();
  await page.getByRole('banner').getByRole('button').first().click();
  const menu = page.getByRole('menu');
  await expect(menu.getByRole('menuitem', { name: 'Add destination…' })).toBeInViewport({ ratio: 1 });
  const overflow = await menu.evaluate((element) => {
    const popover = element.parentElement!;
    return [popover, element].map(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight);
  });
  expect(overflow, 'only the list of destinations scrolls').toEqual([0, 0]);
  expect(await message.boundingBox()).toEqual(before);
});

test('the drop overlay hides the text under it, and the tooltip of a focused button', async ({ apps }) => {
  const launched = await apps.launch({ size: usualSize });
  // Closing the settings with Escape returns the focus to their button, which then shows its tooltip.
  await launched.page.getByRole('button', { name: 'Settings' }).click();
  await expect(launched.page.getByRole('dialog')).toBeVisible();
  await launched.page.keyboard.press('Escape');
  const tooltip = launched.page.getByRole('tooltip');
  await expect(tooltip).toBeVisible();
  const file = path.join(apps.folder('drag'), 'a.txt');
  fs.writeFileSync(file, 'a');
  const overlay = launched.page.getByTestId('drop-overlay');
  await dispatchDrag(launched.page, [file], ['dragEnter', 'dragOver']);
  await expect(overlay).toBeVisible();
  expect(await overlay.evaluate((element) => getComputedStyle(element).backgroundColor)).toMatch(/^rgb\(/);
  await expect(tooltip).toBeHidden();
});

test('the setup offers “Other S3 server” as a button when no service matches', async ({ apps }) => {
  const { page } = await apps.launch({ size: usualSize });
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await page.keyboard.type('google drive');
  await page.getByRole('button', { name: 'Other S3 server…' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Other S3 server' })).toBeVisible();
});

test('a service that the user chooses after another one shows no errors of the first', async ({ apps }) => {
  const { page } = await apps.launch({ size: usualSize });
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await page.getByRole('option', { name: 'Cloudflare R2' }).click();
  const invalid = page.locator('[data-invalid]');
  // Moving through the fields changes nothing, so no field is wrong yet.
  for (let i = 0; i < 8; i++) await page.keyboard.press('Tab');
  await expect(invalid).toHaveCount(0);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(invalid.first()).toBeVisible();
  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByRole('option', { name: 'Backblaze B2' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Backblaze B2' })).toBeVisible();
  await expect(invalid).toHaveCount(0);
});

test('pastes files in every format of file managers', { tag: '@slow-2' }, async ({ apps }) => {
  const launched = await apps.launch({ size: usualSize });
  const { page, app } = launched;
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.focus());
  const folder = apps.folder('paste');
  const formats: [label: string, target: string, content: (url: string) => string][] = [
    ['uri-list with localhost', 'text/uri-list', (url) => `${url.replace('file:///', 'file://localhost/')}\r\n`],
    ['gnome-copied-files', 'x-special/gnome-copied-files', (url) => `copy\n${url}`],
    ['text of Nautilus', 'UTF8_STRING', (url) => `x-special/nautilus-clipboard\ncopy\n${url}\n`],
    ['an address as text', 'UTF8_STRING', (url) => url],
  ];
  for (const [label, target, content] of formats) {
    const file = path.join(folder, `${label} ü.txt`);
    fs.writeFileSync(file, label);
    copyAs(target, content(pathToFileURL(file).href));
    await page.keyboard.press('Control+v');
    await expect(page.getByRole('button', { name: `Copy link to ${label} ü.txt` }), label).toBeVisible();
  }
  copyAs('UTF8_STRING', 'hello');
  await page.keyboard.press('Control+v');
  await expect(page.getByText('Only files can be pasted here.').first()).toBeVisible();
});
