/** AWS profiles: the requests of each kind, and the errors that the user sees. */
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppFailure, failure, type AppError } from '../../../../src-shared/errors.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import { errorText } from '../../../../src-shared/text/text.ts';
import { createComputer } from '../../../platform/computer.ts';
import type { CodeRequest, DriverPorts } from '../../contract/provider.ts';
import { accountId, AwsFixture, mfaDevice, neverAborted, ssoStartUrl } from '../testing/aws-fixture.ts';
import { processCredentials, CredentialProcessError, splitCommand } from './profile-process.ts';
import { ssoCacheFile, formatTimestamp } from './sso-tokens.ts';

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

const profile = (awsProfile: string): FieldValues => ({ credentials: 'profile', awsProfile });

/** The first request of a check. */
async function check(values: FieldValues, ports: Partial<DriverPorts> = {}): Promise<void> {
  const destination = await fixture.connect(values, ports);
  await destination.check(neverAborted);
}

async function problem(values: FieldValues, ports: Partial<DriverPorts> = {}): Promise<AppError> {
  const cause = await check(values, ports).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(cause).toBeInstanceOf(AppFailure);
  const { error } = cause as AppFailure;
  expect(JSON.stringify(error)).not.toMatch(/user-secret|token-\d/);
  const { what, remedy } = errorText(error);
  for (const words of [what, remedy]) expect(words).toMatch(/^[\p{Lu}\d][^{}]+[.]$/u);
  return error;
}

describe('roles', () => {
  test('chained roles: each role is requested with the keys of the previous role', async () => {
    await check(profile('chained'));
    const calls = fixture.sts.calls('AssumeRole');
    expect(calls.map((form) => [form.get('RoleArn'), form.get('ExternalId'), form.get('DurationSeconds')])).toEqual([
      [`arn:aws:iam::${accountId}:role/plain`, null, '3600'],
      [`arn:aws:iam::${accountId}:role/chained`, 'from-us', '3600'],
    ]);
    expect(calls[0]?.get('RoleSessionName')).toMatch(/^hoist-\d+$/);
  });

  test('ignores variables for other programs', async () => {
    for (const [name, value] of Object.entries({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
      AWS_PROFILE: 'nobody',
      AWS_REGION: 'xx-nowhere-9',
      AWS_ACCESS_KEY_ID: 'OTHER',
      AWS_SECRET_ACCESS_KEY: 'other',
      AWS_SESSION_TOKEN: 'other',
      AWS_ROLE_ARN: 'arn:aws:iam::1:role/other',
      AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/',
    }))
      vi.stubEnv(name, value);
    for (const name of ['plain', 'web', 'program']) await check(profile(name));
  });

  test('requests the role at the endpoint of the profile', async () => {
    await fixture.writeProfiles({
      config: `[profile whole]\nrole_arn = arn:aws:iam::${accountId}:role/plain\nsource_profile = user\nendpoint_url = ${fixture.sts.url}\n`,
    });
    await check(profile('whole'));
    expect(fixture.sts.calls('AssumeRole')).toHaveLength(1);
  });

  test.each<[string, string, object, RegExp]>([
    [
      'that is not theirs',
      'role_arn = arn:aws:iam::123456789012:role/nobodys\nsource_profile = user',
      { code: 'forbidden', params: { why: 'profileRole' } },
      /isn’t allowed to assume its role/,
    ],
    [
      'without its external id',
      'role_arn = arn:aws:iam::123456789012:role/chained\nsource_profile = plain',
      { code: 'forbidden' },
      /isn’t allowed to assume its role/,
    ],
    [
      'of a role for more than an hour',
      'role_arn = arn:aws:iam::123456789012:role/chained\nsource_profile = plain\nexternal_id = from-us\nduration_seconds = 7200',
      { code: 'rejected' },
      /doesn’t issue keys for the role/,
    ],
    [
      'with unknown keys',
      'role_arn = arn:aws:iam::123456789012:role/plain\nsource_profile = unknown',
      { code: 'unauthorized', params: { why: 'profile' } },
      /rejected the keys of the profile/,
    ],
    [
      'whose source profile has no keys',
      'role_arn = arn:aws:iam::123456789012:role/plain\nsource_profile = other',
      { code: 'secret-missing' },
      /provides no key/,
    ],
    [
      'whose source profile does not exist',
      'role_arn = arn:aws:iam::123456789012:role/plain\nsource_profile = gone',
      { code: 'secret-missing', params: { why: 'noProfile', profile: 'gone' } },
      /no AWS profile “gone”/,
    ],
    [
      'whose environment variables are not set',
      'role_arn = arn:aws:iam::123456789012:role/plain\ncredential_source = Environment',
      { code: 'secret-missing' },
      /provides no key/,
    ],
    [
      'of a token that is not there',
      'role_arn = arn:aws:iam::123456789012:role/web\nweb_identity_token_file = /nowhere/token',
      { code: 'secret-missing', params: { why: 'tokenFile' } },
      /token file/,
    ],
  ])('a role %s', async (_, lines, error, what) => {
    await fixture.writeProfiles({
      config: `[profile mine]\n${lines}\nservices = here\n[profile other]\nrole_arn = arn:aws:iam::${accountId}:role/plain\nsource_profile = mine\nservices = here\n`,
      credentials: '[unknown]\naws_access_key_id = AKIAUNKNOWN\naws_secret_access_key = user-secret\n',
    });
    const seen = await problem(profile('mine'));
    expect(seen).toMatchObject({ field: 'awsProfile', ...error });
    expect(errorText(seen).what).toMatch(what);
  });

  test('keys of the environment, if the profile refers to them', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAUSER');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'user-secret');
    await fixture.writeProfiles({
      config: `[profile mine]\nrole_arn = arn:aws:iam::${accountId}:role/plain\ncredential_source = Environment\nservices = here\n`,
    });
    await check(profile('mine'));
  });

  test('names a service that does not answer, and does not blame the store', async () => {
    await fixture.writeProfiles({
      config: `[services away]\nsts =\n  endpoint_url = http://127.0.0.1:9\n[profile mine]\nrole_arn = arn:aws:iam::${accountId}:role/plain\nsource_profile = user\nservices = away\n`,
    });
    expect(await problem(profile('mine'))).toMatchObject({
      code: 'unreachable',
      field: 'awsProfile',
      params: { host: '127.0.0.1:9' },
    });
  });
});

describe('MFA codes', () => {
  let next = 200_000;
  const nextCode = (): string => {
    const code = String(++next);
    fixture.sts.config.codes.add(code);
    return code;
  };

  test('the prompt names the device; blanks in the code do no harm', async () => {
    const ask = vi.fn(async () => nextCode().replace(/^.../, '$& '));
    await check(profile('careful'), { promptForCode: ask });
    expect(ask).toHaveBeenCalledExactlyOnceWith({ kind: 'mfa', device: mfaDevice }, expect.any(AbortSignal));
  });

  test('prompts again after a wrong, a used and an invalid code', async () => {
    const used = nextCode();
    await check(profile('careful'), { promptForCode: async () => used });
    const answers = ['not a code', used, nextCode()];
    const ask = vi.fn(async (_question: CodeRequest) => answers.shift() ?? '');
    const before = fixture.sts.calls('AssumeRole').length;
    await check(profile('careful'), { promptForCode: ask });
    expect(ask.mock.calls.map(([{ refused }]) => refused)).toEqual([undefined, 'shape', 'used']);
    // A used code is not even sent.
    expect(fixture.sts.calls('AssumeRole').length - before).toBe(1);
    const wrong = vi.fn(async (_question: CodeRequest) => String(++next));
    expect(await problem(profile('careful'), { promptForCode: wrong })).toMatchObject({
      code: 'unauthorized',
      field: 'awsProfile',
      params: { why: 'mfa' },
    });
    expect(wrong.mock.calls.map(([{ refused }]) => refused)).toEqual([undefined, 'wrong', 'wrong']);
  });

  test('a background check asks for no code, reports that, and uses the keys that an earlier code gave', async () => {
    const ask = vi.fn(async () => nextCode());
    const destination = await fixture.connect(profile('careful'), { promptForCode: ask });
    await expect(destination.check(neverAborted, { promptMode: 'background' })).rejects.toMatchObject({
      error: { code: 'secret-missing', params: { why: 'mfa' } },
    });
    expect(ask).not.toHaveBeenCalled();
    // A later check with a prompt asks for a code immediately.
    await destination.check(neverAborted);
    expect(ask).toHaveBeenCalledTimes(1);
    await destination.check(neverAborted, { promptMode: 'background' });
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test('errors: no prompt is possible, the user does not answer, the user cancels', async () => {
    const missing = { code: 'secret-missing', field: 'awsProfile', params: { why: 'mfa', profile: 'careful' } };
    const seen = await problem(profile('careful'));
    expect(seen).toMatchObject(missing);
    expect(errorText(seen).what).toBe('The AWS profile “careful” needs a code from your device.');
    expect(
      await problem(profile('careful'), {
        promptForCode: async () => {
          throw failure('secret-missing');
        },
      }),
    ).toMatchObject(missing);
    expect(
      await problem(profile('careful'), {
        promptForCode: async () => {
          throw failure('canceled');
        },
      }),
    ).toMatchObject({ code: 'canceled' });
    expect(fixture.sts.requests).toEqual([]);
  });
});

describe('programs', () => {
  const run = (command: string, limitMs = 20_000) =>
    processCredentials(command, { computer: createComputer(process.env), signal: neverAborted }, limitMs);
  const refusal = async (command: string, limitMs?: number): Promise<unknown> =>
    run(command, limitMs).catch((cause: unknown) => (cause instanceof CredentialProcessError ? cause.why : cause));

  test('runs without a shell: shell syntax is passed on as plain arguments', async () => {
    const made = path.join(fixture.folder, 'made');
    await run(
      `"${path.join(fixture.folder, 'print.sh')}" "${path.join(fixture.folder, 'printed.json')}" ; touch ${made} & $(touch ${made}) \`touch ${made}\``,
    );
    expect(existsSync(made)).toBe(false);
  });

  test('a program that takes too long is ended, with its children', async () => {
    const alive = path.join(fixture.folder, 'alive');
    const script = path.join(fixture.folder, 'slow.sh');
    writeFileSync(script, `#!/bin/sh\n(while :; do date +%N > '${alive}'; sleep 0.05; done) &\nwait\n`, {
      mode: 0o755,
    });
    expect(await refusal(script, 2000)).toBe('processSlow');
    const last = readFileSync(alive, 'utf8');
    await sleep(400);
    expect(readFileSync(alive, 'utf8')).toBe(last);
  });

  test('invalid output', async () => {
    expect(await refusal('/bin/echo {"Version":2}')).toBe('process');
    expect(await refusal('/bin/echo nonsense')).toBe('process');
    expect(await refusal('/bin/false')).toBe('process');
    expect(await refusal('/nowhere/program')).toBe('process');
    expect(await refusal('')).toBe('process');
    await fixture.writeProfiles({ config: '[profile broken]\ncredential_process = /bin/false\n' });
    const seen = await problem(profile('broken'));
    expect(seen).toMatchObject({
      code: 'secret-missing',
      field: 'awsProfile',
      params: { why: 'process', profile: 'broken' },
    });
  });

  test('splits words as the AWS tools do', () => {
    expect(splitCommand(`/opt/a\\ b/x --name "it's \\"so\\"" 'a "b" $c' d"e f"g`, 'linux')).toEqual([
      '/opt/a b/x',
      '--name',
      'it\'s "so"',
      'a "b" $c',
      'de fg',
    ]);
    expect(splitCommand('"C:\\Program Files\\x.exe" --dir C:\\keys "a \\"b\\""', 'win32')).toEqual([
      'C:\\Program Files\\x.exe',
      '--dir',
      'C:\\keys',
      'a "b"',
    ]);
    expect(splitCommand('  ', 'linux')).toEqual([]);
  });
});

describe('IAM Identity Center sign-ins that the AWS tools share', () => {
  const file = (): string => ssoCacheFile(fixture.folder, 'corp');
  const inAnHour = (): string => formatTimestamp(Date.now() + 3_600_000);

  async function register(): Promise<{ clientId: string; clientSecret: string }> {
    const answer = await fetch(`${fixture.sso.url}/client/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ clientName: 'aws', clientType: 'public', scopes: ['sso:account:access'] }),
    });
    return answer.json() as Promise<{ clientId: string; clientSecret: string }>;
  }

  /** The cache that `aws sso login` leaves; its access token has expired. */
  async function writeTokenCache(more: object = {}): Promise<void> {
    const { clientId, clientSecret } = await register();
    const token = async (body: object): Promise<Record<string, string>> =>
      (
        await fetch(`${fixture.sso.url}/token`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ clientId, clientSecret, ...body }),
        })
      ).json() as Promise<Record<string, string>>;
    const device_ = (await (
      await fetch(`${fixture.sso.url}/device_authorization`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ clientId, clientSecret, startUrl: ssoStartUrl }),
      })
    ).json()) as { deviceCode: string };
    fixture.sso.approve();
    const { accessToken, refreshToken } = await token({
      grantType: 'urn:ietf:params:oauth:grant-type:device_code',
      deviceCode: device_.deviceCode,
    });
    mkdirSync(path.dirname(file()), { recursive: true });
    writeFileSync(
      file(),
      JSON.stringify({
        startUrl: ssoStartUrl,
        region: 'us-west-2',
        accessToken,
        expiresAt: formatTimestamp(Date.now() - 1000),
        clientId,
        clientSecret,
        registrationExpiresAt: inAnHour(),
        refreshToken,
        theirs: 'stays',
        ...more,
      }),
      { mode: 0o644 },
    );
    fixture.sso.requests.length = 0;
  }

  test('an expired token is renewed and written back to a file that only its owner can read', async () => {
    await writeTokenCache();
    await Promise.all([check(profile('session')), check(profile('session')), check(profile('session'))]);
    expect(fixture.sso.calls('/token')).toHaveLength(1);
    const cached = JSON.parse(readFileSync(file(), 'utf8')) as Record<string, string>;
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(cached.theirs).toBe('stays');
    expect(Date.parse(cached.expiresAt!)).toBeGreaterThan(Date.now());
    expect(readdirSync(path.dirname(file()))).toEqual([path.basename(file())]);
    await check(profile('session'));
    expect(fixture.sso.calls('/token')).toHaveLength(1);
  });

  test('a valid token is not written', async () => {
    await writeTokenCache({ expiresAt: inAnHour() });
    const before = readFileSync(file(), 'utf8');
    await check(profile('session'));
    expect(readFileSync(file(), 'utf8')).toBe(before);
    expect(fixture.sso.calls('/token')).toEqual([]);
  });

  test('a session that another program ended is renewed once', async () => {
    await writeTokenCache({ expiresAt: inAnHour() });
    fixture.sso.revoke();
    await check(profile('session'));
    expect(fixture.sso.calls('/token')).toHaveLength(1);
  });

  test.each<[string, () => Promise<void> | void]>([
    ['without a sign-in', () => undefined],
    ['nothing to renew it with', () => writeTokenCache({ refreshToken: undefined })],
    [
      'the registration has ended',
      () => writeTokenCache({ registrationExpiresAt: formatTimestamp(Date.now() - 1000) }),
    ],
    [
      'the session is over',
      async () => {
        await writeTokenCache();
        fixture.sso.endSession();
      },
    ],
    [
      'what is there is no token',
      () => {
        mkdirSync(path.dirname(file()), { recursive: true });
        writeFileSync(file(), '{"half":');
      },
    ],
  ])('%s: sign in again', async (_, before) => {
    await before();
    expect(await problem(profile('session'))).toMatchObject({
      code: 'session-expired',
      field: 'awsProfile',
      params: { why: 'profile', profile: 'session' },
    });
  });

  test('a role that the user may not use', async () => {
    await writeTokenCache({ expiresAt: inAnHour() });
    await fixture.writeProfiles({
      config: `[profile admin]\nservices = here\nsso_session = corp\nsso_account_id = ${accountId}\nsso_role_name = Admin\n`,
    });
    expect(await problem(profile('admin'))).toMatchObject({
      code: 'forbidden',
      field: 'awsProfile',
      params: { why: 'ssoRole', role: 'Admin', account: accountId },
    });
  });
});

describe('instance and container credentials', () => {
  test('an instance without a role, and a computer that is not an instance', async () => {
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', fixture.instance.url);
    fixture.instance.state.role = '';
    expect(await problem({ credentials: 'instance' })).toMatchObject({
      code: 'secret-missing',
      field: 'credentials',
      params: { why: 'instanceRole' },
    });
    fixture.instance.state.role = 'instance-role';
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', 'http://127.0.0.1:9');
    expect(await problem({ credentials: 'instance' })).toMatchObject({
      code: 'secret-missing',
      field: 'credentials',
      params: { why: 'instance' },
    });
  });

  test('a container: without its variables, with a wrong token, and never at a foreign address', async () => {
    const missing = { code: 'secret-missing', field: 'credentials', params: { why: 'container' } };
    expect(await problem({ credentials: 'container' })).toMatchObject(missing);
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${fixture.container.url}/v1/credentials`);
    expect(await problem({ credentials: 'container' })).toMatchObject(missing);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'container-token');
    for (const address of [
      'http://198.51.100.7/v1/credentials',
      'http://localhost.example.com/',
      'ftp://127.0.0.1/',
      'nonsense',
    ]) {
      vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', address);
      expect(await problem({ credentials: 'container' }), address).toMatchObject(missing);
    }
  });

  test('the token of a container in a file is read each time', async () => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${fixture.container.url}/v1/credentials`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', path.join(fixture.folder, 'token'));
    writeFileSync(path.join(fixture.folder, 'token'), 'old\n');
    expect(await problem({ credentials: 'container' })).toMatchObject({ code: 'secret-missing' });
    writeFileSync(path.join(fixture.folder, 'token'), 'container-token\n');
    await check({ credentials: 'container' });
  });
});
