/** Which way the services are asked that give keys: the destination's own, and this very machine directly. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { httpProxy } from '../../testing/proxies.ts';
import { account, AwsBench, never, startUrl } from '../testing/aws-bench.ts';
import { isoTime } from './sso-tokens.ts';

let bench: AwsBench;
let proxy: Awaited<ReturnType<typeof httpProxy>>;

beforeAll(async () => {
  bench = await AwsBench.start();
  proxy = await httpProxy();
}, 60_000);
afterAll(async () => {
  await proxy.stop();
  await bench.stop();
});
beforeEach(async () => {
  await bench.enter();
  await bench.writeProfiles();
  proxy.seen.length = 0;
});

/** That the proxy was asked for. */
const ports = (): string[] => [...new Set(proxy.seen.map((one) => portOf(one.split(' ')[1] ?? '')))].sort();
const portOf = (address: string): string => new URL(address).port;

test('STS and IAM Identity Center are asked through the proxy of the destination, like the store', async () => {
  const through = { proxy: 'address', proxyAddress: `http://${proxy.address}` };
  await (await bench.connect({ credentials: 'profile', awsProfile: 'plain', ...through })).check(never);
  expect(ports()).toEqual([portOf(bench.sts.url), portOf(bench.gate.url)].sort());
  proxy.seen.length = 0;
  vi.stubEnv('AWS_ENDPOINT_URL_SSO', bench.sso.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', bench.sso.url);
  const ssoSignIn = JSON.stringify({
    startUrl,
    region: 'us-west-2',
    accessToken: 'ended',
    expiresAt: isoTime(0),
    clientId: 'c',
    clientSecret: 's',
    refreshToken: 'r',
  });
  const values = {
    credentials: 'sso',
    ssoStartUrl: startUrl,
    ssoRegion: 'us-west-2',
    ssoAccount: account,
    ssoRole: 'Uploader',
    ssoSignIn,
  };
  await expect((await bench.connect({ ...values, ...through })).check(never)).rejects.toMatchObject({
    error: { code: 'session-expired' },
  });
  expect(ports()).toEqual([portOf(bench.sso.url)]);
});

test('what only this machine can answer goes through no proxy: it would be asked who it is', async () => {
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', bench.instance.url);
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${bench.container.url}/v1/credentials`);
  vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'container-token');
  for (const credentials of ['instance', 'container'])
    await (
      await bench.connect({ credentials, proxy: 'address', proxyAddress: `http://${proxy.address}` })
    ).check(never);
  expect(ports()).toEqual([portOf(bench.gate.url)]);
});
