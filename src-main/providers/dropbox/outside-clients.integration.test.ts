/**
 * Checks the loopback server in `e2e/servers/dropbox` with two unmodified clients, through TLS: rclone and Dropbox's
 * Python SDK as packaged by Debian. They were written for the real service, so a test fails if the server behaves
 * differently.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startDropboxHostProxy, opensslPath, type DropboxHostProxy } from '../../../e2e/servers/dropbox/host-proxy.ts';
import { patternBytes } from '../testing/pattern-source.ts';
import { appendProtocolReport } from './testing/protocol-report.ts';
import { DropboxFixture } from './testing/dropbox-fixture.ts';

/** The files that must exist so that the tests can use a program. */
const programs = {
  rclone: ['/usr/bin/rclone'],
  python: ['/usr/bin/python3', '/usr/lib/python3/dist-packages/dropbox/__init__.py'],
} as const;
/** The Debian packages of the programs. */
const packages = { rclone: 'rclone', python: 'python3-dropbox' } as const;
type Program = keyof typeof programs;
const isInstalled = (program: Program): boolean =>
  [...programs[program], opensslPath].every((file) => existsSync(file));
for (const program of Object.keys(programs) as Program[])
  if (!isInstalled(program))
    console.info(
      `skipped: Dropbox and ${program}, because it is not installed (apt-get install ${packages[program]} openssl)`,
    );

let fixture: DropboxFixture;
let proxy: DropboxHostProxy | undefined;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hoist-dropbox-clients-'));
  fixture = await DropboxFixture.start();
  proxy = existsSync(opensslPath) ? await startDropboxHostProxy(fixture.server.url, folder) : undefined;
});
afterEach(async () => {
  await proxy?.stop();
  await fixture.stop();
  await rm(folder, { recursive: true, force: true });
});

async function run(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: '/usr/bin:/bin',
      HOME: folder,
      LC_ALL: 'C.UTF-8',
      HTTPS_PROXY: proxy!.url,
      https_proxy: proxy!.url,
      SSL_CERT_FILE: proxy!.caFile,
      REQUESTS_CA_BUNDLE: proxy!.caFile,
      ...env,
    },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  expect(code, `${program} ${args.join(' ')}\n${out}\n${err}`).toBe(0);
  return out;
}

describe.skipIf(!isInstalled('rclone'))('rclone', { timeout: 120_000 }, () => {
  test('uploads files, compares hashes, creates links and deletes files', async () => {
    const { accessToken } = fixture.server.oauth.issue(fixture.app);
    const token = JSON.stringify({
      access_token: accessToken,
      token_type: 'bearer',
      expiry: new Date(Date.now() + 3_600_000).toISOString(),
    });
    await writeFile(join(folder, 'rclone.conf'), `[d]\ntype = dropbox\ntoken = ${token}\n`);
    const rclone = (...args: string[]): Promise<string> =>
      run('/usr/bin/rclone', [...args, '--low-level-retries', '1', '--retries', '1', '--dropbox-chunk-size', '4M'], {
        RCLONE_CONFIG: join(folder, 'rclone.conf'),
      });
    const bytes = patternBytes(9 * 1024 * 1024 + 5);
    await writeFile(join(folder, 'large ü.bin'), bytes);
    await writeFile(join(folder, 'empty.txt'), '');
    await rclone('copyto', 'large ü.bin', 'd:up/large ü.bin');
    await rclone('copyto', 'empty.txt', 'd:up/empty.txt');
    // Compares the files with hashes that rclone computes.
    await rclone('check', '--one-way', '--include', '*.bin', '--include', 'empty.txt', '.', 'd:up');
    expect(fixture.server.account.files.map(({ path, size }) => [path, size])).toEqual([
      ['/up/large ü.bin', bytes.length],
      ['/up/empty.txt', 0],
    ]);
    expect(Buffer.concat(fixture.server.account.files[0]!.content).equals(bytes)).toBe(true);
    const link = (await rclone('link', 'd:up/large ü.bin')).trim();
    expect(link).toMatch(/^https:\/\/www\.dropbox\.com\/scl\/fi\/.*rlkey=/);
    expect((await rclone('link', 'd:up/large ü.bin')).trim()).toBe(link);
    await rclone('deletefile', 'd:up/large ü.bin');
    expect(fixture.server.leftovers().objects).toBe(1);
    appendProtocolReport({ what: 'dropbox', client: 'rclone' });
  });
});

describe.skipIf(!isInstalled('python'))('Dropbox’s Python SDK', { timeout: 120_000 }, () => {
  test('uploads files, gets the expected errors, creates links and deletes files', async () => {
    const { accessToken } = fixture.server.oauth.issue(fixture.app);
    const script = join(import.meta.dirname, '../../../e2e/servers/dropbox/official-client.py');
    expect(await run('/usr/bin/python3', [script, accessToken, '/py'])).toContain('all right');
    appendProtocolReport({ what: 'dropbox', client: 'python3-dropbox' });
  });
});
