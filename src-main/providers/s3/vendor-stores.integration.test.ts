/**
 * Each preset against an emulator of its service. The emulator refuses the headers that the service refuses
 * (e2e/servers/s3-vendor-rules.ts), so a preset that sends one of them fails here.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { MiB } from '../../platform/testing/mib.ts';
import { neverAborted } from '../../platform/testing/never-aborted.ts';
import { behaviourOf, type StoreBehaviour } from '../../../e2e/servers/s3-vendor-rules.ts';
import { VendorStore } from '../../../e2e/servers/s3-vendor-store.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Checkpoint } from '../../../src-shared/upload.ts';
import type { KeyBuilder } from '../contract/provider.ts';
import { testDestination } from '../destination/test-destination.ts';
import { createSampler } from '../../testing/sample.ts';
import { patternBytes, patternSource, patternStream } from '../testing/pattern-source.ts';
import { s3 } from './index.ts';
import { withMeasuredFeatures } from './measured-features.ts';
import { services, type Service } from './presets.ts';
import { createTransfer, errorCodeOf, keyOf, recordTo, thrownBy } from './testing/driver-fixture.ts';
import { createTestDriver, s3TestPorts } from './testing/subject.ts';

const twoParts = 5 * MiB + 3;

let stores: VendorStore[] = [];
let drivers: ReturnType<typeof createTestDriver>[] = [];
afterEach(async () => {
  for (const driver of drivers) driver.close();
  for (const store of stores) await store.stop();
  [stores, drivers] = [[], []];
});

async function startStore(behaviour: Partial<StoreBehaviour>): Promise<VendorStore> {
  const store = await VendorStore.start(behaviour);
  stores.push(store);
  return store;
}

/** Connects to the emulator with the traits and the ACL of a preset. */
function connect(store: VendorStore, service: Service, values: FieldValues = {}): ReturnType<typeof createTestDriver> {
  const driver = createTestDriver(
    {
      endpoint: store.url,
      region: service.region,
      bucket: 'photos',
      accessKeyId: 'AKID',
      secretAccessKey: 'secret',
      linkKind: 'public',
      ...values,
    },
    {
      settings: {
        store: { ...service, preferredPartBytes: 5 * MiB },
        ...(service.acl === 'possible' ? { acl: 'public-read' as const } : {}),
      },
    },
  );
  drivers.push(driver);
  return driver;
}

const serviceOf = (id: string): Service => services.find((service) => service.id === id)!;
const namedKey = (key: string, ifTaken: KeyBuilder['ifTaken'] = 'new-name'): KeyBuilder => ({
  isUnique: false,
  ifTaken,
  path: async (attempt) => (attempt === 1 ? key : `${key}-${attempt}`),
});

/** The kind of checksum of each request, and the status of its answer. */
const checksumHeaders = (store: VendorStore, kind: string): unknown[] =>
  store.requests
    .filter((request) => request.kind === kind)
    .map(({ headers, status }) => [
      headers['x-amz-checksum-crc32'] === undefined && headers['x-amz-checksum-algorithm'] === undefined
        ? 'md5'
        : 'crc32',
      status,
    ]);

const sample = createSampler('presets of S3 services');
const sampledServices = sample(services, 8, ({ checksum, pathStyle, condition }) => [checksum, pathStyle, condition]);

describe.each(sampledServices)('the preset $id', (service) => {
  test('sends no header that its service refuses, and keeps the exact bytes', async () => {
    const store = await startStore(behaviourOf(service.id));
    const driver = connect(store, service);
    await driver.check(neverAborted);
    for (const size of [1000, twoParts]) {
      const source = { ...patternSource(size), name: 'a.bin' };
      const refs = [
        await driver.upload(createTransfer(source)),
        await driver.upload({ ...createTransfer(source), keyBuilder: namedKey(`named-${size}`) }),
        await driver.upload({ ...createTransfer(source), keyBuilder: namedKey(`named-${size}`) }),
        await driver.upload({ ...createTransfer(source), keyBuilder: namedKey(`named-${size}`, 'replace') }),
        await driver.upload({ ...createTransfer(source), source: patternStream(size), onProgress: () => undefined }),
      ];
      expect(refs.slice(1, 4).map(keyOf)).toEqual([`named-${size}`, `named-${size}-2`, `named-${size}`]);
      for (const ref of refs) {
        expect(store.bytes(keyOf(ref))?.equals(patternBytes(size))).toBe(true);
        expect(await driver.stat(ref, neverAborted)).toEqual({ size });
        await driver.discard({ ref }, neverAborted);
      }
    }
    expect(store.refusals.map(({ kind, target, code }) => ({ kind, target, code }))).toEqual([]);
    expect([store.objects.size, store.uploads.size]).toEqual([0, 0]);
  });
});

describe('Google Cloud Storage', () => {
  const google = serviceOf('gcs');

  test('gets no conditional header and no x-goog header', async () => {
    const store = await startStore(behaviourOf('gcs'));
    const driver = connect(store, google);
    for (const size of [1000, twoParts]) {
      const ref = await driver.upload({ ...createTransfer(patternSource(size)), keyBuilder: namedKey('a.txt') });
      await driver.discard({ ref }, neverAborted);
    }
    const names = new Set(store.requests.flatMap(({ headers }) => Object.keys(headers)));
    expect([...names].filter((name) => /^(?:if-|x-goog-)/.test(name))).toEqual([]);
  });

  test('is asked for a named key directly before the write, and never for a random key', async () => {
    const store = await startStore(behaviourOf('gcs'));
    const driver = connect(store, google);
    await driver.upload({ ...createTransfer(patternSource(10)), keyBuilder: namedKey('a.txt') });
    expect(store.requests.map(({ kind }) => kind)).toEqual(['head', 'head', 'put']);
    store.requests = [];
    await driver.upload({ ...createTransfer(patternSource(twoParts)), keyBuilder: namedKey('b.txt') });
    expect(store.requests.map(({ kind }) => kind)).toEqual(['head', 'create', 'part', 'part', 'head', 'complete']);
    store.requests = [];
    await driver.upload(createTransfer(patternSource(10)));
    expect(store.requests.map(({ kind }) => kind)).toEqual(['put']);
  });

  test('keeps an object that appears while the file is being sent', async () => {
    const store = await startStore(behaviourOf('gcs'));
    const driver = connect(store, google);
    const ref = await driver.upload({
      ...createTransfer(patternSource(twoParts), {
        onBytesStored: () => {
          if (!store.objects.has('a.txt')) store.put('a.txt', 'theirs');
        },
      }),
      keyBuilder: namedKey('a.txt'),
    });
    expect(keyOf(ref)).toBe('a.txt-2');
    expect(store.bytes('a.txt')?.toString()).toBe('theirs');
  });

  test('answers ExcessHeaderValues to a request with a Google header, as the real service does', async () => {
    const store = await startStore(behaviourOf('gcs'));
    const driver = createTestDriver(
      { endpoint: store.url, region: 'auto', bucket: 'photos', accessKeyId: 'A', secretAccessKey: 's' },
      { settings: { store: google, headers: { 'x-goog-if-generation-match': '0' } } },
    );
    drivers.push(driver);
    expect(await errorCodeOf(driver.upload(createTransfer(patternSource(10))))).toBe('ExcessHeaderValues');
    expect((await thrownBy(driver.check(neverAborted))).name).toBe('ExcessHeaderValues');
  });
});

describe('the test of a destination', () => {
  const valuesFor = (store: VendorStore): FieldValues => ({
    endpoint: store.url,
    region: 'us-east-1',
    bucket: 'photos',
    accessKeyId: 'AKID',
    secretAccessKey: 'secret',
    linkKind: 'public',
    nameTemplate: '{name}',
  });
  test.each<[Partial<StoreBehaviour>, string]>([
    [{}, 'crc32=honours,ifNoneMatch=honours'],
    [{ crc32: 'ignores' }, 'crc32=ignores,ifNoneMatch=honours'],
    [{ crc32: 'refuses' }, 'crc32=refuses,ifNoneMatch=honours'],
    [{ ifNoneMatch: 'ignores' }, 'crc32=honours,ifNoneMatch=ignores'],
    [{ ifNoneMatch: 'ignores', metadata: 'drops' }, 'crc32=honours,ifNoneMatch=ignores'],
    [{ metadata: 'drops' }, 'crc32=honours,ifNoneMatch=honours'],
    [{ ifNoneMatch: 'refuses' }, 'crc32=honours,ifNoneMatch=refuses'],
  ])('measures a store with %j, and leaves nothing behind', async (behaviour, expected) => {
    const store = await startStore(behaviour);
    store.put('hoist-test.txt', 'theirs');
    const saved: FieldValues[] = [];
    const report = await testDestination(s3, valuesFor(store), {
      ...s3TestPorts,
      saveRenewed: async (values) => {
        saved.push(values);
      },
    });
    expect(report.ok).toBe(true);
    expect(saved).toEqual([{ storeFeatures: expected }]);
    expect([...store.objects.keys()]).toEqual(['hoist-test.txt']);
    expect(store.bytes('hoist-test.txt')?.toString()).toBe('theirs');
  });

  test('removes only its own file if the store drops the mark', async () => {
    const store = await startStore({ metadata: 'drops' });
    const driver = createTestDriver(valuesFor(store));
    drivers.push(driver);
    const uniqueContent = patternBytes(10);
    const checkpoints: Checkpoint[] = [];
    const transfer = createTransfer(patternSource(10), { onCheckpoint: recordTo(checkpoints) });
    const ref = await driver.upload({ ...transfer, keyBuilder: namedKey('a.txt') });
    const targets = [{ ref }, { checkpoint: checkpoints.at(-1)! }];
    for (const target of targets) {
      store.put('a.txt', 'their file');
      await driver.discard({ ...target, uniqueContent }, neverAborted);
      expect(store.bytes('a.txt')?.toString()).toBe('their file');
      store.put('a.txt', '');
      store.objects.get('a.txt')!.bytes = uniqueContent;
      await driver.discard({ ...target, uniqueContent }, neverAborted);
      expect([...store.objects.keys()]).toEqual([]);
    }
  });

  test('lets later uploads check the key themselves if the store ignores conditions', async () => {
    const store = await startStore({ ifNoneMatch: 'ignores' });
    const driver = createTestDriver({ ...valuesFor(store), storeFeatures: 'crc32=honours,ifNoneMatch=ignores' });
    drivers.push(driver);
    await driver.upload({ ...createTransfer(patternSource(10)), keyBuilder: namedKey('a.txt') });
    expect(store.requests.map(({ kind }) => kind)).toEqual(['head', 'head', 'put']);
    expect(store.requests.filter(({ headers }) => headers['if-none-match'] !== undefined)).toEqual([]);
  });

  test('does not change the checksum of a service that Hoist knows', () => {
    for (const { checksum, ...service } of services.filter(({ host }) => host !== undefined))
      expect(withMeasuredFeatures({ ...service, checksum }, 'crc32=honours').checksum, service.id).toBe(checksum);
  });

  test.each<[StoreBehaviour['crc32'], 'crc32' | 'md5']>([
    ['verifies', 'crc32'],
    ['ignores', 'md5'],
    ['refuses', 'md5'],
  ])('lets later uploads use the checksum that fits a self-hosted store which %s CRC32', async (crc32, kind) => {
    const store = await startStore({ crc32 });
    const saved: FieldValues = {};
    await testDestination(s3, valuesFor(store), {
      ...s3TestPorts,
      saveRenewed: async (values) => void Object.assign(saved, values),
    });
    store.requests = [];
    const driver = createTestDriver({ ...valuesFor(store), ...saved });
    drivers.push(driver);
    for (const size of [1000, 16 * MiB + 3]) {
      const ref = await driver.upload({ ...createTransfer(patternSource(size)), keyBuilder: namedKey(`${size}.bin`) });
      expect(store.bytes(keyOf(ref))?.equals(patternBytes(size))).toBe(true);
    }
    expect(checksumHeaders(store, 'put')).toEqual([[kind, 200]]);
    expect(checksumHeaders(store, 'part')).toEqual([
      [kind, 200],
      [kind, 200],
    ]);
  });
});

describe('stores that differ in one point', () => {
  const custom = serviceOf('custom');
  const r2 = serviceOf('r2');

  /** The bytes that are sent differ from the checksummed bytes. */
  function damagedSource() {
    const source = patternSource(1000);
    let passes = 0;
    return {
      ...source,
      read: async (into: Uint8Array, at: number) => {
        const count = await source.read(into, at);
        // The first pass computes the checksum, the second sends the bytes.
        if (at === 0) passes++;
        if (at === 0 && passes === 2) into[0]! ^= 1;
        return count;
      },
    };
  }

  test('a store that verifies CRC32 refuses damaged bytes', async () => {
    const store = await startStore({ crc32: 'verifies' });
    expect(await errorCodeOf(connect(store, r2).upload(createTransfer(damagedSource())))).toBe('BadDigest');
    expect(checksumHeaders(store, 'put')).toEqual([['crc32', 400]]);
    expect(store.objects.size).toBe(0);
  });

  test('a store that ignores CRC32 refuses damaged bytes too, because it gets Content-MD5', async () => {
    const store = await startStore({ crc32: 'ignores' });
    expect(await errorCodeOf(connect(store, custom).upload(createTransfer(damagedSource())))).toBe('BadDigest');
    expect(checksumHeaders(store, 'put')).toEqual([['md5', 400]]);
    expect(store.objects.size).toBe(0);
  });

  test('R2 gets CRC32, and Content-MD5 after it answered 501 once', async () => {
    for (const size of [1000, twoParts]) {
      const kind = size === 1000 ? 'put' : 'create';
      const modern = await startStore({ crc32: 'verifies' });
      await connect(modern, r2).upload(createTransfer(patternSource(size)));
      expect(checksumHeaders(modern, kind)).toEqual([['crc32', 200]]);
      const older = await startStore({ crc32: 'refuses' });
      const driver = connect(older, r2);
      for (const _ of [1, 2]) {
        const ref = await driver.upload({
          ...createTransfer(patternSource(size)),
          keyBuilder: namedKey('a.txt', 'replace'),
        });
        expect(keyOf(ref)).toBe('a.txt');
        expect(older.bytes('a.txt')?.equals(patternBytes(size))).toBe(true);
      }
      expect(checksumHeaders(older, kind).filter((sent) => String(sent) === 'crc32,501')).not.toEqual([]);
      expect(checksumHeaders(older, kind).at(-1)).toEqual(['md5', 200]);
      older.requests = [];
      await driver.upload(createTransfer(patternSource(size)));
      expect(checksumHeaders(older, kind)).toEqual([['md5', 200]]);
      expect(older.uploads.size).toBe(0);
    }
  });

  test('a store that refuses CRC32 only for parts gets the parts with Content-MD5', async () => {
    const store = await startStore({
      refusedHeaders: [{ header: /^x-amz-checksum-crc32$/, kinds: ['part'], status: 501, code: 'NotImplemented' }],
    });
    const ref = await connect(store, r2).upload(createTransfer(patternSource(twoParts)));
    expect(store.bytes(keyOf(ref))?.equals(patternBytes(twoParts))).toBe(true);
    expect(store.uploads.size).toBe(0);
  });

  test('a store without If-None-Match gets the file without the condition', async () => {
    const store = await startStore({ ifNoneMatch: 'refuses' });
    store.put('a.txt', 'theirs');
    for (const size of [10, twoParts]) {
      const driver = connect(store, custom);
      const ref = await driver.upload({ ...createTransfer(patternSource(size)), keyBuilder: namedKey('a.txt') });
      expect(keyOf(ref)).not.toBe('a.txt');
      expect(store.bytes(keyOf(ref))?.equals(patternBytes(size))).toBe(true);
    }
    expect(store.bytes('a.txt')?.toString()).toBe('theirs');
  });

  test('a store that ignores If-None-Match keeps a named object of another client', async () => {
    const store = await startStore({ ifNoneMatch: 'ignores' });
    store.put('a.txt', 'theirs');
    for (const size of [10, twoParts]) {
      const driver = connect(store, custom);
      const ref = await driver.upload({ ...createTransfer(patternSource(size)), keyBuilder: namedKey('a.txt') });
      expect(keyOf(ref)).not.toBe('a.txt');
    }
    expect(store.bytes('a.txt')?.toString()).toBe('theirs');
  });

  test('a store that stores the framing of aws-chunked bodies gets no such body', async () => {
    const store = await startStore({ awsChunked: 'stores' });
    const driver = connect(store, custom);
    for (const size of [1000, twoParts, 12 * MiB]) {
      const refs = [
        await driver.upload(createTransfer(patternSource(size))),
        await driver.upload({ ...createTransfer(patternSource(size)), source: patternStream(size) }),
      ];
      for (const ref of refs) expect(store.bytes(keyOf(ref))?.equals(patternBytes(size))).toBe(true);
    }
    expect(store.requests.filter(({ headers }) => headers['content-encoding'] !== undefined)).toEqual([]);
  });
});
