/**
 * The emulators as other people's clients see them: Debian's AWS command line and the library behind it, which were
 * written by others than the SDK. What they accept and what they are refused is what the tests beside this page rely on.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { account, AwsBench, device, startUrl } from '../testing/aws-bench.ts';
import { cacheFile, isoTime } from './sso-tokens.ts';

/** Debian's own: another one of the same name may come first in the path. */
const aws = '/usr/bin/aws';
const isHere = existsSync(aws);
if (!isHere)
  console.info(
    `skipped: the emulators of Amazon's services and awscli, because ${aws} is not here (apt-get install awscli)`,
  );

const run = promisify(execFile);
let bench: AwsBench;
beforeAll(async () => {
  if (isHere) bench = await AwsBench.start();
}, 60_000);
afterAll(async () => {
  if (isHere) await bench.stop();
});
beforeEach(async () => {
  if (isHere) {
    await bench.enter();
    await bench.writeProfiles();
  }
});

const base = (): NodeJS.ProcessEnv => ({
  PATH: '/usr/bin:/bin',
  HOME: bench.folder,
  LC_ALL: 'C.UTF-8',
  AWS_PAGER: '',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_MAX_ATTEMPTS: '1',
});
const user = { AWS_ACCESS_KEY_ID: 'AKIAUSER', AWS_SECRET_ACCESS_KEY: 'user-secret' };

async function asked<T>(words: string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
  const { stdout } = await run(aws, words, { env: { ...base(), ...env }, cwd: bench.folder });
  return JSON.parse(stdout) as T;
}

const refused = (words: string[], env: NodeJS.ProcessEnv = {}): Promise<string> =>
  run(aws, words, { env: { ...base(), ...env }, cwd: bench.folder }).then(
    () => {
      throw new Error('not refused');
    },
    (cause: { stderr?: string }) => cause.stderr ?? '',
  );

interface Given {
  Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string };
}
const envOf = ({ Credentials: { AccessKeyId, SecretAccessKey, SessionToken } }: Given): NodeJS.ProcessEnv => ({
  AWS_ACCESS_KEY_ID: AccessKeyId,
  AWS_SECRET_ACCESS_KEY: SecretAccessKey,
  AWS_SESSION_TOKEN: SessionToken,
});

describe.skipIf(!isHere)('awscli', { timeout: 180_000 }, () => {
  test('aws sts: its signature is taken, a role, a role of that role, and who one is then', async () => {
    const sts = ['sts', '--endpoint-url', bench.sts.url];
    const role = (name: string, ...more: string[]): string[] => [
      ...sts,
      'assume-role',
      '--role-arn',
      `arn:aws:iam::${account}:role/${name}`,
      '--role-session-name',
      'outside',
      ...more,
    ];
    const plain = envOf(await asked<Given>(role('plain'), user));
    const chained = envOf(await asked<Given>(role('chained', '--external-id', 'from-us'), plain));
    expect((await asked<{ Arn: string }>([...sts, 'get-caller-identity'], chained)).Arn).toContain('role/chained');
    expect(await refused(role('plain'), { ...user, AWS_SECRET_ACCESS_KEY: 'other' })).toContain(
      'SignatureDoesNotMatch',
    );
    expect(await refused(role('chained', '--external-id', 'from-us', '--duration-seconds', '7200'), plain)).toContain(
      'ValidationError',
    );
    bench.sts.world.codes.add('123456');
    const code = ['--serial-number', device, '--token-code', '123456'];
    await asked(role('careful', ...code), user);
    expect(await refused(role('careful', ...code), user)).toContain('invalid MFA one time pass code');
    await asked([
      ...sts,
      'assume-role-with-web-identity',
      '--role-arn',
      `arn:aws:iam::${account}:role/web`,
      '--role-session-name',
      'outside',
      '--web-identity-token',
      'web-token',
    ]);
  });

  test('aws sso-oidc and aws sso: registered, confirmed with a code, accounts, roles, keys, renewed', async () => {
    const oidc = ['sso-oidc', '--endpoint-url', bench.sso.url];
    const client = await asked<{ clientId: string; clientSecret: string }>([
      ...oidc,
      'register-client',
      '--client-name',
      'outside',
      '--client-type',
      'public',
      '--scopes',
      'sso:account:access',
    ]);
    const its = [`--client-id=${client.clientId}`, `--client-secret=${client.clientSecret}`];
    const { deviceCode } = await asked<{ deviceCode: string }>([
      ...oidc,
      'start-device-authorization',
      ...its,
      '--start-url',
      startUrl,
    ]);
    const confirm = [
      ...oidc,
      'create-token',
      ...its,
      '--grant-type',
      'urn:ietf:params:oauth:grant-type:device_code',
      `--device-code=${deviceCode}`,
    ];
    expect(await refused(confirm)).toContain('AuthorizationPendingException');
    bench.sso.approve();
    const { accessToken, refreshToken } = await asked<{ accessToken: string; refreshToken: string }>(confirm);
    const portal = ['sso', '--endpoint-url', bench.sso.url];
    const { accountList } = await asked<{ accountList: { accountId: string }[] }>([
      ...portal,
      'list-accounts',
      `--access-token=${accessToken}`,
    ]);
    expect(accountList.map(({ accountId }) => accountId)).toEqual([account, '210987654321']);
    const { roleCredentials } = await asked<{ roleCredentials: { sessionToken: string } }>([
      ...portal,
      'get-role-credentials',
      '--account-id',
      account,
      '--role-name',
      'Uploader',
      `--access-token=${accessToken}`,
    ]);
    expect(bench.sessions.of(roleCredentials.sessionToken)).toBeDefined();
    expect(
      await refused([
        ...portal,
        'get-role-credentials',
        '--account-id',
        account,
        '--role-name',
        'Admin',
        `--access-token=${accessToken}`,
      ]),
    ).toContain('ForbiddenException');
    expect(await refused([...portal, 'list-accounts', '--access-token', 'other'])).toContain('UnauthorizedException');
    const renew = [...oidc, 'create-token', ...its, '--grant-type', 'refresh_token', `--refresh-token=${refreshToken}`];
    await asked(renew);
    expect(await refused(renew)).toContain('InvalidGrantException');
  });

  test('aws: keys of an instance, of a container, and of a program sign at the store and at STS', async () => {
    const who = ['sts', '--endpoint-url', bench.sts.url, 'get-caller-identity'];
    for (const env of [
      // That release puts its paths right behind.
      { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${bench.instance.url}/`, AWS_EC2_METADATA_DISABLED: 'false' },
      {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${bench.container.url}/v1/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: 'container-token',
      },
      { AWS_PROFILE: 'program' },
    ]) {
      await asked(who, env);
      await run(aws, ['--endpoint-url', bench.gate.url, 's3', 'ls', 's3://practice/'], {
        env: { ...base(), ...env },
        cwd: bench.folder,
      });
    }
    expect(bench.instance.heard.map(({ method }) => method)).toContain('PUT');
  });

  test('the cache of sign-ins: where the library behind the command line looks, and what it reads there', async () => {
    const file = cacheFile(bench.folder, 'corp');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(
      file,
      JSON.stringify({
        startUrl,
        region: 'us-west-2',
        accessToken: 'ours',
        expiresAt: isoTime(Date.now() + 3_600_000),
        refreshToken: 'r',
        clientId: 'c',
        clientSecret: 's',
        registrationExpiresAt: isoTime(Date.now() + 3_600_000),
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
