/**
 * When a setting of a Dropbox or fal.ai destination is wrong, the window marks its field, and the command line names
 * the command or the environment variable that changes it.
 */
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FieldValues } from '../../src-shared/profile.ts';
import { isShown } from '../../src-shared/provider.ts';
import { errorText, text } from '../../src-shared/text/text.ts';
import type { Provider } from '../providers/contract/provider.ts';
import { testDestination } from '../providers/destination/test-destination.ts';
import { DropboxFixture, dropboxProviderAt, dropboxTestPorts } from '../providers/dropbox/testing/dropbox-fixture.ts';
import { falProviderAt, falTestKey, startFalFixture, type FalFixture } from '../providers/fal/testing/fal-fixture.ts';
import { FaultProxy, type FaultRule } from '../providers/testing/fault-proxy.ts';
import { optionName } from './setup/field-options.ts';
import { Shell, testSecretBox, type CommandResult, type RunOptions } from './testing/shell.ts';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

interface WrongSetting {
  /** The name of the wrong setting in the test title. */
  wrong: string;
  values: FieldValues;
  rule?: FaultRule;
  field: string;
  /** The label in the window. */
  label: string;
  /** What `hoist setup add` names: an option, a secret or the sign-in. */
  add: string;
  /** The arguments of `hoist setup edit NAME`. */
  edit: string;
}

interface Account {
  provider: Provider;
  values: FieldValues;
  proxy: FaultProxy;
}

const secretKeys = ['account', 'key', 'linkPassword'];

const hoist = (args: string[], { provider }: Pick<Account, 'provider'>, options: RunOptions = {}) =>
  shell.run(args, { secretBox: testSecretBox, providers: [provider], ...options });

function add({ provider, values }: Account, ...more: string[]): Promise<CommandResult> {
  const options = Object.entries(values)
    .filter(([key]) => !secretKeys.includes(key))
    .flatMap(([key, value]) => [optionName(key), value]);
  const secrets = secretKeys.flatMap((key) => (values[key] === undefined ? [] : [`${key}=${values[key]}\n`]));
  return hoist(
    ['setup', 'add', provider.id, '--name', 'Work', ...options, '--secrets-from', '-', ...more],
    { provider },
    { stdin: Readable.from([secrets.join('')]) },
  );
}

function testEachSetting(account: () => Account, settings: readonly WrongSetting[]): void {
  const withWrong = ({ values, rule }: WrongSetting): Account => {
    const correct = account();
    correct.proxy.setRule(rule);
    return { ...correct, values: { ...correct.values, ...values } };
  };
  afterEach(() => account().proxy.setRule());

  describe.each(settings.map((setting) => [setting.wrong, setting] as const))('a wrong %s', (_, setting) => {
    test('marks its field in the window', async () => {
      const { provider, values } = withWrong(setting);
      const { results } = await testDestination(provider, values, dropboxTestPorts, { destination: 'Work' });
      const error = results.find(({ outcome }) => outcome === 'failed')?.error;
      expect(error?.field, JSON.stringify(error)).toBe(setting.field);
      const field = provider.fields.find(({ key }) => key === setting.field)!;
      expect(text(field.label)).toBe(setting.label);
      expect(isShown(field, values)).toBe(true);
      // No words that only a shell has: options, commands and variables.
      expect(Object.values(errorText(error!)).join(' ')).not.toMatch(/(^| )--\w|hoist |FAL_KEY/);
    });

    test('is named while it is added', async () => {
      const added = await add(withWrong(setting));
      expect(added).toMatchObject({ code: 1, err: expect.stringContaining(`(${setting.add})`) as unknown });
    });

    test('names the command that changes it when an upload fails', async () => {
      const destination = withWrong(setting);
      expect((await add(destination, '--no-test')).code).toBe(0);
      const uploaded = await hoist(['upload', shell.file('a.txt')], destination);
      expect(uploaded).toMatchObject({ code: 1, out: '' });
      expect(uploaded.err).toContain(`Fix it with: hoist setup edit Work ${setting.edit}\n`);
    });
  });
}

describe('Dropbox', () => {
  let fixture: DropboxFixture;
  let proxy: FaultProxy;
  let limitedToken: string;
  beforeAll(async () => {
    fixture = await DropboxFixture.start();
    proxy = await FaultProxy.start(fixture.server.url);
    limitedToken = fixture.server.oauth.issue(fixture.app, {
      scopes: ['account_info.read', 'files.metadata.read'],
    }).accessToken;
  });
  afterAll(async () => {
    await proxy.stop();
    await fixture.stop();
  });

  const refuses =
    (route: string, error: object): FaultRule =>
    ({ target }) =>
      target.includes(route)
        ? {
            kind: 'answer',
            status: 409,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ error_summary: '…', error }),
            when: 'after the body',
          }
        : undefined;
  const refusesPath = (tag: string): FaultRule => refuses('/files/upload', { '.tag': 'path', reason: { '.tag': tag } });
  const refusesLink = refuses('/create_shared_link', {
    '.tag': 'settings_error',
    settings_error: { '.tag': 'not_authorized' },
  });

  const account = { field: 'account', label: 'Dropbox account', add: 'Dropbox account', edit: '--sign-in' };
  const folder = { field: 'folder', label: 'Folder', add: '--folder', edit: '--set folder=…' };
  const settings: WrongSetting[] = [
    { wrong: 'sign-in', values: { account: 'unknown-token'.padEnd(43, 'x') }, ...account },
    {
      wrong: 'app key',
      values: { appKey: 'zzzzzzzzzzzz' },
      field: 'appKey',
      label: 'App key',
      add: '--app-key',
      edit: '--set appKey=…',
    },
    {
      wrong: 'permission of the app',
      // Read during the test, because the token exists only after `beforeAll`.
      get values() {
        return { account: limitedToken };
      },
      ...account,
    },
    { wrong: 'folder', values: { folder: 'Locked' }, rule: refusesPath('no_write_permission'), ...folder },
    {
      wrong: 'lifetime of the links',
      values: { linkDays: '7' },
      rule: refusesLink,
      field: 'linkDays',
      label: 'Links expire after',
      add: '--link-days',
      edit: '--set linkDays=…',
    },
    {
      wrong: 'link password',
      values: { linkPassword: 'secret' },
      rule: refusesLink,
      field: 'linkPassword',
      label: 'Link password',
      add: 'linkPassword=… with --secrets-from -',
      edit: '--secrets-from FILE (linkPassword=…)',
    },
    {
      wrong: 'audience of the links',
      values: { audience: 'team' },
      rule: refusesLink,
      field: 'audience',
      label: 'Who can open the links',
      add: '--audience',
      edit: '--set audience=…',
    },
  ];
  testEachSetting(() => ({ provider: dropboxProviderAt(proxy.url), values: fixture.values, proxy }), settings);
});

describe('fal.ai', () => {
  let fixture: FalFixture;
  beforeAll(async () => {
    fixture = await startFalFixture({ keys: { 'weak:key': { mayUpload: false } } });
  });
  afterAll(() => fixture.stop());

  const key = { field: 'key', label: 'API key', add: 'key=… with --secrets-from -', edit: '--sign-in' };
  const provider = (): Provider => falProviderAt(fixture.proxy.url);
  testEachSetting(
    () => ({ provider: provider(), values: { key: falTestKey, expiry: '1d' }, proxy: fixture.proxy }),
    [
      { wrong: 'key', values: { key: 'unknown:0123' }, ...key },
      { wrong: 'permission to upload', values: { key: 'weak:key' }, ...key },
      { wrong: 'permission to sign links', values: { key: 'no:assets', access: 'signed' }, ...key },
    ],
  );

  test('a wrong key from the environment names FAL_KEY', async () => {
    const env = { FAL_KEY: 'unknown:0123' };
    const uploaded = await hoist(['upload', shell.file('a.txt'), '--to', 'fal'], { provider: provider() }, { env });
    expect(uploaded).toMatchObject({ code: 1, out: '' });
    expect(uploaded.err).toContain('Set the environment variable FAL_KEY.\n');
  });

  test('a missing FAL_KEY names the variable, not hoist setup edit', async () => {
    const adopted = await hoist(
      ['setup', 'adopt', 'fal-environment', '--no-test'],
      { provider: provider() },
      { env: { FAL_KEY: falTestKey } },
    );
    expect(adopted.code, adopted.err).toBe(0);
    const uploaded = await hoist(['upload', shell.file('a.txt')], { provider: provider() });
    expect(uploaded.err).toContain('Set the environment variable FAL_KEY.\n');
    expect(uploaded.err).not.toContain('setup edit');
  });
});
