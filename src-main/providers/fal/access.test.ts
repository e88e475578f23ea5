/** Tests who can open a file: revoked links, restricted files, and the account's settings for new files. */
import { afterEach, describe, expect, test } from 'vitest';
import { AppFailure, type AppError } from '../../../src-shared/errors.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import type { FalAccount, FalServerOptions } from '../../../e2e/servers/fal/server.ts';
import type { Driver } from '../contract/provider.ts';
import { patternSource } from '../testing/pattern-source.ts';
import type { FalRef } from './checkpoint.ts';
import { falErrorOf } from './errors.ts';
import { fal } from './index.ts';
import type { FalSettings } from './settings.ts';
import { falDriverAt, falTestKey, limitedFalKey, startFalFixture, type FalFixture } from './testing/fal-fixture.ts';

const neverAborted = new AbortController().signal;
const signedSettings: Partial<FalSettings> = { access: 'signed', linkDays: 1 };

let fixture: FalFixture;
const drivers: Driver[] = [];
afterEach(async () => {
  for (const driver of drivers.splice(0)) driver.close();
  expect(fixture.server.violations).toEqual([]);
  await fixture.stop();
});

async function start(
  options: FalServerOptions = {},
  settings: Partial<FalSettings> = {},
): Promise<{ driver: Driver; connect: (other: Partial<FalSettings>) => Driver }> {
  fixture = await startFalFixture(options);
  const connect = (overrides: Partial<FalSettings>): Driver => {
    const driver = falDriverAt(fixture.proxy.url, overrides);
    drivers.push(driver);
    return driver;
  };
  return { driver: connect(settings), connect };
}

const send = async (driver: Driver, bytes = 10): Promise<FalRef> =>
  (await driver.upload({
    source: patternSource(bytes),
    signal: neverAborted,
    onProgress: () => undefined,
    onCheckpoint: async () => undefined,
  })) as FalRef;
const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;
const routes = (): string[] => fixture.server.requests.map(({ route }) => route);
/** The error with which `work` fails, translated by the provider. */
async function errorFrom(work: Promise<unknown>): Promise<AppError | undefined> {
  const cause: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return cause instanceof AppFailure
    ? cause.error
    : falErrorOf(cause, { key: falTestKey, access: 'public', linkDays: 7 });
}

describe('revoking a link', () => {
  test('is a capability of the provider and a function of the driver', async () => {
    const { driver } = await start();
    expect([fal.capabilities.canRevokeLinks, typeof driver.revokeLink]).toEqual([true, 'function']);
  });

  test('hides the file with the documented request, and the link stops opening', async () => {
    const { driver } = await start();
    const ref = await send(driver);
    expect(await statusOf(ref.file)).toBe(200);
    fixture.proxy.setRule();
    await driver.revokeLink!(ref, neverAborted);
    expect(await statusOf(ref.file)).toBe(404);
    const [request] = fixture.proxy.requests;
    expect([request!.method, request!.target, request!.headers.authorization]).toEqual([
      'PUT',
      `/v1/storage/files/acl?url=${encodeURIComponent(ref.file)}`,
      `Key ${falTestKey}`,
    ]);
    expect(fixture.server.fileAt(ref.file)!.acl).toEqual({ default: 'hide', rules: [] });
  });

  test('succeeds for a link that is already revoked, and for a file that has expired', async () => {
    let now = Date.now();
    const { driver } = await start({ now: () => now }, { expirySeconds: 3600 });
    const ref = await send(driver);
    await driver.revokeLink!(ref, neverAborted);
    await driver.revokeLink!(ref, neverAborted);
    now += 3_600_001;
    await driver.revokeLink!(ref, neverAborted);
  });

  test('fails with an error that names the missing permission if the key may not revoke links', async () => {
    const { driver, connect } = await start();
    const ref = await send(driver);
    const error = (await errorFrom(connect({ key: limitedFalKey }).revokeLink!(ref, neverAborted)))!;
    expect(error).toEqual({ code: 'forbidden', field: 'key', params: { why: 'falRestrict' } });
    expect(errorText(error).remedy).toContain('assets:write');
    expect(await statusOf(ref.file)).toBe(200);
  });

  test('of a signed link is refused, because a signed link opens the file regardless of its access list', async () => {
    const { driver } = await start({}, signedSettings);
    const ref = await send(driver);
    const link = await driver.link(ref, neverAborted);
    expect(link.isSigned).toBe(true);
    expect(await errorFrom(driver.revokeLink!(ref, neverAborted))).toMatchObject({ params: { why: 'falSigned' } });
    expect(await statusOf(link.url)).toBe(200);
    expect(routes()).not.toContain('set-acl');
  });

  test('of a file that has no access list is refused', async () => {
    const { driver } = await start();
    const ref = await send(driver);
    fixture.server.overrideResponse = (route) =>
      route === 'set-acl' ? { status: 404, headers: { 'content-type': 'application/json' }, body: [] } : undefined;
    expect(await errorFrom(driver.revokeLink!(ref, neverAborted))).toMatchObject({ params: { why: 'falAcl' } });
  });

  test('fails if the service applies another list than the requested one', async () => {
    const { driver } = await start();
    const ref = await send(driver);
    fixture.server.overrideResponse = (route) =>
      route === 'set-acl'
        ? {
            status: 200,
            headers: { 'content-type': 'application/json' },
            body: [Buffer.from('{"default":"allow","rules":[]}')],
          }
        : undefined;
    expect(await errorFrom(driver.revokeLink!(ref, neverAborted))).toMatchObject({ params: { why: 'falAcl' } });
  });
});

describe('the account’s settings for new files', () => {
  test('are read once per destination, before the first upload', async () => {
    const { driver } = await start();
    await send(driver);
    await send(driver);
    expect(routes()).toEqual(['settings', 'initiate', 'put', 'initiate', 'put']);
  });

  test.each(['forbid', 'hide'] as const)('that %s access stop a public upload before its first byte', async (acl) => {
    const { driver } = await start({ account: { acl: { default: acl, rules: [] } } });
    const error = (await errorFrom(send(driver)))!;
    expect(error).toEqual({ code: 'forbidden', field: 'access', params: { why: 'falAccount' } });
    expect(errorText(error).what).toBe('Your fal.ai account restricts new files, so the link wouldn’t open.');
    expect(routes()).toEqual(['settings']);
    expect(fixture.server.leftovers().objects).toBe(0);
  });

  test('are read again after such an error, because the user may have changed them', async () => {
    const account: FalAccount = { acl: { default: 'forbid', rules: [] } };
    const { driver } = await start({ account });
    await expect(send(driver)).rejects.toThrow();
    delete account.acl;
    expect(await statusOf((await send(driver)).file)).toBe(200);
  });

  test('do not affect signed links', async () => {
    const { driver } = await start({ account: { acl: { default: 'hide', rules: [] } } }, signedSettings);
    const { url } = await driver.link(await send(driver), neverAborted);
    expect(await statusOf(url)).toBe(200);
  });

  test('decide when a link expires, if the destination has no expiry', async () => {
    const { driver, connect } = await start({ account: { seconds: 7200 } });
    const link = await driver.link(await send(driver), neverAborted);
    expect(link.visibility).toBe('expiring');
    expect(Math.abs(link.expiresAt! - Date.now() - 7_200_000)).toBeLessThan(60_000);
    const driverWithExpiry = connect({ expirySeconds: 3600 });
    const shorterLink = await driverWithExpiry.link(await send(driverWithExpiry), neverAborted);
    expect(Math.abs(shorterLink.expiresAt! - Date.now() - 3_600_000)).toBeLessThan(60_000);
  });

  test('are optional: a key that may not read them uploads as before', async () => {
    const { driver } = await start({}, { key: limitedFalKey });
    expect(await statusOf((await send(driver)).file)).toBe(200);
    await send(driver);
    expect(routes().filter((route) => route === 'settings')).toHaveLength(1);
  });
});

describe('a file that only signed links may open', () => {
  test('is restricted after the upload if the service ignored the access list of the upload', async () => {
    const { driver } = await start({ ignoresInitialAcl: true }, signedSettings);
    const ref = await send(driver);
    expect(await statusOf(ref.file)).toBe(403);
    expect(await statusOf((await driver.link(ref, neverAborted)).url)).toBe(200);
  });

  test('makes the upload fail if the file stays public, because the key may not restrict it', async () => {
    const readOnly = 'read:only';
    const { driver } = await start(
      { ignoresInitialAcl: true, keys: { [readOnly]: { mayWriteAssets: false } } },
      { ...signedSettings, key: readOnly },
    );
    expect(await errorFrom(send(driver))).toMatchObject({ code: 'forbidden', params: { why: 'falRestrict' } });
  });
});
