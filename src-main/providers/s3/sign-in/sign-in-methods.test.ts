/** The sign-in methods with typed keys, with keys of the environment, with keys of `aws login`, and without keys. */
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import { startLogin } from '../../../../e2e/servers/aws/login.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import { createComputer } from '../../../platform/computer.ts';
import { validateValues } from '../../destination/connect.ts';
import { fieldProblems } from '../../destination/field-problems.ts';
import { AwsFixture, ssoStartUrl } from '../testing/aws-fixture.ts';
import { s3 } from '../index.ts';
import { discoverS3Credentials } from '../discover-credentials.ts';

let fixture: AwsFixture;
beforeAll(async () => {
  fixture = await AwsFixture.start();
}, 60_000);
afterAll(async () => {
  await fixture.stop();
});
beforeEach(async () => {
  await fixture.reset();
  await fixture.writeProfiles();
});

/** The invalid fields and the reasons. */
const problemsOf = (values: FieldValues): (string | undefined)[][] =>
  fieldProblems(s3, { bucket: 'photos', ...values }).map(({ field, error }) => [field, error.params?.why as string]);

test('typed keys upload a file, with and without a session token', async () => {
  const { accessKeyId, secretAccessKey, sessionToken } = fixture.sessions.issue();
  const sent = await fixture.upload(await fixture.connect({ accessKeyId, secretAccessKey, sessionToken }), {
    size: 1000,
  });
  expect(await fixture.isStoredIntact(sent.ref, 1000)).toBe(true);
  fixture.proxy.setRule();
  const plain = await fixture.upload(await fixture.connect({ credentials: 'keys', accessKeyId, secretAccessKey }), {
    size: 1000,
  });
  expect(await fixture.isStoredIntact(plain.ref, 1000)).toBe(true);
});

test('a temporary key of Amazon without a session token is reported at the form field', () => {
  const keys = { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };
  expect(problemsOf(keys)).toEqual([['sessionToken', 'tokenNeeded']]);
  expect(problemsOf({ ...keys, sessionToken: 'token' })).toEqual([]);
  expect(problemsOf({ ...keys, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' })).toEqual([]);
});

test('keys of the environment upload a file, and links expire with the keys', async () => {
  const { accessKeyId, secretAccessKey, sessionToken } = fixture.sessions.issue();
  const keysExpireAt = Date.now() + 600_000;
  for (const [name, value] of Object.entries({
    AWS_S3_BUCKET: fixture.practice.address.bucket,
    AWS_ENDPOINT_URL: fixture.proxy.url,
    AWS_S3_PATH_STYLE: 'true',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_CREDENTIAL_EXPIRATION: new Date(keysExpireAt).toISOString(),
    AWS_PROFILE: 'plain',
  }))
    vi.stubEnv(name, value);
  const discovered = discoverS3Credentials(createComputer(process.env)).find(({ use }) => use === 'environment')!;
  const destination = await fixture.connect(discovered.values);
  const sent = await fixture.upload(destination, { size: 1000 });
  expect(await fixture.isStoredIntact(sent.ref, 1000)).toBe(true);
  const { expiresAt } = await destination.link(sent.ref, neverAborted);
  expect(Math.abs(expiresAt! - keysExpireAt)).toBeLessThan(5000);
  // AWS_PROFILE is for other programs and causes no request.
  expect(fixture.sts.requests).toEqual([]);
  // The expiry is not saved, because the keys in the environment change.
  expect(Object.keys(validateValues(s3, discovered.values))).not.toContain('keysEnd');
});

test('keys of `aws login` upload a file, and renewed keys are saved readable only for their owner', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const login = await startLogin({
    sessions: fixture.sessions,
    clientId: 'arn:aws:signin:::devtools/same-device',
    refreshToken: 'first',
    publicKey: { x, y },
  });
  try {
    vi.stubEnv('AWS_ENDPOINT_URL_SIGNIN', login.url);
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    await fixture.writeProfiles({
      config: '[profile login]\nregion = us-east-1\nlogin_session = arn:aws:iam::123456789012:user/ann\n',
    });
    const file = path.join(
      fixture.folder,
      '.aws',
      'login',
      'cache',
      `${createHash('sha256').update('arn:aws:iam::123456789012:user/ann').digest('hex')}.json`,
    );
    const writeLoginCache = (expiresAt: number): void => {
      const { accessKeyId, secretAccessKey, sessionToken } = fixture.sessions.issue();
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(
        file,
        JSON.stringify({
          accessToken: {
            accessKeyId,
            secretAccessKey,
            sessionToken,
            accountId: '123456789012',
            expiresAt: new Date(expiresAt).toISOString(),
          },
          tokenType: 'aws_sigv4',
          refreshToken: 'first',
          clientId: login.state.clientId,
          dpopKey: privateKey.export({ format: 'pem', type: 'sec1' }),
        }),
      );
    };
    for (const [remainingMs, renewals] of [
      [900_000, 0],
      [-1000, 1],
    ] as const) {
      writeLoginCache(Date.now() + remainingMs);
      const sent = await fixture.upload(await fixture.connect({ credentials: 'profile', awsProfile: 'login' }), {
        size: 1000,
      });
      expect(await fixture.isStoredIntact(sent.ref, 1000)).toBe(true);
      expect(login.requests).toHaveLength(renewals);
    }
    expect(statSync(file).mode & 0o777).toBe(0o600);
    login.state.refreshToken = 'revoked';
    writeLoginCache(Date.now() - 1000);
    await expect(
      (await fixture.connect({ credentials: 'profile', awsProfile: 'login' })).check(neverAborted),
    ).rejects.toMatchObject({ error: { code: 'session-expired', field: 'awsProfile', params: { profile: 'login' } } });
  } finally {
    await login.stop();
  }
});

test(
  'anonymous requests upload a file in parts to a bucket that everyone may write to',
  { timeout: 30_000 },
  async () => {
    const openBucket = await startOpenBucket(fixture);
    try {
      const destination = await fixture.connect({
        credentials: 'nobody',
        linkKind: 'public',
        endpoint: openBucket.url,
      });
      expect(await destination.check(neverAborted)).toBeUndefined();
      const { ref } = await fixture.upload(destination);
      expect(await fixture.isStoredIntact(ref)).toBe(true);
      expect(await destination.link(ref, neverAborted)).toEqual({
        visibility: 'public',
        url: `${openBucket.url}/practice/${(ref as { key: string }).key}`,
      });
      expect(openBucket.signedRequests).toBe(0);
    } finally {
      openBucket.stop();
    }
  },
);

test('the form reports each invalid field, and saves only the fields of the chosen method', () => {
  expect(problemsOf({ credentials: 'sso' })).toEqual([
    ['ssoStartUrl', 'missing'],
    ['ssoRegion', 'missing'],
    ['ssoSignIn', 'signIn'],
    ['ssoAccount', 'missing'],
    ['ssoRole', 'missing'],
  ]);
  expect(
    problemsOf({
      credentials: 'sso',
      ssoStartUrl: 'http://corp.example.com/start',
      ssoRegion: 'nowhere',
      ssoSignIn: 'x',
      ssoAccount: '12',
      ssoRole: 'a b',
    }),
  ).toEqual([
    ['ssoStartUrl', 'startUrl'],
    ['ssoRegion', 'region'],
    ['ssoAccount', 'account'],
    ['ssoRole', 'role'],
  ]);
  expect(problemsOf({ credentials: 'nobody', linkKind: 'expiring' })).toEqual([['linkKind', 'linksNeedKey']]);
  expect(problemsOf({ credentials: 'somehow' })).toEqual([['credentials', 'choice']]);
  const sso = {
    credentials: 'sso',
    ssoStartUrl: ` ${ssoStartUrl}/#/?x `,
    ssoRegion: 'US-West-2',
    ssoSignIn: '{"a":1}',
    ssoAccount: '1234-5678-9012 Production',
    ssoRole: 'Uploader',
    bucket: 'photos',
  };
  expect(validateValues(s3, { ...sso, accessKeyId: 'LEFT', secretAccessKey: 'left', awsProfile: 'left' })).toEqual({
    ...sso,
    ssoStartUrl: ssoStartUrl,
    ssoRegion: 'us-west-2',
    ssoAccount: '123456789012',
  });
  for (const credentials of ['container', 'instance'])
    expect(validateValues(s3, { credentials, bucket: 'photos', accessKeyId: 'LEFT', ssoRole: 'left' })).toEqual({
      credentials,
      bucket: 'photos',
    });
});

interface OpenBucket {
  url: string;
  signedRequests: number;
  stop(): void;
}

/** A bucket that accepts unsigned requests and signs them for Practice. It counts signed requests and refuses them. */
async function startOpenBucket({ practice }: AwsFixture): Promise<OpenBucket> {
  const { accessKeyId, secretAccessKey, endpoint, region } = practice.address;
  const { host, hostname, port } = new URL(endpoint);
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const server = http
    .createServer((request, response) => {
      const [address = '', query = ''] = (request.url ?? '').split('?');
      if (request.headers.authorization !== undefined || query.includes('X-Amz-Signature')) {
        openBucket.signedRequests++;
        response.writeHead(403).end();
        return;
      }
      // From here on: Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html)
      const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
      const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
      const canonicalQuery =
        query === ''
          ? ''
          : query
              .split('&')
              .map((parameter) => (parameter.includes('=') ? parameter : `${parameter}=`))
              .sort()
              .join('&');
      const allHeaders: Record<string, string> = {
        ...(request.headers as Record<string, string>),
        host,
        'x-amz-date': date,
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      };
      const signedNames = Object.keys(allHeaders)
        .filter(
          (name) => name === 'host' || name === 'content-type' || name === 'content-md5' || name.startsWith('x-amz-'),
        )
        .sort();
      const canonicalRequest = [
        request.method,
        address,
        canonicalQuery,
        ...signedNames.map((name) => `${name}:${allHeaders[name]?.trim()}`),
        '',
        signedNames.join(';'),
        'UNSIGNED-PAYLOAD',
      ].join('\n');
      const signingKey = scope
        .split('/')
        .reduce<string | Buffer>((key, scopePart) => hmac(key, scopePart), `AWS4${secretAccessKey}`);
      const signature = hmac(
        signingKey,
        ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonicalRequest).digest('hex')].join('\n'),
      ).toString('hex');
      const forward = http.request(
        {
          hostname,
          port,
          method: request.method,
          path: request.url,
          setHost: false,
          headers: {
            ...allHeaders,
            authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedNames.join(';')}, Signature=${signature}`,
          },
        },
        (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        },
      );
      forward.once('error', () => response.destroy());
      request.pipe(forward);
    })
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  const openBucket: OpenBucket = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    signedRequests: 0,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return openBucket;
}
