/** Signing out at Dropbox: what ends there, and what must not. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { openWay } from '../network.ts';
import { FaultProxy } from '../testing/faults.ts';
import { writeAccount } from './account.ts';
import { signOutWith } from './sign-out.ts';
import { hostsAt, ports, ServedDropbox } from './testing/subject.ts';

let served: ServedDropbox;
beforeEach(async () => {
  served = await ServedDropbox.start();
});
afterEach(() => served.stop());

const computer = { env: {}, home: '', platform: 'linux' as const, read: () => undefined };
const ours = (refreshToken = served.refreshToken): FieldValues => ({
  account: writeAccount({ by: 'refresh', refreshToken, appKey: served.app.key }),
});
const isGood = (): boolean => served.server.authority.isGood(served.refreshToken);

async function leave(
  values: FieldValues,
  { others = [], url = served.server.url }: { others?: FieldValues[]; url?: string } = {},
): Promise<void> {
  const way = openWay({ proxy: { kind: 'none' }, certificates: [] });
  try {
    await signOutWith(
      { values, others, computer, signal: new AbortController().signal },
      { ...ports, way },
      hostsAt(url),
    );
  } finally {
    way.close();
  }
}

test('the sign-in ends: neither its refresh token nor an access token of it works any more', async () => {
  const { accessToken, refreshToken } = served.server.authority.issue(served.app);
  await leave(ours(refreshToken));
  expect(served.server.authority.isGood(refreshToken)).toBe(false);
  expect(() => served.server.authority.admit(`Bearer ${accessToken}`, undefined)).toThrow();
  // Nobody else’s.
  expect(isGood()).toBe(true);
  expect(served.messages.map(({ path }) => path)).toEqual(['/2/auth/token/revoke']);
});

test('not while another destination has the same, however that one is written', async () => {
  const another = served.server.authority.issue(served.app).refreshToken;
  for (const same of [ours(), { account: served.refreshToken, appKey: served.app.key }])
    await leave(ours(), { others: [ours(another), same] });
  expect(isGood()).toBe(true);
  await leave(ours(), { others: [ours(another), {}, { account: 'no account' }] });
  expect(isGood()).toBe(false);
});

test('what a person brought is theirs: a pasted token, one with a secret of their own app, an access token', async () => {
  const { accessToken } = served.server.authority.issue(served.app);
  await leave({ account: served.refreshToken, appKey: served.app.key });
  await leave({
    account: writeAccount({
      by: 'refresh',
      refreshToken: served.refreshToken,
      appKey: served.app.key,
      appSecret: served.app.secret,
    }),
  });
  await leave({ account: writeAccount({ by: 'access', accessToken }) });
  expect(isGood()).toBe(true);
  expect(served.messages).toEqual([]);
});

test('over already: nothing to do; a service that does not do it is said, once', async () => {
  served.server.authority.revokeAll();
  await expect(leave(ours())).resolves.toBeUndefined();
  const fresh = served.server.authority.issue(served.app).refreshToken;
  const proxy = await FaultProxy.start(served.server.url);
  proxy.set(({ target }) => (target.endsWith('/revoke') ? { kind: 'answer', status: 503, body: '' } : undefined));
  await expect(leave(ours(fresh), { url: proxy.url })).rejects.toMatchObject({ status: 503 });
  expect(proxy.seen.filter(({ target }) => target.endsWith('/revoke'))).toHaveLength(1);
  await proxy.stop();
});
