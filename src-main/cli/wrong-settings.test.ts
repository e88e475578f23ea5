/**
 * When a setting of an S3 destination is wrong, the window marks its field, and the command line names the option, the
 * command or the environment variable that changes it.
 */
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AppError } from '../../src-shared/errors.ts';
import type { FieldValues } from '../../src-shared/profile.ts';
import { isShown } from '../../src-shared/provider.ts';
import { errorText, text } from '../../src-shared/text/text.ts';
import { TestPractice } from '../practice/testing/test-practice.ts';
import { fieldProblems } from '../providers/destination/field-problems.ts';
import { testDestination } from '../providers/destination/test-destination.ts';
import { s3 } from '../providers/s3/index.ts';
import { s3TestPorts } from '../providers/s3/testing/subject.ts';
import { FaultProxy } from '../providers/testing/fault-proxy.ts';
import { startHttpProxy, type TestProxy } from '../providers/testing/proxies.ts';
import { TlsProxy } from '../providers/testing/tls-proxy.ts';
import { optionName } from './setup/field-options.ts';
import { Shell, testSecretBox, type CommandResult, type RunOptions } from './testing/shell.ts';
import { placeholders, wrongS3Settings, type WrongSetting } from './testing/wrong-s3-settings.ts';

let store: TestPractice;
let proxy: FaultProxy;
let tlsProxy: TlsProxy;
let loginProxy: TestProxy;
let shell: Shell;
/** Port 9, on which no server listens. A free port that this test closes could be taken by another test. */
const closedAddress = 'http://127.0.0.1:9';

beforeAll(async () => {
  store = await TestPractice.start();
  proxy = await FaultProxy.start(store.address.endpoint);
  tlsProxy = await TlsProxy.start(store.address.endpoint);
  loginProxy = await startHttpProxy({ login: { user: 'me', password: 'right' } });
});
afterAll(async () => {
  tlsProxy.stop();
  await loginProxy.stop();
  await proxy.stop();
  await store.stop();
});
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => {
  proxy.setRule();
  shell.remove();
});

const hoist = (args: string[], options: RunOptions = {}): Promise<CommandResult> =>
  shell.run(args, { secretBox: testSecretBox, ...options });

/** Words that only the window has, and words that only a shell has. */
const windowWords = /under Network|marked|“Path-style|“Cache-Control|in the details/;
const shellWords = /(^| )--\w|hoist |AWS_|FAL_KEY/;

function valuesOf({ values }: Pick<WrongSetting, 'values'>): FieldValues {
  const { bucket, region, accessKeyId, secretAccessKey } = store.address;
  const correct = {
    bucket,
    region,
    accessKeyId,
    secretAccessKey,
    endpoint: proxy.url,
    pathStyle: 'true',
    linkKind: 'expiring',
  };
  const addresses: [string, string][] = [
    [placeholders.closed, closedAddress],
    [placeholders.loginProxy, `http://${loginProxy.address}`],
    [placeholders.plain, new URL(proxy.url).host],
    [placeholders.encrypted, new URL(tlsProxy.url).host],
  ];
  return Object.fromEntries(
    Object.entries({ ...correct, ...values })
      .filter(([key]) => values['credentials'] !== 'profile' || !/^(accessKeyId|secretAccessKey)$/.test(key))
      .map(([key, value]) => [
        key,
        addresses.reduce((replaced, [placeholder, address]) => replaced.replace(placeholder, address), value),
      ]),
  );
}

const secretKeys = ['secretAccessKey', 'sessionToken', 'proxyPassword'];

/** `hoist setup add s3` with these values. */
function add(values: FieldValues, ...more: string[]): Promise<CommandResult> {
  const options = Object.entries(values)
    .filter(([key, value]) => !secretKeys.includes(key) && value !== '')
    .flatMap(([key, value]) => (key === 'pathStyle' ? [optionName(key)] : [optionName(key), value]));
  const secrets = secretKeys.flatMap((key) => (values[key] === undefined ? [] : [`${key}=${values[key]}\n`]));
  return hoist(
    [
      'setup',
      'add',
      's3',
      '--name',
      'Work',
      ...options,
      ...(secrets.length > 0 ? ['--secrets-from', '-'] : []),
      ...more,
    ],
    { stdin: Readable.from([secrets.join('')]) },
  );
}

const variables: Record<string, string> = {
  bucket: 'AWS_S3_BUCKET',
  region: 'AWS_REGION',
  endpoint: 'AWS_ENDPOINT_URL',
  pathStyle: 'AWS_S3_PATH_STYLE',
  accessKeyId: 'AWS_ACCESS_KEY_ID',
  secretAccessKey: 'AWS_SECRET_ACCESS_KEY',
  sessionToken: 'AWS_SESSION_TOKEN',
};
const environmentOf = (values: FieldValues): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (variables[key] === undefined ? [] : [[variables[key], value]])),
  );

function upload(setting: WrongSetting, to: string, env: Record<string, string> = {}): Promise<CommandResult> {
  shell.file('a.txt', 'x'.repeat(2000));
  // A piped upload is never retried, so the test does not wait for the retries.
  const source = setting.isRetried ? '-' : 'a.txt';
  const stdin = Readable.from([Buffer.alloc(2000)]);
  return hoist(['upload', source, '--name', 'a.txt', '--to', to], { stdin, env });
}

/** The error that the window gets for the form. */
async function windowError(setting: WrongSetting, values: FieldValues): Promise<AppError | undefined> {
  if (setting.isInvalid) return fieldProblems(s3, values)[0]?.error;
  const { results } = await testDestination(s3, values, s3TestPorts, { destination: 'Work' });
  return results.find(({ outcome }) => outcome === 'failed')?.error;
}

describe.each(wrongS3Settings.map((setting) => [setting.wrong, setting] as const))('a wrong %s', (_, setting) => {
  beforeEach(() => {
    proxy.setRule(setting.rule);
  });

  test('marks its field in the window', async () => {
    const values = valuesOf(setting);
    const error = await windowError(setting, values);
    expect(error?.field, JSON.stringify(error)).toBe(setting.field);
    const field = s3.fields.find(({ key }) => key === setting.field)!;
    expect(text(field.label)).toBe(setting.label);
    expect(isShown(field, { proxy: 'system', ...values })).toBe(true);
    const { what, remedy } = errorText(error!);
    expect(`${what} ${remedy}`).not.toMatch(shellWords);
  });

  test('names its option while it is added', async () => {
    const added = await add(valuesOf(setting));
    expect(added.err).toContain(`(${setting.add})`);
    expect(added.err).not.toMatch(windowWords);
    expect(added.code).toBe(setting.isInvalid ? 2 : 1);
  });

  const isSaved = !setting.isInvalid;
  const failsUploads = isSaved && !setting.isFoundByTestOnly;

  if (failsUploads)
    test('names the command that changes it when an upload fails', async () => {
      expect((await add(valuesOf(setting), '--no-test')).code).toBe(0);
      const uploaded = await upload(setting, 'Work');
      expect(uploaded).toMatchObject({ code: 1, out: '' });
      expect(uploaded.err).toContain(`Fix it with: hoist setup edit Work ${setting.edit}\n`);
      expect(uploaded.err).not.toMatch(windowWords);
    });

  if (failsUploads && setting.variable !== undefined)
    test('names its variable when an upload to the destination of the environment fails', async () => {
      const uploaded = await upload(setting, 'environment', environmentOf(valuesOf(setting)));
      expect(uploaded).toMatchObject({ code: 1, out: '' });
      expect(uploaded.err).toContain(`Set the environment variable ${setting.variable}.\n`);
      expect(uploaded.err).not.toMatch(/hoist setup edit/);
      expect(uploaded.err).not.toMatch(windowWords);
    });

  if (isSaved)
    test('names the command that changes it when the saved destination is tested', async () => {
      await add(valuesOf(setting), '--no-test');
      const tested = await hoist(['setup', 'test', 'Work']);
      expect(tested.out).toContain(`(${setting.edit})`);
      expect(tested.err).toContain(`Fix it with: hoist setup edit Work ${setting.edit}\n`);
      expect(tested.out).not.toMatch(windowWords);
    });
});

const correctValues = (): FieldValues => valuesOf({ values: {} });

test('the variable that is in effect is named, not another one of the same setting', async () => {
  const { AWS_REGION: _, ...env } = environmentOf({ ...correctValues(), region: 'eu-west-9' });
  const uploaded = await hoist(['upload', shell.file('a.txt'), '--to', 'environment'], {
    env: { ...env, AWS_DEFAULT_REGION: 'eu-west-9' },
  });
  expect(uploaded.err).toContain('Set the environment variable AWS_DEFAULT_REGION.\n');
});

test('a wrong AWS_CA_BUNDLE is named once', async () => {
  const env = { ...environmentOf(correctValues()), AWS_CA_BUNDLE: '/no/such/file.pem' };
  const uploaded = await hoist(['upload', shell.file('a.txt'), '--to', 'environment'], { env });
  expect(uploaded).toMatchObject({ code: 1, out: '' });
  expect(uploaded.err.match(/Set .*AWS_CA_BUNDLE/g)).toHaveLength(1);
});

test('a wrong clock names no setting', async () => {
  proxy.setRule(() => ({ kind: 'answer', status: 403, body: '<Error><Code>RequestTimeTooSkewed</Code></Error>' }));
  await add(correctValues(), '--no-test');
  const uploaded = await hoist(['upload', shell.file('a.txt'), '--to', 'Work']);
  expect(uploaded.err).toContain('Set the clock, then try again.');
  expect(uploaded.err).not.toContain('Fix it with');
});

test('an upload that used the next destination names the setting of the first', async () => {
  await add({ ...correctValues(), bucket: 'no-such-bucket-here' }, '--no-test');
  await add({ ...correctValues() }, '--no-test', '--name', 'Other');
  const uploaded = await hoist(['upload', shell.file('a.txt'), '--to', 'Work,Other']);
  expect(uploaded.code, uploaded.err).toBe(0);
  expect(uploaded.err).toContain('Fix it with: hoist setup edit Work --set bucket=…\n');
});

test('the JSON of a failed upload has the field and the command', async () => {
  await add({ ...correctValues(), bucket: 'no-such-bucket-here' }, '--no-test');
  const uploaded = await hoist(['upload', shell.file('a.txt'), '--to', 'Work', '--json']);
  expect(JSON.parse(uploaded.out)).toMatchObject({
    error: { code: 'no-bucket', field: 'bucket', fix: 'Fix it with: hoist setup edit Work --set bucket=…' },
  });
});

test('an upload that fails because of one of several settings names the command that finds it', async () => {
  proxy.setRule(({ headers }) =>
    headers['x-amz-storage-class'] === undefined
      ? undefined
      : { kind: 'answer', status: 400, body: '<Error><Code>InvalidArgument</Code></Error>' },
  );
  await add({ ...correctValues(), storageClass: 'NO_SUCH_CLASS', cacheControl: 'max-age=1' }, '--no-test');
  const uploaded = await hoist(['upload', shell.file('a.txt'), '--to', 'Work']);
  expect(uploaded.err).toContain('Find the setting with: hoist setup test Work\n');
  expect((await hoist(['setup', 'test', 'Work'])).err).toContain('hoist setup edit Work --set storageClass=…\n');
});
