/** Signing in at IAM Identity Center inside the app, and choosing an account and a role. */
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppFailure, type AppError } from '../../../../src-shared/errors.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { SignInStep } from '../../../../src-shared/provider.ts';
import { errorText } from '../../../../src-shared/text/text.ts';
import { computerWith } from '../../../platform/computer.ts';
import type { SignInPorts } from '../../provider.ts';
import { account, AwsBench, never, startUrl } from '../testing/aws-bench.ts';
import { ports } from '../testing/subject.ts';
import { signIn, ssoChoices } from '../sign-in.ts';
import { cacheFile, isoTime, readTokens, type SsoTokens } from './sso-tokens.ts';

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
  bench.sso.hurried = false;
  vi.stubEnv('AWS_ENDPOINT_URL_SSO', bench.sso.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', bench.sso.url);
});

const form = (more: FieldValues = {}): FieldValues => ({
  credentials: 'sso',
  ssoStartUrl: `${startUrl}/#/?tab=accounts`,
  ssoRegion: 'us-west-2',
  ...more,
});

interface Person {
  show?(step: SignInStep): void;
  field?: string;
  signal?: AbortSignal;
}

async function begin(
  values: FieldValues,
  { show = () => undefined, field = 'ssoSignIn', signal = never }: Person = {},
): Promise<string> {
  const its: SignInPorts = {
    ...ports,
    randomBytes: (count) => randomBytes(count),
    computer: computerWith(process.env),
    show,
    pasted: () => new Promise(() => undefined),
  };
  const { value } = await signIn({ field, values, computer: its.computer, signal }, its);
  return value;
}

const refused = (signing: Promise<unknown>): Promise<AppError> =>
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

/** As a browser, or as somebody who pretends to be one. */
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

/** What the page does once the person allowed it: back to this computer. */
const allow = async (url: string): Promise<Answer> => visit((await visit(url)).location ?? '');

const shown = (): { step: Promise<SignInStep>; show(step: SignInStep): void } => {
  let show: (step: SignInStep) => void = () => undefined;
  const step = new Promise<SignInStep>((resolve) => {
    show = resolve;
  });
  return { step, show: (one) => show(one) };
};

describe('in the browser', () => {
  test('the page comes back to this computer, which says so, and the tokens are there', async () => {
    const { step, show } = shown();
    const signing = begin(form(), { show });
    const { url, code, paste } = await step;
    expect([code, paste]).toEqual([undefined, undefined]);
    expect(url.startsWith(`${bench.sso.url}/authorize?`)).toBe(true);
    const page = await allow(url);
    expect(page).toMatchObject({
      status: 200,
      text: 'You are signed in. You can close this page and go back to Hoist.\n',
    });
    const tokens = readTokens(await signing);
    expect(tokens).toMatchObject({ startUrl, region: 'us-west-2' });
    expect(tokens?.refreshToken).toBeDefined();
    expect(Date.parse(tokens!.expiresAt)).toBeGreaterThan(Date.now() + 3_000_000);
    // Nobody is let in a second time.
    await expect(visit(new URL(url).searchParams.get('redirect_uri')!)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('another state, another host, another path or method: turned away, and the person can still go on', async () => {
    const { step, show } = shown();
    const signing = begin(form(), { show });
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
    expect(readTokens(await signing)).toBeDefined();
  });

  test('refused there, and given up here', async () => {
    const { step, show } = shown();
    const signing = refused(begin(form(), { show }));
    const page = await allow(`${(await step).url}&deny`);
    expect(page.text).toMatch(/refused/);
    const error = await signing;
    expect(error).toMatchObject({ code: 'unauthorized', field: 'ssoSignIn', params: { why: 'denied' } });
    expect(errorText(error).what).toBe('The sign-in was refused on the service’s page.');
    const over = new AbortController();
    const { step: second, show: showSecond } = shown();
    const givenUp = refused(begin(form(), { show: showSecond, signal: over.signal }));
    const { url } = await second;
    over.abort();
    expect(await givenUp).toMatchObject({ code: 'canceled' });
    await expect(visit(new URL(url).searchParams.get('redirect_uri')!)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a code of another sign-in is no use', async () => {
    const { step, show } = shown();
    const signing = refused(begin(form(), { show }));
    const { url } = await step;
    const other = shown();
    const its = begin(form(), { show: other.show });
    const otherUrl = (await other.step).url;
    const stolen = new URL((await visit(otherUrl)).location!).searchParams.get('code')!;
    const back = new URL((await visit(url)).location!);
    back.searchParams.set('code', stolen);
    await visit(back.href);
    expect((await signing).code).toBe('session-expired');
    await allow(otherUrl);
    expect(readTokens(await its)).toBeDefined();
  });
});

describe('with a code', () => {
  test('shown, waited for, and slower when asked to be', { timeout: 20_000 }, async () => {
    const { step, show } = shown();
    const signing = begin(form({ ssoFlow: 'code' }), { show });
    expect(await step).toEqual({ url: `${startUrl}/#/device?user_code=BCDF-GHJK`, code: 'BCDF-GHJK' });
    await vi.waitFor(() => expect(bench.sso.calls('/token').length).toBeGreaterThan(0), { timeout: 10_000 });
    bench.sso.approve();
    expect(readTokens(await signing)?.refreshToken).toBeDefined();
  });

  test('denied', { timeout: 20_000 }, async () => {
    const signing = refused(begin(form({ ssoFlow: 'code' }), { show: () => bench.sso.deny() }));
    expect(await signing).toMatchObject({ code: 'unauthorized', field: 'ssoSignIn' });
  });
});

test.each<[string, FieldValues, object]>([
  [
    'no start address',
    { ssoStartUrl: '' },
    { code: 'invalid-input', field: 'ssoStartUrl', params: { why: 'missing' } },
  ],
  [
    'a start address that is none',
    { ssoStartUrl: 'corp' },
    { code: 'invalid-input', field: 'ssoStartUrl', params: { why: 'startUrl' } },
  ],
  ['no region', { ssoRegion: '' }, { code: 'invalid-input', field: 'ssoRegion' }],
  [
    'somebody else’s start address',
    { ssoStartUrl: 'https://other.awsapps.com/start' },
    { code: 'invalid-input', field: 'ssoStartUrl', params: { why: 'ssoStart' } },
  ],
  [
    'the same, with a code',
    { ssoStartUrl: 'https://other.awsapps.com/start', ssoFlow: 'code' },
    { code: 'invalid-input', field: 'ssoStartUrl', params: { why: 'ssoStart' } },
  ],
])('%s', async (_, values, error) => {
  expect(await refused(begin(form(values)))).toMatchObject(error);
});

test('a service that is not there is named', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', 'http://127.0.0.1:9');
  expect(await refused(begin(form()))).toMatchObject({ code: 'unreachable', params: { host: '127.0.0.1:9' } });
});

describe('once signed in', () => {
  const tokensNow = async (): Promise<SsoTokens> => {
    const { step, show } = shown();
    const signing = begin(form(), { show });
    await allow((await step).url);
    return readTokens(await signing)!;
  };
  const choose = (field: 'ssoAccount' | 'ssoRole', values: FieldValues, its = ports) =>
    ssoChoices(field, values, { computer: computerWith(process.env), signal: never }, its);

  test('accounts and roles to choose from, all pages of them, and a file goes to the bucket with what was chosen', async () => {
    const ssoSignIn = JSON.stringify(await tokensNow());
    const accounts = await choose('ssoAccount', form({ ssoSignIn }));
    expect(accounts).toEqual([`${account} Production`, '210987654321 Sandbox']);
    const ssoAccount = accounts[0]!;
    expect(await choose('ssoRole', form({ ssoSignIn, ssoAccount }))).toEqual(['Uploader', 'Reader']);
    const sent = await bench.upload(await bench.connect(form({ ssoSignIn, ssoAccount, ssoRole: 'Uploader' })), {
      size: 1000,
    });
    expect(await bench.isWhole(sent.ref, 1000)).toBe(true);
  });

  test('what cannot be chosen from yet', async () => {
    expect(await refused(choose('ssoAccount', form()))).toMatchObject({
      code: 'invalid-input',
      field: 'ssoSignIn',
      params: { why: 'signIn' },
    });
    const ssoSignIn = JSON.stringify(await tokensNow());
    expect(await refused(choose('ssoRole', form({ ssoSignIn, ssoAccount: 'mine' })))).toMatchObject({
      code: 'invalid-input',
      field: 'ssoAccount',
    });
    expect(await refused(choose('ssoRole', form({ ssoSignIn, ssoAccount: '999999999999' })))).toMatchObject({
      code: 'forbidden',
      field: 'ssoAccount',
    });
  });

  test('tokens that are renewed are kept, once, and used by who still has the old ones', async () => {
    const old = { ...(await tokensNow()), expiresAt: isoTime(Date.now() - 1000) };
    bench.sso.heard.length = 0;
    const keep = vi.fn(async () => undefined);
    const values = form({ ssoSignIn: JSON.stringify(old), ssoAccount: account, ssoRole: 'Uploader' });
    for (let count = 0; count < 3; count++) await (await bench.connect(values, { keep })).check(never);
    expect(bench.sso.calls('/token')).toHaveLength(1);
    expect(keep).toHaveBeenCalledTimes(1);
    const [kept] = keep.mock.calls[0] as unknown as [FieldValues];
    const renewed = readTokens(kept.ssoSignIn)!;
    expect(renewed.refreshToken).not.toBe(old.refreshToken);
    expect(Date.parse(renewed.expiresAt)).toBeGreaterThan(Date.now());
  });

  test('a session that is over: sign in again, at that field', async () => {
    const values = form({ ssoSignIn: JSON.stringify(await tokensNow()), ssoAccount: account, ssoRole: 'Uploader' });
    bench.sso.endSession();
    const destination = await bench.connect(values);
    const error = await refused(destination.check(never));
    expect(error).toMatchObject({ code: 'session-expired', field: 'ssoSignIn', params: { why: 'sso' } });
    expect(errorText(error).what).toBe('The sign-in at IAM Identity Center has expired.');
  });
});

describe('for a profile of the AWS tools', () => {
  test('what they keep is written for them, readable for its owner alone, and the profile works', async () => {
    const { step, show } = shown();
    const signing = begin({ credentials: 'profile', awsProfile: 'session' }, { show, field: 'awsSignIn' });
    await allow((await step).url);
    const value = await signing;
    const file = cacheFile(bench.folder, 'corp');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const kept = readFileSync(file, 'utf8');
    expect(value).not.toContain(readTokens(kept)!.accessToken);
    await (await bench.connect({ credentials: 'profile', awsProfile: 'session' })).check(never);
  });

  test('one that does not sign in there, and one that is not there', async () => {
    expect(await refused(begin({ awsProfile: 'plain' }, { field: 'awsSignIn' }))).toMatchObject({
      code: 'invalid-input',
      field: 'awsProfile',
      params: { why: 'noSession' },
    });
    expect(await refused(begin({ awsProfile: 'gone' }, { field: 'awsSignIn' }))).toMatchObject({
      code: 'secret-missing',
      field: 'awsProfile',
      params: { why: 'noProfile' },
    });
  });
});
