/** Requests for credentials use the destination's proxy, except requests to services of this machine. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import { startHttpProxy } from '../../testing/proxies.ts';
import { accountId, AwsFixture, ssoStartUrl } from '../testing/aws-fixture.ts';
import { formatTimestamp } from './sso-tokens.ts';

let fixture: AwsFixture;
let proxy: Awaited<ReturnType<typeof startHttpProxy>>;

beforeAll(async () => {
  fixture = await AwsFixture.start();
  proxy = await startHttpProxy();
}, 60_000);
afterAll(async () => {
  await proxy.stop();
  await fixture.stop();
});
beforeEach(async () => {
  await fixture.reset();
  await fixture.writeProfiles();
  proxy.requests.length = 0;
});

/** The ports that the proxy connected to. */
const proxiedPorts = (): string[] =>
  [...new Set(proxy.requests.map((line) => portIn(line.split(' ')[1] ?? '')))].sort();
const portIn = (address: string): string => new URL(address).port;

test('requests to STS and to IAM Identity Center use the destination’s proxy', async () => {
  const proxyValues = { proxy: 'address', proxyAddress: `http://${proxy.address}` };
  await (await fixture.connect({ credentials: 'profile', awsProfile: 'plain', ...proxyValues })).check(neverAborted);
  expect(proxiedPorts()).toEqual([portIn(fixture.sts.url), portIn(fixture.proxy.url)].sort());
  proxy.requests.length = 0;
  vi.stubEnv('AWS_ENDPOINT_URL_SSO', fixture.sso.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', fixture.sso.url);
  const ssoSignIn = JSON.stringify({
    startUrl: ssoStartUrl,
    region: 'us-west-2',
    accessToken: 'expired',
    expiresAt: formatTimestamp(0),
    clientId: 'c',
    clientSecret: 's',
    refreshToken: 'r',
  });
  const values = {
    credentials: 'sso',
    ssoStartUrl: ssoStartUrl,
    ssoRegion: 'us-west-2',
    ssoAccount: accountId,
    ssoRole: 'Uploader',
    ssoSignIn,
  };
  await expect((await fixture.connect({ ...values, ...proxyValues })).check(neverAborted)).rejects.toMatchObject({
    error: { code: 'session-expired' },
  });
  expect(proxiedPorts()).toEqual([portIn(fixture.sso.url)]);
});

test('requests to the services of this machine use no proxy', async () => {
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', fixture.instance.url);
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${fixture.container.url}/v1/credentials`);
  vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'container-token');
  for (const credentials of ['instance', 'container'])
    await (
      await fixture.connect({ credentials, proxy: 'address', proxyAddress: `http://${proxy.address}` })
    ).check(neverAborted);
  expect(proxiedPorts()).toEqual([portIn(fixture.proxy.url)]);
});
