/** The kinds of AWS profiles: their requests, and the errors that the user sees. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import { AppFailure, failure, type AppError } from '../../../../src-shared/errors.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import { errorText } from '../../../../src-shared/text/text.ts';
import { createComputer } from '../../../platform/computer.ts';
import type { CodeRequest, DriverPorts } from '../../contract/provider.ts';
import { accountId, AwsFixture, mfaDevice, ssoStartUrl } from '../testing/aws-fixture.ts';
import { processCredentials, CredentialProcessError, splitCommand } from './profile-process.ts';
import { roleCacheFile } from './role-cache.ts';
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

/** The cache of the AWS command line. */
const cacheFolder = (): string => path.join(fixture.folder, '.aws', 'cli', 'cache');

const profileValues = (awsProfile: string): FieldValues => ({ credentials: 'profile', awsProfile });

/** Connects a destination with these values and checks it. */
async function check(values: FieldValues, ports: Partial<DriverPorts> = {}): Promise<void> {
  const destination = await fixture.connect(values, ports);
  await destination.check(neverAborted);
}

/** Returns the error of a check. */
async function checkError(values: FieldValues, ports: Partial<DriverPorts> = {}): Promise<AppError> {
  const cause = await check(values, ports).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(cause).toBeInstanceOf(AppFailure);
  const { error } = cause as AppFailure;
  expect(JSON.stringify(error)).not.toMatch(/user-secret|token-\d/);
  const { what, remedy } = errorText(error);
  for (const sentence of [what, remedy]) expect(sentence).toMatch(/^[\p{Lu}\d][^{}]+[.]$/u);
  return error;
}

describe('a profile with a role', () => {
  test('requests each role of a chain with the keys of the previous role', async () => {
    await check(profileValues('chained'));
    const calls = fixture.sts.calls('AssumeRole');
    expect(calls.map((form) => [form.get('RoleArn'), form.get('ExternalId'), form.get('DurationSeconds')])).toEqual([
      [`arn:aws:iam::${accountId}:role/plain`, null, '3600'],
      [`arn:aws:iam::${accountId}:role/chained`, 'from-us', '3600'],
    ]);
    expect(calls[0]?.get('RoleSessionName')).toMatch(/^hoist-\d+$/);
  });

  test('ignores environment variables for other programs', async () => {
    for (const [name, value] of Object.entries({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
      AWS_PROFILE: 'unknown',
      AWS_REGION: 'xx-nowhere-9',
      AWS_ACCESS_KEY_ID: 'OTHER',
      AWS_SECRET_ACCESS_KEY: 'other',
      AWS_SESSION_TOKEN: 'other',
      AWS_ROLE_ARN: 'arn:aws:iam::1:role/other',
      AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/',
    }))
      vi.stubEnv(name, value);
    for (const name of ['plain', 'web', 'program']) await check(profileValues(name));
  });

  test('requests the role at the endpoint in the profile', async () => {
    await fixture.writeProfiles({
      config: `[profile whole]\nrole_arn = arn:aws:iam::${accountId}:role/plain\nsource_profile = user\nendpoint_url = ${fixture.sts.url}\n`,
    });
    await check(profileValues('whole'));
    expect(fixture.sts.calls('AssumeRole')).toHaveLength(1);
  });

  test.each<[string, string, object, RegExp]>([
    [
      'that the user may not assume',
      'role_arn = arn:aws:iam::123456789012:role/forbidden\nsource_profile = user',
      { code: 'forbidden', params: { why: 'profileRole' } },
      /isn’t allowed to assume its role/,
    ],
    [
      'that needs an external ID',
      'role_arn = arn:aws:iam::123456789012:role/chained\nsource_profile = plain',
      { code: 'forbidden' },
      /isn’t allowed to assume its role/,
    ],
    [
      'that another role assumes for more than an hour',
      'role_arn = arn:aws:iam::123456789012:role/chained\nsource_profile = plain\nexternal_id = from-us\nduration_seconds = 7200',
      { code: 'rejected' },
      /doesn’t issue keys for the role/,
    ],
    [
      'whose source profile has unknown keys',
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
      'whose token file does not exist',
      'role_arn = arn:aws:iam::123456789012:role/web\nweb_identity_token_file = /nowhere/token',
      { code: 'secret-missing', params: { why: 'tokenFile' } },
      /token file/,
    ],
  ])('reports a role %s', async (_, lines, expectedError, sentence) => {
    await fixture.writeProfiles({
      config: `[profile mine]\n${lines}\nservices = here\n[profile other]\nrole_arn = arn:aws:iam::${accountId}:role/plain\nsource_profile = mine\nservices = here\n`,
      credentials: '[unknown]\naws_access_key_id = AKIAUNKNOWN\naws_secret_access_key = user-secret\n',
    });
    const error = await checkError(profileValues('mine'));
    expect(error).toMatchObject({ field: 'awsProfile', ...expectedError });
    expect(errorText(error).what).toMatch(sentence);
  });

  test('uses the keys in the environment if the profile refers to them', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAUSER');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'user-secret');
    await fixture.writeProfiles({
      config: `[profile mine]\nrole_arn = arn:aws:iam::${accountId}:role/plain\ncredential_source = Environment\nservices = here\n`,
    });
    await check(profileValues('mine'));
  });

  test('reports the host of STS if STS does not answer', async () => {
    await fixture.writeProfiles({
      config: `[services unreachable]\nsts =\n  endpoint_url = http://127.0.0.1:9\n[profile mine]\nrole_arn = arn:aws:iam::${accountId}:role/plain\nsource_profile = user\nservices = unreachable\n`,
    });
    expect(await checkError(profileValues('mine'))).toMatchObject({
      code: 'unreachable',
      field: 'awsProfile',
      params: { host: '127.0.0.1:9' },
    });
  });
});

describe('a role that needs an MFA code', () => {
  let lastCode = 200_000;
  const nextCode = (): string => {
    const code = String(++lastCode);
    fixture.sts.config.codes.add(code);
    return code;
  };

  test('prompts for a code of the device, and accepts a code with blanks', async () => {
    const promptForCode = vi.fn(async () => nextCode().replace(/^.../, '$& '));
    await check(profileValues('careful'), { promptForCode });
    expect(promptForCode).toHaveBeenCalledExactlyOnceWith({ kind: 'mfa', device: mfaDevice }, expect.any(AbortSignal));
  });

  test('prompts again after a wrong, a used and an invalid code', async () => {
    const used = nextCode();
    await check(profileValues('careful'), { promptForCode: async () => used });
    rmSync(cacheFolder(), { recursive: true });
    const typedCodes = ['not a code', used, nextCode()];
    const promptForCode = vi.fn(async (_request: CodeRequest) => typedCodes.shift() ?? '');
    const requestsBefore = fixture.sts.calls('AssumeRole').length;
    await check(profileValues('careful'), { promptForCode });
    expect(promptForCode.mock.calls.map(([{ refused }]) => refused)).toEqual([undefined, 'shape', 'used']);
    // Only the new code is sent.
    expect(fixture.sts.calls('AssumeRole').length - requestsBefore).toBe(1);
    rmSync(cacheFolder(), { recursive: true });
    const promptForWrongCode = vi.fn(async (_request: CodeRequest) => String(++lastCode));
    expect(await checkError(profileValues('careful'), { promptForCode: promptForWrongCode })).toMatchObject({
      code: 'unauthorized',
      field: 'awsProfile',
      params: { why: 'mfa' },
    });
    expect(promptForWrongCode.mock.calls.map(([{ refused }]) => refused)).toEqual([undefined, 'wrong', 'wrong']);
  });

  test('fails in a background check until the user has entered a code in another check', async () => {
    const promptForCode = vi.fn(async () => nextCode());
    const destination = await fixture.connect(profileValues('careful'), { promptForCode });
    await expect(destination.check(neverAborted, { promptMode: 'background' })).rejects.toMatchObject({
      error: { code: 'secret-missing', params: { why: 'mfa' } },
    });
    expect(promptForCode).not.toHaveBeenCalled();
    // The failed background check does not delay the prompt of the next check.
    await destination.check(neverAborted);
    expect(promptForCode).toHaveBeenCalledTimes(1);
    await destination.check(neverAborted, { promptMode: 'background' });
    expect(promptForCode).toHaveBeenCalledTimes(1);
  });

  test('fails if no prompt is possible, if the user does not answer, and if the user cancels', async () => {
    const missing = { code: 'secret-missing', field: 'awsProfile', params: { why: 'mfa', profile: 'careful' } };
    const error = await checkError(profileValues('careful'));
    expect(error).toMatchObject(missing);
    expect(errorText(error).what).toBe('The AWS profile “careful” needs a code from your device.');
    expect(
      await checkError(profileValues('careful'), {
        promptForCode: async () => {
          throw failure('secret-missing');
        },
      }),
    ).toMatchObject(missing);
    expect(
      await checkError(profileValues('careful'), {
        promptForCode: async () => {
          throw failure('canceled');
        },
      }),
    ).toMatchObject({ code: 'canceled' });
    expect(fixture.sts.requests).toEqual([]);
  });
});

describe('the cache that the AWS command line shares', () => {
  const calls = (): number => fixture.sts.calls('AssumeRole').length;

  test('serves later connections with one code, from a file that only its owner can read', async () => {
    fixture.sts.config.codes.add('123456');
    const promptForCode = vi.fn(async () => '123456');
    await check(profileValues('careful'), { promptForCode });
    const [file = ''] = readdirSync(cacheFolder());
    expect(file).toMatch(/^[\da-f]{40}\.json$/);
    expect(statSync(path.join(cacheFolder(), file)).mode & 0o777).toBe(0o600);
    expect(statSync(cacheFolder()).mode & 0o777).toBe(0o700);
    await check(profileValues('careful'), { promptForCode });
    // A background check, which cannot prompt, works too.
    await check(profileValues('careful'));
    expect([promptForCode.mock.calls.length, calls()]).toEqual([1, 1]);
  });

  test('is not used for credentials that expire within minutes, nor for a damaged file', async () => {
    fixture.sessions.lifetimeMs = 5 * 60_000 - 1;
    await check(profileValues('plain'));
    fixture.sessions.lifetimeMs = 60 * 60_000;
    await check(profileValues('plain'));
    expect(calls()).toBe(2);
    const [file = ''] = readdirSync(cacheFolder());
    for (const damaged of ['', '{', '{"Credentials": {"AccessKeyId": "A"}}', '[]']) {
      const before = calls();
      writeFileSync(path.join(cacheFolder(), file), damaged);
      await check(profileValues('plain'));
      expect(calls()).toBe(before + 1);
    }
  });

  test('is replaced when the store refuses its credentials, and when STS refuses those of a source role', async () => {
    await check(profileValues('chained'));
    fixture.sessions.expireAll();
    expect(calls()).toBe(2);
    await check(profileValues('chained'));
    const afterRenewal = calls();
    expect(afterRenewal).toBeGreaterThan(2);
    await check(profileValues('chained'));
    expect(calls()).toBe(afterRenewal);
  });

  test('has the file names of botocore for every parameter of a profile', () => {
    expect(roleCacheFile('/home/a', { RoleArn: 'arn:aws:iam::1:role/x' })).toBe(
      '/home/a/.aws/cli/cache/4822f6991251fc6fb078b9e88b03e52c9e3ff12d.json',
    );
    expect(
      path.basename(
        roleCacheFile('/home/a', {
          RoleArn: 'arn:aws:iam::1:role/x',
          SerialNumber: 'arn:aws:iam::1:mfa/ü😀\x7f"',
          RoleSessionName: 'me',
          ExternalId: undefined,
          DurationSeconds: 900,
        }),
      ),
    ).toBe('261b1dc4cf668498b9861e29745f440cc77dccbd.json');
  });

  test('that cannot be written does not prevent an upload', async () => {
    mkdirSync(path.join(fixture.folder, '.aws', 'cli'));
    writeFileSync(cacheFolder(), 'a file');
    await check(profileValues('plain'));
    await check(profileValues('plain'));
    expect(calls()).toBe(2);
  });
});

describe('the program of a profile', () => {
  const run = (command: string, limitMs = 20_000) =>
    processCredentials(command, { computer: createComputer(process.env), signal: neverAborted }, limitMs);
  const processError = async (command: string, limitMs?: number): Promise<unknown> =>
    run(command, limitMs).catch((cause: unknown) => (cause instanceof CredentialProcessError ? cause.why : cause));

  test('runs without a shell and gets shell syntax as plain arguments', async () => {
    const marker = path.join(fixture.folder, 'marker');
    await run(
      `"${path.join(fixture.folder, 'print.sh')}" "${path.join(fixture.folder, 'printed.json')}" ; touch ${marker} & $(touch ${marker}) \`touch ${marker}\``,
    );
    expect(existsSync(marker)).toBe(false);
  });

  test('is not found in the current folder or in a relative folder of PATH', async () => {
    const folder = mkdtempSync(path.join(fixture.folder, 'bin-'));
    const marker = path.join(folder, 'marker');
    writeFileSync(path.join(folder, 'get-keys'), `#!/bin/sh\n: > '${marker}'\n`, { mode: 0o755 });
    const relative = path.relative(process.cwd(), folder);
    vi.stubEnv('PATH', `${relative}:.:`);
    for (const command of ['get-keys', `./${relative}/get-keys`, `${relative}/get-keys`])
      expect(await processError(command)).toBe('process');
    expect(existsSync(marker)).toBe(false);
    vi.stubEnv('PATH', `${relative}:${folder}`);
    await processError('get-keys');
    expect(existsSync(marker)).toBe(true);
  });

  test('is stopped together with its child processes if it takes too long', async () => {
    const pipe = path.join(fixture.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const script = path.join(fixture.folder, 'slow.sh');
    writeFileSync(script, `#!/bin/sh\nsleep 600 > '${pipe}' &\nwait\n`, { mode: 0o755 });
    // The pipe ends when the last process that can write to it has ended.
    const ended = once(createReadStream(pipe).resume(), 'end');
    expect(await processError(script, 2000)).toBe('processSlow');
    await ended;
  });

  test('causes an error if it fails or prints no valid credentials', async () => {
    expect(await processError('/bin/echo {"Version":2}')).toBe('process');
    expect(await processError('/bin/echo nonsense')).toBe('process');
    expect(await processError('/bin/false')).toBe('process');
    expect(await processError('/nowhere/program')).toBe('process');
    expect(await processError('')).toBe('process');
    await fixture.writeProfiles({ config: '[profile broken]\ncredential_process = /bin/false\n' });
    const error = await checkError(profileValues('broken'));
    expect(error).toMatchObject({
      code: 'secret-missing',
      field: 'awsProfile',
      params: { why: 'process', profile: 'broken' },
    });
  });

  test('gets its arguments split as the AWS tools split them', () => {
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

describe('a profile with a sign-in at IAM Identity Center', () => {
  const cacheFile = (): string => ssoCacheFile(fixture.folder, 'corp');
  const inAnHour = (): string => formatTimestamp(Date.now() + 3_600_000);

  async function register(): Promise<{ clientId: string; clientSecret: string }> {
    const answer = await fetch(`${fixture.sso.url}/client/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ clientName: 'aws', clientType: 'public', scopes: ['sso:account:access'] }),
    });
    return answer.json() as Promise<{ clientId: string; clientSecret: string }>;
  }

  /** Writes the token cache as `aws sso login` does, with an access token that has expired. */
  async function writeTokenCache(entries: object = {}): Promise<void> {
    const { clientId, clientSecret } = await register();
    const requestToken = async (body: object): Promise<Record<string, string>> =>
      (
        await fetch(`${fixture.sso.url}/token`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ clientId, clientSecret, ...body }),
        })
      ).json() as Promise<Record<string, string>>;
    const device = (await (
      await fetch(`${fixture.sso.url}/device_authorization`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ clientId, clientSecret, startUrl: ssoStartUrl }),
      })
    ).json()) as { deviceCode: string };
    fixture.sso.approve();
    const { accessToken, refreshToken } = await requestToken({
      grantType: 'urn:ietf:params:oauth:grant-type:device_code',
      deviceCode: device.deviceCode,
    });
    mkdirSync(path.dirname(cacheFile()), { recursive: true });
    writeFileSync(
      cacheFile(),
      JSON.stringify({
        startUrl: ssoStartUrl,
        region: 'us-west-2',
        accessToken,
        expiresAt: formatTimestamp(Date.now() - 1000),
        clientId,
        clientSecret,
        registrationExpiresAt: inAnHour(),
        refreshToken,
        otherEntry: 'stays',
        ...entries,
      }),
      { mode: 0o644 },
    );
    fixture.sso.requests.length = 0;
  }

  test('renews an expired token once and writes it to a file that only its owner can read', async () => {
    await writeTokenCache();
    await Promise.all([
      check(profileValues('session')),
      check(profileValues('session')),
      check(profileValues('session')),
    ]);
    expect(fixture.sso.calls('/token')).toHaveLength(1);
    const cached = JSON.parse(readFileSync(cacheFile(), 'utf8')) as Record<string, string>;
    expect(statSync(cacheFile()).mode & 0o777).toBe(0o600);
    expect(cached.otherEntry).toBe('stays');
    expect(Date.parse(cached.expiresAt!)).toBeGreaterThan(Date.now());
    expect(readdirSync(path.dirname(cacheFile()))).toEqual([path.basename(cacheFile())]);
    await check(profileValues('session'));
    expect(fixture.sso.calls('/token')).toHaveLength(1);
  });

  test('does not write a valid token', async () => {
    await writeTokenCache({ expiresAt: inAnHour() });
    const contentBefore = readFileSync(cacheFile(), 'utf8');
    await check(profileValues('session'));
    expect(readFileSync(cacheFile(), 'utf8')).toBe(contentBefore);
    expect(fixture.sso.calls('/token')).toEqual([]);
  });

  test('renews a token once that the portal refuses before it expires', async () => {
    await writeTokenCache({ expiresAt: inAnHour() });
    fixture.sso.revoke();
    await check(profileValues('session'));
    expect(fixture.sso.calls('/token')).toHaveLength(1);
  });

  test.each<[string, () => Promise<void> | void]>([
    ['there was no sign-in', () => undefined],
    ['the token cannot be renewed', () => writeTokenCache({ refreshToken: undefined })],
    [
      'the client registration has expired',
      () => writeTokenCache({ registrationExpiresAt: formatTimestamp(Date.now() - 1000) }),
    ],
    [
      'the session has ended',
      async () => {
        await writeTokenCache();
        fixture.sso.endSession();
      },
    ],
    [
      'the token cache is invalid',
      () => {
        mkdirSync(path.dirname(cacheFile()), { recursive: true });
        writeFileSync(cacheFile(), '{"half":');
      },
    ],
  ])('asks the user to sign in again if %s', async (_, prepare) => {
    await prepare();
    expect(await checkError(profileValues('session'))).toMatchObject({
      code: 'session-expired',
      field: 'awsProfile',
      params: { why: 'profile', profile: 'session' },
    });
  });

  test('reports a role that the user may not use', async () => {
    await writeTokenCache({ expiresAt: inAnHour() });
    await fixture.writeProfiles({
      config: `[profile admin]\nservices = here\nsso_session = corp\nsso_account_id = ${accountId}\nsso_role_name = Admin\n`,
    });
    expect(await checkError(profileValues('admin'))).toMatchObject({
      code: 'forbidden',
      field: 'awsProfile',
      params: { why: 'ssoRole', role: 'Admin', account: accountId },
    });
  });
});

describe('the credentials of the machine', () => {
  test('are missing on an instance without a role, and on a computer that is not an instance', async () => {
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', fixture.instance.url);
    fixture.instance.state.role = '';
    expect(await checkError({ credentials: 'instance' })).toMatchObject({
      code: 'secret-missing',
      field: 'credentials',
      params: { why: 'instanceRole' },
    });
    fixture.instance.state.role = 'instance-role';
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', 'http://127.0.0.1:9');
    expect(await checkError({ credentials: 'instance' })).toMatchObject({
      code: 'secret-missing',
      field: 'credentials',
      params: { why: 'instance' },
    });
  });

  test('are missing in a container without the variables, with a wrong token or with a foreign address', async () => {
    const missing = { code: 'secret-missing', field: 'credentials', params: { why: 'container' } };
    expect(await checkError({ credentials: 'container' })).toMatchObject(missing);
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${fixture.container.url}/v1/credentials`);
    expect(await checkError({ credentials: 'container' })).toMatchObject(missing);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'container-token');
    for (const address of [
      'http://198.51.100.7/v1/credentials',
      'http://localhost.example.com/',
      'ftp://127.0.0.1/',
      'nonsense',
    ]) {
      vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', address);
      expect(await checkError({ credentials: 'container' }), address).toMatchObject(missing);
    }
  });

  test('of a container need a token, which is read from its file each time', async () => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${fixture.container.url}/v1/credentials`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', path.join(fixture.folder, 'token'));
    writeFileSync(path.join(fixture.folder, 'token'), 'old\n');
    expect(await checkError({ credentials: 'container' })).toMatchObject({ code: 'secret-missing' });
    writeFileSync(path.join(fixture.folder, 'token'), 'container-token\n');
    await check({ credentials: 'container' });
  });
});
