/** The variables of the AWS tools, in the documented precedence of the AWS command line (version 2) and the Go SDK. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { errorText } from '../../../src-shared/text/text.ts';
import { TestPractice } from '../../practice/testing/test-practice.ts';
import { testDestination } from '../destination/test-destination.ts';
import { loopbackCertificate, testCa } from '../testing/certificates.ts';
import { TlsProxy } from '../testing/tls-proxy.ts';
import { discoverFromEnvironment } from './environment-variables.ts';
import { s3 } from './index.ts';
import { s3TestPorts } from './testing/subject.ts';

const keys = { AWS_S3_BUCKET: 'photos', AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'canary-env' };
const valuesOf = (env: Record<string, string>): Record<string, string> | undefined =>
  discoverFromEnvironment({ ...keys, ...env })[0]?.values;

test.each<[string, Record<string, string>, Record<string, string | undefined>]>([
  [
    'AWS_REGION before AWS_DEFAULT_REGION',
    { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-west-2' },
    { region: 'eu-west-1' },
  ],
  ['AWS_DEFAULT_REGION alone', { AWS_REGION: '', AWS_DEFAULT_REGION: 'us-west-2' }, { region: 'us-west-2' }],
  [
    'AWS_ENDPOINT_URL_S3 before AWS_ENDPOINT_URL',
    { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9001', AWS_ENDPOINT_URL: 'http://127.0.0.1:9002' },
    { endpoint: 'http://127.0.0.1:9001' },
  ],
  [
    'AWS_ENDPOINT_URL_S3 alone',
    { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9001' },
    { endpoint: 'http://127.0.0.1:9001' },
  ],
  [
    'AWS_ENDPOINT_URL if the other is empty',
    { AWS_ENDPOINT_URL_S3: ' ', AWS_ENDPOINT_URL: 'http://127.0.0.1:9002' },
    { endpoint: 'http://127.0.0.1:9002' },
  ],
  [
    'no endpoint with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
    { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9001', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'TRUE' },
    { endpoint: undefined },
  ],
  [
    'AWS_SESSION_TOKEN before AWS_SECURITY_TOKEN',
    { AWS_SESSION_TOKEN: 'a', AWS_SECURITY_TOKEN: 'b' },
    { sessionToken: 'a' },
  ],
  ['AWS_SECURITY_TOKEN, the older name', { AWS_SECURITY_TOKEN: 'b' }, { sessionToken: 'b' }],
  ['AWS_CA_BUNDLE', { AWS_CA_BUNDLE: '/etc/ca.pem' }, { caFile: '/etc/ca.pem' }],
  ['AWS_USE_FIPS_ENDPOINT', { AWS_USE_FIPS_ENDPOINT: 'true' }, { awsEndpoint: 'fips' }],
  [
    'both variants',
    { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
    { awsEndpoint: 'fips-dualstack' },
  ],
  [
    'no variant with an endpoint',
    { AWS_USE_DUALSTACK_ENDPOINT: 'true', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
    { awsEndpoint: undefined },
  ],
])('uses %s', (_, env, expected) => {
  const values = valuesOf(env);
  for (const [key, value] of Object.entries(expected)) expect(values?.[key], key).toBe(value);
});

// ---------------------------------------------------------------- certificates

let practice: TestPractice;
let proxy: TlsProxy;
let folder: string;
beforeAll(async () => {
  practice = await TestPractice.start();
  proxy = await TlsProxy.start(practice.address.endpoint);
  proxy.useCertificate(loopbackCertificate);
  folder = mkdtempSync(path.join(os.tmpdir(), 'hoist-ca-'));
  writeFileSync(path.join(folder, 'ca.pem'), `# corporate CA\n${testCa}`);
  writeFileSync(path.join(folder, 'empty.pem'), 'no certificate');
});
afterAll(async () => {
  proxy.stop();
  await practice.stop();
  rmSync(folder, { recursive: true });
});

const environmentValues = (env: Record<string, string>): Record<string, string> => ({
  ...valuesOf({
    AWS_S3_BUCKET: practice.address.bucket,
    AWS_ACCESS_KEY_ID: practice.address.accessKeyId,
    AWS_SECRET_ACCESS_KEY: practice.address.secretAccessKey,
    AWS_REGION: practice.address.region,
    AWS_ENDPOINT_URL: proxy.url,
    ...env,
  }),
});
const profileValues = (caBundle: string): Record<string, string> => {
  const { accessKeyId, secretAccessKey, bucket, region } = practice.address;
  writeFileSync(
    path.join(folder, 'config'),
    `[default]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\nregion=${region}\nendpoint_url=${proxy.url}\n${caBundle}\n`,
  );
  vi.stubEnv('AWS_CA_BUNDLE', '');
  vi.stubEnv('AWS_CONFIG_FILE', path.join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path.join(folder, 'none'));
  return { credentials: 'profile', awsProfile: 'default', bucket, linkKind: 'expiring', pathStyle: 'true' };
};
const testValues = async (values: Record<string, string>) => {
  const report = await testDestination(s3, values, s3TestPorts);
  const failed = report.results.find(({ outcome }) => outcome === 'failed');
  return failed && 'error' in failed ? failed.error : report.ok;
};

test('trusts the certificates in AWS_CA_BUNDLE and in ca_bundle of a profile', async () => {
  expect(await testValues(environmentValues({}))).toMatchObject({ code: 'tls-untrusted' });
  expect(await testValues(environmentValues({ AWS_CA_BUNDLE: path.join(folder, 'ca.pem') }))).toBe(true);
  expect(await testValues(profileValues(''))).toMatchObject({ code: 'tls-untrusted' });
  expect(await testValues(profileValues(`ca_bundle = ${folder}/ca.pem`))).toBe(true);
  const values = profileValues('ca_bundle = /missing.pem');
  vi.stubEnv('AWS_CA_BUNDLE', path.join(folder, 'ca.pem'));
  expect(await testValues(values)).toBe(true);
  vi.unstubAllEnvs();
});

test.each(['missing.pem', 'empty.pem'])('names the variable whose file is unusable: %s', async (file) => {
  const error = await testValues(environmentValues({ AWS_CA_BUNDLE: path.join(folder, file) }));
  expect(error).toMatchObject({ code: 'invalid-input', field: 'ca' });
  expect(errorText(error as never).what).toContain('AWS_CA_BUNDLE');
  const profileError = await testValues(profileValues(`ca_bundle = ${folder}/${file}`));
  expect(errorText(profileError as never).what).toContain('ca_bundle');
  vi.unstubAllEnvs();
});
