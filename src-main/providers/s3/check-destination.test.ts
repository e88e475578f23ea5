/**
 * The check of a new destination with one wrong setting at a time. The check fails at the right step, names the field
 * and says what to do. The tests run on Practice, and on Ceph RADOS Gateway if one is running.
 */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { CheckReport, CheckStep, FieldValues } from '../../../src-shared/profile.ts';
import type { ErrorCode } from '../../../src-shared/errors.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { TestPractice } from '../../practice/testing/test-practice.ts';
import { validateValues } from '../destination/connect.ts';
import { testDestination } from '../destination/test-destination.ts';
import { testCa, expiredCertificate, loopbackCertificate, wrongHostCertificate } from '../testing/certificates.ts';
import { FaultProxy } from '../testing/fault-proxy.ts';
import { TlsProxy } from '../testing/tls-proxy.ts';
import { s3 } from './index.ts';
import { s3TestPorts, rgw, logWhenSkipped, s3ProviderWith } from './testing/subject.ts';

const hour = 3_600_000;
/** The maximum length of a sentence for the user. */
const maxWords = 30;

interface TestServer {
  values: FieldValues;
  endpoint: string;
  /** The endpoint of the same server over TLS. */
  tls?: string;
  stop(): Promise<void>;
}

const startPractice = async (): Promise<TestServer> => {
  const practice = await TestPractice.start();
  const { bucket, region, accessKeyId, secretAccessKey, endpoint } = practice.address;
  return {
    endpoint,
    values: { bucket, region, accessKeyId, secretAccessKey, endpoint, pathStyle: 'true', linkKind: 'expiring' },
    stop: () => practice.stop(),
  };
};

const { endpoint: rgwEndpoint = '', tlsEndpoint = '', bucket, accessKeyId, secretAccessKey } = rgw;
const connectRgw = async (): Promise<TestServer> => ({
  endpoint: rgwEndpoint,
  tls: tlsEndpoint,
  stop: async () => undefined,
  values: {
    bucket,
    region: 'us-east-1',
    accessKeyId,
    secretAccessKey,
    endpoint: rgwEndpoint,
    pathStyle: 'true',
    linkKind: 'expiring',
  },
});
logWhenSkipped('the check of destinations on Ceph RADOS Gateway');

const checkDestination = (values: FieldValues): Promise<CheckReport> =>
  testDestination(s3, values, { ...s3TestPorts, now: () => Date.now() }, { destination: 'Mine' });

/** Expects that only this step failed, and that its error helps the user. */
function expectFailureAt(
  report: CheckReport,
  step: CheckStep,
  {
    code,
    field,
    remedy,
    outcome = 'failed',
  }: { code: ErrorCode; field: string | undefined; remedy: RegExp; outcome?: 'failed' | 'warning' },
): void {
  const problems = report.results.filter((result) => result.outcome === outcome && result.error);
  expect(problems.map(({ step: failedStep, error }) => [failedStep, error?.code, error?.field])).toEqual([
    [step, code, field],
  ]);
  expect(report.ok).toBe(outcome === 'warning');
  if (field !== undefined) expect(s3.fields.map(({ key }) => key)).toContain(field);
  const message = errorText(problems[0]!.error!);
  expect(message.remedy).toMatch(remedy);
  for (const sentence of [message.what, message.remedy]) {
    expect(sentence.split(' ').length, sentence).toBeLessThanOrEqual(maxWords);
    expect(sentence).not.toMatch(/[{}]|undefined/);
  }
  // The sentences contain no status codes. Addresses and buckets may contain digits, and 443 is a port.
  const anonymized = errorText({
    ...problems[0]!.error!,
    params: { ...problems[0]!.error!.params, host: 'the server', bucket: 'photos', to: 'elsewhere' },
  });
  expect(`${anonymized.what} ${anonymized.remedy}`.replace('443', '')).not.toMatch(/\b[1-5]\d\d\b/);
}

describe.each([
  ['Practice', startPractice, true],
  ['Ceph RADOS Gateway', connectRgw, rgwEndpoint !== ''],
] as const)('the check on %s', (name, start, isAvailable) => {
  let testServer: TestServer;
  let proxy: FaultProxy;
  let tlsProxy: TlsProxy;
  beforeAll(async () => {
    if (!isAvailable) return;
    testServer = await start();
    proxy = await FaultProxy.start(testServer.endpoint);
    tlsProxy = await TlsProxy.start(testServer.endpoint);
  });
  afterAll(async () => {
    tlsProxy?.stop();
    await proxy?.stop();
    await testServer?.stop();
  });
  afterEach(() => {
    vi.useRealTimers();
    proxy?.setRule();
  });
  const it = test.skipIf(!isAvailable);
  /** Defines a test that needs users with different permissions. Practice has only one user. */
  const itWithUsers = (title: string, run: () => Promise<void>): void => {
    if (name !== 'Practice') it(title, run);
  };
  const values = (rest: FieldValues): FieldValues => ({ ...testServer.values, ...rest });

  it('passes every step with correct settings', async () => {
    const report = await checkDestination(values({}));
    expect(report.results.map(({ step, outcome, note }) => [step, outcome, note])).toEqual([
      ['settings', 'ok', undefined],
      ['sign-in', 'ok', undefined],
      ['write', 'ok', undefined],
      ['link', 'warning', 'this-computer'],
      ['clean-up', 'ok', undefined],
    ]);
  });

  it('fails if the host of the endpoint does not exist', async () =>
    expectFailureAt(await checkDestination(values({ endpoint: 'http://no-such-host.test' })), 'sign-in', {
      code: 'unreachable',
      field: 'endpoint',
      remedy: /spelling/,
    }));

  it('fails if the endpoint is a website', async () => {
    proxy.setRule(() => ({
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<!doctype html><title>Welcome</title><p>Hello',
    }));
    expectFailureAt(await checkDestination(values({ endpoint: proxy.url })), 'sign-in', {
      code: 'wrong-service',
      field: 'endpoint',
      remedy: /Check the endpoint/,
    });
  });

  it('fails if no server listens on the port', async () => {
    // The discard port: a free port that a test has just closed may be in use again.
    expectFailureAt(await checkDestination(values({ endpoint: 'http://127.0.0.1:9' })), 'sign-in', {
      code: 'unreachable',
      field: 'endpoint',
      remedy: /port/,
    });
  });

  it('fails with https at a port that uses http', async () =>
    expectFailureAt(
      await checkDestination(values({ endpoint: testServer.endpoint.replace('http:', 'https:') })),
      'sign-in',
      {
        code: 'wrong-service',
        field: 'endpoint',
        remedy: /Write http:\/\//,
      },
    ));

  it('fails with http at a port that uses https', async () => {
    for (const endpoint of [tlsProxy.url, ...(testServer.tls ? [testServer.tls] : [])]) {
      expectFailureAt(await checkDestination(values({ endpoint: endpoint.replace('https:', 'http:') })), 'sign-in', {
        code: 'wrong-service',
        field: 'endpoint',
        remedy: /Write https:\/\//,
      });
    }
  });

  it('fails if a server for another protocol sends a greeting or does not answer', async () => {
    const greetingServer = net
      .createServer((socket) => {
        socket.on('error', () => undefined);
        socket.write('SSH-2.0-OpenSSH_9.2\r\n');
      })
      .listen(0, '127.0.0.1');
    const silentServer = net
      .createServer((socket) => {
        socket.on('error', () => undefined);
      })
      .listen(0, '127.0.0.1');
    await Promise.all([once(greetingServer, 'listening'), once(silentServer, 'listening')]);
    const valuesFor = (server: net.Server): FieldValues =>
      values({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expectFailureAt(await checkDestination(valuesFor(greetingServer)), 'sign-in', {
      code: 'wrong-service',
      field: 'endpoint',
      remedy: /Check the endpoint/,
    });
    expectFailureAt(
      await testDestination(s3ProviderWith({ checkMs: 300 }), valuesFor(silentServer), s3TestPorts),
      'sign-in',
      {
        code: 'unreachable',
        field: 'endpoint',
        remedy: /port/,
      },
    );
    greetingServer.close();
    silentServer.close();
  });

  it('fails if the endpoint redirects to another address', async () => {
    proxy.setRule(() => ({
      kind: 'answer',
      status: 301,
      headers: { 'content-type': 'text/html', location: 'https://storage.example.com/welcome' },
      body: '<p>Moved',
    }));
    expectFailureAt(await checkDestination(values({ endpoint: proxy.url })), 'sign-in', {
      code: 'wrong-service',
      field: 'endpoint',
      remedy: /enter it as the endpoint/,
    });
  });

  it('fails if the region is wrong', async () => {
    // Ceph accepts signatures for any region. Practice answers as Amazon does.
    const isStrict = name === 'Practice';
    if (!isStrict)
      proxy.setRule(({ headers }) =>
        /\/eu-west-9\/s3\//.test(headers.authorization ?? '')
          ? {
              kind: 'answer',
              status: 400,
              body: '<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message><Region>us-east-1</Region></Error>',
            }
          : undefined,
      );
    expectFailureAt(
      await checkDestination(values({ region: 'eu-west-9', ...(isStrict ? {} : { endpoint: proxy.url }) })),
      'sign-in',
      {
        code: 'wrong-region',
        field: 'region',
        remedy: /to us-east-1/,
      },
    );
  });

  it('fails if the region is invalid', async () =>
    expectFailureAt(await checkDestination(values({ region: 'us east 1' })), 'settings', {
      code: 'invalid-input',
      field: 'region',
      remedy: /marked/,
    }));

  it('fails if the bucket does not exist', async () =>
    expectFailureAt(await checkDestination(values({ bucket: 'no-such-bucket-here' })), 'write', {
      code: 'no-bucket',
      field: 'bucket',
      remedy: /bucket name/,
    }));

  it('fails if the access key does not exist', async () =>
    expectFailureAt(await checkDestination(values({ accessKeyId: 'AKIDUNKNOWN' })), 'sign-in', {
      code: 'unauthorized',
      field: 'accessKeyId',
      remedy: /Check the key/,
    }));

  it('fails if the secret key is wrong', async () =>
    expectFailureAt(await checkDestination(values({ secretAccessKey: 'x'.repeat(40) })), 'sign-in', {
      code: 'unauthorized',
      field: 'secretAccessKey',
      remedy: /secret key/,
    }));

  it.each([hour, -hour])('succeeds with a warning if the clock is wrong by %i ms', async (difference) => {
    vi.useFakeTimers({ now: Date.now() + difference, toFake: ['Date'] });
    const report = await checkDestination(values({}));
    expectFailureAt(report, 'sign-in', {
      code: 'clock-skewed',
      field: undefined,
      remedy: /Set the clock/,
      outcome: 'warning',
    });
    expect(report.results.find(({ step }) => step === 'sign-in')?.error?.params?.minutes).toBe(60);
  });

  it('fails if the certificate is self-signed, until the user trusts it', async () => {
    tlsProxy.useCertificate('trusted');
    expectFailureAt(await checkDestination(values({ endpoint: tlsProxy.url })), 'sign-in', {
      code: 'tls-untrusted',
      field: 'ca',
      remedy: /paste its certificate/,
    });
    expect((await checkDestination(values({ endpoint: tlsProxy.url, ca: tlsProxy.certificate }))).ok).toBe(true);
  });

  it('fails if an unknown authority issued the certificate, until the user trusts the authority', async () => {
    tlsProxy.useCertificate(loopbackCertificate);
    expectFailureAt(await checkDestination(values({ endpoint: tlsProxy.url })), 'sign-in', {
      code: 'tls-untrusted',
      field: 'ca',
      remedy: /your organization’s CA certificate/,
    });
    // The link step trusts the authority too, because readers in the same organization trust it.
    expect(
      (
        await checkDestination(
          values({ endpoint: tlsProxy.url, ca: `output of a tool before the certificate\n${testCa}` }),
        )
      ).results.map(({ outcome }) => outcome),
    ).toEqual(['ok', 'ok', 'ok', 'warning', 'ok']);
  });

  it('fails if the certificate is for another host name', async () => {
    tlsProxy.useCertificate(wrongHostCertificate);
    expectFailureAt(await checkDestination(values({ endpoint: tlsProxy.url, ca: testCa })), 'sign-in', {
      code: 'tls-untrusted',
      field: 'endpoint',
      remedy: /name in the certificate/,
    });
  });

  it('fails if the certificate has expired', async () => {
    tlsProxy.useCertificate(expiredCertificate);
    expectFailureAt(await checkDestination(values({ endpoint: tlsProxy.url, ca: testCa })), 'sign-in', {
      code: 'tls-untrusted',
      field: 'endpoint',
      remedy: /Renew it/,
    });
  });

  it('fails if the pasted certificate is invalid', async () =>
    expectFailureAt(
      await checkDestination(values({ ca: '-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----' })),
      'settings',
      {
        code: 'invalid-input',
        field: 'ca',
        remedy: /marked/,
      },
    ));

  it('fails if the network answers with a login page', async () => {
    const page = '<!doctype html><title>Sign in to this network</title>';
    const portal = http
      .createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page))
      .listen(0, '127.0.0.1');
    await once(portal, 'listening');
    expectFailureAt(
      await checkDestination(values({ endpoint: `http://127.0.0.1:${(portal.address() as AddressInfo).port}` })),
      'sign-in',
      { code: 'wrong-service', field: 'endpoint', remedy: /Check the endpoint/ },
    );
    // The login page appears only after the file is stored, so the link shows the page.
    proxy.setRule(({ headers, method }) =>
      method === 'GET' && headers.authorization === undefined
        ? { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: page }
        : undefined,
    );
    expectFailureAt(await checkDestination(values({ endpoint: proxy.url })), 'link', {
      code: 'wrong-service',
      field: 'endpoint',
      remedy: /network doesn’t require a sign-in/,
    });
    portal.close();
    portal.closeAllConnections();
  });

  itWithUsers('fails if the key may not write', async () => {
    const bucketValues = await createBucketWithPolicy(['s3:GetObject']);
    expectFailureAt(await checkDestination(values(bucketValues)), 'write', {
      code: 'forbidden',
      field: 'accessKeyId',
      remedy: /s3:PutObject/,
    });
  });

  itWithUsers('fails if the key may not read', async () => {
    const bucketValues = await createBucketWithPolicy(
      ['s3:PutObject', 's3:AbortMultipartUpload', 's3:DeleteObject'],
      ['s3:GetObject'],
    );
    expectFailureAt(await checkDestination(values(bucketValues)), 'link', {
      code: 'forbidden',
      field: 'accessKeyId',
      remedy: /s3:GetObject/,
    });
  });

  it('fails if the links are public but the files are not', async () =>
    expectFailureAt(await checkDestination(values({ linkKind: 'public' })), 'link', {
      code: 'forbidden',
      field: 'linkKind',
      remedy: /links that expire/,
    }));

  itWithUsers('succeeds if the key may not delete, and reports the remaining file', async () => {
    const bucketValues = await createBucketWithPolicy(['s3:PutObject', 's3:AbortMultipartUpload', 's3:GetObject']);
    const report = await checkDestination(values(bucketValues));
    expect([report.ok, report.results.at(-1)]).toEqual([
      true,
      { step: 'clean-up', outcome: 'warning', note: 'left-behind' },
    ]);
  });

  it('fails if the public address is wrong', async () => {
    const website = http
      .createServer((_, response) => response.writeHead(404).end('nothing here'))
      .listen(0, '127.0.0.1');
    await once(website, 'listening');
    const publicBaseUrl = `http://127.0.0.1:${(website.address() as AddressInfo).port}`;
    expectFailureAt(await checkDestination(values({ linkKind: 'public', publicBaseUrl })), 'link', {
      code: 'wrong-service',
      field: 'publicBaseUrl',
      remedy: /public address/,
    });
    website.close();
  });
});

/**
 * Creates a bucket in which another user has only these permissions.
 * @param denied permissions that the user does not have even for its own objects
 */
async function createBucketWithPolicy(actions: string[], denied: string[] = []): Promise<FieldValues> {
  const client = new S3Client({
    endpoint: rgwEndpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const bucketName = `check-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket: bucketName }));
  await client.send(
    new PutBucketPolicyCommand({
      Bucket: bucketName,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          ['Allow', actions],
          ['Deny', denied],
        ]
          .filter(([, permissions]) => permissions?.length)
          .map(([Effect, Action]) => ({
            Effect,
            Action,
            Principal: { AWS: ['arn:aws:iam:::user/other'] },
            Resource: [`arn:aws:s3:::${bucketName}/*`],
          })),
      }),
    }),
  );
  client.destroy();
  return { bucket: bucketName, accessKeyId: rgw.otherKey, secretAccessKey: rgw.otherSecret };
}

test('settings with every kind of network setting are accepted and saved', () => {
  const values = {
    bucket: 'photos',
    accessKeyId: 'AKID',
    secretAccessKey: 's',
    largestMB: '100',
    speedKBs: '500',
    proxy: 'address',
    proxyAddress: 'proxy.example.com:8080',
    ca: testCa,
    headers: 'Cache-Control: no-store',
  };
  expect(validateValues(s3, values)).toMatchObject({
    proxyAddress: 'proxy.example.com:8080',
    headers: 'Cache-Control: no-store',
  });
});
