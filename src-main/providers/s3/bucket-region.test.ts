/** Buckets in another region than expected. The store reports the region. Hoist uses it if the user entered none. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { TestPractice } from '../../practice/testing/test-practice.ts';
import { connectDestination, type ConnectedDestination } from '../destination/connect.ts';
import { testDestination } from '../destination/test-destination.ts';
import type { Driver, DriverPorts } from '../contract/provider.ts';
import { FaultProxy } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource, patternStream } from '../testing/pattern-source.ts';
import { s3 } from './index.ts';
import type { S3Settings } from './settings.ts';
import { createTestDriver, s3TestPorts, s3ProviderWith } from './testing/subject.ts';

const neverAborted = new AbortController().signal;
const actualRegion = 'us-east-1';
const MiB = 1024 ** 2;

let practice: TestPractice;
let proxy: FaultProxy;
let values: FieldValues;
const drivers: (Driver | ConnectedDestination)[] = [];
beforeAll(async () => {
  practice = await TestPractice.start();
  proxy = await FaultProxy.start(practice.address.endpoint);
  const { bucket, accessKeyId, secretAccessKey } = practice.address;
  values = { endpoint: proxy.url, bucket, accessKeyId, secretAccessKey, pathStyle: 'true', linkKind: 'expiring' };
});
afterEach(() => {
  for (const driver of drivers.splice(0)) driver.close();
  proxy.setRule();
});
afterAll(async () => {
  await proxy?.stop();
  await practice?.stop();
});

/** Creates a driver for a user who entered no region. The guessed region is wrong. */
const driverInWrongRegion = (driverPorts: Partial<DriverPorts> = {}): Driver => {
  const driver = createTestDriver(values, {
    settings: { region: 'eu-west-9', isRegionGuessed: true } satisfies Partial<S3Settings>,
    ports: driverPorts,
  });
  drivers.push(driver);
  return driver;
};
const transfer = (source = patternSource(100)) => ({
  source,
  signal: neverAborted,
  onCheckpoint: async () => undefined,
  onProgress: () => undefined,
});
/** The regions that the requests were signed for. */
const signedRegions = (): string[] =>
  proxy.requests.map(({ headers }) => /\/([\w-]+)\/s3\//.exec(headers.authorization ?? '')?.[1] ?? '');

describe('a destination without a region', { timeout: 60_000 }, () => {
  test('is checked with a second request in the right region, and the check reports the region', async () => {
    const driver = driverInWrongRegion();
    expect(await driver.check(neverAborted)).toMatchObject({
      code: 'wrong-region',
      field: 'region',
      params: { region: actualRegion, why: 'found' },
    });
    expect(signedRegions()).toEqual(['eu-west-9', actualRegion, actualRegion]);
  });

  test('stores files in one request, in parts and of unknown length, and their links open', async () => {
    for (const source of [patternSource(100), patternSource(17 * MiB)]) {
      const driver = driverInWrongRegion();
      const ref = await driver.upload(transfer(source));
      const answer = await fetch((await driver.link(ref, neverAborted)).url);
      expect(Buffer.from(await answer.arrayBuffer()).equals(patternBytes(source.size))).toBe(true);
      // Only requests that started before the first answer used the wrong region: at most the four parts at once.
      expect(signedRegions().filter((region) => region === 'eu-west-9').length).toBeLessThanOrEqual(4);
      await driver.discard({ ref }, neverAborted);
    }
    const driver = driverInWrongRegion();
    const ref = await driver.upload({
      source: patternStream(1000),
      signal: neverAborted,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
    });
    expect(await driver.stat(ref, neverAborted)).toEqual({ size: 1000 });
    await driver.discard({ ref }, neverAborted);
  });

  test('creates links in a new process without a request to the store', async () => {
    const ref = await driverInWrongRegion().upload(transfer());
    proxy.setRule();
    const { url } = await driverInWrongRegion().link(JSON.parse(JSON.stringify(ref)) as typeof ref, neverAborted);
    expect(proxy.requests).toEqual([]);
    expect((await fetch(url)).status).toBe(200);
  });

  test('saves the detected region once, and only after a success', async () => {
    const saved: FieldValues[] = [];
    const saveRenewed = async (values: FieldValues): Promise<void> => {
      saved.push(values);
    };
    const driver = driverInWrongRegion({ saveRenewed });
    for (const size of [100, 200])
      await driver.discard({ ref: await driver.upload(transfer(patternSource(size))) }, neverAborted);
    expect(saved).toEqual([{ region: actualRegion }]);
    proxy.setRule(({ headers }) =>
      headers.authorization?.includes('/eu-west-9/s3/') ? undefined : { kind: 'answer', status: 403 },
    );
    await expect(driverInWrongRegion({ saveRenewed }).upload(transfer())).rejects.toThrow();
    expect(saved).toHaveLength(1);
  });

  test('stores a file even if the detected region cannot be saved', async () => {
    const driver = driverInWrongRegion({
      saveRenewed: async () => {
        throw failure('disk-full');
      },
    });
    await driver.discard({ ref: await driver.upload(transfer()) }, neverAborted);
  });

  test('follows a redirect whose region is only in a header', async () => {
    proxy.setRule(({ headers }) =>
      /\/eu-west-9\/s3\//.test(headers.authorization ?? '')
        ? { kind: 'answer', status: 301, headers: { 'x-amz-bucket-region': actualRegion } }
        : undefined,
    );
    const driver = driverInWrongRegion();
    await driver.check(neverAborted);
    expect(signedRegions()).toEqual(['eu-west-9', actualRegion, actualRegion]);
  });

  test('fails after one redirect if the store redirects every request', async () => {
    let number = 0;
    proxy.setRule(() => ({
      kind: 'answer',
      status: 400,
      body: `<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-${++number}</Region></Error>`,
    }));
    await expect(driverInWrongRegion().check(neverAborted)).rejects.toMatchObject({
      name: 'AuthorizationHeaderMalformed',
    });
    expect(proxy.requests).toHaveLength(2);
  });

  test('passes the check on Practice', async () => {
    const report = await testDestination(s3, values, s3TestPorts);
    expect(report.ok).toBe(true);
  });
});

test('a destination with a wrong region reports the right region and does not use it', async () => {
  const destination = await connectDestination(
    s3ProviderWith({ retryMs: 1 }),
    { ...values, region: 'eu-west-9' },
    s3TestPorts,
  );
  drivers.push(destination);
  const cause: unknown = await destination.check(neverAborted).catch((thrown: unknown) => thrown);
  expect(cause).toBeInstanceOf(AppFailure);
  const { error } = cause as AppFailure;
  expect(error).toMatchObject({ code: 'wrong-region', field: 'region', params: { region: actualRegion } });
  expect(errorText(error)).toEqual({
    what: 'The bucket is in us-east-1.',
    remedy: 'Change the region of this destination to us-east-1.',
  });
  expect(signedRegions()).toEqual(['eu-west-9']);
});
