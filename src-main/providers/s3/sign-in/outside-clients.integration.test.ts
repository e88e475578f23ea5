/**
 * Tests the emulators of Amazon's services with independent clients: Debian's AWS command line and its library. The
 * other tests in this folder rely on these emulators.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import { createSampler, notInSample } from '../../../testing/sample.ts';
import { accountId, AwsFixture, mfaDevice, ssoStartUrl } from '../testing/aws-fixture.ts';
import { ssoCacheFile, formatTimestamp } from './sso-tokens.ts';

/** The path of Debian's version, because PATH may contain another program with the same name. */
const aws = '/usr/bin/aws';
const isInstalled = existsSync(aws);
if (!isInstalled)
  console.info(
    `skipped: the emulators of Amazon's services with awscli, because ${aws} is not installed (apt-get install awscli)`,
  );

const run = promisify(execFile);
/** Each call of awscli takes a second of CPU time, so a short run has only one of these tests. */
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

const baseEnv = (): NodeJS.ProcessEnv => ({
  PATH: '/usr/bin:/bin',
  HOME: fixture.folder,
  LC_ALL: 'C.UTF-8',
  AWS_PAGER: '',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_MAX_ATTEMPTS: '1',
});
const userEnv = { AWS_ACCESS_KEY_ID: 'AKIAUSER', AWS_SECRET_ACCESS_KEY: 'user-secret' };

async function runAws<T>(args: string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
  const { stdout } = await run(aws, args, { env: { ...baseEnv(), ...env }, cwd: fixture.folder });
  return JSON.parse(stdout) as T;
}

const runAwsFailing = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> =>
  run(aws, args, { env: { ...baseEnv(), ...env }, cwd: fixture.folder }).then(
    () => {
      throw new Error('the command succeeded');
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
  awsTest('sts')('gets the credentials of roles from the STS emulator', async () => {
    const sts = ['sts', '--endpoint-url', fixture.sts.url];
    const assumeRole = (name: string, ...options: string[]): string[] => [
      ...sts,
      'assume-role',
      '--role-arn',
      `arn:aws:iam::${accountId}:role/${name}`,
      '--role-session-name',
      'outside',
      ...options,
    ];
    const plain = credentialEnv(await runAws<AssumeRoleOutput>(assumeRole('plain'), userEnv));
    const chained = credentialEnv(
      await runAws<AssumeRoleOutput>(assumeRole('chained', '--external-id', 'from-us'), plain),
    );
    expect((await runAws<{ Arn: string }>([...sts, 'get-caller-identity'], chained)).Arn).toContain('role/chained');
    expect(await runAwsFailing(assumeRole('plain'), { ...userEnv, AWS_SECRET_ACCESS_KEY: 'other' })).toContain(
      'SignatureDoesNotMatch',
    );
    expect(
      await runAwsFailing(assumeRole('chained', '--external-id', 'from-us', '--duration-seconds', '7200'), plain),
    ).toContain('ValidationError');
    fixture.sts.config.codes.add('123456');
    const code = ['--serial-number', mfaDevice, '--token-code', '123456'];
    await runAws(assumeRole('careful', ...code), userEnv);
    expect(await runAwsFailing(assumeRole('careful', ...code), userEnv)).toContain('invalid MFA one time pass code');
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
    'signs in at the emulator of IAM Identity Center, gets the credentials of a role and renews its token',
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
      const createToken = [
        ...oidc,
        'create-token',
        ...clientArgs,
        '--grant-type',
        'urn:ietf:params:oauth:grant-type:device_code',
        `--device-code=${deviceCode}`,
      ];
      expect(await runAwsFailing(createToken)).toContain('AuthorizationPendingException');
      fixture.sso.approve();
      const { accessToken, refreshToken } = await runAws<{ accessToken: string; refreshToken: string }>(createToken);
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
      const renewToken = [
        ...oidc,
        'create-token',
        ...clientArgs,
        '--grant-type',
        'refresh_token',
        `--refresh-token=${refreshToken}`,
      ];
      await runAws(renewToken);
      expect(await runAwsFailing(renewToken)).toContain('InvalidGrantException');
    },
  );

  awsTest('keys')('signs requests with the keys of an instance, of a container and of a program', async () => {
    const getIdentity = ['sts', '--endpoint-url', fixture.sts.url, 'get-caller-identity'];
    for (const env of [
      // Debian's version appends paths without a slash.
      { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${fixture.instance.url}/`, AWS_EC2_METADATA_DISABLED: 'false' },
      {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${fixture.container.url}/v1/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: 'container-token',
      },
      { AWS_PROFILE: 'program' },
    ]) {
      await runAws(getIdentity, env);
      await run(aws, ['--endpoint-url', fixture.proxy.url, 's3', 'ls', 's3://practice/'], {
        env: { ...baseEnv(), ...env },
        cwd: fixture.folder,
      });
    }
    expect(fixture.instance.requests.map(({ method }) => method)).toContain('PUT');
  });

  test('shares the credentials of roles with Hoist, in both directions', async () => {
    fixture.sts.config.codes.add('123456');
    const promptForCode = async (): Promise<string> => '123456';
    const check = async (awsProfile: string): Promise<void> => {
      const destination = await fixture.connect({ credentials: 'profile', awsProfile }, { promptForCode });
      await destination.check(neverAborted);
    };
    await check('careful');
    const identity = ['sts', '--endpoint-url', fixture.sts.url, 'get-caller-identity'];
    // Without a cached role, this version of awscli would request it at Amazon's address and prompt for a code.
    expect((await runAws<{ Arn: string }>([...identity, '--profile', 'careful'])).Arn).toContain('role/careful');
    expect(fixture.sts.calls('AssumeRole')).toHaveLength(1);

    const script = `
import os, sys
from awscli.botocore.session import Session
from awscli.botocore.credentials import AssumeRoleCredentialFetcher, Credentials
from awscli.botocore.utils import JSONFileCache
session = Session()
create = lambda service, **keys: session.create_client(service, endpoint_url=sys.argv[1], region_name='us-east-1', **keys)
cache = JSONFileCache(os.path.expanduser(os.path.join('~', '.aws', 'cli', 'cache')))
AssumeRoleCredentialFetcher(create, Credentials('AKIAUSER', 'user-secret'), sys.argv[2], cache=cache).fetch_credentials()
`;
    const role = `arn:aws:iam::${accountId}:role/plain`;
    await run('/usr/bin/python3', ['-c', script, fixture.sts.url, role], { env: baseEnv() });
    expect(fixture.sts.calls('AssumeRole')).toHaveLength(2);
    await check('plain');
    expect(fixture.sts.calls('AssumeRole')).toHaveLength(2);
  });

  test('finds the tokens that Hoist writes to the token cache', async () => {
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
    const { stdout } = await run('/usr/bin/python3', ['-c', script], { env: baseEnv() });
    expect((JSON.parse(stdout) as string[])[0]).toBe('ours');
  });
});
