/** Signing out at Dropbox: which tokens are revoked, and which must stay valid. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { createTransport } from '../network/transport.ts';
import { FaultProxy } from '../testing/fault-proxy.ts';
import { serializeCredentials } from './credentials.ts';
import { revokeDropboxSignIn } from './sign-out.ts';
import { dropboxHostsAt, dropboxTestPorts, DropboxFixture } from './testing/dropbox-fixture.ts';

let fixture: DropboxFixture;
beforeEach(async () => {
  fixture = await DropboxFixture.start();
});
afterEach(() => fixture.stop());

const computer = { env: {}, home: '', platform: 'linux' as const, read: () => undefined };
const issuedByHoist = (refreshToken = fixture.refreshToken): FieldValues => ({
  account: serializeCredentials({ kind: 'refresh', refreshToken, appKey: fixture.app.key }),
});
const isStillActive = (): boolean => fixture.server.oauth.isActive(fixture.refreshToken);

async function signOut(
  values: FieldValues,
  { others = [], url = fixture.server.url }: { others?: FieldValues[]; url?: string } = {},
): Promise<void> {
  const transport = createTransport({ proxy: { kind: 'none' }, certificates: [] });
  try {
    await revokeDropboxSignIn(
      { values, others, computer, signal: new AbortController().signal },
      { ...dropboxTestPorts, transport },
      dropboxHostsAt(url),
    );
  } finally {
    transport.close();
  }
}

test('revokes the refresh token and its access tokens', async () => {
  const { accessToken, refreshToken } = fixture.server.oauth.issue(fixture.app);
  await signOut(issuedByHoist(refreshToken));
  expect(fixture.server.oauth.isActive(refreshToken)).toBe(false);
  expect(() => fixture.server.oauth.checkAuthorization(`Bearer ${accessToken}`, undefined)).toThrow();
  // The other token stays valid.
  expect(isStillActive()).toBe(true);
  expect(fixture.messages.map(({ path }) => path)).toEqual(['/2/auth/token/revoke']);
});

test('does not revoke a token that another destination uses in any format', async () => {
  const another = fixture.server.oauth.issue(fixture.app).refreshToken;
  for (const same of [issuedByHoist(), { account: fixture.refreshToken, appKey: fixture.app.key }])
    await signOut(issuedByHoist(), { others: [issuedByHoist(another), same] });
  expect(isStillActive()).toBe(true);
  await signOut(issuedByHoist(), { others: [issuedByHoist(another), {}, { account: 'no account' }] });
  expect(isStillActive()).toBe(false);
});

test('keeps credentials that the user provided: a pasted token, a token with an app secret, an access token', async () => {
  const { accessToken } = fixture.server.oauth.issue(fixture.app);
  await signOut({ account: fixture.refreshToken, appKey: fixture.app.key });
  await signOut({
    account: serializeCredentials({
      kind: 'refresh',
      refreshToken: fixture.refreshToken,
      appKey: fixture.app.key,
      appSecret: fixture.app.secret,
    }),
  });
  await signOut({ account: serializeCredentials({ kind: 'access', accessToken }) });
  expect(isStillActive()).toBe(true);
  expect(fixture.messages).toEqual([]);
});

test('a revoked token is not an error; a failing service is reported once', async () => {
  fixture.server.oauth.revokeAll();
  await expect(signOut(issuedByHoist())).resolves.toBeUndefined();
  const fresh = fixture.server.oauth.issue(fixture.app).refreshToken;
  const proxy = await FaultProxy.start(fixture.server.url);
  proxy.setRule(({ target }) => (target.endsWith('/revoke') ? { kind: 'answer', status: 503, body: '' } : undefined));
  await expect(signOut(issuedByHoist(fresh), { url: proxy.url })).rejects.toMatchObject({ status: 503 });
  expect(proxy.requests.filter(({ target }) => target.endsWith('/revoke'))).toHaveLength(1);
  await proxy.stop();
});
