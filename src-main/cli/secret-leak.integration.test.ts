/**
 * Uses every kind of credential, successfully and with servers that repeat the secrets in their errors. Then it searches
 * the output, the JSON, the export and all stored files (database, write-ahead log, log) for the secrets.
 * `e2e/secret-leak.spec.ts` does the same for the window, the clipboard, arguments and environments.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startLoopbackServer, type LoopbackRequest } from '../../e2e/servers/aws/loopback-server.ts';
import { opensslPath, startDropboxHostProxy } from '../../e2e/servers/dropbox/host-proxy.ts';
import { DropboxServer } from '../../e2e/servers/dropbox/server.ts';
import { falCertificate, startFalHostProxy } from '../../e2e/servers/fal/host-proxy.ts';
import { FalServer } from '../../e2e/servers/fal/server.ts';
import { echoSecrets } from './testing/echo-server.ts';
import { findLeaks } from './testing/find-leaks.ts';
import { openShellForEachTest } from './testing/setup-fixture.ts';
import type { CommandResult } from './testing/shell.ts';

const setup = openShellForEachTest();

/** A random secret, with characters that URLs, JSON and shells escape. */
const makeCanary = (): string => `CANARY/${randomBytes(12).toString('hex')}+${randomBytes(8).toString('hex')}`;

/** `success`: all servers work. `store`: the S3 server repeats secrets. `service`: the server that gives keys does. */
type Outcome = 'success' | 'store' | 'service';

let stops: (() => Promise<void>)[];
let env: Record<string, string>;
let secrets: Record<string, string>;
let outcome: Outcome;
/** Servers received a request with this outcome. */
let echoed: number;

beforeEach(() => {
  stops = [];
  env = {};
  secrets = {};
  echoed = 0;
  vi.stubEnv('HOME', setup.shell.home);
  for (const name of Object.keys(process.env)) if (/^(AWS|DROPBOX|FAL)_/.test(name)) vi.stubEnv(name, undefined);
  mkdirSync(path.join(setup.shell.home, '.aws/sso/cache'), { recursive: true });
  setup.shell.file('a.txt');
});
afterEach(async () => {
  for (const stop of stops) await stop();
});

async function startServer(respond: Parameters<typeof startLoopbackServer>[0]): Promise<string> {
  const server = await startLoopbackServer(respond);
  stops.push(() => server.stop());
  return server.url;
}

function echo({ url, headers, body }: LoopbackRequest) {
  echoed++;
  return echoSecrets(Object.values(secrets), { ...headers, url: url.href, body });
}

/** Puts a secret among those that are searched for. */
function keep(name: string, secret = makeCanary()): string {
  secrets[name] = secret;
  return secret;
}

function writeHomeFile(name: string, text: string): string {
  const file = path.join(setup.shell.home, name);
  writeFileSync(file, text);
  return file;
}

/** Amazon's services that give keys: the keys of the S3 server, and a session token. */
const startKeyService = (): Promise<string> =>
  startServer((request) => {
    if (outcome === 'service') return echo(request);
    const { accessKeyId, secretAccessKey } = setup.store.address;
    const token = secrets['session token'] ?? keep('session token');
    const expiration = new Date(Date.now() + 3_600_000);
    if (request.url.pathname === '/federation/credentials') {
      const keys = { accessKeyId, secretAccessKey, sessionToken: token, expiration: expiration.getTime() };
      return { status: 200, body: JSON.stringify({ roleCredentials: keys }) };
    }
    const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Expiration: expiration.toISOString() };
    if (request.method === 'GET') return { status: 200, body: JSON.stringify({ ...keys, Token: token }) };
    const action = new URLSearchParams(request.body).get('Action') ?? '';
    const fields = Object.entries({ ...keys, SessionToken: token }).map(
      ([name, value]) => `<${name}>${value}</${name}>`,
    );
    const result = `<${action}Result><Credentials>${fields.join('')}</Credentials></${action}Result>`;
    return {
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</${action}Response>`,
    };
  });

const profileOptions = ['--credentials', 'profile', '--aws-profile', 'work'];
const region = 'us-east-1';

/** Prepares a kind of credentials. @returns the options of `hoist setup add s3`, and the secrets for standard input */
const s3Credentials: Record<string, () => Promise<{ options: string[]; input?: string }>> = {
  'a key': async () => ({
    options: ['--access-key-id', setup.store.address.accessKeyId],
    input: `secretAccessKey=${secrets['secret key']}\n`,
  }),
  'a key with a session token': async () => ({
    options: ['--access-key-id', setup.store.address.accessKeyId],
    input: `secretAccessKey=${secrets['secret key']}\nsessionToken=${keep('session token')}\n`,
  }),
  'the keys of an AWS profile': async () => {
    const { accessKeyId } = setup.store.address;
    const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secrets['secret key']}\n`;
    writeHomeFile('.aws/credentials', `[work]\n${keys}aws_session_token = ${keep('session token')}\n`);
    return { options: profileOptions };
  },
  'a role of an AWS profile': async () => {
    const [sourceKey, service] = [keep('key of the source profile'), await startKeyService()];
    writeHomeFile('.aws/credentials', `[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = ${sourceKey}\n`);
    const role = 'role_arn = arn:aws:iam::123456789012:role/up\nsource_profile = base\n';
    writeHomeFile('.aws/config', `[profile work]\nregion = ${region}\n${role}`);
    env['AWS_ENDPOINT_URL_STS'] = service;
    return { options: profileOptions };
  },
  'a web identity': async () => {
    const tokenFile = writeHomeFile('token', keep('web identity token', makeCanary().repeat(2)));
    const role = `role_arn = arn:aws:iam::123456789012:role/up\nweb_identity_token_file = ${tokenFile}\n`;
    writeHomeFile('.aws/config', `[profile work]\nregion = ${region}\n${role}`);
    env['AWS_ENDPOINT_URL_STS'] = await startKeyService();
    return { options: profileOptions };
  },
  'a sign-in with IAM Identity Center': async () => {
    const startUrl = 'https://example.awsapps.com/start';
    const sso = `sso_start_url = ${startUrl}\nsso_region = ${region}\nsso_account_id = 123456789012\nsso_role_name = up\n`;
    writeHomeFile('.aws/config', `[profile work]\nregion = ${region}\n${sso}`);
    const tokens = {
      startUrl,
      region,
      accessToken: keep('SSO access token'),
      refreshToken: keep('SSO refresh token'),
      clientId: 'client',
      clientSecret: keep('SSO client secret'),
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const name = createHash('sha1').update(startUrl).digest('hex');
    writeHomeFile(`.aws/sso/cache/${name}.json`, JSON.stringify(tokens));
    const service = await startKeyService();
    Object.assign(env, { AWS_ENDPOINT_URL_SSO: service, AWS_ENDPOINT_URL_SSO_OIDC: service });
    return { options: profileOptions };
  },
  'the role of a container': async () => {
    Object.assign(env, {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${await startKeyService()}/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: keep('container token'),
    });
    return { options: ['--credentials', 'container'] };
  },
  'a key and the password of a proxy': async () => {
    const proxy = ['--proxy', 'address', '--proxy-address', await startServer(echo), '--proxy-user', 'me'];
    return {
      options: ['--access-key-id', setup.store.address.accessKeyId, ...proxy],
      input: `secretAccessKey=${secrets['secret key']}\nproxyPassword=${keep('proxy password')}\n`,
    };
  },
};

/** Runs all commands that show something about a destination or its uploads. */
async function runCommands(name: string): Promise<CommandResult[]> {
  const commands = [
    ['setup', 'test', name],
    ['setup', 'test', name, '--json'],
    ['upload', 'a.txt', '--to', name],
    ['upload', 'a.txt', '--to', name, '--json'],
    ['setup', name, '--json'],
    ['setup', '--check', '--json'],
    ['setup', 'found', '--json'],
    ['setup', 'export'],
    ['history', '--json'],
    ['status', '--json'],
  ];
  const results: CommandResult[] = [];
  for (const command of commands) results.push(await setup.hoist(command, { env }));
  return results;
}

/**
 * A presigned link contains the session token, so a successful upload prints and stores the token. The log never does.
 * Other secrets appear nowhere.
 */
function leaksOf(results: CommandResult[]): string[] {
  const logs = path.join(setup.shell.home, 'records/logs');
  expect(readdirSync(logs)).not.toEqual([]);
  const sources = {
    'standard output': results.map(({ out }) => out).join('\n'),
    'standard error': results.map(({ err }) => err).join('\n'),
    'stored files': setup.storedText(),
    log: readdirSync(logs)
      .map((name) => readFileSync(path.join(logs, name), 'utf8'))
      .join('\n'),
  };
  const inLinks = ['session token in standard output', 'session token in stored files'];
  return findLeaks(sources, secrets).filter((leak) => outcome !== 'success' || !inLinks.includes(leak));
}

const kinds = Object.keys(s3Credentials);
const withService = kinds.filter((kind) => /role|web|Identity/.test(kind));
const outcomes: [string, Outcome][] = [
  ...kinds.filter((kind) => !kind.includes('proxy')).map((kind): [string, Outcome] => [kind, 'success']),
  ...kinds.map((kind): [string, Outcome] => [kind, 'store']),
  ...withService.map((kind): [string, Outcome] => [kind, 'service']),
];

test.each(outcomes)(
  'no output and no stored file contains the secrets of %s (%s)',
  async (kind, wanted) => {
    outcome = wanted;
    keep('secret key', setup.store.address.secretAccessKey);
    const { options, input = '' } = await s3Credentials[kind]!();
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const { bucket, endpoint } = setup.store.address;
    const store = outcome === 'store' ? await startServer(echo) : endpoint;
    const location = ['--endpoint', store, '--bucket', bucket, '--region', region, '--path-style', '--name', 'Files'];
    const add = ['setup', 'add', 's3', ...location, ...options, ...(input ? ['--secrets-from', '-'] : [])];
    const added = await setup.hoist([...add, '--json'], { stdin: Readable.from([input]), env });
    expect(added.code, added.err).toBe(outcome === 'success' ? 0 : 1);
    if (outcome !== 'success') {
      const saved = await setup.hoist([...add, '--no-test'], { stdin: Readable.from([input]), env });
      expect(saved.code, saved.err).toBe(0);
    }
    const results = [added, ...(await runCommands('Files'))];
    expect(results[3]!.code, results[3]!.err).toBe(outcome === 'success' ? 0 : 1);
    if (outcome !== 'success') expect(echoed).toBeGreaterThan(0);
    expect(Object.keys(secrets).length).toBeGreaterThan(0);
    expect(leaksOf(results)).toEqual([]);
  },
  120_000,
);

test('a customer key for encryption, which Hoist does not support, is refused without being shown', async () => {
  const header = `x-amz-server-side-encryption-customer-key: ${keep('customer key')}`;
  const added = await setup.add('Files', ['--headers', header, '--json']);
  expect(added.code).not.toBe(0);
  expect((await setup.add('Files')).code).toBe(0);
  expect(leaksOf([added, ...(await runCommands('Files'))])).toEqual([]);
});

test.each(['success', 'store'] as const)(
  'no output and no stored file contains the key of fal.ai (%s)',
  async (wanted) => {
    outcome = wanted;
    const key = `id-${randomBytes(4).toString('hex')}:${randomBytes(16).toString('hex')}`;
    env['FAL_KEY'] = key;
    keep('key', key.split(':')[1]);
    const server = await FalServer.start({ keys: { [key]: {} }, address: 'https://v3.fal.media' });
    const proxy = await startFalHostProxy(outcome === 'success' ? server.origin : await startServer(echo));
    stops.push(
      () => proxy.stop(),
      async () => {
        await server.stop();
      },
    );
    const network = ['--set', 'proxy=address', '--set', `proxyAddress=${proxy.url}`, '--set', `ca=${falCertificate}`];
    const adopted = await setup.hoist(
      ['setup', 'adopt', 'fal-environment', '--keep-secrets', ...network, '--no-test'],
      { env },
    );
    expect(adopted.code, adopted.err).toBe(0);
    const results = [adopted, ...(await runCommands('fal.ai'))];
    expect(results[3]!.code, results[3]!.err).toBe(outcome === 'success' ? 0 : 1);
    if (outcome !== 'success') expect(echoed).toBeGreaterThan(0);
    expect(leaksOf(results)).toEqual([]);
  },
  120_000,
);

if (existsSync(opensslPath))
  test.each([
    ['a refresh token and an app secret', 'success'],
    ['a refresh token and an app secret', 'store'],
    ['an access token', 'success'],
    ['an access token', 'store'],
  ] as const)(
    'no output and no stored file contains %s of Dropbox (%s)',
    async (kind, wanted) => {
      outcome = wanted;
      const server = await DropboxServer.start();
      const app = server.oauth.addApp();
      const { refreshToken, accessToken } = server.oauth.issue(app);
      if (kind === 'an access token') Object.assign(env, { DROPBOX_ACCESS_TOKEN: keep('access token', accessToken) });
      else {
        const appSecret = keep('app secret', app.secret);
        const tokens = { DROPBOX_REFRESH_TOKEN: keep('refresh token', refreshToken), DROPBOX_APP_SECRET: appSecret };
        Object.assign(env, { DROPBOX_APP_KEY: app.key, ...tokens });
      }
      const upstream = outcome === 'success' ? server.url : await startServer(echo);
      const proxy = await startDropboxHostProxy(upstream, mkdtempSync(path.join(setup.shell.home, 'certificates-')));
      stops.push(
        () => proxy.stop(),
        async () => {
          await server.stop();
        },
      );
      const ca = readFileSync(proxy.caFile, 'utf8');
      const network = ['--set', 'proxy=address', '--set', `proxyAddress=${proxy.url}`, '--set', `ca=${ca}`];
      const adopted = await setup.hoist(
        ['setup', 'adopt', 'dropbox-environment', '--keep-secrets', ...network, '--no-test'],
        { env },
      );
      expect(adopted.code, adopted.err).toBe(0);
      const edit = ['setup', 'edit', 'Dropbox', '--secrets-from', '-', '--keep-secrets', '--no-test'];
      const stdin = Readable.from([`linkPassword=${keep('link password')}\n`]);
      const edited = await setup.hoist(edit, { env, stdin });
      expect(edited.code, edited.err).toBe(0);
      const results = [adopted, edited, ...(await runCommands('Dropbox'))];
      expect(results[4]!.code, results[4]!.err).toBe(outcome === 'success' ? 0 : 1);
      if (outcome !== 'success') expect(echoed).toBeGreaterThan(0);
      expect(leaksOf(results)).toEqual([]);
    },
    120_000,
  );
