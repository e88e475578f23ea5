/** Signs in at IAM Identity Center inside the app, and chooses an account and a role. */
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppFailure, type AppError } from '../../../../src-shared/errors.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { SignInStep } from '../../../../src-shared/provider.ts';
import { errorText } from '../../../../src-shared/text/text.ts';
import { createComputer } from '../../../platform/computer.ts';
import type { SignInPorts } from '../../contract/provider.ts';
import { accountId, AwsFixture, neverAborted, ssoStartUrl } from '../testing/aws-fixture.ts';
import { s3TestPorts } from '../testing/subject.ts';
import { s3SignIn, suggestSsoValues } from '../sign-in.ts';
import { ssoCacheFile, formatTimestamp, parseSsoTokens, type SsoTokens } from './sso-tokens.ts';

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
  fixture.sso.slowDownOnce = false;
  vi.stubEnv('AWS_ENDPOINT_URL_SSO', fixture.sso.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', fixture.sso.url);
});

const form = (more: FieldValues = {}): FieldValues => ({
  credentials: 'sso',
  ssoStartUrl: `${ssoStartUrl}/#/?tab=accounts`,
  ssoRegion: 'us-west-2',
  ...more,
});

interface SignInUser {
  show?(step: SignInStep): void;
  field?: string;
  signal?: AbortSignal;
}

async function startSignIn(
  values: FieldValues,
  { show = () => undefined, field = 'ssoSignIn', signal = neverAborted }: SignInUser = {},
): Promise<string> {
  const signInPorts: SignInPorts = {
    ...s3TestPorts,
    randomBytes: (count) => randomBytes(count),
    computer: createComputer(process.env),
    show,
    pasted: () => new Promise(() => undefined),
  };
  const { value } = await s3SignIn({ field, values, computer: signInPorts.computer, signal }, signInPorts);
  return value;
}

const signInError = (signing: Promise<unknown>): Promise<AppError> =>
  signing.then(
    () => {
      throw new Error('signed in');
    },
    (cause: unknown) => {
      if (!(cause instanceof AppFailure)) throw cause;
      return cause.error;
    },
  );

interface Answer {
  status: number;
  text: string;
  location: string | undefined;
}

/** Requests a page as a browser does, or as an attacker would. */
function visit(address: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    http
      .get(address, { headers, agent: false }, (response) => {
        let body = '';
        response
          .setEncoding('utf8')
          .on('data', (chunk: string) => {
            body += chunk;
          })
          .once('end', () =>
            resolve({ status: response.statusCode ?? 0, text: body, location: response.headers.location }),
          );
      })
      .once('error', reject);
  });
}

/** The page's redirect to this computer after the user allowed the sign-in. */
const allow = async (url: string): Promise<Answer> => visit((await visit(url)).location ?? '');

const captureStep = (): { step: Promise<SignInStep>; show(step: SignInStep): void } => {
  let show: (step: SignInStep) => void = () => undefined;
  const step = new Promise<SignInStep>((resolve) => {
    show = resolve;
  });
  return { step, show: (one) => show(one) };
};

describe('in the browser', () => {
  test('the browser returns to this computer, which confirms it, and the tokens are returned', async () => {
    const { step, show } = captureStep();
    const signing = startSignIn(form(), { show });
    const { url, code, paste } = await step;
    expect([code, paste]).toEqual([undefined, undefined]);
    expect(url.startsWith(`${fixture.sso.url}/authorize?`)).toBe(true);
    const page = await allow(url);
    expect(page).toMatchObject({
      status: 200,
      text: 'You’re signed in. You can close this page and return to Hoist.\n',
    });
    const tokens = parseSsoTokens(await signing);
    expect(tokens).toMatchObject({ startUrl: ssoStartUrl, region: 'us-west-2' });
    expect(tokens?.refreshToken).toBeDefined();
    expect(Date.parse(tokens!.expiresAt)).toBeGreaterThan(Date.now() + 3_000_000);
    // A second visit is refused.
    await expect(visit(new URL(url).searchParams.get('redirect_uri')!)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('another state, host, path or method is refused, and the user can still continue', async () => {
    const { step, show } = captureStep();
    const signing = startSignIn(form(), { show });
    const { url } = await step;
    const back = new URL((await visit(url)).location!);
    const changed = (change: (address: URL) => void): string => {
      const one = new URL(back);
      change(one);
      return one.href;
    };
    expect((await visit(changed((one) => one.searchParams.set('state', 'guessed')))).status).toBe(400);
    expect((await visit(changed((one) => one.searchParams.delete('state')))).status).toBe(400);
    expect((await visit(back.href, { host: `evil.example:${back.port}` })).status).toBe(404);
    expect((await visit(back.href, { host: `localhost:${back.port}` })).status).toBe(404);
    expect(
      (
        await visit(
          changed((one) => {
            one.pathname = '/';
          }),
        )
      ).status,
    ).toBe(404);
    expect((await fetch(back.href, { method: 'POST' })).status).toBe(404);
    expect((await visit(back.href)).status).toBe(200);
    expect(parseSsoTokens(await signing)).toBeDefined();
  });

  test('the user declines on the page, or cancels in Hoist', async () => {
    const { step, show } = captureStep();
    const signing = signInError(startSignIn(form(), { show }));
    const page = await allow(`${(await step).url}&deny`);
    expect(page.text).toMatch(/denied/);
    const error = await signing;
    expect(error).toMatchObject({ code: 'unauthorized', field: 'ssoSignIn', params: { why: 'denied' } });
    expect(errorText(error).what).toBe('The sign-in was denied on the service’s page.');
    const over = new AbortController();
    const { step: second, show: showSecond } = captureStep();
    const givenUp = signInError(startSignIn(form(), { show: showSecond, signal: over.signal }));
    const { url } = await second;
    over.abort();
    expect(await givenUp).toMatchObject({ code: 'canceled' });
    await expect(visit(new URL(url).searchParams.get('redirect_uri')!)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a code of another sign-in is refused', async () => {
    const { step, show } = captureStep();
    const signing = signInError(startSignIn(form(), { show }));
    const { url } = await step;
    const other = captureStep();
    const pendingSignIn = startSignIn(form(), { show: other.show });
    const otherUrl = (await other.step).url;
    const stolen = new URL((await visit(otherUrl)).location!).searchParams.get('code')!;
    const back = new URL((await visit(url)).location!);
    back.searchParams.set('code', stolen);
    await visit(back.href);
    expect((await signing).code).toBe('session-expired');
    await allow(otherUrl);
    expect(parseSsoTokens(await pendingSignIn)).toBeDefined();
  });
});

describe('with a device code', () => {
  test('is shown, polled, and polled more slowly on request', { timeout: 20_000 }, async () => {
    const { step, show } = captureStep();
    const signing = startSignIn(form({ ssoFlow: 'code' }), { show });
    expect(await step).toEqual({ url: `${ssoStartUrl}/#/device?user_code=BCDF-GHJK`, code: 'BCDF-GHJK' });
    await vi.waitFor(() => expect(fixture.sso.calls('/token').length).toBeGreaterThan(0), { timeout: 10_000 });
    fixture.sso.approve();
    expect(parseSsoTokens(await signing)?.refreshToken).toBeDefined();
  });

  test('the user denies the sign-in', { timeout: 20_000 }, async () => {
    const signing = signInError(startSignIn(form({ ssoFlow: 'code' }), { show: () => fixture.sso.deny() }));
    expect(await signing).toMatchObject({ code: 'unauthorized', field: 'ssoSignIn' });
  });
});

test.each<[string, FieldValues, object]>([
  ['no start URL', { ssoStartUrl: '' }, { code: 'invalid-input', field: 'ssoStartUrl', params: { why: 'missing' } }],
  [
    'an invalid start URL',
    { ssoStartUrl: 'corp' },
    { code: 'invalid-input', field: 'ssoStartUrl', params: { why: 'startUrl' } },
  ],
  ['no region', { ssoRegion: '' }, { code: 'invalid-input', field: 'ssoRegion' }],
  [
    'the start URL of another organization',
    { ssoStartUrl: 'https://other.awsapps.com/start' },
    { code: 'invalid-input', field: 'ssoStartUrl', params: { why: 'ssoStart' } },
  ],
  [
    'the same, with a code',
    { ssoStartUrl: 'https://other.awsapps.com/start', ssoFlow: 'code' },
    { code: 'invalid-input', field: 'ssoStartUrl', params: { why: 'ssoStart' } },
  ],
])('%s', async (_, values, error) => {
  expect(await signInError(startSignIn(form(values)))).toMatchObject(error);
});

test('names a service that does not answer', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', 'http://127.0.0.1:9');
  expect(await signInError(startSignIn(form()))).toMatchObject({
    code: 'unreachable',
    params: { host: '127.0.0.1:9' },
  });
});

describe('after the sign-in', () => {
  const tokensNow = async (): Promise<SsoTokens> => {
    const { step, show } = captureStep();
    const signing = startSignIn(form(), { show });
    await allow((await step).url);
    return parseSsoTokens(await signing)!;
  };
  const choose = (field: 'ssoAccount' | 'ssoRole', values: FieldValues, signInPorts = s3TestPorts) =>
    suggestSsoValues(field, values, { computer: createComputer(process.env), signal: neverAborted }, signInPorts);

  test('lists all pages of accounts and roles, and uploads a file with the chosen role', async () => {
    const ssoSignIn = JSON.stringify(await tokensNow());
    const accounts = await choose('ssoAccount', form({ ssoSignIn }));
    expect(accounts).toEqual([`${accountId} Production`, '210987654321 Sandbox']);
    const ssoAccount = accounts[0]!;
    expect(await choose('ssoRole', form({ ssoSignIn, ssoAccount }))).toEqual(['Uploader', 'Reader']);
    const sent = await fixture.upload(await fixture.connect(form({ ssoSignIn, ssoAccount, ssoRole: 'Uploader' })), {
      size: 1000,
    });
    expect(await fixture.isStoredIntact(sent.ref, 1000)).toBe(true);
  });

  test('lists nothing before the sign-in', async () => {
    expect(await signInError(choose('ssoAccount', form()))).toMatchObject({
      code: 'invalid-input',
      field: 'ssoSignIn',
      params: { why: 'signIn' },
    });
    const ssoSignIn = JSON.stringify(await tokensNow());
    expect(await signInError(choose('ssoRole', form({ ssoSignIn, ssoAccount: 'mine' })))).toMatchObject({
      code: 'invalid-input',
      field: 'ssoAccount',
    });
    expect(await signInError(choose('ssoRole', form({ ssoSignIn, ssoAccount: '999999999999' })))).toMatchObject({
      code: 'forbidden',
      field: 'ssoAccount',
    });
  });

  test('renewed tokens are stored once, and connections with the old ones use them', async () => {
    const old = { ...(await tokensNow()), expiresAt: formatTimestamp(Date.now() - 1000) };
    fixture.sso.requests.length = 0;
    const keep = vi.fn(async () => undefined);
    const values = form({ ssoSignIn: JSON.stringify(old), ssoAccount: accountId, ssoRole: 'Uploader' });
    for (let count = 0; count < 3; count++)
      await (await fixture.connect(values, { saveRenewed: keep })).check(neverAborted);
    expect(fixture.sso.calls('/token')).toHaveLength(1);
    expect(keep).toHaveBeenCalledTimes(1);
    const [savedFile] = keep.mock.calls[0] as unknown as [FieldValues];
    const renewed = parseSsoTokens(savedFile.ssoSignIn)!;
    expect(renewed.refreshToken).not.toBe(old.refreshToken);
    expect(Date.parse(renewed.expiresAt)).toBeGreaterThan(Date.now());
  });

  test('an expired session: asks for a new sign-in, at that field', async () => {
    const values = form({ ssoSignIn: JSON.stringify(await tokensNow()), ssoAccount: accountId, ssoRole: 'Uploader' });
    fixture.sso.endSession();
    const destination = await fixture.connect(values);
    const error = await signInError(destination.check(neverAborted));
    expect(error).toMatchObject({ code: 'session-expired', field: 'ssoSignIn', params: { why: 'sso' } });
    expect(errorText(error).what).toBe('The IAM Identity Center sign-in has expired.');
  });
});

describe('for an AWS profile', () => {
  test('writes the tokens as the AWS tools do, readable only by the owner, and the profile works', async () => {
    const { step, show } = captureStep();
    const signing = startSignIn({ credentials: 'profile', awsProfile: 'session' }, { show, field: 'awsSignIn' });
    await allow((await step).url);
    const value = await signing;
    const file = ssoCacheFile(fixture.folder, 'corp');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const savedFile = readFileSync(file, 'utf8');
    expect(value).not.toContain(parseSsoTokens(savedFile)!.accessToken);
    await (await fixture.connect({ credentials: 'profile', awsProfile: 'session' })).check(neverAborted);
  });

  test('a profile without Identity Center, and a missing profile', async () => {
    expect(await signInError(startSignIn({ awsProfile: 'plain' }, { field: 'awsSignIn' }))).toMatchObject({
      code: 'invalid-input',
      field: 'awsProfile',
      params: { why: 'noSession' },
    });
    expect(await signInError(startSignIn({ awsProfile: 'gone' }, { field: 'awsSignIn' }))).toMatchObject({
      code: 'secret-missing',
      field: 'awsProfile',
      params: { why: 'noProfile' },
    });
  });
});
