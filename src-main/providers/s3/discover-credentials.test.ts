/** S3 credentials that a computer already has. Hoist finds them and uses them where they are. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AppError } from '../../../src-shared/errors.ts';
import type { CheckReport, FieldValues } from '../../../src-shared/profile.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { createComputer, type Computer } from '../../platform/computer.ts';
import { TestPractice } from '../../practice/testing/test-practice.ts';
import { validateValues, connectDestination } from '../destination/connect.ts';
import { testDestination } from '../destination/test-destination.ts';
import type { DiscoveredCredentials } from '../contract/provider.ts';
import { suggestValues } from '../destination/suggest.ts';
import { listAwsProfiles, readAwsConfig } from './aws-config.ts';
import { s3 } from './index.ts';
import { s3TestPorts } from './testing/subject.ts';

const hour = 3_600_000;
const home = path.resolve('/home/ann');
const computer = (files: Record<string, string | undefined>, env: Record<string, string> = {}): Computer => ({
  env,
  home,
  platform: 'linux',
  read: (file) => files[path.isAbsolute(file) ? path.relative(home, file) : file],
});
const discover = (files: Record<string, string | undefined>, env?: Record<string, string>): DiscoveredCredentials[] =>
  s3.discoverCredentials(computer(files, env));

/** The secrets in these files contain `canary`, so that the tests find a secret in any output. */
const credentials = `[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = canary-default/=+
[work]
aws_access_key_id=AKIDWORK
aws_secret_access_key=canary-work`;
const config = `[profile work]
region = eu-central-1 # a comment
[profile "with blanks"]
credential_process = /usr/bin/keys --now
[profile role]
role_arn = arn:aws:iam::1:role/x
source_profile = work
[profile nothing]
region = eu-west-1
[profile minio]
services = mine
region = us-east-1
aws_access_key_id = AKIDMINIO
aws_secret_access_key = canary-minio
[services mine]
s3 =
  endpoint_url = http://127.0.0.1:9000
  addressing_style = path
dynamodb =
  endpoint_url = http://127.0.0.1:8000
[sso-session corp]
sso_region = us-east-1`;

describe('AWS profiles', () => {
  test('are offered by name and source, without a secret, and need a bucket', () => {
    const discovered = discover({ '.aws/credentials': credentials, '.aws/config': config });
    expect(discovered.map(({ name, from, use, needs }) => [name, from, use, needs])).toEqual([
      ['default', '~/.aws/credentials', 'reference', ['bucket']],
      ['work', '~/.aws/credentials', 'reference', ['bucket']],
      ['with blanks', '~/.aws/config', 'reference', ['bucket']],
      ['role', '~/.aws/config', 'reference', ['bucket']],
      ['minio', '~/.aws/config', 'reference', ['bucket']],
    ]);
    expect(new Set(discovered.map(({ id }) => id)).size).toBe(discovered.length);
    expect(JSON.stringify(discovered)).not.toContain('canary');
    for (const { values } of discovered)
      expect(() => validateValues(s3, { ...values, bucket: 'photos' })).not.toThrow();
  });

  test('get their region and endpoint from both files, also from a services section', () => {
    const profiles = listAwsProfiles(computer({ '.aws/credentials': credentials, '.aws/config': config }));
    const findProfile = (wanted: string) => profiles.find(({ name }) => name === wanted);
    expect(findProfile('work')).toMatchObject({ region: 'eu-central-1', from: '~/.aws/credentials' });
    expect(findProfile('work')).not.toHaveProperty('endpoint');
    expect(findProfile('minio')).toMatchObject({ endpoint: 'http://127.0.0.1:9000' });
  });

  test('may contain comment characters in commands and paths, but not in other values', () => {
    const profile = readAwsConfig(
      computer({
        '.aws/config': `[default]
credential_process = /bin/keys --vault "team #4 ; shared"
ca_bundle = /etc/my #1 ca.pem
web_identity_token_file = /run/a ;b
region = eu-west-1 # a comment
ignore_configured_endpoint_urls = true
endpoint_url = http://127.0.0.1:9`,
      }),
    ).profile('default');
    expect(profile?.('credential_process')).toBe('/bin/keys --vault "team #4 ; shared"');
    expect(profile?.('ca_bundle')).toBe('/etc/my #1 ca.pem');
    expect(profile?.('web_identity_token_file')).toBe('/run/a ;b');
    expect(profile?.('region')).toBe('eu-west-1');
  });

  test('have no endpoint if the profile ignores endpoints', () => {
    const files = {
      '.aws/config': '[default]\nignore_configured_endpoint_urls = true\nendpoint_url = http://127.0.0.1:9',
    };
    expect(listAwsProfiles(computer(files))[0]).not.toHaveProperty('endpoint');
  });

  test('are read from the paths in the AWS environment variables', () => {
    const env = { AWS_SHARED_CREDENTIALS_FILE: path.join(home, 'keys', 'mine'), AWS_CONFIG_FILE: '/etc/aws' };
    expect(
      discover({ 'keys/mine': credentials, '.aws/config': config }, env).map(({ name, from }) => [name, from]),
    ).toEqual([
      ['default', '~/keys/mine'],
      ['work', '~/keys/mine'],
    ]);
  });

  test('are not offered if the files are missing, empty or invalid', () => {
    for (const files of [
      {},
      { '.aws/credentials': '' },
      { '.aws/credentials': '\u0000\u0001[[[\n=\n]' },
      { '.aws/config': '{"json": true}' },
    ])
      expect(discover(files)).toEqual([]);
  });
});

describe('rclone remotes', () => {
  const conf = `[r2]
type = s3
provider = Cloudflare
access_key_id = AKIDR2
secret_access_key = canary-r2
endpoint = https://abc.r2.cloudflarestorage.com
[shots]
type = alias
remote = r2:photos/shots
[box]
type = dropbox
token = {"access_token":"canary-token"}`;
  test('are offered as copies if they are S3 remotes or aliases of S3 remotes', () => {
    const discovered = discover({ '.config/rclone/rclone.conf': conf });
    expect(discovered.map(({ name, from, use, needs }) => [name, from, use, needs])).toEqual([
      ['r2', '~/.config/rclone/rclone.conf', 'copy', ['bucket']],
      ['shots', '~/.config/rclone/rclone.conf', 'copy', undefined],
    ]);
    expect(() => validateValues(s3, discovered[1]!.values)).not.toThrow();
    expect(discovered[1]?.values).toMatchObject({ bucket: 'photos', prefix: 'shots', secretAccessKey: 'canary-r2' });
  });
  test('are read from the file that RCLONE_CONFIG names, and not from an encrypted file', () => {
    expect(
      discover(
        { 'elsewhere.conf': conf, '.config/rclone/rclone.conf': '[x]\ntype = s3' },
        { RCLONE_CONFIG: path.join(home, 'elsewhere.conf') },
      ),
    ).toHaveLength(2);
    expect(discover({ '.config/rclone/rclone.conf': 'RCLONE_ENCRYPT_V0:\nabc' })).toEqual([]);
  });
});

test('environment variables are offered as a destination, which needs a bucket if no variable names one', () => {
  const env = { AWS_S3_BUCKET: 'photos', AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'canary-env' };
  expect(discover({}, env)).toMatchObject([{ id: 's3-environment', from: 'AWS_S3_BUCKET', use: 'environment' }]);
  expect(discover({}, env)[0]?.needs).toEqual([]);
  expect(discover({}, { ...env, AWS_S3_BUCKET: '', AWS_REGION: 'eu-west-1' })).toMatchObject([
    { id: 's3-environment', from: 'AWS_ACCESS_KEY_ID', needs: ['bucket'], values: { region: 'eu-west-1' } },
  ]);
  expect(discover({}, { ...env, AWS_SECRET_ACCESS_KEY: '' })).toEqual([]);
});

describe('a destination with an AWS profile', () => {
  let practice: TestPractice;
  let folder: string;
  beforeAll(async () => {
    practice = await TestPractice.start();
    folder = await mkdtemp(path.join(os.tmpdir(), 'hoist-aws-'));
    await mkdir(path.join(folder, '.aws'));
  });
  afterAll(async () => {
    await practice.stop();
    await rm(folder, { recursive: true });
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const write = async (files: { credentials?: string; config?: string }): Promise<void> => {
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path.join(folder, '.aws', 'credentials'));
    vi.stubEnv('AWS_CONFIG_FILE', path.join(folder, '.aws', 'config'));
    await writeFile(path.join(folder, '.aws', 'credentials'), files.credentials ?? '');
    await writeFile(path.join(folder, '.aws', 'config'), files.config ?? '');
  };
  const keys = (secret = practice.address.secretAccessKey): string =>
    `[work]\naws_access_key_id = ${practice.address.accessKeyId}\naws_secret_access_key = ${secret}\n`;
  const awsConfigText = (): string =>
    `[profile work]\nregion = ${practice.address.region}\nendpoint_url = ${practice.address.endpoint}\n`;
  const checkProfile = (rest: FieldValues = {}): Promise<CheckReport> =>
    testDestination(
      s3,
      { credentials: 'profile', awsProfile: 'work', bucket: practice.address.bucket, linkKind: 'expiring', ...rest },
      s3TestPorts,
    );
  const failedStep = (report: CheckReport): { step: string; error: AppError } =>
    report.results.find(({ outcome }) => outcome === 'failed') as { step: string; error: AppError };

  test('needs only a bucket: keys, region and endpoint come from the files', async () => {
    await write({ credentials: keys(), config: awsConfigText() });
    expect((await checkProfile()).ok).toBe(true);
  });

  test('ignores environment variables for other programs', async () => {
    await write({ credentials: keys(), config: awsConfigText() });
    for (const [name, value] of Object.entries({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
      AWS_REGION: 'eu-west-9',
      AWS_DEFAULT_REGION: 'eu-west-9',
      AWS_PROFILE: 'unknown',
      AWS_ACCESS_KEY_ID: 'OTHER',
      AWS_SECRET_ACCESS_KEY: 'other',
    }))
      vi.stubEnv(name, value);
    expect((await checkProfile()).ok).toBe(true);
  });

  test('uses the values of the form rather than those of the profile', async () => {
    await write({
      credentials: keys(),
      config: awsConfigText().replace(/endpoint_url = .*/, 'endpoint_url = http://127.0.0.1:9'),
    });
    expect(failedStep(await checkProfile())).toMatchObject({
      step: 'sign-in',
      error: { code: 'unreachable', params: { host: '127.0.0.1:9' } },
    });
    expect((await checkProfile({ endpoint: practice.address.endpoint })).ok).toBe(true);
  });

  test('uses changed keys of the file at the next connection', async () => {
    await write({ credentials: keys('old-secret'), config: awsConfigText() });
    expect(failedStep(await checkProfile())).toMatchObject({
      step: 'sign-in',
      error: { code: 'unauthorized', field: 'awsProfile' },
    });
    await write({ credentials: keys(), config: awsConfigText() });
    expect((await checkProfile()).ok).toBe(true);
  });

  test.each<[string, { credentials?: string; config?: string }, string, string, RegExp]>([
    [
      'that no longer exists',
      { config: '[profile other]\nregion = x' },
      'settings',
      'secret-missing',
      /no AWS profile “work”/,
    ],
    [
      'without keys',
      { config: '[profile work]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:9' },
      'sign-in',
      'secret-missing',
      /provides no key/,
    ],
    [
      'with half a key',
      { credentials: '[work]\naws_access_key_id = AKID', config: '[profile work]\nendpoint_url = http://127.0.0.1:9' },
      'sign-in',
      'secret-missing',
      /provides no key/,
    ],
    [
      'with an invalid address',
      {
        credentials: '[work]\naws_access_key_id = AKID\naws_secret_access_key = canary-x',
        config: '[profile work]\nendpoint_url = nonsense here',
      },
      'settings',
      'invalid-input',
      /isn’t valid/,
    ],
  ])('fails for a profile %s', async (_, files, step, code, sentence) => {
    await write(files);
    const { step: failedAt, error } = failedStep(await checkProfile());
    expect([failedAt, error.code, error.field]).toEqual([step, code, 'awsProfile']);
    expect(errorText(error).what).toMatch(sentence);
    expect(JSON.stringify(error)).not.toContain('canary');
  });

  test('creates links that expire together with temporary keys', async () => {
    const expiration = new Date(Date.now() + hour);
    const programOutput = {
      Version: 1,
      AccessKeyId: 'ASIATEMPORARY',
      SecretAccessKey: 'canary-temporary',
      SessionToken: 'token',
      Expiration: expiration.toISOString(),
    };
    await writeFile(path.join(folder, 'keys.json'), JSON.stringify(programOutput));
    await write({
      config: `[profile work]\ncredential_process = cat "${path.join(folder, 'keys.json')}"\nendpoint_url = ${practice.address.endpoint}\n`,
    });
    const destination = await connectDestination(
      s3,
      { credentials: 'profile', awsProfile: 'work', bucket: 'photos', linkKind: 'expiring' },
      { ...s3TestPorts, isProgramAllowed: () => true },
    );
    const { url, expiresAt } = await destination.link(
      { v: 1, bucket: 'photos', key: 'a.txt', size: 1 },
      new AbortController().signal,
    );
    expect(expiresAt).toBeGreaterThan(expiration.getTime() - 60_000);
    expect(expiresAt).toBeLessThanOrEqual(expiration.getTime());
    expect(new URL(url).searchParams.get('X-Amz-Security-Token')).toBe('token');
    expect(url).not.toContain('canary');
    destination.close();
  });

  test('saves only the name of the profile', () => {
    const saved = validateValues(s3, {
      credentials: 'profile',
      awsProfile: ' work ',
      accessKeyId: 'AKIDLEFT',
      secretAccessKey: 'left-over',
      bucket: 'photos',
      linkKind: 'expiring',
    });
    expect(saved).toMatchObject({ credentials: 'profile', awsProfile: 'work', bucket: 'photos' });
    expect(Object.keys(saved)).not.toContain('accessKeyId');
    expect(Object.keys(saved)).not.toContain('secretAccessKey');
  });

  test('suggests profiles, regions of the service, and buckets of the key', async () => {
    await write({ credentials: keys(), config: awsConfigText() });
    const thisComputer = createComputer(process.env);
    const suggest = (field: string, values: FieldValues): Promise<string[]> =>
      suggestValues(s3, { field, values, computer: thisComputer }, s3TestPorts);
    expect(await suggest('awsProfile', {})).toEqual(['work']);
    expect(await suggest('region', {})).toContain('eu-central-1');
    expect(await suggest('region', { endpoint: 'https://s3.{region}.wasabisys.com' })).toContain('eu-central-2');
    expect(await suggest('region', { endpoint: 'https://minio.example.com' })).toEqual([]);
    expect(await suggest('bucket', { credentials: 'profile', awsProfile: 'work' })).toEqual([practice.address.bucket]);
    await expect(suggest('bucket', { credentials: 'profile', awsProfile: 'unknown' })).rejects.toMatchObject({
      error: { code: 'secret-missing' },
    });
    await expect(
      suggest('bucket', { accessKeyId: 'AKID', secretAccessKey: '', endpoint: practice.address.endpoint }),
    ).rejects.toMatchObject({ error: { code: 'invalid-input', field: 'secretAccessKey' } });
    await expect(
      suggest('bucket', { accessKeyId: 'AKIDUNKNOWN', secretAccessKey: 'x', endpoint: practice.address.endpoint }),
    ).rejects.toMatchObject({ error: { code: 'unauthorized' } });
  });
});

test('the form requires at most four values for Amazon and five for other services', () => {
  const alwaysRequired = s3.fields.filter(
    ({ required, advanced, showWhen, group }) =>
      required && !advanced && group !== 'links' && (showWhen === undefined || showWhen.is.includes('keys')),
  );
  expect(alwaysRequired.map(({ key }) => key)).toEqual(['accessKeyId', 'secretAccessKey', 'bucket']);
  for (const { id, asks } of s3.presets)
    expect(alwaysRequired.length + asks.length, id).toBeLessThanOrEqual(id === 'aws' ? 4 : 5);
  // Every service that users do not run themselves has a page where they create keys.
  const selfHosted = ['minio', 'rustfs', 'garage', 'seaweedfs', 'versitygw', 'ceph', 'custom'];
  for (const { id, page } of s3.presets)
    expect(page ?? 'none', id).toMatch(selfHosted.includes(id) ? /^none$/ : /^https:\/\//);
});
