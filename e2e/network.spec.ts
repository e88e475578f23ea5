/** Proxies from a PAC file, which Chromium runs, from the shell's variables and from the system's settings. */
import fs from 'node:fs';
import path from 'node:path';
import { startHttpProxy } from '../src-main/providers/testing/proxies.ts';
import { bucketEnv, endpoint, createTestBucket, hasS3Server, accessKey, listObjectKeys } from './bucket.ts';
import { runHoist } from './hoist-cli.ts';
import { clipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { expect, temporaryFolder, test } from './app-fixture.ts';

test.skip(!hasS3Server, 'no S3 server');

/** The server's endpoint with a host name that only the proxy can resolve. */
const vhostEndpoint = endpoint.replace('127.0.0.1', process.env['HOIST_TEST_S3_VHOST'] ?? 's3.test');

const addBucket = (home: string, server: string, bucket: string, ...more: string[]) =>
  runHoist(
    [
      'setup',
      'add',
      's3',
      '--endpoint',
      server,
      '--bucket',
      bucket,
      '--access-key-id',
      accessKey.id,
      '--path-style',
      '--region',
      'us-east-1',
      ...more,
      '--secrets-from',
      '-',
    ],
    { home, input: `secretAccessKey=${accessKey.secret}\n` },
  );

test('a PAC file chooses the proxy by address, and the next command uses it too', async () => {
  const home = temporaryFolder('home');
  const proxy = await startHttpProxy({ resolveNames: 'loopback' });
  const bucket = await createTestBucket();
  const pac = path.join(home, 'proxy.pac');
  fs.writeFileSync(
    pac,
    `function FindProxyForURL(url, host) { return shExpMatch(host, 's3.*') ? 'PROXY ${proxy.address}' : 'DIRECT'; }`,
  );
  // Without the proxy the name does not resolve.
  expect((await addBucket(home, vhostEndpoint, bucket)).stderr).toContain('No server named s3.test');
  expect(proxy.requests).toEqual([]);
  const added = await addBucket(home, vhostEndpoint, bucket, '--proxy', 'pac', '--proxy-address', pac);
  expect(added, added.stderr).toMatchObject({ code: 0 });
  expect(proxy.requests.length).toBeGreaterThanOrEqual(4);
  expect(proxy.requests.every((line) => line.includes(`${vhostEndpoint}/${bucket}/`))).toBe(true);
  proxy.requests.length = 0;
  const file = path.join(home, 'a.txt');
  fs.writeFileSync(file, 'hello');
  const uploaded = await runHoist(['upload', file], { home });
  expect(uploaded, uploaded.stderr).toMatchObject({ code: 0 });
  // One request sends the file, one checks its link.
  expect(proxy.requests.filter((line) => line.startsWith('PUT '))).toHaveLength(1);
  expect(proxy.requests.some((line) => line.startsWith('GET '))).toBe(true);
  expect(await listObjectKeys(bucket)).toHaveLength(1);
  await proxy.stop();
});

test('a server on this computer needs no proxy, but the PAC file must be valid', async () => {
  const home = temporaryFolder('home');
  const bucket = await createTestBucket();
  const pac = path.join(home, 'proxy.pac');
  const add = (script: string) => {
    fs.writeFileSync(pac, script);
    return addBucket(home, endpoint, bucket, '--proxy', 'pac', '--proxy-address', pac);
  };
  const broken = await add('function FindProxyForURL(url, host) {');
  expect(broken.code).not.toBe(0);
  expect(broken.stderr).toContain('This file contains no proxy configuration.');
  const added = await add("function FindProxyForURL(url, host) { return 'PROXY proxy.invalid:8080'; }");
  expect(added, added.stderr).toMatchObject({ code: 0 });
});

test('a command uses the proxy variables of the shell', async () => {
  const home = temporaryFolder('home');
  const proxy = await startHttpProxy({ resolveNames: 'loopback', login: { user: 'ann', password: 'canary-password' } });
  const file = path.join(home, 'b.txt');
  fs.writeFileSync(file, 'hello');
  const env = {
    ...bucketEnv(),
    AWS_ENDPOINT_URL: vhostEndpoint,
    AWS_S3_BUCKET: await createTestBucket(),
    http_proxy: `http://ann:canary-password@${proxy.address}`,
  };
  const uploaded = await runHoist(['upload', file], { home, env });
  expect(uploaded, uploaded.stderr).toMatchObject({ code: 0 });
  expect(proxy.requests.filter((line) => line.startsWith('PUT '))).toHaveLength(1);
  expect(uploaded.stdout + uploaded.stderr).not.toContain('canary-password');
  await proxy.stop();
});

test('the window uses the proxy of the system', async ({ apps }) => {
  const proxy = await startHttpProxy({ resolveNames: 'loopback' });
  const bucket = await createTestBucket();
  // Without a known desktop, Chromium takes the system's proxy settings from these variables.
  const { page } = await apps.launchWithBucket({
    env: {
      AWS_ENDPOINT_URL: vhostEndpoint,
      AWS_S3_BUCKET: bucket,
      http_proxy: `http://${proxy.address}`,
      XDG_CURRENT_DESKTOP: '',
    },
  });
  const file = path.join(apps.folder('drop'), 'c.txt');
  fs.writeFileSync(file, 'hello');
  await dropOnPage(page, [file]);
  await expect(page.getByRole('button', { name: 'Copy link to c.txt' })).toBeVisible({ timeout: 20_000 });
  await expect.poll(clipboardText).toContain('/c.txt?');
  expect(proxy.requests.filter((line) => line.startsWith('PUT '))).toHaveLength(1);
  expect(await listObjectKeys(bucket)).toHaveLength(1);
  await proxy.stop();
});
