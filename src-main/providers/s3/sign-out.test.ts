/** Signing out of a destination ends the IAM Identity Center session of Hoist's own sign-in, and no other session. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { neverAborted } from '../../platform/testing/never-aborted.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { createComputer } from '../../platform/computer.ts';
import { createTransport } from '../network/transport.ts';
import type { SignInPorts } from '../contract/provider.ts';
import { AwsFixture, ssoStartUrl } from './testing/aws-fixture.ts';
import { s3TestPorts } from './testing/subject.ts';
import { s3SignIn } from './sign-in.ts';
import { s3SignOut } from './sign-out.ts';
import { ssoCacheFile, parseSsoTokens, serializeSsoTokens } from './sign-in/sso-tokens.ts';

let fixture: AwsFixture;
beforeAll(async () => {
  fixture = await AwsFixture.start();
}, 60_000);
afterAll(async () => {
  await fixture.stop();
});
beforeEach(async () => {
  await fixture.reset();
  await fixture.writeProfiles();
  fixture.sso.endSession();
  vi.stubEnv('AWS_ENDPOINT_URL_SSO', fixture.sso.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', fixture.sso.url);
});

const form: FieldValues = { credentials: 'sso', ssoStartUrl: ssoStartUrl, ssoRegion: 'us-west-2' };

/** Signs in with a browser that follows all redirects. */
async function signInOnce(values = form, field = 'ssoSignIn'): Promise<FieldValues> {
  const signInPorts: SignInPorts = {
    ...s3TestPorts,
    randomBytes: (count) => randomBytes(count),
    computer: createComputer(process.env),
    show: ({ url }) => {
      void fetch(url);
    },
    pasted: () => new Promise(() => undefined),
  };
  const { value } = await s3SignIn(
    { field, values, computer: signInPorts.computer, signal: neverAborted },
    signInPorts,
  );
  return { ...values, [field]: value };
}

async function runSignOut(values: FieldValues, others: FieldValues[] = []): Promise<void> {
  const transport = createTransport({ proxy: { kind: 'none' }, certificates: [] });
  try {
    await s3SignOut(
      { values, others, computer: createComputer(process.env), signal: neverAborted },
      { ...s3TestPorts, transport },
    );
  } finally {
    transport.close();
  }
}

const logoutCount = (): number => fixture.sso.calls('/logout').length;

test('a sign-out ends the session, even if its token must be renewed first', async () => {
  const [signedIn, otherSignIn] = [await signInOnce(), await signInOnce()];
  await runSignOut(signedIn, [otherSignIn]);
  expect([logoutCount(), fixture.sso.sessions()]).toEqual([1, 1]);
  fixture.sso.requests.length = 0;
  const tokens = parseSsoTokens(otherSignIn.ssoSignIn)!;
  await runSignOut({
    ...otherSignIn,
    ssoSignIn: serializeSsoTokens({ ...tokens, expiresAt: new Date(0).toISOString() }),
  });
  expect([logoutCount(), fixture.sso.sessions()]).toEqual([1, 0]);
});

test('a sign-out keeps the session if another destination uses the same sign-in, even a renewed one', async () => {
  const signedIn = await signInOnce();
  const tokens = parseSsoTokens(signedIn.ssoSignIn)!;
  await runSignOut(signedIn, [
    { ...signedIn, ssoSignIn: serializeSsoTokens({ ...tokens, accessToken: 'renewed', refreshToken: 'renewed' }) },
  ]);
  expect([logoutCount(), fixture.sso.sessions()]).toEqual([0, 1]);
});

test('a sign-out keeps the sign-in that the AWS tools share', async () => {
  const values = await signInOnce({ credentials: 'profile', awsProfile: 'session' }, 'awsSignIn');
  expect(existsSync(ssoCacheFile(fixture.folder, 'corp'))).toBe(true);
  await runSignOut(values);
  expect([logoutCount(), fixture.sso.sessions(), existsSync(ssoCacheFile(fixture.folder, 'corp'))]).toEqual([
    0,
    1,
    true,
  ]);
});

test('a sign-out succeeds for a session that has already ended', async () => {
  const signedIn = await signInOnce();
  fixture.sso.endSession();
  await expect(runSignOut(signedIn)).resolves.toBeUndefined();
  const tokens = parseSsoTokens(signedIn.ssoSignIn)!;
  await expect(
    runSignOut({ ...signedIn, ssoSignIn: serializeSsoTokens({ ...tokens, expiresAt: new Date(0).toISOString() }) }),
  ).resolves.toBeUndefined();
  expect(logoutCount()).toBe(1);
});
