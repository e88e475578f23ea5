/**
 * The emulators, used by independent clients: Debian's AWS command line and its library. The other tests in this
 * folder rely on the emulators, so these clients must agree with them.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSampler, notInSample } from '../../../testing/sample.ts';
import { accountId, AwsFixture, mfaDevice, ssoStartUrl } from '../testing/aws-fixture.ts';
import { ssoCacheFile, formatTimestamp } from './sso-tokens.ts';

/** Debian's version: another program of the same name may come first in the path. */
const aws = '/usr/bin/aws';
const isInstalled = existsSync(aws);
if (!isInstalled)
  console.info(
    `skipped: the emulators of Amazon's services and awscli, because ${aws} is not here (apt-get install awscli)`,
  );

const run = promisify(execFile);
/** Each call of awscli takes a second of CPU time: a sample has one of these tests. */
const inSample = createSampler('awscli')(['sts', 'sso', 'keys'], 1);
const awsTest = (name: string): typeof test | typeof notInSample => (inSample.includes(name) ? test : notInSample);
let fixture: AwsFixture;
beforeAll(async () => {
  if (isInstalled) fixture = await AwsFixture.start();
}, 60_000);
afterAll(async () => {
  if (isInstalled) await fixture.stop();
});
beforeEach(async () => {
  if (isInstalled) {
    await fixture.reset();
    await fixture.writeProfiles();
  }
});

const base = (): NodeJS.ProcessEnv => ({
  PATH: '/usr/bin:/bin',
  HOME: fixture.folder,
  LC_ALL: 'C.UTF-8',
  AWS_PAGER: '',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_MAX_ATTEMPTS: '1',
});
const user = { AWS_ACCESS_KEY_ID: 'AKIAUSER', AWS_SECRET_ACCESS_KEY: 'user-secret' };

async function runAws<T>(words: string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
  const { stdout } = await run(aws, words, { env: { ...base(), ...env }, cwd: fixture.folder });
  return JSON.parse(stdout) as T;
}

const runAwsFailing = (words: string[], env: NodeJS.ProcessEnv = {}): Promise<string> =>
  run(aws, words, { env: { ...base(), ...env }, cwd: fixture.folder }).then(
    () => {
      throw new Error('not refused');
    },
    (cause: { stderr?: string }) => cause.stderr ?? '',
  );

interface AssumeRoleOutput {
  Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string };
}
const credentialEnv = ({
  Credentials: { AccessKeyId, SecretAccessKey, SessionToken },
}: AssumeRoleOutput): NodeJS.ProcessEnv => ({
  AWS_ACCESS_KEY_ID: AccessKeyId,
  AWS_SECRET_ACCESS_KEY: SecretAccessKey,
  AWS_SESSION_TOKEN: SessionToken,
});

describe.skipIf(!isInstalled)('awscli', { timeout: 180_000 }, () => {
  awsTest('sts')('aws sts: a signed request, a role, a role of that role, and the caller’s identity', async () => {
    const sts = ['sts', '--endpoint-url', fixture.sts.url];
    const role = (name: string, ...more: string[]): string[] => [
      ...sts,
      'assume-role',
      '--role-arn',
      `arn:aws:iam::${accountId}:role/${name}`,
      '--role-session-name',
      'outside',
      ...more,
    ];
    const plain = credentialEnv(await runAws<AssumeRoleOutput>(role('plain'), user));
    const chained = credentialEnv(await runAws<AssumeRoleOutput>(role('chained', '--external-id', 'from-us'), plain));
    expect((await runAws<{ Arn: string }>([...sts, 'get-caller-identity'], chained)).Arn).toContain('role/chained');
    expect(await runAwsFailing(role('plain'), { ...user, AWS_SECRET_ACCESS_KEY: 'other' })).toContain(
      'SignatureDoesNotMatch',
    );
    expect(
      await runAwsFailing(role('chained', '--external-id', 'from-us', '--duration-seconds', '7200'), plain),
    ).toContain('ValidationError');
    fixture.sts.config.codes.add('123456');
    const code = ['--serial-number', mfaDevice, '--token-code', '123456'];
    await runAws(role('careful', ...code), user);
    expect(await runAwsFailing(role('careful', ...code), user)).toContain('invalid MFA one time pass code');
    await runAws([
      ...sts,
      'assume-role-with-web-identity',
      '--role-arn',
      `arn:aws:iam::${accountId}:role/web`,
      '--role-session-name',
      'outside',
      '--web-identity-token',
      'web-token',
    ]);
  });

  awsTest('sso')(
    'aws sso-oidc and aws sso: registration, confirmation with a code, accounts, roles, keys, renewal',
    async () => {
      const oidc = ['sso-oidc', '--endpoint-url', fixture.sso.url];
      const client = await runAws<{ clientId: string; clientSecret: string }>([
        ...oidc,
        'register-client',
        '--client-name',
        'outside',
        '--client-type',
        'public',
        '--scopes',
        'sso:account:access',
      ]);
      const clientArgs = [`--client-id=${client.clientId}`, `--client-secret=${client.clientSecret}`];
      const { deviceCode } = await runAws<{ deviceCode: string }>([
        ...oidc,
        'start-device-authorization',
        ...clientArgs,
        '--start-url',
        ssoStartUrl,
      ]);
      const confirm = [
        ...oidc,
        'create-token',
        ...clientArgs,
        '--grant-type',
        'urn:ietf:params:oauth:grant-type:device_code',
        `--device-code=${deviceCode}`,
      ];
      expect(await runAwsFailing(confirm)).toContain('AuthorizationPendingException');
      fixture.sso.approve();
      const { accessToken, refreshToken } = await runAws<{ accessToken: string; refreshToken: string }>(confirm);
      const portal = ['sso', '--endpoint-url', fixture.sso.url];
      const { accountList } = await runAws<{ accountList: { accountId: string }[] }>([
        ...portal,
        'list-accounts',
        `--access-token=${accessToken}`,
      ]);
      expect(accountList.map(({ accountId }) => accountId)).toEqual([accountId, '210987654321']);
      const { roleCredentials } = await runAws<{ roleCredentials: { sessionToken: string } }>([
        ...portal,
        'get-role-credentials',
        '--account-id',
        accountId,
        '--role-name',
        'Uploader',
        `--access-token=${accessToken}`,
      ]);
      expect(fixture.sessions.find(roleCredentials.sessionToken)).toBeDefined();
      expect(
        await runAwsFailing([
          ...portal,
          'get-role-credentials',
          '--account-id',
          accountId,
          '--role-name',
          'Admin',
          `--access-token=${accessToken}`,
        ]),
      ).toContain('ForbiddenException');
      expect(await runAwsFailing([...portal, 'list-accounts', '--access-token', 'other'])).toContain(
        'UnauthorizedException',
      );
      const renew = [
        ...oidc,
        'create-token',
        ...clientArgs,
        '--grant-type',
        'refresh_token',
        `--refresh-token=${refreshToken}`,
      ];
      await runAws(renew);
      expect(await runAwsFailing(renew)).toContain('InvalidGrantException');
    },
  );

  awsTest('keys')(
    'aws: keys of an instance, of a container and of a program sign at the store and at STS',
    async () => {
      const who = ['sts', '--endpoint-url', fixture.sts.url, 'get-caller-identity'];
      for (const env of [
        // This release appends its paths without a slash.
        { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${fixture.instance.url}/`, AWS_EC2_METADATA_DISABLED: 'false' },
        {
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `${fixture.container.url}/v1/credentials`,
          AWS_CONTAINER_AUTHORIZATION_TOKEN: 'container-token',
        },
        { AWS_PROFILE: 'program' },
      ]) {
        await runAws(who, env);
        await run(aws, ['--endpoint-url', fixture.proxy.url, 's3', 'ls', 's3://practice/'], {
          env: { ...base(), ...env },
          cwd: fixture.folder,
        });
      }
      expect(fixture.instance.requests.map(({ method }) => method)).toContain('PUT');
    },
  );

  test('the token cache has the same path and content as that of the AWS CLI', async () => {
    const file = ssoCacheFile(fixture.folder, 'corp');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(
      file,
      JSON.stringify({
        startUrl: ssoStartUrl,
        region: 'us-west-2',
        accessToken: 'ours',
        expiresAt: formatTimestamp(Date.now() + 3_600_000),
        refreshToken: 'r',
        clientId: 'c',
        clientSecret: 's',
        registrationExpiresAt: formatTimestamp(Date.now() + 3_600_000),
      }),
    );
    const script = `
import json
from awscli.botocore.session import Session
from awscli.botocore.tokens import SSOTokenProvider
token = SSOTokenProvider(Session(profile='session')).load_token().get_frozen_token()
print(json.dumps([token.token, token.expiration.isoformat()]))
`;
    const { stdout } = await run('/usr/bin/python3', ['-c', script], { env: base() });
    expect((JSON.parse(stdout) as string[])[0]).toBe('ours');
  });
});
