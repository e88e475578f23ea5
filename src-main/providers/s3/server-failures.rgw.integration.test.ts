/**
 * Uploads to a real server that fail because the server, the account or the network changed after the destination was
 * set up. check-destination.test.ts tests wrong settings. Each error names the setting or the cause, and one remedy.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { actionFor, type ErrorAction } from '../../../src-shared/error-action.ts';
import type { AppError, ErrorCode } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { connectDestination } from '../destination/connect.ts';
import { FaultProxy, type ProxiedRequest } from '../testing/fault-proxy.ts';
import { startHttpProxy } from '../testing/proxies.ts';
import { patternSource } from '../testing/pattern-source.ts';
import { s3 } from './index.ts';
import { s3TestPorts, rgw, logWhenSkipped, s3Sizes, s3ProviderWith } from './testing/subject.ts';

logWhenSkipped('failing uploads to Ceph RADOS Gateway');
vi.setConfig({ testTimeout: 120_000 });

const neverAborted = new AbortController().signal;
const { endpoint = '', tlsEndpoint = '', certificate = '' } = rgw;
const threePartBytes = 2 * s3Sizes.partBytes + 1000;

const runAdmin = (...args: string[]): Promise<unknown> =>
  promisify(execFile)('radosgw-admin', [
    '-c',
    path.join(path.dirname(certificate), 'ceph.conf'),
    '-n',
    'client.rgw',
    ...args,
  ]);
const createClient = (accessKeyId: string, secretAccessKey: string): S3Client =>
  new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });

interface Account {
  uid: string;
  values: FieldValues;
  client: S3Client;
}
const accounts: Account[] = [];

/** A separate account with its own bucket. */
async function createAccount(): Promise<Account> {
  const uid = `s${randomBytes(5).toString('hex')}`;
  const [accessKeyId, secretAccessKey] = [`key${uid}`, randomBytes(20).toString('hex')];
  await runAdmin(
    'user',
    'create',
    `--uid=${uid}`,
    '--display-name=x',
    `--access-key=${accessKeyId}`,
    `--secret-key=${secretAccessKey}`,
  );
  const client = createClient(accessKeyId, secretAccessKey);
  await client.send(new CreateBucketCommand({ Bucket: uid }));
  const account = {
    uid,
    client,
    values: {
      bucket: uid,
      region: 'us-east-1',
      accessKeyId,
      secretAccessKey,
      endpoint,
      pathStyle: 'true',
      linkKind: 'expiring',
    },
  };
  accounts.push(account);
  return account;
}

/** Waits until the server applies a quota that refuses this number of bytes. It caches accounts for a moment. */
async function waitForQuota({ uid, client }: Account, bytes: number): Promise<void> {
  const object = { Bucket: uid, Key: 'probe' };
  const storeProbe = async (): Promise<string> => {
    try {
      await client.send(new PutObjectCommand({ ...object, Body: Buffer.alloc(bytes) }));
    } catch (cause) {
      return (cause as Error).name;
    }
    await client.send(new DeleteObjectCommand(object));
    return 'stored';
  };
  await expect.poll(storeProbe, { timeout: 60_000 }).toBe('QuotaExceeded');
}

/**
 * Returns the error of an upload. `midUpload` runs before the store receives the second part, or before the request
 * that `isTrigger` selects.
 */
async function uploadError(
  values: FieldValues,
  {
    size = 10,
    midUpload,
    isTrigger,
  }: { size?: number; midUpload?: () => Promise<unknown>; isTrigger?: (seen: ProxiedRequest) => boolean } = {},
): Promise<AppError> {
  const proxy = midUpload && (await FaultProxy.start(values['endpoint'] ?? ''));
  let pending: Promise<unknown> | undefined;
  proxy?.setRule((seen) => {
    const isTriggered = isTrigger ? isTrigger(seen) : seen.hasFileBody && seen.number > 2;
    if (!isTriggered) return undefined;
    pending ??= midUpload?.();
    return { kind: 'hold', until: pending!.then(() => undefined) };
  });
  const destination = await connectDestination(
    s3ProviderWith({ retryMs: 1, recheckDelaysMs: [1] }),
    { ...values, ...(proxy ? { endpoint: proxy.url } : {}) },
    s3TestPorts,
    { destination: 'Mine' },
  );
  try {
    await destination.upload({
      source: patternSource(size),
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async () => undefined,
    });
  } catch (cause) {
    return (cause as { error: AppError }).error;
  } finally {
    destination.close();
    await proxy?.stop();
  }
  throw new Error('the upload succeeded');
}

interface ExpectedError {
  code: ErrorCode;
  field?: string;
  button: ErrorAction;
  what: RegExp;
  remedy: RegExp;
}

function expectMessage(error: AppError, { code, field, button, what, remedy }: ExpectedError): void {
  expect([error.code, error.field, actionFor(error)], JSON.stringify(error)).toEqual([code, field, button]);
  if (field !== undefined) expect(s3.fields.map(({ key }) => key)).toContain(field);
  const message = errorText(error);
  expect(message.what).toMatch(what);
  expect(message.remedy).toMatch(remedy);
  // The sentences contain no status codes and no technical names. Names of hosts and buckets could look like them.
  const anonymized = errorText({
    ...error,
    params: { ...error.params, host: 'the server', bucket: 'photos', proxy: 'the proxy' },
  });
  // Status codes, braces, and names in camel case except those of permissions
  expect(`${anonymized.what} ${anonymized.remedy}`).not.toMatch(
    /\b[1-5]\d\d\b|[{}]|undefined|[a-z][A-Z]\w+(?<!PutObject|GetObject|PutObjectAcl)\b/,
  );
  expect(`${anonymized.what} ${anonymized.remedy}`.split(' ').length).toBeLessThanOrEqual(30);
}

describe.skipIf(endpoint === '')('an upload fails with a helpful error', () => {
  const stops: (() => Promise<unknown> | void)[] = [];
  let sharedAccount: Account;
  beforeAll(async () => {
    sharedAccount = await createAccount();
  }, 120_000);
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  afterAll(async () => {
    for (const { client, uid } of accounts) {
      client.destroy();
      await runAdmin('user', 'rm', `--uid=${uid}`, '--purge-data', '--purge-keys');
    }
  }, 120_000);

  test('if the quota of the account is used up', async () => {
    const account = await createAccount();
    const { uid, values } = account;
    await runAdmin('quota', 'set', '--quota-scope=user', `--uid=${uid}`, '--max-size=4096');
    await runAdmin('quota', 'enable', '--quota-scope=user', `--uid=${uid}`);
    await waitForQuota(account, 8192);
    expectMessage(await uploadError(values, { size: 100_000 }), {
      code: 'quota-exceeded',
      button: 'retry',
      what: /full/,
      remedy: /Free up space/,
    });
  });

  test('if the quota of the bucket is used up in the middle of a file', async () => {
    const account = await createAccount();
    const { uid, values } = account;
    await runAdmin('quota', 'set', '--quota-scope=bucket', `--uid=${uid}`, `--max-size=${s3Sizes.partBytes + 1}`);
    await runAdmin('quota', 'enable', '--quota-scope=bucket', `--uid=${uid}`);
    await waitForQuota(account, s3Sizes.partBytes + 8192);
    expectMessage(await uploadError(values, { size: threePartBytes }), {
      code: 'quota-exceeded',
      button: 'retry',
      what: /full/,
      remedy: /Free up space/,
    });
  });

  test('if the account is suspended', async () => {
    const { uid, values } = await createAccount();
    await runAdmin('user', 'suspend', `--uid=${uid}`);
    expectMessage(await uploadError(values), {
      code: 'forbidden',
      field: 'accessKeyId',
      button: 'retry',
      what: /suspended/,
      remedy: /administrator of the storage service/,
    });
  });

  test('if the access key is revoked in the middle of a file', async () => {
    const { uid, values } = await createAccount();
    const midUpload = (): Promise<unknown> =>
      runAdmin('key', 'rm', `--uid=${uid}`, `--access-key=${values['accessKeyId']}`);
    expectMessage(await uploadError(values, { size: threePartBytes, midUpload }), {
      code: 'unauthorized',
      field: 'accessKeyId',
      button: 'fix-key',
      what: /This access key doesn’t exist on Mine/,
      remedy: /Check the key/,
    });
  });

  test('if the access key gets another secret', async () => {
    const { uid, values } = await createAccount();
    await runAdmin('key', 'create', `--uid=${uid}`, `--access-key=${values['accessKeyId']}`, '--secret-key=another');
    expectMessage(await uploadError(values), {
      code: 'unauthorized',
      field: 'secretAccessKey',
      button: 'fix-key',
      what: /rejected the key/,
      remedy: /secret key/,
    });
  });

  test('if the bucket is deleted in the middle of a file', async () => {
    const { uid, values } = await createAccount();
    const midUpload = (): Promise<unknown> => runAdmin('bucket', 'rm', `--bucket=${uid}`, '--purge-objects');
    expectMessage(await uploadError(values, { size: threePartBytes, midUpload }), {
      code: 'no-bucket',
      field: 'bucket',
      button: 'fix',
      what: /bucket .* doesn’t exist/,
      remedy: /bucket name/,
    });
  });

  test('if the bucket belongs to another account', async () =>
    expectMessage(await uploadError({ ...sharedAccount.values, bucket: rgw.bucket }), {
      code: 'forbidden',
      field: 'accessKeyId',
      button: 'fix-key',
      what: /isn’t allowed/,
      remedy: /s3:PutObject/,
    }));

  test('if the write permission is revoked in the middle of a file', async () => {
    const { uid, values, client } = await createAccount();
    await client.send(
      new PutBucketPolicyCommand({
        Bucket: uid,
        Policy: policy(uid, [
          's3:PutObject',
          's3:AbortMultipartUpload',
          's3:ListMultipartUploadParts',
          's3:GetObject',
          's3:DeleteObject',
        ]),
      }),
    );
    const otherUserValues = { ...values, accessKeyId: rgw.otherKey, secretAccessKey: rgw.otherSecret };
    const midUpload = (): Promise<unknown> => client.send(new DeleteBucketPolicyCommand({ Bucket: uid }));
    expectMessage(await uploadError(otherUserValues, { size: threePartBytes, midUpload }), {
      code: 'forbidden',
      field: 'accessKeyId',
      button: 'fix-key',
      what: /isn’t allowed/,
      remedy: /s3:PutObject/,
    });
  });

  test('if the access key may only read', async () => {
    const { uid, values, client } = await createAccount();
    await client.send(new PutBucketPolicyCommand({ Bucket: uid, Policy: policy(uid, ['s3:GetObject']) }));
    expectMessage(await uploadError({ ...values, accessKeyId: rgw.otherKey, secretAccessKey: rgw.otherSecret }), {
      code: 'forbidden',
      field: 'accessKeyId',
      button: 'fix-key',
      what: /isn’t allowed/,
      remedy: /Allow writing/,
    });
  });

  test('if the bucket allows no public objects', async () => {
    const { uid, values, client } = await createAccount();
    await client.send(
      new PutPublicAccessBlockCommand({ Bucket: uid, PublicAccessBlockConfiguration: { BlockPublicAcls: true } }),
    );
    expectMessage(await uploadError({ ...values, linkKind: 'public', acl: 'true' }), {
      code: 'forbidden',
      field: 'acl',
      button: 'fix',
      what: /public/,
      remedy: /Choose no ACL/,
    });
  });

  test.each([
    ['an unknown storage class', 'x-amz-storage-class: NO_SUCH_CLASS', 'headers', /extra headers/],
    ['invalid tags', 'x-amz-tagging: a=b&a=b&', 'headers', /extra headers/],
    [
      'an unknown encryption key',
      'x-amz-server-side-encryption: aws:kms\nx-amz-server-side-encryption-aws-kms-key-id: no-such-key',
      'headers',
      /extra headers/,
    ],
  ])('if the extra headers contain %s', async (_, headers, field, remedy) =>
    expectMessage(await uploadError({ ...sharedAccount.values, headers }), {
      code: 'rejected',
      field,
      button: 'fix',
      what: /extra headers/,
      remedy,
    }),
  );

  test('if the file is larger than the destination’s limit', async () =>
    expectMessage(await uploadError({ ...sharedAccount.values, largestMB: '0.001' }, { size: 5000 }), {
      code: 'too-large',
      field: 'largestMB',
      button: 'fix',
      what: /larger/,
      remedy: /Raise the limit/,
    }));

  test('if a proxy in front of the server refuses large requests', async () => {
    const proxy = await FaultProxy.start(endpoint);
    stops.push(() => proxy.stop());
    proxy.setRule(({ hasFileBody }) =>
      hasFileBody
        ? {
            kind: 'answer',
            status: 413,
            headers: { 'content-type': 'text/html' },
            body: '<html><center>nginx</center></html>',
          }
        : undefined,
    );
    expectMessage(await uploadError({ ...sharedAccount.values, endpoint: proxy.url }, { size: 100_000 }), {
      code: 'too-large',
      field: 'endpoint',
      button: 'fix',
      what: /in front of/,
      remedy: /Raise its request size limit/,
    });
  });

  test('if the endpoint has a wrong path', async () =>
    expectMessage(await uploadError({ ...sharedAccount.values, endpoint: `${endpoint}/storage` }), {
      code: 'no-bucket',
      field: 'bucket',
      button: 'fix',
      what: /bucket .* doesn’t exist/,
      remedy: /endpoint/,
    }));

  test('if the server supports only path style', async () =>
    expectMessage(
      await uploadError({ ...sharedAccount.values, endpoint: 'https://no-such-host.invalid', pathStyle: 'false' }),
      {
        code: 'unreachable',
        field: 'pathStyle',
        button: 'fix',
        what: /No server named/,
        remedy: /Turn on “Path-style addresses”/,
      },
    ));

  test('if the certificate is self-signed, until the user trusts it', async () => {
    const values = { ...sharedAccount.values, endpoint: tlsEndpoint };
    expectMessage(await uploadError(values), {
      code: 'tls-untrusted',
      field: 'ca',
      button: 'fix',
      what: /self-signed certificate/,
      remedy: /paste its certificate/,
    });
    const trusting = await connectDestination(s3, { ...values, ca: readFileSync(certificate, 'utf8') }, s3TestPorts);
    const ref = await trusting.upload({
      source: patternSource(10),
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async () => undefined,
    });
    await trusting.discard({ ref }, neverAborted);
    trusting.close();
  });

  describe('if the destination uses a proxy', () => {
    const values = (): FieldValues => ({
      ...sharedAccount.values,
      endpoint: tlsEndpoint,
      ca: readFileSync(certificate, 'utf8'),
      proxy: 'address',
    });

    test.each<[string, Parameters<typeof startHttpProxy>[0], ExpectedError]>([
      [
        'that refuses every connection',
        { connectStatus: 403 },
        {
          code: 'rejected',
          field: 'proxyAddress',
          button: 'fix',
          what: /proxy .* blocks/,
          remedy: /under Network/,
        },
      ],
      [
        'that requires a password',
        { login: { user: 'a', password: 'b' } },
        {
          code: 'unauthorized',
          field: 'proxyUser',
          button: 'fix',
          what: /proxy requires a user name/,
          remedy: /under Network/,
        },
      ],
      [
        'that cannot reach the server',
        { connectStatus: 502 },
        {
          code: 'unreachable',
          field: 'endpoint',
          button: 'fix',
          what: /can’t reach/,
          remedy: /administrator of the proxy/,
        },
      ],
    ])('%s', async (_, options, expectedError) => {
      const proxy = await startHttpProxy(options);
      stops.push(() => proxy.stop());
      expectMessage(await uploadError({ ...values(), proxyAddress: proxy.address }), expectedError);
    });

    test('that does not respond', async () => {
      const proxy = await startHttpProxy();
      await proxy.stop();
      expectMessage(await uploadError({ ...values(), proxyAddress: proxy.address }), {
        code: 'unreachable',
        field: 'proxyAddress',
        button: 'fix',
        what: /proxy .* doesn’t respond/,
        remedy: /under Network/,
      });
    });

    test('whose configuration file cannot be read', async () =>
      expectMessage(await uploadError({ ...values(), proxy: 'pac', proxyAddress: 'http://127.0.0.1:9/proxy.pac' }), {
        code: 'unreachable',
        field: 'proxyAddress',
        button: 'fix',
        what: /configuration file can’t be read/,
        remedy: /under Network/,
      }));
  });

  test.each([
    ['of a file in one request', 10],
    ['of a file in parts', threePartBytes],
  ])('if the network answers with a login page in the middle %s', async (_, size) => {
    const portal = http
      .createServer((__, response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in</body></html>'),
      )
      .listen(0, '127.0.0.1');
    await once(portal, 'listening');
    stops.push(() => {
      portal.close();
      portal.closeAllConnections();
    });
    const proxy = await startHttpProxy();
    stops.push(() => proxy.stop());
    expectMessage(
      await uploadError(
        {
          ...sharedAccount.values,
          endpoint: `http://127.0.0.1:${(portal.address() as AddressInfo).port}`,
          proxy: 'address',
          proxyAddress: proxy.address,
        },
        { size },
      ),
      {
        code: 'wrong-service',
        field: 'endpoint',
        button: 'fix',
        what: /web page/,
        remedy: /sign in to this network in a browser first/,
      },
    );
  });

  test('if the server stops in the middle of a file', async () => {
    const proxy = await FaultProxy.start(endpoint);
    proxy.setRule(({ number, hasFileBody }) => {
      if (hasFileBody && number > 2) proxy.goOffline();
      return undefined;
    });
    const error = await uploadError({ ...sharedAccount.values, endpoint: proxy.url }, { size: threePartBytes });
    await proxy.stop();
    expect(['refused', 'cut']).toContain(error.params?.['why']);
    expectMessage(error, {
      code: 'unreachable',
      ...(error.field === undefined ? {} : { field: error.field }),
      button: 'retry',
      what: /refused the connection|was lost/,
      remedy: /then try again/,
    });
  });
});

const policy = (bucket: string, actions: string[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: actions,
        Principal: { AWS: ['arn:aws:iam:::user/other'] },
        Resource: [`arn:aws:s3:::${bucket}/*`],
      },
    ],
  });
