/** The cases of NO_PROXY, checked with the programs whose rules Hoist follows. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { noProxyCases } from './testing/no-proxy-cases.ts';

const run = promisify(execFile);
const isInstalled = (program: string, args: string[]): Promise<boolean> =>
  run(program, args).then(
    () => true,
    () => false,
  );
/** Curl supports address ranges in NO_PROXY since version 7.86. The pattern matches 7.86 to 7.99 and 8 or later. */
const hasCurl = await isInstalled('sh', [
  '-c',
  'curl --version | grep -qE "^curl (7\\.(8[6-9]|9)|[89]\\.|[1-9][0-9])"',
]);
const hasPython = await isInstalled('python3', ['--version']);

const closedPort = 9;
/** Every request fails, because neither the proxy nor the URL's host responds. curl reports the address that it tried. */
const curlRoute = (noProxy: string, url: string): Promise<string> =>
  run('curl', ['-sS', '-v', '--connect-timeout', '1', url], {
    env: { PATH: process.env['PATH'], ALL_PROXY: `http://127.0.0.1:${closedPort}`, NO_PROXY: noProxy },
  }).then(
    () => 'direct',
    ({ stderr }: { stderr: string }) => (stderr.includes(`127.0.0.1:${closedPort}`) ? 'proxy' : 'direct'),
  );

test.skipIf(!hasCurl)('curl takes the expected route in every case', async () => {
  const cases = noProxyCases.filter(([, , , differs]) => !differs?.includes('curl'));
  const routes = await Promise.all(cases.map(([noProxy, url]) => curlRoute(noProxy, url)));
  expect(cases.map(([noProxy, url], index) => [noProxy, url, routes[index]])).toEqual(
    cases.map(([noProxy, url, route]) => [noProxy, url, route]),
  );
});

test.skipIf(!hasPython)('Python, which the AWS command line uses, takes the expected route in every case', async () => {
  const cases = noProxyCases.filter(([, , , differs]) => !differs?.includes('urllib'));
  const script = `import json, sys, urllib.parse, urllib.request
print(json.dumps([bool(urllib.request.proxy_bypass_environment(urllib.parse.urlsplit(u).netloc, {'no': n})) for n, u, *_ in json.loads(sys.argv[1])]))`;
  const { stdout } = await run('python3', ['-c', script, JSON.stringify(cases)]);
  const bypassed = JSON.parse(stdout) as boolean[];
  expect(cases.map(([noProxy, url], index) => [noProxy, url, bypassed[index] ? 'direct' : 'proxy'])).toEqual(
    cases.map(([noProxy, url, route]) => [noProxy, url, route]),
  );
});
