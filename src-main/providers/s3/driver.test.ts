/** What leaves the client and what it makes of the answers, beyond what every provider must do (conformance.test.ts). */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppFailure } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Checkpoint, Ref } from '../../../src-shared/upload.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { ServedPractice } from '../../practice/testing/served.ts';
import { connectDestination } from '../connect.ts';
import { probeLink } from '../link-probe.ts';
import type { Driver, TransferOf } from '../provider.ts';
import type { Fault, FaultProxy, Plan, Seen } from '../testing/faults.ts';
import { fileSource, patternOf, patternSource } from '../testing/source.ts';
import { customService, services } from './presets.ts';
import { faultyPractice } from './testing/faulty-practice.ts';
import { driverFor, ports, rgw, sayWhenSkipped, tuned, type DriverOverrides } from './testing/subject.ts';

vi.setConfig({ testTimeout: 30_000 });

const MiB = 1024 * 1024;
const never = new AbortController().signal;

let practice: ServedPractice;
let proxy: FaultProxy;
let values: FieldValues;
let stop: () => Promise<void>;
/** ms by which the store's clock differs from ours */
let storeAhead = 0;
const drivers: Driver[] = [];

beforeEach(async () => {
  storeAhead = 0;
  ({ practice, proxy, values, stop } = await faultyPractice({ now: () => Date.now() + storeAhead }));
});
afterEach(async () => {
  for (const driver of drivers.splice(0)) driver.close();
  await stop();
});

const storeWith = (traits: Partial<typeof customService>): DriverOverrides['settings'] => ({
  store: { ...customService, ...traits },
});
const fiveMiB = storeWith({ preferredPartBytes: 5 * MiB });
const aws = services.find((service) => service.id === 'aws')!;

function driver(overrides: DriverOverrides = {}): Driver {
  const made = driverFor(values, overrides);
  drivers.push(made);
  return made;
}
const transfer = (source: FileSource, rest: Partial<TransferOf<FileSource>> = {}): TransferOf<FileSource> => ({
  source,
  signal: never,
  onCheckpoint: async () => undefined,
  onProgress: () => undefined,
  ...rest,
});
const keyOf = (ref: Ref): string => (ref as { key: string }).key;
const contentOf = (ref: Ref): Promise<Buffer> => practice.bytes(keyOf(ref));
const isComplete = (seen: Seen): boolean => seen.method === 'POST' && seen.target.includes('uploadId=');
const files = (): Seen[] => proxy.seen.filter((seen) => seen.carriesFile);
const thrownBy = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => {
      throw new Error('did not fail');
    },
    (cause: unknown) => cause as Error,
  );
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const cause = await thrownBy(work);
  return cause instanceof AppFailure ? cause.error.code : cause.name;
};
const crc32 = (bytes: Buffer): string => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(zlib.crc32(bytes));
  return out.toString('base64');
};
const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('base64');

describe('the requests', () => {
  test('at Amazon: CRC32 of exactly the bytes of each part, named again at the end', async () => {
    const size = 2 * 5 * MiB + 7;
    const its = driver({ settings: { store: { ...aws, preferredPartBytes: 5 * MiB } } });
    const ref = await its.upload(transfer(patternSource(size)));
    expect((await contentOf(ref)).equals(patternOf(size))).toBe(true);
    const whole = patternOf(size);
    const sums = [0, 1, 2].map((part) => crc32(whole.subarray(part * 5 * MiB, (part + 1) * 5 * MiB)));
    expect(new Set(files().map((seen) => seen.headers['x-amz-checksum-crc32']))).toEqual(new Set(sums));
    expect(proxy.seen[0]?.headers['x-amz-checksum-algorithm']).toBe('CRC32');
    for (const { headers } of files()) expect(headers).not.toHaveProperty('content-md5');

    proxy.set();
    await its.upload(transfer(patternSource(1000)));
    expect(files()[0]?.headers['x-amz-checksum-crc32']).toBe(crc32(patternOf(1000)));
  });

  test('elsewhere: Content-MD5, and nothing that only Amazon knows', async () => {
    const size = 5 * MiB + 1;
    await driver({ settings: fiveMiB }).upload(transfer(patternSource(size)));
    const whole = patternOf(size);
    expect(new Set(files().map((seen) => seen.headers['content-md5']))).toEqual(
      new Set([md5(whole.subarray(0, 5 * MiB)), md5(whole.subarray(5 * MiB))]),
    );
    for (const { headers, target } of proxy.seen) {
      expect(
        Object.keys(headers).filter((name) => /checksum|trailer|^x-amz-acl|^x-amz-sdk-checksum/.test(name)),
        target,
      ).toEqual([]);
    }
  });

  test('a body has a length, is signed without being hashed, and waits for no permission', async () => {
    for (const settings of [fiveMiB, { store: { ...aws, preferredPartBytes: 5 * MiB } }]) {
      for (const size of [0, 3 * MiB, 5 * MiB + 1]) await driver({ settings }).upload(transfer(patternSource(size)));
    }
    const bodies = proxy.seen.filter((seen) => seen.method === 'PUT');
    expect(bodies).toHaveLength(8);
    for (const { headers } of bodies) {
      expect(headers['content-length']).toMatch(/^\d+$/);
      expect(headers['x-amz-content-sha256']).toBe('UNSIGNED-PAYLOAD');
      for (const name of [
        'expect',
        'transfer-encoding',
        'content-encoding',
        'x-amz-trailer',
        'x-amz-decoded-content-length',
      ])
        expect(headers).not.toHaveProperty(name);
    }
    for (const { target } of proxy.seen) expect(target).not.toContain('x-id');
  });

  test('one request up to 16 MiB, parts of 16 MiB beyond', async () => {
    const its = driver();
    await its.upload(transfer(patternSource(16 * MiB)));
    expect(proxy.seen.map((seen) => seen.method)).toEqual(['PUT']);
    expect(proxy.seen[0]?.headers['if-none-match']).toBe('*');
    proxy.set();
    const checkpoints: Checkpoint[] = [];
    await its.upload(
      transfer(patternSource(16 * MiB + 1), {
        onCheckpoint: async (checkpoint) => {
          checkpoints.push(checkpoint);
        },
      }),
    );
    expect(proxy.seen.map((seen) => seen.method)).toEqual(['POST', 'PUT', 'PUT', 'POST']);
    // The key, the upload, and what its bytes amount to.
    expect(checkpoints).toHaveLength(3);
    expect(checkpoints[1]).toMatchObject({
      v: 1,
      bucket: 'practice',
      uploadId: expect.any(String),
      partSize: 16 * MiB,
    });
  });

  test('type, name and visibility go along, in one request as in parts', async () => {
    // Stands for a store that makes objects public: nothing but the answers is its own.
    const openStore: Plan = (seen): Fault => {
      if (seen.method === 'DELETE') return { kind: 'answer', status: 204 };
      const [begun, ended] = [
        '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
        '<CompleteMultipartUploadResult><ETag>"x-2"</ETag></CompleteMultipartUploadResult>',
      ];
      return {
        kind: 'answer',
        status: 200,
        headers: { etag: '"x"' },
        when: 'after the body',
        ...(seen.method === 'POST' ? { body: isComplete(seen) ? ended : begun } : {}),
      };
    };
    const named = {
      'content-type': 'image/svg+xml',
      'content-disposition': `attachment; filename="Bild _.svg"; filename*=UTF-8''Bild%20%C3%BC.svg`,
    };
    for (const size of [10, 5 * MiB + 1]) {
      const source = () => transfer(patternSource(size, { name: 'Bild ü.svg', contentType: 'image/svg+xml' }));
      const kept = await driver({ settings: fiveMiB }).upload(source());
      expect(await practice.client.send(new HeadObjectCommand({ Bucket: 'practice', Key: keyOf(kept) }))).toMatchObject(
        { ContentType: named['content-type'], ContentDisposition: named['content-disposition'] },
      );
      proxy.set(openStore);
      const its = driver({ settings: { ...fiveMiB, acl: 'public-read', linkKind: 'public' } });
      const ref = await its.upload(source());
      expect(proxy.seen[0]?.headers).toMatchObject({ ...named, 'x-amz-acl': 'public-read' });
      expect(proxy.seen[0]?.headers.authorization).toMatch(/SignedHeaders=[^,]*x-amz-acl/);
      expect(proxy.seen.slice(1).map((seen) => seen.headers['x-amz-acl'])).toEqual(
        size === 10 ? [] : [undefined, undefined, undefined],
      );
      expect(await its.link(ref, never)).toEqual({
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/practice\/[\w/-]+\/Bild%20%C3%BC\.svg$/),
        visibility: 'public',
      });
      proxy.set();
    }
    proxy.set(openStore);
    await driver({ settings: { acl: 'public-read', linkKind: 'public' } }).check(never);
    expect(proxy.seen.map(({ method, headers }) => [method, headers['x-amz-acl']])).toEqual([
      ['POST', 'public-read'],
      ['DELETE', undefined],
    ]);
  });

  test('a store that makes nothing public says so', async () => {
    const destination = await connectDestination(
      tuned({ retryMs: 1 }),
      { ...values, acl: 'true', linkKind: 'public' },
      ports,
    );
    for (const size of [10, 5 * MiB + 1])
      expect(await thrownBy(destination.upload(transfer(patternSource(size))))).toMatchObject({
        error: { code: 'rejected', field: 'acl' },
      });
    expect(await practice.leftovers()).toEqual({ objects: 0, uploads: 0 });
    destination.close();
  });

  test('the folder of the settings comes first', async () => {
    const ref = await driver({ settings: { prefix: 'a b/c' } }).upload(transfer(patternSource(1)));
    expect(keyOf(ref)).toMatch(/^a b\/c\/\d{4}\/\d\d\/\d\d\/[\w-]{16}\/file\.bin$/);
    expect(await contentOf(ref)).toHaveLength(1);
  });

  test('ten parts take four connections, all of them used again', async () => {
    await driver({ settings: fiveMiB }).upload(transfer(patternSource(10 * 5 * MiB)));
    expect(files()).toHaveLength(10);
    expect(proxy.connections.made).toBeLessThanOrEqual(4);
  });

  test('a profile goes where its settings say, whatever the environment says', async () => {
    for (const [name, value] of Object.entries({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
      AWS_REGION: 'eu-west-9',
      AWS_DEFAULT_REGION: 'eu-west-9',
      AWS_ACCESS_KEY_ID: 'OTHER',
      AWS_SECRET_ACCESS_KEY: 'other',
      AWS_SESSION_TOKEN: 'other',
      AWS_PROFILE: 'nobody',
      AWS_MAX_ATTEMPTS: 'many',
      AWS_USE_DUALSTACK_ENDPOINT: 'true',
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_REQUEST_CHECKSUM_CALCULATION: 'when_supported',
      AWS_S3_US_EAST_1_REGIONAL_ENDPOINT: 'legacy',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_RETRY_MODE: 'adaptive',
    }))
      vi.stubEnv(name, value);
    const its = driver();
    const ref = await its.upload(transfer(patternSource(10)));
    expect(await contentOf(ref)).toHaveLength(10);
    expect((await its.link(ref, never)).url).toContain(proxy.url);
    expect(proxy.seen[0]?.headers).not.toHaveProperty('x-amz-security-token');
  });

  test('a session token is sent, and its links do not promise more than the session', async () => {
    // This store knows no sessions; one that does is content.
    proxy.set((seen) =>
      seen.carriesFile && seen.headers['x-amz-security-token'] === 'tok/en+='
        ? { kind: 'answer', status: 200, headers: { etag: '"x"' }, when: 'after the body' }
        : undefined,
    );
    const its = driver({
      settings: {
        signIn: {
          by: 'keys',
          accessKeyId: String(values.accessKeyId),
          secretAccessKey: String(values.secretAccessKey),
          sessionToken: 'tok/en+=',
        },
      },
    });
    const ref = await its.upload(transfer(patternSource(10)));
    const { url, expiresAt } = await its.link(ref, never);
    expect(expiresAt! - Date.now()).toBeLessThanOrEqual(12 * 3_600_000);
    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('43200');
    expect(new URL(url).searchParams.get('X-Amz-Security-Token')).toBe('tok/en+=');
  });
});

describe('links', () => {
  test('a signed one carries no more than it must, and says when it ends', async () => {
    const now = Date.UTC(2026, 10, 22, 12, 0, 0, 999);
    const its = driver({ settings: { linkDays: 3 }, ports: { now: () => now } });
    const link = await its.link({ v: 1, bucket: 'practice', key: `2026/11/22/abc/a b+(1)!'*#?.txt`, size: 1 }, never);
    const url = new URL(link.url);
    expect(link.url).toContain('/practice/2026/11/22/abc/a%20b%2B%281%29%21%27%2A%23%3F.txt?');
    expect([...url.searchParams.keys()].sort()).toEqual([
      'X-Amz-Algorithm',
      'X-Amz-Content-Sha256',
      'X-Amz-Credential',
      'X-Amz-Date',
      'X-Amz-Expires',
      'X-Amz-Signature',
      'X-Amz-SignedHeaders',
    ]);
    expect(url.searchParams.get('X-Amz-Expires')).toBe(String(3 * 86_400));
    expect(url.searchParams.get('X-Amz-Date')).toBe('20261122T120000Z');
    expect(link).toMatchObject({ visibility: 'expiring', expiresAt: Date.UTC(2026, 10, 25, 12) });
    expect(proxy.seen).toEqual([]);
  });

  test('a clock that is wrong by 40 minutes: the upload works, and so does the link', async () => {
    for (const minutes of [40, -40]) {
      const wrong = Date.now() + minutes * 60_000;
      vi.useFakeTimers({ now: wrong, toFake: ['Date'] });
      // The store's own clock stays right.
      storeAhead = -minutes * 60_000;
      try {
        const its = driver({ ports: { now: () => Date.now() } });
        const ref = await its.upload(transfer(patternSource(10)));
        const { url } = await its.link(ref, never);
        expect((await fetch(url)).status, `${minutes} min`).toBe(200);
      } finally {
        vi.useRealTimers();
      }
    }
  });

  test.each([
    [
      { pathStyle: false, endpoint: 'https://s3.eu-west-1.amazonaws.com' },
      'https://photos.s3.eu-west-1.amazonaws.com/a%20b/%C3%BC%21.png',
    ],
    [
      { pathStyle: true, endpoint: 'https://ceph.example.com:8443/base' },
      'https://ceph.example.com:8443/base/photos/a%20b/%C3%BC%21.png',
    ],
    [{ publicBaseUrl: 'https://cdn.example.com/files' }, 'https://cdn.example.com/files/a%20b/%C3%BC%21.png'],
  ])('a public one at %j', async (settings, url) => {
    const link = await driver({ settings: { ...settings, linkKind: 'public' } }).link(
      { v: 1, bucket: 'photos', key: 'a b/ü!.png', size: 1 },
      never,
    );
    expect(link).toEqual({ url, visibility: 'public' });
  });
});

describe('answers that are not what they should be', () => {
  test('a store that knows no conditional writes is asked once', async () => {
    proxy.set((seen) =>
      seen.headers['if-none-match']
        ? { kind: 'answer', status: 501, body: '<Error><Code>NotImplemented</Code></Error>' }
        : undefined,
    );
    const its = driver();
    for (const _ of [1, 2]) expect(await contentOf(await its.upload(transfer(patternSource(10))))).toHaveLength(10);
    expect(proxy.seen.map((seen) => seen.headers['if-none-match'])).toEqual(['*', undefined, undefined]);
  });

  test('a store that answers every condition with 412 is believed only when something is there', async () => {
    proxy.set((seen) => (seen.headers['if-none-match'] ? { kind: 'answer', status: 412 } : undefined));
    expect(await contentOf(await driver().upload(transfer(patternSource(10))))).toHaveLength(10);
  });

  test('a key that is taken is left alone, and never cleaned up', async () => {
    let made = 0;
    const its = driver({
      ports: { randomBytes: (count) => (made++ === 0 ? new Uint8Array(count) : ports.randomBytes(count)) },
    });
    const today = new Date().toLocaleDateString('sv').replaceAll('-', '/');
    const taken = `${today}/AAAAAAAAAAAAAAAA/file.bin`;
    await practice.put(taken, 'ten bytes!');
    const checkpoints: Checkpoint[] = [];
    const ref = await its.upload(
      transfer(patternSource(10), {
        onCheckpoint: async (checkpoint) => {
          checkpoints.push(checkpoint);
        },
      }),
    );
    expect(keyOf(ref)).not.toBe(taken);
    await its.discard({ checkpoint: checkpoints.at(-1)! }, never);
    expect(await practice.keys()).toEqual([taken]);

    // And when every key is taken it gives up, with none of them as its own.
    const unlucky = driver({ ports: { randomBytes: (count) => new Uint8Array(count) } });
    expect(await codeOf(unlucky.upload(transfer(patternSource(10))))).toBe('unavailable');
    expect((await practice.bytes(taken)).toString()).toBe('ten bytes!');
  });

  test('files of a folder share its place; one whose place is taken stays beside them', async () => {
    const its = driver({ settings: fiveMiB });
    const folder = (below: string) => ({
      name: 'holiday',
      below,
      token: 'q3Zl8s1TSz0X_h-w',
      at: Date.UTC(2026, 10, 22),
    });
    const place = '2026/11/22/q3Zl8s1TSz0X_h-w/holiday';
    for (const size of [10, 5 * MiB + 1]) {
      const send = (below: string): Promise<Ref> =>
        its.upload(transfer({ ...patternSource(size), folder: folder(below) }));
      expect(keyOf(await send(`a/${size}`))).toBe(`${place}/a/${size}`);
      await practice.put(`${place}/b/${size}`, 'theirs');
      const moved = await send(`b/${size}`);
      expect(keyOf(moved)).toBe(`${place}/b/${size}-2`);
      expect((await contentOf(moved)).equals(patternOf(size))).toBe(true);
      expect((await practice.bytes(`${place}/b/${size}`)).toString()).toBe('theirs');
    }
    expect(await practice.leftovers()).toEqual({ objects: 6, uploads: 0 });
  });

  test('an answer without an ETag is no store', async () => {
    proxy.set((seen) => (seen.carriesFile ? { kind: 'tamper', headers: { etag: undefined } } : undefined));
    for (const size of [10, 5 * MiB + 1])
      expect(await codeOf(driver({ settings: fiveMiB }).upload(transfer(patternSource(size))))).toBe('wrong-service');
  });

  test('an ETag that contradicts what was sent: sent again, then it is corrupted', async () => {
    const wrong = { kind: 'tamper', headers: { etag: `"${'0'.repeat(32)}"` } } as const;
    proxy.set((seen) => (seen.carriesFile && seen.number < 4 ? wrong : undefined));
    const size = 5 * MiB + 1;
    expect(
      (await contentOf(await driver({ settings: fiveMiB }).upload(transfer(patternSource(size))))).equals(
        patternOf(size),
      ),
    ).toBe(true);
    proxy.set((seen) => (seen.target.includes('partNumber=2') ? wrong : undefined));
    expect(await codeOf(driver({ settings: fiveMiB }).upload(transfer(patternSource(size))))).toBe('corrupted');
    expect(files().filter((seen) => seen.target.includes('partNumber=2'))).toHaveLength(3);
    proxy.set((seen) => (seen.carriesFile ? wrong : undefined));
    expect(await codeOf(driver().upload(transfer(patternSource(10))))).toBe('corrupted');
  });

  test('an ETag that is no MD5 says nothing', async () => {
    for (const headers of [
      { etag: '"abc-def"' },
      { etag: `"${'0'.repeat(32)}"`, 'x-amz-server-side-encryption': 'aws:kms' },
    ]) {
      proxy.set((seen) => (seen.carriesFile ? { kind: 'tamper', headers } : undefined));
      await driver().upload(transfer(patternSource(10)));
    }
    proxy.set((seen) => (seen.carriesFile ? { kind: 'tamper', headers: { etag: `"${'0'.repeat(32)}"` } } : undefined));
    await driver({ settings: storeWith({ etag: 'opaque' }) }).upload(transfer(patternSource(10)));
  });

  test('a checksum of Amazon that contradicts', async () => {
    proxy.set((seen) =>
      seen.carriesFile ? { kind: 'tamper', headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } } : undefined,
    );
    expect(await codeOf(driver({ settings: { store: aws } }).upload(transfer(patternSource(10))))).toBe('corrupted');
  });

  test('bytes damaged on the way are refused by the store and sent again', async () => {
    for (const store of [
      { ...customService, preferredPartBytes: 5 * MiB },
      { ...aws, preferredPartBytes: 5 * MiB },
    ]) {
      proxy.set((seen) => (seen.number === 2 ? { kind: 'flip-bit' } : undefined));
      const size = 2 * 5 * MiB + 3;
      expect(
        (await contentOf(await driver({ settings: { store } }).upload(transfer(patternSource(size))))).equals(
          patternOf(size),
        ),
      ).toBe(true);
      expect(files()).toHaveLength(4);
    }
  });

  test('a file that was rewritten under our hands is not the store’s fault', async () => {
    proxy.set((seen) => (seen.carriesFile ? { kind: 'flip-bit' } : undefined));
    const source = patternSource(5 * MiB + 1, {
      check: async () => {
        throw new AppFailure({ code: 'source-changed' });
      },
    });
    expect(await codeOf(driver({ settings: fiveMiB }).upload(transfer(source)))).toBe('source-changed');
  });

  test('an error in a 200 at the end is an error, and a success when it was one', async () => {
    const broken = {
      kind: 'answer',
      status: 200,
      body: '<?xml version="1.0"?>\n\n<Error><Code>InternalError</Code><Message>x</Message></Error>',
    } as const;
    proxy.set((seen) => (isComplete(seen) ? broken : undefined));
    const size = 5 * MiB + 1;
    expect(await codeOf(driver({ settings: fiveMiB }).upload(transfer(patternSource(size))))).toBe('InternalError');
    expect(proxy.seen.filter(isComplete)).toHaveLength(3);
    expect(await practice.keys()).toEqual([]);
    let failures = 0;
    proxy.set((seen) => (isComplete(seen) && failures++ === 0 ? broken : undefined));
    expect(await contentOf(await driver({ settings: fiveMiB }).upload(transfer(patternSource(size))))).toHaveLength(
      size,
    );
  });

  test('an empty ETag at the end: the object itself tells', async () => {
    // As Ceph 16 does.
    const withoutEtag =
      (plan: Plan = () => undefined): Plan =>
      (seen) =>
        isComplete(seen)
          ? { kind: 'tamper', body: (text) => text.replace(/<ETag>[^<]+<\/ETag>/, '<ETag></ETag>') }
          : plan(seen);
    proxy.set(withoutEtag());
    const size = 5 * MiB + 1;
    const its = driver({ settings: fiveMiB });
    expect(await contentOf(await its.upload(transfer(patternSource(size))))).toHaveLength(size);
    expect(proxy.seen.at(-1)?.method).toBe('HEAD');
    proxy.set(
      withoutEtag((seen) =>
        seen.method === 'HEAD'
          ? { kind: 'answer', status: 200, headers: { etag: '"x"', 'content-length': '5' } }
          : undefined,
      ),
    );
    expect(await codeOf(its.upload(transfer(patternSource(size))))).toBe('corrupted');
    proxy.set(withoutEtag((seen) => (seen.method === 'HEAD' ? { kind: 'answer', status: 404 } : undefined)));
    expect(await codeOf(its.upload(transfer(patternSource(size))))).toBe('wrong-service');
  });

  test('the first part that fails stops the others', async () => {
    proxy.set((seen) =>
      !seen.carriesFile
        ? undefined
        : /partNumber=2(&|$)/.test(seen.target)
          ? { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
          : { kind: 'silence' },
    );
    const reads: number[] = [];
    expect(
      await codeOf(
        driver({ settings: fiveMiB }).upload(
          transfer(
            patternSource(40 * MiB, {
              onRead: (at) => {
                reads.push(at);
              },
            }),
          ),
        ),
      ),
    ).toBe('AccessDenied');
    expect(files().length).toBeLessThanOrEqual(4);
    // Nothing reads the file any more: it is closed next.
    const after = reads.length;
    await proxy.until(() => proxy.connections.open <= 1);
    expect(reads).toHaveLength(after);
  });

  test('a refusal in the middle of the body is heard, and ends the sending; a success there is a lie', async () => {
    for (const [status, code] of [
      [403, 'AccessDenied'],
      [200, 'wrong-service'],
    ] as const) {
      proxy.set((seen) =>
        seen.carriesFile
          ? { kind: 'answer', status, headers: { etag: '"x"' }, body: '<Error><Code>AccessDenied</Code></Error>' }
          : undefined,
      );
      let passes = 0;
      let goOn = (): void => undefined;
      const rest = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const source = patternSource(16 * MiB, {
        onRead: async (at) => {
          if (at === 0) passes++;
          // The first pass hashes; in the second one the file is slower than the server.
          if (passes === 2 && at > MiB) await rest;
        },
      });
      expect(await codeOf(driver().upload(transfer(source)))).toBe(code);
      goOn();
      await proxy.until(() => proxy.connections.open === 0);
      expect(proxy.seen).toHaveLength(1);
      expect(proxy.seen[0]?.received).toBeLessThan(2 * MiB);
    }
  });
});

describe('connections', () => {
  test('a part is sent again after a reset in its middle and after a 503, and only that part', async () => {
    for (const fault of [
      { kind: 'reset', afterBytes: 2 * MiB },
      { kind: 'answer', status: 503 },
    ] as const) {
      proxy.set((seen) => (seen.number === 3 ? fault : undefined));
      const size = 20 * MiB;
      const shown: number[] = [];
      const ref = await driver({ settings: fiveMiB }).upload(
        transfer(patternSource(size), { onProgress: (sent) => shown.push(sent) }),
      );
      expect((await contentOf(ref)).equals(patternOf(size))).toBe(true);
      expect(files()).toHaveLength(5);
      // The bytes of the failed attempt were given back, so the sum is exact in the end.
      expect(shown.at(-1)).toBe(size);
      expect(Math.max(...shown)).toBe(size);
    }
  });

  test('a connection without a byte is dropped and the part sent again; for good, it is stalled', async () => {
    const its = driver({ settings: fiveMiB, tuning: { idleMs: 1000 } });
    proxy.set((seen) => (seen.number === 2 ? { kind: 'stall' } : undefined));
    const size = 5 * MiB + 1;
    expect((await contentOf(await its.upload(transfer(patternSource(size))))).equals(patternOf(size))).toBe(true);

    const destination = await connectDestination(tuned({ retryMs: 1, idleMs: 100 }), values, ports);
    for (const stalls of [(seen: Seen) => seen.carriesFile, (seen: Seen) => seen.method === 'POST']) {
      proxy.set((seen) => (stalls(seen) ? { kind: 'stall' } : undefined));
      const thrown = await thrownBy(destination.upload(transfer(patternSource(size))));
      expect(thrown.message).toBe('stalled');
    }
    destination.close();
  });

  test('a slow connection is not a dead one', async () => {
    const its = driver({ tuning: { idleMs: 400 } });
    // Longer in all than the idle time; every pause shorter.
    const source = patternSource(MiB, {
      onRead: async (at) => {
        if (at > 0)
          await new Promise((ok) => {
            setTimeout(ok, 60);
          });
      },
    });
    const begun = performance.now();
    expect(await contentOf(await its.upload(transfer(source)))).toHaveLength(MiB);
    expect(performance.now() - begun).toBeGreaterThan(400);
  });

  test(
    'a cancel in the middle of a body closes every socket at once, and not one byte more is read',
    { timeout: 10_000 },
    async () => {
      const controller = new AbortController();
      const reads: number[] = [];
      const its = driver({ settings: fiveMiB });
      proxy.set((seen) => (seen.carriesFile ? { kind: 'silence' } : undefined));
      const work = thrownBy(
        its.upload(
          transfer(
            patternSource(64 * MiB, {
              onRead: (at) => {
                reads.push(at);
              },
            }),
            { signal: controller.signal },
          ),
        ),
      );
      await proxy.until(
        () => files().length === 4 && files().some((seen) => seen.received > MiB && seen.received < 5 * MiB),
      );
      const begun = performance.now();
      controller.abort();
      expect((await work).name).toMatch(/^(AbortError|AppFailure)$/);
      const after = reads.length;
      await proxy.until(() => proxy.connections.open <= 1);
      expect(performance.now() - begun).toBeLessThan(1000);
      expect(reads).toHaveLength(after);
    },
  );

  test('memory does not grow with the file', async () => {
    const sink = spawn(process.execPath, [fileURLToPath(new URL('testing/sink.mjs', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const folder = await mkdtemp(join(tmpdir(), 'hoist-'));
    try {
      const [line] = (await once(sink.stdout, 'data')) as [Buffer];
      const path = join(folder, 'sparse.bin');
      const handle = await open(path, 'w');
      await handle.truncate(256 * MiB);
      await handle.close();
      const source = await fileSource(path);
      const its = driver({ settings: { endpoint: line.toString().trim() } });
      const before = process.memoryUsage().arrayBuffers;
      let most = 0;
      await its.upload(
        transfer(source, {
          onProgress: () => {
            most = Math.max(most, process.memoryUsage().arrayBuffers - before);
          },
        }),
      );
      await source.close();
      expect(most).toBeLessThan(6 * MiB);
    } finally {
      sink.stdin.end();
      await rm(folder, { recursive: true });
    }
  });
});

describe('what is left behind', () => {
  test('a clean-up touches the keys of its checkpoint and nothing else', async () => {
    const its = driver({ settings: fiveMiB });
    const other = await its.upload(transfer(patternSource(10)));
    const checkpoints: Checkpoint[] = [];
    await its.upload(
      transfer(patternSource(5 * MiB + 1), {
        onCheckpoint: async (checkpoint) => {
          checkpoints.push(checkpoint);
        },
      }),
    );
    proxy.set();
    for (const checkpoint of checkpoints) await its.discard({ checkpoint }, never);
    expect(await practice.keys()).toEqual([keyOf(other)]);
    const key = (checkpoints[0] as { key: string }).key;
    for (const { target } of proxy.seen) expect(decodeURIComponent(target)).toContain(key);
  });

  test('an upload that was opened twice because an answer was lost is closed', async () => {
    proxy.set((seen) => (seen.number === 1 ? { kind: 'lost-answer' } : undefined));
    await driver({ settings: fiveMiB }).upload(transfer(patternSource(5 * MiB + 1)));
    expect(await practice.leftovers()).toEqual({ objects: 1, uploads: 0 });
  });

  test('a clean-up by a new driver needs no more than the checkpoint', async () => {
    const left = async (): Promise<number> => (await practice.keys()).length + (await practice.uploads()).length;
    for (const fault of ['parts', 'complete'] as const) {
      const checkpoints: Checkpoint[] = [];
      proxy.set((seen) => {
        if (fault === 'parts')
          return seen.carriesFile
            ? { kind: 'answer', status: 400, body: '<Error><Code>InvalidRequest</Code></Error>' }
            : undefined;
        return seen.target.includes('uploadId=') && seen.method !== 'PUT'
          ? { kind: 'lost-answer' }
          : seen.method === 'HEAD'
            ? { kind: 'reset' }
            : undefined;
      });
      await thrownBy(
        driver({ settings: fiveMiB }).upload(
          transfer(patternSource(5 * MiB + 1), {
            onCheckpoint: async (checkpoint) => {
              checkpoints.push(checkpoint);
            },
          }),
        ),
      );
      expect(await left()).toBe(1);
      proxy.set();
      await driver().discard({ checkpoint: JSON.parse(JSON.stringify(checkpoints.at(-1))) as Checkpoint }, never);
      expect(await left()).toBe(0);
    }
  });

  test('a key that may not list still aborts what it knows', async () => {
    const checkpoints: Checkpoint[] = [];
    proxy.set((seen) =>
      seen.carriesFile || seen.method === 'GET'
        ? { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
        : undefined,
    );
    await thrownBy(
      driver({ settings: fiveMiB }).upload(
        transfer(patternSource(5 * MiB + 1), {
          onCheckpoint: async (checkpoint) => {
            checkpoints.push(checkpoint);
          },
        }),
      ),
    );
    await driver().discard({ checkpoint: checkpoints.at(-1)! }, never);
    expect(await practice.uploads()).toEqual([]);
  });

  test('a checkpoint of another shape is ours to be ashamed of', async () => {
    expect(await codeOf(driver().discard({ checkpoint: { v: 2 } }, never))).toBe('bug');
    expect(await codeOf(driver().stat({ nonsense: true }, never))).toBe('bug');
  });
});

sayWhenSkipped('public links on Ceph RADOS Gateway');
describe.skipIf(rgw.endpoint === undefined)('on Ceph RADOS Gateway', () => {
  test('a public link opens for everybody, small and in parts', async () => {
    values = {
      endpoint: rgw.endpoint ?? '',
      bucket: rgw.bucket,
      region: 'us-east-1',
      accessKeyId: rgw.accessKeyId,
      secretAccessKey: rgw.secretAccessKey,
      prefix: 'public',
    };
    const its = driver({ settings: { ...fiveMiB, acl: 'public-read', linkKind: 'public' } });
    await its.check(never);
    for (const size of [10, 5 * MiB + 1]) {
      const ref = await its.upload(transfer(patternSource(size, { name: 'Bild ü.svg', contentType: 'image/svg+xml' })));
      const link = await its.link(ref, never);
      expect(link.visibility).toBe('public');
      expect(await probeLink(link, size, never)).toBe('this-computer');
      await its.discard({ ref }, never);
    }
  });
});

sayWhenSkipped('S3 over TLS on Ceph RADOS Gateway');
describe.skipIf(rgw.tlsEndpoint === undefined)('over TLS, on Ceph RADOS Gateway', () => {
  const tlsValues = (): FieldValues => ({
    endpoint: rgw.tlsEndpoint ?? '',
    bucket: rgw.bucket,
    region: 'us-east-1',
    accessKeyId: rgw.accessKeyId,
    secretAccessKey: rgw.secretAccessKey,
    prefix: 'tls',
  });

  test('a certificate that nobody vouches for is refused, whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const destination = await connectDestination(tuned({ retryMs: 1 }), tlsValues(), ports);
    for (const work of [
      () => destination.check(never),
      () => destination.upload(transfer(patternSource(10))),
      () => destination.upload(transfer(patternSource(6 * MiB))),
    ]) {
      expect(await thrownBy(work())).toMatchObject({ message: 'tls-untrusted', error: { field: 'ca' } });
    }
    destination.close();
  });

  test('a certificate that is trusted works, with cancel and all', async () => {
    const certificates = [await readFile(rgw.certificate ?? '', 'utf8')];
    const its = driverFor(tlsValues(), { settings: fiveMiB, tuning: { certificates } });
    drivers.push(its);
    await its.check(never);
    for (const size of [10, 3 * 5 * MiB]) {
      const ref = await its.upload(transfer(patternSource(size)));
      expect(await its.stat(ref, never)).toEqual({ size });
      await its.discard({ ref }, never);
    }
    const controller = new AbortController();
    const checkpoints: Checkpoint[] = [];
    const work = thrownBy(
      its.upload(
        transfer(
          patternSource(64 * MiB, {
            onRead: (at) => {
              if (at > 4 * MiB) controller.abort();
            },
          }),
          {
            signal: controller.signal,
            onCheckpoint: async (checkpoint) => {
              checkpoints.push(checkpoint);
            },
          },
        ),
      ),
    );
    expect((await work).name).toMatch(/^(AbortError|AppFailure)$/);
    await its.discard({ checkpoint: checkpoints.at(-1)! }, never);
  });

  test('the wrong door: http to the https port, https to the http port', async () => {
    for (const endpoint of [rgw.tlsEndpoint!.replace('https', 'http'), rgw.endpoint!.replace('http', 'https')]) {
      const destination = await connectDestination(tuned({ retryMs: 1 }), { ...tlsValues(), endpoint }, ports);
      expect(['wrong-service', 'unreachable']).toContain((await thrownBy(destination.check(never))).message);
      destination.close();
    }
  });
});
