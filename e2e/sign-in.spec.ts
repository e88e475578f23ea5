/** Sign-in on a service's page and device codes, in the real window with services on loopback. */
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright/test';
import { TestPractice } from '../src-main/practice/testing/test-practice.ts';
import { redirectPorts } from '../src-main/providers/dropbox/redirect-server.ts';
import { endpoint as gateway, bucket as gatewayBucket, downloadLink, hasS3Server, assumeTestRole } from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { expect, stubMessageBoxes, test, type LaunchedApp } from './app-fixture.ts';
import { AwsSessions } from './servers/aws/loopback-server.ts';
import { startSso } from './servers/aws/sso.ts';
import { startSts } from './servers/aws/sts.ts';
import { DropboxServer } from './servers/dropbox/server.ts';
import { startDropboxHostProxy, opensslPath } from './servers/dropbox/host-proxy.ts';
import { uploadRow } from './window-actions.ts';

const fieldGroup = (page: Page, key: string) => page.locator(`[data-field="${key}"]`);
const fieldInput = (page: Page, key: string) => fieldGroup(page, key).locator('input:visible, textarea:visible');

/** Captures the address that the app opens in the browser. The returned function waits for it. */
async function captureOpenedUrl({ app }: LaunchedApp): Promise<() => Promise<string>> {
  await app.evaluate(({ shell }) => {
    shell.openExternal = async (url) => {
      (globalThis as { opened?: string }).opened = url;
    };
  });
  return async () => {
    const opened = (): Promise<string | undefined> => app.evaluate(() => (globalThis as { opened?: string }).opened);
    await expect.poll(opened).toBeDefined();
    return (await opened())!;
  };
}

/** Records every message that the main process sends to the page. The returned function returns them as text. */
async function recordMessages({ app }: LaunchedApp): Promise<() => Promise<string>> {
  await app.evaluate(({ BrowserWindow }) => {
    const recorded: string[] = [];
    (globalThis as { recorded?: string[] }).recorded = recorded;
    const { webContents } = BrowserWindow.getAllWindows()[0]!;
    const send = webContents.send.bind(webContents);
    webContents.send = (channel, ...values) => {
      recorded.push(JSON.stringify(values));
      send(channel, ...values);
    };
  });
  return () => app.evaluate(() => ((globalThis as { recorded?: string[] }).recorded ?? []).join('\n'));
}

interface PageResponse {
  status: number;
  text: string;
  location: string | undefined;
}

/** A request of a browser or of an attacker, without following redirects. */
function getPage(address: string, headers: Record<string, string> = {}): Promise<PageResponse> {
  return new Promise((resolve, reject) => {
    http
      .get(address, { headers, agent: false }, (answer) => {
        let text = '';
        answer
          .setEncoding('utf8')
          .on('data', (chunk: string) => {
            text += chunk;
          })
          .once('end', () => resolve({ status: answer.statusCode ?? 0, text, location: answer.headers.location }));
      })
      .once('error', reject);
  });
}

/**
 * Expects that the app's port rejects requests that do not belong to the sign-in: with a guessed state, or with another
 * host name.
 */
async function expectForeignRequestsRejected(redirectUrl: string, expectedText: string): Promise<void> {
  const guessed = new URL(redirectUrl);
  guessed.searchParams.set('state', 'guessed');
  guessed.searchParams.set('code', 'somebody-elses');
  const { port } = guessed;
  for (const [address, headers] of [
    [guessed.href, {}],
    [redirectUrl, { host: `evil.example:${port}` }],
    [redirectUrl, { host: `localhost:${port}` }],
  ] as const) {
    const { status, text } = await getPage(address, headers);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).toContain(expectedText);
  }
}

async function removeDestination(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: `More for ${name}`, exact: true }).click();
  await page.getByRole('menuitem', { name: 'Remove…' }).click();
  await expect(
    page.getByText('Hoist signs out, unless another destination uses the same sign-in.', { exact: false }),
  ).toBeVisible();
  await page.getByRole('button', { name: `Remove ${name}`, exact: true }).click();
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([]);
}

/** Returns a list to which the server adds every access and refresh token that it issues. */
function recordIssuedTokens(server: DropboxServer): string[] {
  const issuedTokens: string[] = [];
  const { oauth: authority } = server;
  const token = authority.token.bind(authority);
  authority.token = (...args) => {
    const answer = token(...args);
    for (const name of ['access_token', 'refresh_token'])
      if (typeof answer[name] === 'string') issuedTokens.push(answer[name]);
    return answer;
  };
  return issuedTokens;
}

test(
  'Dropbox from the wizard with a custom app: signs in with a pasted code, uploads a file, and gives the page no token',
  { tag: '@slow-2' },
  async ({ apps }) => {
    test.skip(!fs.existsSync(opensslPath), 'no openssl');
    test.setTimeout(180_000);
    const server = await DropboxServer.start();
    const issuedTokens = recordIssuedTokens(server);
    const app = server.oauth.addApp();
    const proxy = await startDropboxHostProxy(server.url, apps.folder('certificates'));
    try {
      const launched = await apps.launch();
      // Hoist asks before it sends keys or a sign-in to a server that the user named; the user confirms.
      await stubMessageBoxes(launched, 'confirm');
      const { page } = launched;
      const opened = await captureOpenedUrl(launched);
      const recordedMessages = await recordMessages(launched);
      await page.getByRole('button', { name: 'Set up destination…' }).click();
      const services = page.getByRole('option');
      await expect(services.filter({ hasText: /^(Amazon S3|Dropbox|fal\.ai)$/ })).toHaveCount(3);
      await expectAccessible(page);
      await page.getByRole('option', { name: 'fal.ai', exact: true }).click();
      await expect(
        page.getByText('You can revoke links, but not delete or rename files', { exact: false }),
      ).toBeVisible();
      await expect(page.getByText('You can paste both keys at once.')).toHaveCount(0);
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Back' }).click();
      await page.getByRole('option', { name: 'Dropbox', exact: true }).click();

      // Without an app the field has an error.
      const signIn = page.getByRole('button', { name: 'Sign in with your browser…' });
      await expect(fieldInput(page, 'appKey')).toBeFocused();
      await signIn.click();
      await expect(fieldGroup(page, 'appKey').getByText('Required.')).toBeVisible();
      await expectAccessible(page);
      await fieldInput(page, 'appKey').fill(app.key);

      await page.getByRole('button', { name: 'More options' }).click();
      await page
        .getByRole('button', { name: /Proxy$/ })
        .filter({ visible: true })
        .first()
        .click();
      await page.getByRole('option', { name: 'Address', exact: true }).click();
      await fieldInput(page, 'proxyAddress').fill(proxy.url);
      await fieldInput(page, 'ca').fill(fs.readFileSync(proxy.caFile, 'utf8'));

      await signIn.click();
      const code = page.getByRole('textbox', { name: 'Code from the page' });
      await expect(code).toBeFocused();
      await expectAccessible(page);
      // After a cancel the user can start again.
      await fieldGroup(page, 'account').getByRole('button', { name: 'Cancel' }).click();
      await expect(signIn).toBeFocused();
      await launched.app.evaluate(() => {
        delete (globalThis as { opened?: string }).opened;
      });
      await signIn.click();
      const address = await opened();
      expect(address).toMatch(/^https:\/\/www\.dropbox\.com\/oauth2\/authorize\?/);
      const pageHtml = await (
        await fetch(`${server.url}/www.dropbox.com/oauth2/authorize${new URL(address).search}`)
      ).text();
      await code.fill(/<code>(.+)<\/code>/.exec(pageHtml)![1]!);
      await code.press('Enter');
      await expect(fieldGroup(page, 'account').getByText('Signed in', { exact: true })).toBeVisible();
      await expect(page.getByRole('heading', { name: 'Sign in to Dropbox' })).toBeVisible();

      await page.getByRole('button', { name: 'Continue' }).click();
      await expect(page.getByRole('heading', { name: 'It works', exact: true })).toBeVisible({ timeout: 30_000 });
      expect(server.leftovers().objects).toBe(0);
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('button', { name: 'Upload an example and copy its link' }).click();
      await expect(page.getByText('The link works and is on your clipboard.')).toBeVisible({ timeout: 30_000 });
      await expect.poll(() => clipboardText()).toMatch(/^https:\/\/www\.dropbox\.com\/scl\/fi\//);
      expect(server.account.files).toHaveLength(1);
      await page.getByRole('button', { name: 'Finish' }).click();
      await expect(page.getByRole('button', { name: /^Dropbox/ }).first()).toBeVisible();

      expect(issuedTokens.length).toBeGreaterThan(1);
      const seen =
        (await page.evaluate(() => document.documentElement.outerHTML)) +
        (await recordedMessages()) +
        launched.output.join('');
      const answers = await page.evaluate(() =>
        (globalThis as unknown as { hoist: { profiles: { list(input: undefined): Promise<unknown> } } }).hoist.profiles
          .list(undefined)
          .then((answer) => JSON.stringify(answer)),
      );
      const storedFiles = fs
        .readdirSync(launched.userData, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
        .join('\n');
      for (const token of issuedTokens) expect((seen + answers + storedFiles).includes(token)).toBe(false);

      // After the user revokes access on Dropbox's page, a row leads to the sign-in.
      server.oauth.revokeAll();
      const file = path.join(apps.folder('drop'), 'later.txt');
      fs.writeFileSync(file, 'hello');
      await dropOnPage(page, [file]);
      const again = uploadRow(launched, 'later.txt').getByRole('button', { name: 'Sign in to Dropbox' });
      await expect(again).toBeVisible({ timeout: 20_000 });
      await expect(
        page.getByText('Dropbox is signed out. Dropbox no longer allows Hoist to access this account.', {
          exact: false,
        }),
      ).toBeVisible();
      await expectAccessible(page);
      await again.click();
      await expect(
        page
          .getByRole('dialog')
          .getByRole('button', { name: /^Sign in/ })
          .first(),
      ).toBeVisible();
    } finally {
      await proxy.stop();
      await server.stop();
    }
  },
);

test('Dropbox with a redirect: only its page leads back to this computer, and the window continues automatically', async ({
  apps,
}) => {
  test.skip(!fs.existsSync(opensslPath), 'no openssl');
  test.setTimeout(180_000);
  const server = await DropboxServer.start();
  const issuedTokens = recordIssuedTokens(server);
  const app = server.oauth.addApp({ redirects: redirectPorts.map((port) => `http://127.0.0.1:${port}/`) });
  const proxy = await startDropboxHostProxy(server.url, apps.folder('certificates'));
  let releaseTokens = (): void => undefined;
  server.tokenGate = new Promise((resolve) => {
    releaseTokens = resolve;
  });
  try {
    const launched = await apps.launch({ env: { HOIST_DROPBOX_APP_KEY: app.key } });
    // Hoist asks before it sends keys or a sign-in to a server that the user named; the user confirms.
    await stubMessageBoxes(launched, 'confirm');
    const { page } = launched;
    const opened = await captureOpenedUrl(launched);
    await page.getByRole('button', { name: 'Set up destination…' }).click();
    await page.getByRole('option', { name: 'Dropbox', exact: true }).click();
    // This build has an app key, so the form does not ask for one.
    await expect(fieldInput(page, 'appKey')).toHaveCount(0);
    await page.getByRole('button', { name: 'More options' }).click();
    await page
      .getByRole('button', { name: /Proxy$/ })
      .filter({ visible: true })
      .first()
      .click();
    await page.getByRole('option', { name: 'Address', exact: true }).click();
    await fieldInput(page, 'proxyAddress').fill(proxy.url);
    await fieldInput(page, 'ca').fill(fs.readFileSync(proxy.caFile, 'utf8'));
    await page.getByRole('button', { name: 'Sign in with your browser…' }).click();

    const address = new URL(await opened());
    expect(`${address.origin}${address.pathname}`).toBe('https://www.dropbox.com/oauth2/authorize');
    expect(address.searchParams.get('code_challenge_method')).toBe('S256');
    const { status, location: redirectUrl = '' } = await getPage(
      `${server.url}/www.dropbox.com/oauth2/authorize${address.search}`,
    );
    expect(status).toBe(302);
    expect(redirectPorts.map(String)).toContain(new URL(redirectUrl).port);
    const waiting = fieldGroup(page, 'account').getByText('Continue in your browser.', { exact: false });
    const rejection = 'This sign-in link has expired.';
    await expectForeignRequestsRejected(redirectUrl, rejection);
    await expect(waiting).toBeVisible();
    const first = await getPage(redirectUrl);
    expect([first.status, first.text.includes('Hoist is connected to your Dropbox.')]).toEqual([200, true]);
    // The browser opens the same redirect again while the app exchanges the code.
    const again = await getPage(redirectUrl);
    expect([again.status, again.text.includes(rejection)]).toEqual([400, true]);
    await expect(waiting).toBeVisible();
    expect(issuedTokens).toEqual([]);
    releaseTokens();
    await expect(fieldGroup(page, 'account').getByText('Signed in', { exact: true })).toBeVisible();
    await expect(getPage(redirectUrl)).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByRole('heading', { name: 'It works', exact: true })).toBeVisible({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Finish' }).click();
    await expect(page.getByRole('button', { name: /^Dropbox/ }).first()).toBeVisible();

    const file = path.join(apps.folder('drop'), 'by the way.txt');
    fs.writeFileSync(file, 'through the front door');
    await dropOnPage(page, [file]);
    await expect(page.getByRole('button', { name: 'Copy link to by the way.txt' })).toBeVisible({ timeout: 30_000 });
    const link = new URL(clipboardText());
    expect(link.host).toBe('www.dropbox.com');
    const stored = await fetch(`${server.url}/www.dropbox.com${link.pathname}${link.search}`);
    expect(await stored.text()).toBe('through the front door');

    // Removing the destination also signs out at Dropbox. Access tokens start with "sl.", refresh tokens do not.
    const refreshToken = issuedTokens.find((token) => !token.startsWith('sl.')) ?? '';
    expect(server.oauth.isActive(refreshToken)).toBe(true);
    await removeDestination(page, 'Dropbox');
    await expect.poll(() => server.oauth.isActive(refreshToken)).toBe(false);
  } finally {
    releaseTokens();
    await proxy.stop();
    await server.stop();
  }
});

test('IAM Identity Center from the window: its page redirects to this computer, the user chooses account and role, and a file is uploaded', async ({
  apps,
}) => {
  test.skip(!hasS3Server, 'no real S3 server');
  test.setTimeout(180_000);
  const startUrl = 'https://corp.awsapps.com/start';
  const account = '123456789012';
  const sso = await startSso({
    startUrl,
    sessions: new AwsSessions(await assumeTestRole()),
    tokenSeconds: 3600,
    accounts: new Map([[account, { name: 'Production', roles: ['Uploader', 'Reader'] }]]),
  });
  try {
    const launched = await apps.launch({ env: { AWS_ENDPOINT_URL_SSO: sso.url, AWS_ENDPOINT_URL_SSO_OIDC: sso.url } });
    // Hoist asks before it sends keys or a sign-in to a server that the user named; the user confirms.
    await stubMessageBoxes(launched, 'confirm');
    const { page } = launched;
    const opened = await captureOpenedUrl(launched);
    await page.getByRole('button', { name: 'Set up destination…' }).click();
    await page.getByRole('option', { name: 'Ceph RADOS Gateway', exact: true }).click();
    await page.getByRole('button', { name: 'More options' }).click();
    await fieldGroup(page, 'credentials').getByRole('button').click();
    await page.getByRole('option', { name: 'IAM Identity Center (SSO)' }).click();
    const fill = async (key: string, value: string): Promise<void> => {
      await fieldInput(page, key).fill(value);
      await fieldInput(page, key).blur();
    };
    await fill('ssoStartUrl', startUrl);
    await fill('ssoRegion', 'us-east-1');
    await fill('endpoint', gateway);
    await page.getByRole('button', { name: 'Sign in with your browser…' }).click();

    const address = await opened();
    expect(address.startsWith(`${sso.url}/authorize?`)).toBe(true);
    const { location: redirectUrl = '' } = await getPage(address);
    expect(new URL(redirectUrl).hostname).toBe('127.0.0.1');
    const group = fieldGroup(page, 'ssoSignIn');
    await expectForeignRequestsRejected(redirectUrl, 'This page doesn’t exist.');
    await expect(group.getByText('Continue in your browser.', { exact: false })).toBeVisible();
    expect(sso.calls('/token')).toEqual([]);
    expect(await getPage(redirectUrl)).toMatchObject({
      status: 200,
      text: 'You’re signed in. You can close this page and return to Hoist.\n',
    });
    await expect(group.getByText('Signed in', { exact: true })).toBeVisible();
    await expect(getPage(redirectUrl)).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    // The portal's accounts and roles are offered.
    for (const [key, label, option] of [
      ['ssoAccount', 'AWS account', `${account} Production`],
      ['ssoRole', 'Role', 'Uploader'],
    ] as const) {
      await fieldInput(page, key).focus();
      await page.getByRole('button', { name: `Show options for ${label}` }).click();
      await page.getByRole('option', { name: option, exact: true }).click();
    }
    await fill('bucket', gatewayBucket);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByRole('heading', { name: /^It works/ })).toBeVisible({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Finish' }).click();

    const file = path.join(apps.folder('drop'), 'of the organization.txt');
    fs.writeFileSync(file, 'signed by a session');
    await dropOnPage(page, [file]);
    await expect(page.getByRole('button', { name: 'Copy link to of the organization.txt' })).toBeVisible({
      timeout: 30_000,
    });
    const link = await downloadLink(clipboardText());
    expect([link.status, link.bytes]).toEqual([200, 'signed by a session'.length]);
    expect(new URL(clipboardText()).searchParams.has('X-Amz-Security-Token')).toBe(true);
    expect(sso.calls('/federation/credentials')[0]?.url.searchParams.get('role_name')).toBe('Uploader');
    await removeDestination(page, gatewayBucket);
    await expect.poll(() => sso.sessions()).toBe(0);
  } finally {
    await sso.stop();
  }
});

const device = 'arn:aws:iam::123456789012:mfa/phone';
const role = 'arn:aws:iam::123456789012:role/careful';

test(
  'a role that needs a code: a dialog asks for it and the upload resumes; without a code the row says what to do',
  { tag: '@slow-1' },
  async ({ apps }) => {
    test.setTimeout(120_000);
    const practice = await TestPractice.start();
    const { endpoint, bucket, accessKeyId, secretAccessKey } = practice.address;
    const sts = await startSts({
      sessions: new AwsSessions({ accessKeyId, secretAccessKey }),
      users: new Map([['AKIAUSER', 'user-secret']]),
      codes: new Set(['123456', '654321']),
      roles: [{ arn: role, trusts: ['AKIAUSER'], mfa: device }],
    });
    try {
      const folder = apps.folder('aws');
      const [config, credentials] = [path.join(folder, 'config'), path.join(folder, 'credentials')];
      fs.writeFileSync(credentials, '[user]\naws_access_key_id = AKIAUSER\naws_secret_access_key = user-secret\n');
      fs.writeFileSync(
        config,
        `[profile careful]\nrole_arn = ${role}\nsource_profile = user\nmfa_serial = ${device}\nregion = us-east-1\n`,
      );
      const launched = await apps.launch({
        env: { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_ENDPOINT_URL_STS: sts.url },
      });
      // Hoist asks before it sends keys or a sign-in to a server that the user named; the user confirms.
      await stubMessageBoxes(launched, 'confirm');
      const { page } = launched;
      const draft = {
        providerId: 's3',
        name: 'Team bucket',
        secrets: {},
        settings: {
          credentials: 'profile',
          awsProfile: 'careful',
          bucket,
          endpoint,
          region: 'us-east-1',
          pathStyle: 'true',
          linkKind: 'expiring',
        },
      };
      type Bridge = {
        profiles: {
          save(draft: unknown): Promise<{ ok: boolean; value: { id: string } }>;
          use(input: { id: string }): Promise<unknown>;
        };
      };
      await page.evaluate(async (d) => {
        const { profiles } = (globalThis as unknown as { hoist: Bridge }).hoist;
        await profiles.use({ id: (await profiles.save(d)).value.id });
      }, draft);
      await expect(page.getByRole('button', { name: /^Team bucket/ })).toBeVisible();

      const dialog = page.getByRole('dialog', { name: 'Code for Team bucket' });
      // Checking all destinations does not ask for the code; it shows that the code is missing.
      await page.evaluate(() =>
        (
          globalThis as unknown as { hoist: { profiles: { check(which: object): Promise<unknown> } } }
        ).hoist.profiles.check({}),
      );
      await expect(page.getByText('Team bucket needs a code from your device.')).toBeVisible();
      await expect(dialog).toHaveCount(0);

      const file = path.join(apps.folder('drop'), 'not now.txt');
      fs.writeFileSync(file, 'hello');
      await dropOnPage(page, [file]);
      await expect(dialog).toBeVisible({ timeout: 20_000 });
      await expect(dialog.getByText(device, { exact: false })).toBeVisible();
      await expectAccessible(page);
      await dialog.getByRole('button', { name: 'Not now' }).last().click();
      await expect(dialog).toHaveCount(0);
      await expect(uploadRow(launched, 'not now.txt').getByText(/code/i).first()).toBeVisible({ timeout: 20_000 });
      expect(await practice.keys()).toEqual([]);

      // Checking this destination asks for the code.
      const enterCode = page.getByRole('button', { name: 'Enter code… for Team bucket' });
      // For a second after “Not now”, no request asks for the code again, so that one answer is enough for many uploads.
      await expect(async () => {
        await enterCode.click({ timeout: 1000 });
        await expect(dialog).toBeVisible({ timeout: 2000 });
      }).toPass({ timeout: 20_000 });
      await dialog.getByRole('button', { name: 'Not now' }).last().click();
      await expect(dialog).toHaveCount(0);

      // Retrying the waiting upload asks again.
      await expect(async () => {
        await uploadRow(launched, 'not now.txt')
          .getByRole('button', { name: /^Try (now|again)/ })
          .first()
          .click({ timeout: 1000 });
        await expect(dialog).toBeVisible({ timeout: 2000 });
      }).toPass({ timeout: 20_000 });
      const code = dialog.getByRole('textbox', { name: 'Code' });
      await expect(code).toBeFocused({ timeout: 20_000 });
      await code.fill('000 000');
      await code.press('Enter');
      // It asks again and says why.
      await expect(dialog.getByText('The code was not accepted. Check it, or enter the next one.')).toBeVisible({
        timeout: 20_000,
      });
      await expect(code).toBeFocused();
      await expectAccessible(page);
      await code.fill('123 456');
      await expect(dialog.getByText('The code was not accepted.', { exact: false })).toHaveCount(0);
      await code.press('Enter');
      await expect(dialog).toHaveCount(0);
      await expect(page.getByRole('button', { name: 'Copy link to not now.txt' })).toBeVisible({ timeout: 30_000 });
      expect((await downloadLink(clipboardText())).status).toBe(200);
      expect(await practice.keys()).toHaveLength(1);
      expect(sts.calls('AssumeRole').map((form) => form.get('TokenCode'))).toEqual(['000000', '123456']);
    } finally {
      await sts.stop();
      await practice.stop();
    }
  },
);
