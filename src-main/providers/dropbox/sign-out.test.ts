/** Tests which tokens a sign-out at Dropbox revokes, and which tokens stay valid. */
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

test('sign-out revokes the refresh token and its access tokens', async () => {
  const { accessToken, refreshToken } = fixture.server.oauth.issue(fixture.app);
  await signOut(issuedByHoist(refreshToken));
  expect(fixture.server.oauth.isActive(refreshToken)).toBe(false);
  expect(() => fixture.server.oauth.checkAuthorization(`Bearer ${accessToken}`, undefined)).toThrow();
  // The other refresh token of the app stays valid.
  expect(isStillActive()).toBe(true);
  expect(fixture.messages.map(({ path }) => path)).toEqual(['/2/auth/token/revoke']);
});

test('sign-out does not revoke a token that another destination uses in any format', async () => {
  const otherToken = fixture.server.oauth.issue(fixture.app).refreshToken;
  for (const sameToken of [issuedByHoist(), { account: fixture.refreshToken, appKey: fixture.app.key }])
    await signOut(issuedByHoist(), { others: [issuedByHoist(otherToken), sameToken] });
  expect(isStillActive()).toBe(true);
  await signOut(issuedByHoist(), { others: [issuedByHoist(otherToken), {}, { account: 'no account' }] });
  expect(isStillActive()).toBe(false);
});

test('sign-out keeps a pasted token, a token with an app secret and an access token', async () => {
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

test('sign-out ignores an already revoked token, and reports an error of the service without a retry', async () => {
  fixture.server.oauth.revokeAll();
  await expect(signOut(issuedByHoist())).resolves.toBeUndefined();
  const validToken = fixture.server.oauth.issue(fixture.app).refreshToken;
  const proxy = await FaultProxy.start(fixture.server.url);
  proxy.setRule(({ target }) => (target.endsWith('/revoke') ? { kind: 'answer', status: 503, body: '' } : undefined));
  await expect(signOut(issuedByHoist(validToken), { url: proxy.url })).rejects.toMatchObject({ status: 503 });
  expect(proxy.requests.filter(({ target }) => target.endsWith('/revoke'))).toHaveLength(1);
  await proxy.stop();
});
