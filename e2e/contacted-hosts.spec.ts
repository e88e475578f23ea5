/** Hoist contacts the destination's server and no other host. Chromium must not contact its vendor's servers either. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startHttpProxy, type TestProxy } from '../src-main/providers/testing/proxies.ts';
import { isFullRun } from '../src-main/testing/sample.ts';
import { accessKey, bucket, bucketEnv, endpoint, hasS3Server } from './bucket.ts';
import { contactedHosts } from './contacted-hosts.ts';
import { HeadlessApp } from './crash-recovery.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { runHoist, userDataFolder } from './hoist-cli.ts';
import { expect, temporaryFolder, test, type LaunchedApp } from './app-fixture.ts';

test.skip(!hasS3Server, 'no S3 server');
const reason = traceProblem();
test.skip(reason !== undefined, reason);

/** How long the idle window is watched. This is a duration that the test measures, not a wait for an event. */
const idleMs = isFullRun ? 60_000 : 5000;
const server = endpoint.replace('http://', '');
/** The server with a host name in place of 127.0.0.1, for which Chromium uses no proxy. Only the proxy resolves it. */
const proxiedEndpoint = endpoint.replace('127.0.0.1', process.env['HOIST_TEST_S3_VHOST'] ?? 's3.test');
const wrapper = 'traced-network.sh';

/** Returns why this machine cannot trace system calls, or undefined if it can. */
function traceProblem(): string | undefined {
  try {
    execFileSync('strace', ['-f', '-yy', '--seccomp-bpf', '-qq', '-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return undefined;
  } catch (cause) {
    return `strace does not work here: ${(cause as NodeJS.ErrnoException).code ?? 'it may not trace processes'}`;
  }
}

/** The variable that makes the app write a trace into this folder, and the hosts in the trace so far. */
const traceOf = (folder: string) => {
  const file = path.join(folder, 'trace');
  return { env: { HOIST_TEST_TRACE: file }, hosts: () => contactedHosts(fs.readFileSync(file, 'utf8')) };
};

const writeFile = (folder: string, name: string): string => {
  const file = path.join(folder, name);
  fs.writeFileSync(file, name);
  return file;
};

async function upload({ page }: LaunchedApp, file: string): Promise<void> {
  await dropOnPage(page, [file]);
  await page.getByRole('button', { name: `Copy link to ${path.basename(file)}` }).waitFor({ timeout: 30_000 });
}

/** Saves a destination whose PAC file sends every request to the proxy. */
async function addPacDestination(home: string, proxy: TestProxy): Promise<void> {
  const pac = path.join(home, 'proxy.pac');
  fs.writeFileSync(pac, `function FindProxyForURL() { return 'PROXY ${proxy.address}'; }`);
  const settings = {
    endpoint: proxiedEndpoint,
    bucket,
    'access-key-id': accessKey.id,
    region: 'us-east-1',
    'proxy-address': pac,
  };
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const added = await runHoist(
    ['setup', 'add', 's3', ...options, '--path-style', '--proxy', 'pac', '--secrets-from', '-', '--unprotected'],
    { home, input: `secretAccessKey=${accessKey.secret}\n` },
  );
  expect(added, added.stderr).toMatchObject({ code: 0 });
}

test('the window contacts no host at start and while it is idle, and only the destination during an upload', async ({
  apps,
}) => {
  test.setTimeout(idleMs + 60_000);
  const folder = apps.folder('idle');
  const trace = traceOf(folder);
  const launched = await apps.launchWithBucket({ wrapper, env: trace.env });
  await delay(idleMs);
  expect(trace.hosts()).toEqual([]);
  await upload(launched, writeFile(folder, 'a.txt'));
  expect(trace.hosts()).toEqual([server]);
});

test('the window contacts only the proxy that the PAC file names', async ({ apps }) => {
  const home = apps.folder('pac');
  const proxy = await startHttpProxy({ resolveNames: 'loopback' });
  await addPacDestination(home, proxy);
  const trace = traceOf(home);
  const launched = await apps.launch({ wrapper, env: trace.env, userData: userDataFolder(home) });
  await upload(launched, writeFile(home, 'b.txt'));
  expect(trace.hosts()).toEqual([proxy.address]);
  await proxy.stop();
});

test('a command contacts only the destination, or the proxy that its PAC file names', async () => {
  const home = temporaryFolder('commands');
  const proxy = await startHttpProxy({ resolveNames: 'loopback' });
  const trace = traceOf(home);
  const run = async (args: string[], env: Record<string, string> = {}): Promise<string[]> => {
    const ended = await new HeadlessApp(args, { home, cwd: home, wrapper, env: { ...env, ...trace.env } }).ended;
    expect(ended, ended.err).toMatchObject({ code: 0 });
    return trace.hosts();
  };
  expect(await run(['--version'])).toEqual([]);
  expect(await run(['upload', writeFile(home, 'c.txt')], bucketEnv())).toEqual([server]);
  await addPacDestination(home, proxy);
  expect(await run(['upload', writeFile(home, 'd.txt')])).toEqual([proxy.address]);
  await proxy.stop();
});
