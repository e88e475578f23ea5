/** Which way the services are asked that give keys: the destination's own, and this very machine directly. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { account, AwsBench, never, startUrl } from '../testing/aws-bench.ts';
import { isoTime } from './sso-tokens.ts';

let bench: AwsBench;
/** A proxy that passes on what it is asked for, and the ports that it was asked for. */
let proxy: { url: string; ports: Set<string>; stop(): void };

beforeAll(async () => {
  bench = await AwsBench.start();
  const ports = new Set<string>();
  const server = http.createServer((request, response) => {
    const { hostname, port, pathname, search } = new URL(request.url ?? '');
    ports.add(port);
    const forward = http.request({ hostname, port, method: request.method, path: pathname + search, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    forward.once('error', () => response.destroy());
    request.pipe(forward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ports, stop: () => { server.closeAllConnections(); server.close(); } };
}, 60_000);
afterAll(async () => { proxy.stop(); await bench.stop(); });
beforeEach(async () => { await bench.enter(); await bench.writeProfiles(); proxy.ports.clear(); });

const portOf = (address: string): string => new URL(address).port;

test('STS and IAM Identity Center are asked through the proxy of the destination, like the store', async () => {
  const through = { proxy: 'address', proxyAddress: proxy.url };
  await (await bench.connect({ credentials: 'profile', awsProfile: 'plain', ...through })).check(never);
  expect([...proxy.ports].sort()).toEqual([portOf(bench.sts.url), portOf(bench.gate.url)].sort());
  proxy.ports.clear();
  vi.stubEnv('AWS_ENDPOINT_URL_SSO', bench.sso.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', bench.sso.url);
  const ssoSignIn = JSON.stringify({ startUrl, region: 'us-west-2', accessToken: 'ended', expiresAt: isoTime(0), clientId: 'c', clientSecret: 's', refreshToken: 'r' });
  const values = { credentials: 'sso', ssoStartUrl: startUrl, ssoRegion: 'us-west-2', ssoAccount: account, ssoRole: 'Uploader', ssoSignIn };
  await expect((await bench.connect({ ...values, ...through })).check(never)).rejects.toMatchObject({ error: { code: 'session-expired' } });
  expect([...proxy.ports]).toEqual([portOf(bench.sso.url)]);
});

test('what only this machine can answer goes through no proxy: it would be asked who it is', async () => {
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', bench.instance.url);
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${bench.container.url}/v1/credentials`);
  vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'container-token');
  for (const credentials of ['instance', 'container']) await (await bench.connect({ credentials, proxy: 'address', proxyAddress: proxy.url })).check(never);
  expect([...proxy.ports]).toEqual([portOf(bench.gate.url)]);
});
