/** fal.ai with its real host names. A proxy in the destination's settings redirects them to the loopback server. */
import fs from 'node:fs';
import path from 'node:path';
import { runHoist } from './hoist-cli.ts';
import { expect, temporaryFolder, test } from './app-fixture.ts';
import { falCertificate, startFalHostProxy } from './servers/fal/host-proxy.ts';
import { FalServer } from './servers/fal/server.ts';

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
    const adopted = await runHoist(['setup', 'adopt', 'fal-environment', ...settings], { home, env });
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
