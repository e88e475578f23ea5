/** The sign-in at IAM Identity Center in Hoist, and the choice of an account and a role. */
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import { AppFailure, type AppError } from '../../../../src-shared/errors.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { SignInStep } from '../../../../src-shared/provider.ts';
import { errorText } from '../../../../src-shared/text/text.ts';
import { createComputer } from '../../../platform/computer.ts';
import type { SignInPorts } from '../../contract/provider.ts';
import { accountId, AwsFixture, ssoStartUrl } from '../testing/aws-fixture.ts';
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

const formValues = (overrides: FieldValues = {}): FieldValues => ({
  credentials: 'sso',
  ssoStartUrl: `${ssoStartUrl}/#/?tab=accounts`,
  ssoRegion: 'us-west-2',
  ...overrides,
});

interface SignInOptions {
  show?(step: SignInStep): void;
  field?: string;
  signal?: AbortSignal;
}

async function startSignIn(
  values: FieldValues,
  { show = () => undefined, field = 'ssoSignIn', signal = neverAborted }: SignInOptions = {},
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

const errorOf = (work: Promise<unknown>): Promise<AppError> =>
  work.then(
    () => {
      throw new Error('did not fail');
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

/** Requests a page, optionally with headers that a browser would not send. */
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

/** Opens the sign-in page, allows the sign-in and follows the redirect to this computer. */
const allow = async (url: string): Promise<Answer> => visit((await visit(url)).location ?? '');

/** Waits for the step that the user sees. */
const captureStep = (): { step: Promise<SignInStep>; show(step: SignInStep): void } => {
  let show: (step: SignInStep) => void = () => undefined;
  const step = new Promise<SignInStep>((resolve) => {
    show = resolve;
  });
  return { step, show: (shown) => show(shown) };
};

describe('a sign-in in the browser', () => {
  test('returns tokens and shows a confirmation after the browser returns to this computer', async () => {
    const { step, show } = captureStep();
    const signIn = startSignIn(formValues(), { show });
    const { url, code, paste } = await step;
    expect([code, paste]).toEqual([undefined, undefined]);
    expect(url.startsWith(`${fixture.sso.url}/authorize?`)).toBe(true);
    const page = await allow(url);
    expect(page).toMatchObject({
      status: 200,
      text: 'You’re signed in. You can close this page and return to Hoist.\n',
    });
    const tokens = parseSsoTokens(await signIn);
    expect(tokens).toMatchObject({ startUrl: ssoStartUrl, region: 'us-west-2' });
    expect(tokens?.refreshToken).toBeDefined();
    expect(Date.parse(tokens!.expiresAt)).toBeGreaterThan(Date.now() + 3_000_000);
    // The local server is closed after one visit.
    await expect(visit(new URL(url).searchParams.get('redirect_uri')!)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('refuses a visit with another state, host, path or method, and the user can still continue', async () => {
    const { step, show } = captureStep();
    const signIn = startSignIn(formValues(), { show });
    const { url } = await step;
    const callbackUrl = new URL((await visit(url)).location!);
    const changedAddress = (change: (address: URL) => void): string => {
      const address = new URL(callbackUrl);
      change(address);
      return address.href;
    };
    expect((await visit(changedAddress((address) => address.searchParams.set('state', 'guessed')))).status).toBe(400);
    expect((await visit(changedAddress((address) => address.searchParams.delete('state')))).status).toBe(400);
    expect((await visit(callbackUrl.href, { host: `evil.example:${callbackUrl.port}` })).status).toBe(404);
    expect((await visit(callbackUrl.href, { host: `localhost:${callbackUrl.port}` })).status).toBe(404);
    expect(
      (
        await visit(
          changedAddress((address) => {
            address.pathname = '/';
          }),
        )
      ).status,
    ).toBe(404);
    expect((await fetch(callbackUrl.href, { method: 'POST' })).status).toBe(404);
    expect((await visit(callbackUrl.href)).status).toBe(200);
    expect(parseSsoTokens(await signIn)).toBeDefined();
  });

  test('fails if the user declines on the page or cancels in Hoist', async () => {
    const { step, show } = captureStep();
    const signIn = errorOf(startSignIn(formValues(), { show }));
    const page = await allow(`${(await step).url}&deny`);
    expect(page.text).toMatch(/denied/);
    const error = await signIn;
    expect(error).toMatchObject({ code: 'unauthorized', field: 'ssoSignIn', params: { why: 'denied' } });
    expect(errorText(error).what).toBe('The sign-in was denied on the service’s page.');
    const controller = new AbortController();
    const { step: secondStep, show: showSecond } = captureStep();
    const canceledSignIn = errorOf(startSignIn(formValues(), { show: showSecond, signal: controller.signal }));
    const { url } = await secondStep;
    controller.abort();
    expect(await canceledSignIn).toMatchObject({ code: 'canceled' });
    await expect(visit(new URL(url).searchParams.get('redirect_uri')!)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('refuses the code of another sign-in', async () => {
    const { step, show } = captureStep();
    const signIn = errorOf(startSignIn(formValues(), { show }));
    const { url } = await step;
    const otherStep = captureStep();
    const pendingSignIn = startSignIn(formValues(), { show: otherStep.show });
    const otherUrl = (await otherStep.step).url;
    const otherCode = new URL((await visit(otherUrl)).location!).searchParams.get('code')!;
    const callbackUrl = new URL((await visit(url)).location!);
    callbackUrl.searchParams.set('code', otherCode);
    await visit(callbackUrl.href);
    expect((await signIn).code).toBe('session-expired');
    await allow(otherUrl);
    expect(parseSsoTokens(await pendingSignIn)).toBeDefined();
  });
});

describe('a sign-in with a device code', () => {
  test('shows the code and returns tokens after the user confirms it', { timeout: 20_000 }, async () => {
    const { step, show } = captureStep();
    const signIn = startSignIn(formValues({ ssoFlow: 'code' }), { show });
    expect(await step).toEqual({ url: `${ssoStartUrl}/#/device?user_code=BCDF-GHJK`, code: 'BCDF-GHJK' });
    await vi.waitFor(() => expect(fixture.sso.calls('/token').length).toBeGreaterThan(0), { timeout: 10_000 });
    fixture.sso.approve();
    expect(parseSsoTokens(await signIn)?.refreshToken).toBeDefined();
  });

  test('fails if the user denies it', { timeout: 20_000 }, async () => {
    const signIn = errorOf(startSignIn(formValues({ ssoFlow: 'code' }), { show: () => fixture.sso.deny() }));
    expect(await signIn).toMatchObject({ code: 'unauthorized', field: 'ssoSignIn' });
  });
});

test.each<[string, FieldValues, object]>([
  [
    'a missing start URL',
    { ssoStartUrl: '' },
    { code: 'invalid-input', field: 'ssoStartUrl', params: { why: 'missing' } },
  ],
  [
    'an invalid start URL',
    { ssoStartUrl: 'corp' },
    { code: 'invalid-input', field: 'ssoStartUrl', params: { why: 'startUrl' } },
  ],
  ['a missing region', { ssoRegion: '' }, { code: 'invalid-input', field: 'ssoRegion' }],
  [
    'the start URL of another organization',
    { ssoStartUrl: 'https://other.awsapps.com/start' },
    { code: 'invalid-input', field: 'ssoStartUrl', params: { why: 'ssoStart' } },
  ],
  [
    'the start URL of another organization, with a device code',
    { ssoStartUrl: 'https://other.awsapps.com/start', ssoFlow: 'code' },
    { code: 'invalid-input', field: 'ssoStartUrl', params: { why: 'ssoStart' } },
  ],
])('a sign-in fails with an error at the field for %s', async (_, values, error) => {
  expect(await errorOf(startSignIn(formValues(values)))).toMatchObject(error);
});

test('a sign-in fails with the host name of a service that does not answer', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', 'http://127.0.0.1:9');
  expect(await errorOf(startSignIn(formValues()))).toMatchObject({
    code: 'unreachable',
    params: { host: '127.0.0.1:9' },
  });
});

describe('after the sign-in, Hoist', () => {
  const signInAndGetTokens = async (): Promise<SsoTokens> => {
    const { step, show } = captureStep();
    const signIn = startSignIn(formValues(), { show });
    await allow((await step).url);
    return parseSsoTokens(await signIn)!;
  };
  const suggest = (field: 'ssoAccount' | 'ssoRole', values: FieldValues, signInPorts = s3TestPorts) =>
    suggestSsoValues(field, values, { computer: createComputer(process.env), signal: neverAborted }, signInPorts);

  test('suggests all accounts and roles, and uploads a file with the chosen role', async () => {
    const ssoSignIn = JSON.stringify(await signInAndGetTokens());
    const accounts = await suggest('ssoAccount', formValues({ ssoSignIn }));
    expect(accounts).toEqual([`${accountId} Production`, '210987654321 Sandbox']);
    const ssoAccount = accounts[0]!;
    expect(await suggest('ssoRole', formValues({ ssoSignIn, ssoAccount }))).toEqual(['Uploader', 'Reader']);
    const sent = await fixture.upload(
      await fixture.connect(formValues({ ssoSignIn, ssoAccount, ssoRole: 'Uploader' })),
      {
        size: 1000,
      },
    );
    expect(await fixture.isStoredIntact(sent.ref, 1000)).toBe(true);
  });

  test('suggests nothing without a sign-in, a valid account or access to the account', async () => {
    expect(await errorOf(suggest('ssoAccount', formValues()))).toMatchObject({
      code: 'invalid-input',
      field: 'ssoSignIn',
      params: { why: 'signIn' },
    });
    const ssoSignIn = JSON.stringify(await signInAndGetTokens());
    expect(await errorOf(suggest('ssoRole', formValues({ ssoSignIn, ssoAccount: 'mine' })))).toMatchObject({
      code: 'invalid-input',
      field: 'ssoAccount',
    });
    expect(await errorOf(suggest('ssoRole', formValues({ ssoSignIn, ssoAccount: '999999999999' })))).toMatchObject({
      code: 'forbidden',
      field: 'ssoAccount',
    });
  });

  test('saves renewed tokens once, and also uses them for connections with the old tokens', async () => {
    const oldTokens = { ...(await signInAndGetTokens()), expiresAt: formatTimestamp(Date.now() - 1000) };
    fixture.sso.requests.length = 0;
    const saveRenewed = vi.fn(async () => undefined);
    const values = formValues({ ssoSignIn: JSON.stringify(oldTokens), ssoAccount: accountId, ssoRole: 'Uploader' });
    for (let count = 0; count < 3; count++) await (await fixture.connect(values, { saveRenewed })).check(neverAborted);
    expect(fixture.sso.calls('/token')).toHaveLength(1);
    expect(saveRenewed).toHaveBeenCalledTimes(1);
    const [savedValues] = saveRenewed.mock.calls[0] as unknown as [FieldValues];
    const renewed = parseSsoTokens(savedValues.ssoSignIn)!;
    expect(renewed.refreshToken).not.toBe(oldTokens.refreshToken);
    expect(Date.parse(renewed.expiresAt)).toBeGreaterThan(Date.now());
  });

  test('asks for a new sign-in if the session has expired', async () => {
    const values = formValues({
      ssoSignIn: JSON.stringify(await signInAndGetTokens()),
      ssoAccount: accountId,
      ssoRole: 'Uploader',
    });
    fixture.sso.endSession();
    const destination = await fixture.connect(values);
    const error = await errorOf(destination.check(neverAborted));
    expect(error).toMatchObject({ code: 'session-expired', field: 'ssoSignIn', params: { why: 'sso' } });
    expect(errorText(error).what).toBe('The IAM Identity Center sign-in has expired.');
  });
});

describe('a sign-in for an AWS profile', () => {
  test('writes the tokens to the cache of the AWS tools, readable only by the owner', async () => {
    const { step, show } = captureStep();
    const signIn = startSignIn({ credentials: 'profile', awsProfile: 'session' }, { show, field: 'awsSignIn' });
    await allow((await step).url);
    const value = await signIn;
    const file = ssoCacheFile(fixture.folder, 'corp');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const savedFile = readFileSync(file, 'utf8');
    expect(value).not.toContain(parseSsoTokens(savedFile)!.accessToken);
    await (await fixture.connect({ credentials: 'profile', awsProfile: 'session' })).check(neverAborted);
  });

  test('fails for a profile without Identity Center and for a missing profile', async () => {
    expect(await errorOf(startSignIn({ awsProfile: 'plain' }, { field: 'awsSignIn' }))).toMatchObject({
      code: 'invalid-input',
      field: 'awsProfile',
      params: { why: 'noSession' },
    });
    expect(await errorOf(startSignIn({ awsProfile: 'gone' }, { field: 'awsSignIn' }))).toMatchObject({
      code: 'secret-missing',
      field: 'awsProfile',
      params: { why: 'noProfile' },
    });
  });
});
