/** Signing out at IAM Identity Center: the session of Hoist's own sign-in, and no other. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import { computerWith } from '../../../platform/computer.ts';
import { openWay } from '../../network.ts';
import type { SignInPorts } from '../../provider.ts';
import { AwsBench, never, startUrl } from '../testing/aws-bench.ts';
import { ports } from '../testing/subject.ts';
import { signIn } from '../sign-in.ts';
import { signOut } from '../sign-out.ts';
import { cacheFile, readTokens, textOfTokens } from './sso-tokens.ts';

let bench: AwsBench;
beforeAll(async () => {
  bench = await AwsBench.start();
}, 60_000);
afterAll(async () => {
  await bench.stop();
});
beforeEach(async () => {
  await bench.enter();
  await bench.writeProfiles();
  bench.sso.endSession();
  vi.stubEnv('AWS_ENDPOINT_URL_SSO', bench.sso.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', bench.sso.url);
});

const form: FieldValues = { credentials: 'sso', ssoStartUrl: startUrl, ssoRegion: 'us-west-2' };

/** Its page is opened by a browser that follows where it is sent. */
async function begin(values = form, field = 'ssoSignIn'): Promise<FieldValues> {
  const its: SignInPorts = {
    ...ports,
    randomBytes: (count) => randomBytes(count),
    computer: computerWith(process.env),
    show: ({ url }) => {
      void fetch(url);
    },
    pasted: () => new Promise(() => undefined),
  };
  const { value } = await signIn({ field, values, computer: its.computer, signal: never }, its);
  return { ...values, [field]: value };
}

async function leave(values: FieldValues, others: FieldValues[] = []): Promise<void> {
  const way = openWay({ proxy: { kind: 'none' }, certificates: [] });
  try {
    await signOut({ values, others, computer: computerWith(process.env), signal: never }, { ...ports, way });
  } finally {
    way.close();
  }
}

const ended = (): number => bench.sso.calls('/logout').length;

test('the session ends there, also when its token has to be renewed for that', async () => {
  const [mine, other] = [await begin(), await begin()];
  await leave(mine, [other]);
  expect([ended(), bench.sso.sessions()]).toEqual([1, 1]);
  bench.sso.heard.length = 0;
  const tokens = readTokens(other.ssoSignIn)!;
  await leave({ ...other, ssoSignIn: textOfTokens({ ...tokens, expiresAt: new Date(0).toISOString() }) });
  expect([ended(), bench.sso.sessions()]).toEqual([1, 0]);
});

test('not while another destination has the same sign-in, also one that was renewed since', async () => {
  const mine = await begin();
  const tokens = readTokens(mine.ssoSignIn)!;
  await leave(mine, [
    { ...mine, ssoSignIn: textOfTokens({ ...tokens, accessToken: 'renewed', refreshToken: 'renewed' }) },
  ]);
  expect([ended(), bench.sso.sessions()]).toEqual([0, 1]);
});

test('the sign-in that the AWS tools share stays', async () => {
  const values = await begin({ credentials: 'profile', awsProfile: 'session' }, 'awsSignIn');
  expect(existsSync(cacheFile(bench.folder, 'corp'))).toBe(true);
  await leave(values);
  expect([ended(), bench.sso.sessions(), existsSync(cacheFile(bench.folder, 'corp'))]).toEqual([0, 1, true]);
});

test('over already: nothing to do', async () => {
  const mine = await begin();
  bench.sso.endSession();
  await expect(leave(mine)).resolves.toBeUndefined();
  const tokens = readTokens(mine.ssoSignIn)!;
  await expect(
    leave({ ...mine, ssoSignIn: textOfTokens({ ...tokens, expiresAt: new Date(0).toISOString() }) }),
  ).resolves.toBeUndefined();
  expect(ended()).toBe(1);
});
