/** Whose bucket is elsewhere: the store says so, and where nobody had said otherwise, that counts. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { ServedPractice } from '../../practice/testing/served.ts';
import { connectDestination, testDestination, type ConnectedDestination } from '../connect.ts';
import type { Driver, DriverPorts } from '../provider.ts';
import { FaultProxy } from '../testing/faults.ts';
import { patternOf, patternSource, patternStream } from '../testing/source.ts';
import { s3 } from './index.ts';
import type { S3Settings } from './settings.ts';
import { driverFor, ports, tuned } from './testing/subject.ts';

const never = new AbortController().signal;
const home = 'us-east-1';
const MiB = 1024 ** 2;

let practice: ServedPractice;
let proxy: FaultProxy;
let values: FieldValues;
const drivers: (Driver | ConnectedDestination)[] = [];
beforeAll(async () => {
  practice = await ServedPractice.start();
  proxy = await FaultProxy.start(practice.address.endpoint);
  const { bucket, accessKeyId, secretAccessKey } = practice.address;
  values = { endpoint: proxy.url, bucket, accessKeyId, secretAccessKey, pathStyle: 'true', linkKind: 'expiring' };
});
afterEach(() => {
  for (const one of drivers.splice(0)) one.close();
  proxy.set();
});
afterAll(async () => {
  await proxy?.stop();
  await practice?.stop();
});

/** Nobody said where the bucket is, and the guess is wrong. */
const astray = (its: Partial<DriverPorts> = {}): Driver => {
  const driver = driverFor(values, {
    settings: { region: 'eu-west-9', isRegionOpen: true } satisfies Partial<S3Settings>,
    ports: its,
  });
  drivers.push(driver);
  return driver;
};
const transfer = (source = patternSource(100)) => ({
  source,
  signal: never,
  onCheckpoint: async () => undefined,
  onProgress: () => undefined,
});
const scopes = (): string[] =>
  proxy.seen.map(({ headers }) => /\/([\w-]+)\/s3\//.exec(headers.authorization ?? '')?.[1] ?? '');

describe('where the region was left open', { timeout: 60_000 }, () => {
  test('the check asks once, follows, and tells', async () => {
    const driver = astray();
    expect(await driver.check(never)).toMatchObject({
      code: 'wrong-region',
      field: 'region',
      params: { region: home, why: 'found' },
    });
    expect(scopes()).toEqual(['eu-west-9', home, home]);
  });

  test('files in one request, in parts and of unknown length arrive, and their links open', async () => {
    for (const source of [patternSource(100), patternSource(17 * MiB)]) {
      const driver = astray();
      const ref = await driver.upload(transfer(source));
      const answer = await fetch((await driver.link(ref, never)).url);
      expect(Buffer.from(await answer.arrayBuffer()).equals(patternOf(source.size))).toBe(true);
      // Only the first request of all went astray.
      expect(scopes().filter((region) => region === 'eu-west-9').length).toBeLessThanOrEqual(4);
      await driver.discard({ ref }, never);
    }
    const driver = astray();
    const ref = await driver.upload({
      source: patternStream(1000),
      signal: never,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
    });
    expect(await driver.stat(ref, never)).toEqual({ size: 1000 });
    await driver.discard({ ref }, never);
  });

  test('a later driver makes working links without asking the store', async () => {
    const ref = await astray().upload(transfer());
    proxy.set();
    const { url } = await astray().link(JSON.parse(JSON.stringify(ref)) as typeof ref, never);
    expect(proxy.seen).toEqual([]);
    expect((await fetch(url)).status).toBe(200);
  });

  test('what was found is kept with the destination, once, and only when it worked', async () => {
    const kept: FieldValues[] = [];
    const keep = async (found: FieldValues): Promise<void> => {
      kept.push(found);
    };
    const driver = astray({ keep });
    for (const size of [100, 200])
      await driver.discard({ ref: await driver.upload(transfer(patternSource(size))) }, never);
    expect(kept).toEqual([{ region: home }]);
    proxy.set(({ headers }) =>
      headers.authorization?.includes('/eu-west-9/s3/') ? undefined : { kind: 'answer', status: 403 },
    );
    await expect(astray({ keep }).upload(transfer())).rejects.toThrow();
    expect(kept).toHaveLength(1);
  });

  test('an upload is done also where what was found cannot be kept', async () => {
    const driver = astray({
      keep: async () => {
        throw failure('disk-full');
      },
    });
    await driver.discard({ ref: await driver.upload(transfer()) }, never);
  });

  test('a redirect that only its header explains is followed too', async () => {
    proxy.set(({ headers }) =>
      /\/eu-west-9\/s3\//.test(headers.authorization ?? '')
        ? { kind: 'answer', status: 301, headers: { 'x-amz-bucket-region': home } }
        : undefined,
    );
    const driver = astray();
    await driver.check(never);
    expect(scopes()).toEqual(['eu-west-9', home, home]);
  });

  test('a store that sends everybody elsewhere is not followed for ever', async () => {
    let number = 0;
    proxy.set(() => ({
      kind: 'answer',
      status: 400,
      body: `<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-${++number}</Region></Error>`,
    }));
    await expect(astray().check(never)).rejects.toMatchObject({ name: 'AuthorizationHeaderMalformed' });
    expect(proxy.seen).toHaveLength(2);
  });

  test('the form says nothing, Amazon’s way: an empty field is open, and Practice is found', async () => {
    const report = await testDestination(s3, values, ports);
    expect(report.ok).toBe(true);
  });
});

test('what was typed is not overruled: the right region is offered', async () => {
  const destination = await connectDestination(tuned({ retryMs: 1 }), { ...values, region: 'eu-west-9' }, ports);
  drivers.push(destination);
  const cause: unknown = await destination.check(never).catch((thrown: unknown) => thrown);
  expect(cause).toBeInstanceOf(AppFailure);
  const { error } = cause as AppFailure;
  expect(error).toMatchObject({ code: 'wrong-region', field: 'region', params: { region: home } });
  expect(errorText(error)).toEqual({
    what: 'The bucket is in us-east-1.',
    remedy: 'Change the region of this destination to us-east-1.',
  });
  expect(scopes()).toEqual(['eu-west-9']);
});
