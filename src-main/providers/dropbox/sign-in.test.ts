/** Tests the sign-in through Dropbox's page, and redirects that must be rejected. */
import http from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppFailure, type AppError } from '../../../src-shared/errors.ts';
import type { SignInStep } from '../../../src-shared/provider.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import type { SignInPorts } from '../contract/provider.ts';
import { parseCredentials } from './credentials.ts';
import { dropboxErrorOf } from './errors.ts';
import { discoverDropboxCredentials } from './discover-credentials.ts';
import { dropbox } from './index.ts';
import { runDropboxSignIn, type DropboxSignInOptions } from './sign-in.ts';
import { dropboxHostsAt, dropboxTestPorts as driverPorts, DropboxFixture } from './testing/dropbox-fixture.ts';
import * as v from 'valibot';

/** Below the range of ports that the system assigns, so no parallel test uses them. */
const redirectPorts = [11_311, 11_312];
const redirects = redirectPorts.map((port) => `http://127.0.0.1:${port}/`);
let fixture: DropboxFixture;

beforeEach(async () => {
  fixture = await DropboxFixture.start();
});
afterEach(() => fixture.stop());

const computer = { env: {}, home: '', platform: 'linux' as const, read: () => undefined };

interface SignInSetup {
  /** Opens the page of a step; the default is {@link browse}. */
  openPage?(step: SignInStep): void;
  pastedText?: string;
  env?: Record<string, string>;
  values?: Record<string, string>;
  signal?: AbortSignal;
  options?: Partial<DropboxSignInOptions>;
}

async function signIn({
  openPage = browse,
  pastedText = '',
  env = {},
  values = {},
  signal = new AbortController().signal,
  options = {},
}: SignInSetup) {
  const app = fixture.server.oauth.addApp({ redirects });
  const shown: SignInStep[] = [];
  const ports: SignInPorts = {
    ...driverPorts,
    computer: { ...computer, env },
    show: (step) => {
      shown.push(step);
      openPage(step);
    },
    pasted: async () => pastedText,
  };
  const signedIn = await runDropboxSignIn({ field: 'account', values, computer: ports.computer, signal }, ports, {
    hosts: dropboxHostsAt(fixture.server.url),
    redirectPorts,
    appKey: app.key,
    ...options,
  });
  return { app, shown, signedIn };
}

/** Opens the page like a browser that follows redirects. */
const browse = ({ url }: SignInStep): void => {
  const response = fixture.server.authorizePage(url.replace('/www.dropbox.com', ''));
  if ('to' in response) void fetch(response.to);
};

const failureOf = async (work: Promise<unknown>): Promise<AppError> => {
  const cause: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const error =
    cause instanceof AppFailure
      ? cause.error
      : dropboxErrorOf(cause, {
          credentials: { kind: 'access', accessToken: '' },
          folder: '',
          linkKind: 'direct',
          audience: 'public',
        });
  if (!error) throw new Error(`expected a failure, but got ${String(cause)}`);
  return error;
};

test('a sign-in through the browser returns a refresh token and no access token', async () => {
  const { app, shown, signedIn } = await signIn({});
  expect(shown).toHaveLength(1);
  expect(shown[0]!.paste).toBeUndefined();
  const query = new URL(shown[0]!.url).searchParams;
  expect(query.get('code_challenge_method')).toBe('S256');
  expect(query.get('token_access_type')).toBe('offline');
  expect(redirects).toContain(query.get('redirect_uri'));
  expect(parseCredentials(signedIn.value, '')).toMatchObject({ kind: 'refresh', appKey: app.key });
  expect(signedIn.value).not.toContain('sl.');
  expect(v.is(dropbox.settings, { account: signedIn.value })).toBe(true);
  await expect(
    fixture.driver({ account: signedIn.value, appKey: '' }).check(new AbortController().signal),
  ).resolves.toBeUndefined();
});

test('the user pastes a code if no port is free, or if the app is the user’s own', async () => {
  const portBlockers = await Promise.all(
    redirectPorts.map(
      (port) =>
        new Promise<http.Server>((resolve, reject) => {
          const server = http
            .createServer()
            .listen(port, '127.0.0.1', () => resolve(server))
            .once('error', reject);
        }),
    ),
  );
  const code = { shown: '' };
  const openPage = ({ url, paste }: SignInStep): void => {
    expect(paste).toBe(true);
    expect(new URL(url).searchParams.has('redirect_uri')).toBe(false);
    Object.assign(code, fixture.server.authorizePage(url.replace('/www.dropbox.com', '')));
  };
  try {
    const app = fixture.server.oauth.addApp({ redirects });
    const ports: SignInPorts = {
      ...driverPorts,
      computer,
      show: openPage,
      pasted: async () => ` ${code.shown}\n`,
    };
    const context = { field: 'account', values: {}, computer, signal: new AbortController().signal };
    const options = { hosts: dropboxHostsAt(fixture.server.url), redirectPorts, appKey: app.key };
    expect((await runDropboxSignIn(context, ports, options)).settings).toBeUndefined();
    const customApp = fixture.server.oauth.addApp();
    const customContext = { ...context, values: { appKey: customApp.key } };
    expect((await runDropboxSignIn(customContext, ports, options)).settings).toEqual({
      appKey: customApp.key,
    });
  } finally {
    for (const server of portBlockers) server.close();
  }
});

test('a redirect with another state, another Host header or no code is rejected', async () => {
  const statuses: number[] = [];
  const visit = (url: string, headers: Record<string, string> = {}): Promise<void> =>
    new Promise((resolve) => {
      http.get(url, { headers }, (response) => {
        statuses.push(response.statusCode ?? 0);
        response.resume();
        response.once('end', resolve);
      });
    });
  const { signedIn } = await signIn({
    openPage: (step) => {
      const query = new URL(step.url).searchParams;
      const redirectUri = query.get('redirect_uri')!;
      const state = query.get('state')!;
      void (async () => {
        await visit(`${redirectUri}?code=evil&state=wrong`);
        await visit(`${redirectUri}?code=evil&state=${state}`, { host: 'evil.example' });
        await visit(`${redirectUri}?state=${state}`);
        await visit(`${redirectUri}favicon.ico`);
        browse(step);
      })();
    },
  });
  expect(statuses).toEqual([400, 400, 400, 400]);
  expect(parseCredentials(signedIn.value, '')).toMatchObject({ kind: 'refresh' });
});

test('a declined sign-in is reported, and a canceled sign-in frees its port', async () => {
  fixture.server.oauth.isConsentGiven = false;
  const declined = await failureOf(signIn({}));
  expect(declined).toMatchObject({ code: 'forbidden', field: 'account' });
  expect(errorText(declined).what).toBe('You didn’t allow access on Dropbox’s page.');
  const controller = new AbortController();
  const canceledSignIn = failureOf(signIn({ openPage: () => controller.abort(), signal: controller.signal }));
  expect((await canceledSignIn).code).toBe('canceled');
  for (const uri of redirects) await expect(fetch(uri)).rejects.toThrow();
});

test('a missing scope, a wrong code and a missing app key are reported', async () => {
  const limitedApp = fixture.server.oauth.addApp({
    redirects,
    scopes: ['account_info.read', 'files.content.write', 'files.metadata.read', 'sharing.read'],
  });
  // Dropbox's page refuses scopes that the app does not have.
  expect(() =>
    fixture.server.authorizePage(`http://x/?client_id=${limitedApp.key}&response_type=code&scope=sharing.write`),
  ).toThrow(/Invalid scope/);
  const customApp = fixture.server.oauth.addApp();
  expect(
    await failureOf(signIn({ values: { appKey: customApp.key }, openPage: () => undefined, pastedText: 'not a code' })),
  ).toMatchObject({ code: 'unauthorized', field: 'account' });
  expect(await failureOf(signIn({ options: { appKey: '' } }))).toMatchObject({
    code: 'invalid-input',
    field: 'appKey',
  });
  expect(await failureOf(signIn({ values: { appKey: 'no key' } }))).toMatchObject({
    code: 'invalid-input',
    field: 'appKey',
  });
});

test('the loopback server rejects a code that is sent with a wrong PKCE verifier', async () => {
  const app = fixture.server.oauth.addApp();
  const { shown } = fixture.server.oauth.authorize(
    new URLSearchParams({
      client_id: app.key,
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: 'x'.repeat(43),
    }),
  ) as { shown: string };
  expect(() =>
    fixture.server.oauth.token(
      new URLSearchParams({
        grant_type: 'authorization_code',
        code: shown,
        client_id: app.key,
        code_verifier: 'y'.repeat(43),
      }),
      undefined,
    ),
  ).toThrow(/invalid code verifier/);
});

test.each<[string, Record<string, string>, object | undefined]>([
  [
    'a refresh token and its app',
    { DROPBOX_REFRESH_TOKEN: 'r'.repeat(64), DROPBOX_APP_KEY: 'abcdefghijklmno', DROPBOX_APP_SECRET: 'shh' },
    { kind: 'refresh', refreshToken: 'r'.repeat(64), appKey: 'abcdefghijklmno', appSecret: 'shh' },
  ],
  [
    'only an access token',
    { DROPBOX_ACCESS_TOKEN: `sl.u.${'a'.repeat(60)}` },
    { kind: 'access', accessToken: `sl.u.${'a'.repeat(60)}` },
  ],
  [
    'a refresh token without an app, and an access token',
    { DROPBOX_REFRESH_TOKEN: 'r'.repeat(64), DROPBOX_ACCESS_TOKEN: 'x'.repeat(64) },
    { kind: 'access', accessToken: 'x'.repeat(64) },
  ],
  ['only an app key', { DROPBOX_APP_KEY: 'abcdefghijklmno' }, undefined],
])('discoverDropboxCredentials reads the environment variables of %s', (_what, env, expected) => {
  const [discovered] = discoverDropboxCredentials({ ...computer, env });
  expect(discovered?.use).toBe(expected === undefined ? undefined : 'environment');
  if (!discovered) return;
  expect(parseCredentials(discovered.values.account!, '')).toEqual(expected);
  expect(v.is(dropbox.settings, discovered.values)).toBe(true);
});

test.each<[Record<string, string>, string]>([
  [{ account: 'short' }, 'account'],
  [{ account: '{"a":1}' }, 'account'],
  [{ account: 'r'.repeat(64) }, 'appKey'],
  [{ account: `sl.${'a'.repeat(40)}`, appKey: 'NO KEY' }, 'appKey'],
  [{ account: `sl.${'a'.repeat(40)}`, folder: 'a/../b' }, 'folder'],
  [{ account: `sl.${'a'.repeat(40)}`, linkDays: '8' }, 'linkDays'],
  [{ account: `sl.${'a'.repeat(40)}`, linkKind: 'x' }, 'linkKind'],
])('the schema rejects %o at the field %s', (values, field) => {
  const parsed = v.safeParse(dropbox.settings, values);
  expect(parsed.success).toBe(false);
  expect(parsed.issues?.map((issue) => issue.path?.[0]?.key)).toEqual([field]);
});
