/** The tray as a tray host sees it, and the app on a desktop without a tray. */
import fs from 'node:fs';
import path from 'node:path';
import { hasS3Server } from './bucket.ts';
import { clipboardText, setClipboardText, DesktopServices } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { stubOpenDialog, expect, test } from './app-fixture.ts';

test.skip(!hasS3Server, 'no S3 server');

test.describe('the tray', () => {
  let services: DesktopServices;
  test.beforeEach(async () => {
    services = await DesktopServices.start();
  });
  test.afterEach(async () => {
    await services.stop();
  });
  const menuLabels = async (): Promise<string[]> => (await services.tray())[0]!.menu.map((m) => m.label || m.type);

  test('its menu uploads files, copies one of the last five links, opens the window and quits', async ({ apps }) => {
    const launched = await apps.launchWithBucket();
    await services.waitForEvent((e) => e.event === 'tray-added');
    expect(await menuLabels()).toEqual([
      'Open Hoist',
      'Upload files…',
      'separator',
      'Recent links',
      'No links yet',
      'separator',
      'Quit Hoist',
    ]);
    const [item] = await services.tray();
    expect(item!.tooltip || item!.title).toContain('Hoist');
    expect(item!.icons.length > 0 || item!.iconName !== '').toBe(true);

    const folder = apps.folder('drop');
    const files = ['1', '2', '3', '4', '5', '6'].map((n) => {
      const file = path.join(folder, `file ${n}.txt`);
      fs.writeFileSync(file, n);
      return file;
    });
    await stubOpenDialog(launched, files);
    await services.clickMenu('Upload files…');
    await expect(launched.page.getByRole('button', { name: 'Copy link to file 6.txt' })).toBeVisible({
      timeout: 20_000,
    });
    await expect.poll(async () => (await menuLabels()).filter((l) => l.startsWith('file ')).length).toBe(5);
    await stubOpenDialog(launched, [apps.folder('empty')]);
    await services.clickMenu('Upload files…');
    await expect(launched.page.getByText('This folder contains no files.', { exact: false }).first()).toBeVisible();
    setClipboardText('something else');
    const name = (await menuLabels()).find((l) => l.startsWith('file '))!;
    await services.clickMenu(name);
    await expect.poll(clipboardText).toContain(encodeURIComponent(name));

    await launched.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.minimize());
    await services.clickMenu('Open Hoist');
    await expect
      .poll(() => launched.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.isMinimized()))
      .toBe(false);
    // The app may end before it has answered the bus.
    await services.clickMenu('Quit Hoist').catch((error: Error) => {
      if (!error.message.includes('NoReply')) throw error;
    });
    await launched.exited;
    await services.waitForEvent((e) => e.event === 'tray-removed');
  });

  test('a batch that ends while the window is minimized shows one notification, and a click opens the window', async ({
    apps,
  }) => {
    const launched = await apps.launchWithBucket();
    const file = path.join(apps.folder('drop'), 'told & <b>.txt');
    fs.writeFileSync(file, 'x');
    await dropOnPage(launched.page, [file]);
    await launched.app.evaluate(({ BrowserWindow }) => {
      const w = BrowserWindow.getAllWindows()[0]!;
      w.blur();
      w.minimize();
    });
    const notification = await services.waitForEvent((e) => e.event === 'notify', 20_000);
    expect(notification.summary).toBe('told & <b>.txt');
    expect(notification.body).toBe('The link is on the clipboard. It opens only on this computer.');
    await services.clickNotification(notification.n!);
    await expect
      .poll(() => launched.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.isMinimized()))
      .toBe(false);
  });
});

test('the app works without a tray', async ({ apps }) => {
  const { page } = await apps.launchWithBucket({ env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' } });
  const file = path.join(apps.folder('drop'), 'trayless.txt');
  fs.writeFileSync(file, 'x');
  await dropOnPage(page, [file]);
  await expect(page.getByRole('button', { name: 'Copy link to trayless.txt' })).toBeVisible({ timeout: 20_000 });
});
