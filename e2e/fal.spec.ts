/** fal.ai with its real host names. A proxy in the destination's settings redirects them to the loopback server. */
import fs from 'node:fs';
import path from 'node:path';
import { runHoist, userDataFolder } from './hoist-cli.ts';
import { expect, temporaryFolder, test, type LaunchedApp } from './app-fixture.ts';
import { falCertificate, startFalHostProxy } from './servers/fal/host-proxy.ts';
import { FalServer } from './servers/fal/server.ts';

/** A key is `ID:SECRET`. */
const key = 'e2e-id:0123456789abcdef';

test('adopts a key from the environment and uploads with it, without saving the key', async () => {
  test.setTimeout(180_000);
  const home = temporaryFolder('home');
  const server = await FalServer.start({ keys: { [key]: {} }, address: 'https://v3.fal.media' });
  const hostProxy = await startFalHostProxy(server.origin);
  try {
    const env = { FAL_KEY: key };
    const settings = ['proxy=address', `proxyAddress=${hostProxy.url}`, `ca=${falCertificate}`, 'expiry=1d'].flatMap(
      (setting) => ['--set', setting],
    );
    const adopted = await runHoist(['setup', 'adopt', 'fal-environment', '--keep-secrets', ...settings], { home, env });
    expect(adopted, adopted.stderr).toMatchObject({ code: 0, stdout: 'fal.ai\n' });
    const file = path.join(home, 'a b.txt');
    fs.writeFileSync(file, 'hello');
    const uploaded = await runHoist(['upload', file], { home, env });
    expect(uploaded, uploaded.stderr).toMatchObject({ code: 0, stderr: '' });
    const address = uploaded.stdout.trim();
    expect(address).toMatch(/^https:\/\/v3\.fal\.media\/files\/b\/\w+\/a_b\.txt$/);
    expect(server.bytesAt(address)?.toString()).toBe('hello');
    expect(server.fileAt(address)).toMatchObject({ name: 'a b.txt', contentType: 'text/plain' });
    expect(server.violations).toEqual([]);
    const storedFiles = fs
      .readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
      .join('\n');
    expect(storedFiles + uploaded.stdout + adopted.stdout + adopted.stderr).not.toContain('0123456789abcdef');
  } finally {
    await hostProxy.stop();
    await server.stop();
  }
});

test('revokes a link in the window, and the row says so', async ({ apps }) => {
  test.setTimeout(180_000);
  const home = temporaryFolder('home');
  const server = await FalServer.start({ keys: { [key]: {} }, address: 'https://v3.fal.media' });
  const hostProxy = await startFalHostProxy(server.origin);
  try {
    const env = { FAL_KEY: key };
    const settings = ['proxy=address', `proxyAddress=${hostProxy.url}`, `ca=${falCertificate}`].flatMap((setting) => [
      '--set',
      setting,
    ]);
    const adopted = await runHoist(['setup', 'adopt', 'fal-environment', '--keep-secrets', ...settings], { home, env });
    expect(adopted, adopted.stderr).toMatchObject({ code: 0 });
    fs.writeFileSync(path.join(home, 'photo.txt'), 'hello');
    const uploaded = await runHoist(['upload', 'photo.txt'], { home, env });
    expect(uploaded, uploaded.stderr).toMatchObject({ code: 0 });
    const { objects } = server.leftovers();
    const statusOf = async (): Promise<number> =>
      (await fetch(new URL(new URL(uploaded.stdout.trim()).pathname, server.origin))).status;

    const launched = await apps.launch({ userData: userDataFolder(home), env });
    const { page } = launched;
    const openMenu = (): Promise<void> => page.getByRole('button', { name: 'More for photo.txt' }).click();
    await openMenu();
    await page.getByRole('menuitem', { name: 'Revoke link…' }).click();
    await takeScreenshots(launched, 'revoke-question');
    await page.getByRole('button', { name: 'Keep' }).first().click();
    expect(await statusOf()).toBe(200);

    await openMenu();
    await page.getByRole('menuitem', { name: 'Revoke link…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke link' }).click();
    await expect(page.getByText('The link of photo.txt was revoked.').first()).toBeVisible();
    await expect(page.getByText('Revoked', { exact: true })).toBeVisible();
    expect(await statusOf()).toBe(404);
    expect(server.leftovers().objects, 'revoking deletes no file').toBe(objects);
    await takeScreenshots(launched, 'revoked');
    await openMenu();
    await expect(page.getByRole('menuitem', { name: 'Copy link' })).toHaveCount(0);
    await expect(page.getByRole('menuitem', { name: 'Revoke link…' })).toHaveCount(0);
    expect(server.violations).toEqual([]);
  } finally {
    await hostProxy.stop();
    await server.stop();
  }
});

async function takeScreenshots({ page }: LaunchedApp, scene: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `out/shots/${scene}-${colorScheme}.png`, animations: 'disabled' });
  }
}
