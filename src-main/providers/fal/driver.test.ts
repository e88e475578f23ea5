/** Tests of fal.ai's own rules, in addition to the conformance suite. */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AppError } from '../../../src-shared/errors.ts';
import { AppFailure } from '../../../src-shared/errors.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import type { Checkpoint, RestartReason } from '../../../src-shared/upload.ts';
import type { FileSource } from '../../engine/ports.ts';
import { connectDestination } from '../destination/connect.ts';
import { testDestination } from '../destination/test-destination.ts';
import type { Driver, TransferFrom } from '../contract/provider.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import { connectFal } from './driver.ts';
import { falErrorOf } from './errors.ts';
import type { FalCheckpoint, FalRef } from './checkpoint.ts';
import type { FalSettings } from './settings.ts';
import {
  falDriverAt,
  falHostsAt,
  falTestKey,
  falTestPorts,
  startFalFixture,
  falTestSizes,
  falProviderAt,
  type FalFixture,
} from './testing/fal-fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

const neverAborted = new AbortController().signal;
const settings: FalSettings = { key: falTestKey, access: 'public', linkDays: 7 };
const large = 3 * falTestSizes.partBytes + 7;

let fixture: FalFixture;
const drivers: Driver[] = [];
/** ms since 1970 on the server's clock */
let now: number;
beforeEach(async () => {
  now = Date.now();
  fixture = await startFalFixture({
    now: () => now,
    keys: {
      [falTestKey]: {},
      'no-balance:key': { locked: 'Exhausted balance' },
      'no-upload:key': { mayUpload: false },
    },
  });
});
afterEach(async () => {
  for (const openDriver of drivers.splice(0)) openDriver.close();
  expect(fixture.server.violations).toEqual([]);
  await fixture.stop();
});

function driver(settingOverrides: Partial<FalSettings> = {}): Driver {
  const newDriver = falDriverAt(fixture.proxy.url, settingOverrides);
  drivers.push(newDriver);
  return newDriver;
}

interface SendResult {
  ref: FalRef;
  checkpoints: FalCheckpoint[];
  restarts: RestartReason[];
}

async function send(
  source: FileSource,
  {
    settingOverrides = {},
    usedDriver = driver(settingOverrides),
    transfer = {},
  }: {
    settingOverrides?: Partial<FalSettings>;
    usedDriver?: Driver;
    transfer?: Partial<TransferFrom<FileSource>>;
  } = {},
): Promise<SendResult> {
  const result = { checkpoints: [] as FalCheckpoint[], restarts: [] as RestartReason[] };
  const ref = await usedDriver.upload({
    source,
    signal: neverAborted,
    onProgress: () => undefined,
    onRestart: (why) => result.restarts.push(why),
    onCheckpoint: async (checkpoint: Checkpoint) => {
      result.checkpoints.push(checkpoint as FalCheckpoint);
    },
    ...transfer,
  });
  return { ref: ref as FalRef, ...result };
}

/** The requests of uploads, without the one that reads the account's settings. */
const routes = (): string[] => fixture.server.requests.flatMap(({ route }) => (route === 'settings' ? [] : [route]));
const errorFrom = async (work: Promise<unknown>): Promise<AppError | undefined> => {
  const cause: unknown = await work.then(
    () => {
      throw new Error('expected a failure, but the work succeeded');
    },
    (thrown: unknown) => thrown,
  );
  return cause instanceof AppFailure ? cause.error : falErrorOf(cause, settings);
};

describe('upload', () => {
  test('the service gets the file’s name and type and the key; the signed URL does not get the key', async () => {
    const { ref } = await send(patternSource(1000, { name: 'Grüße aus Köln.png', contentType: 'image/png' }));
    expect(fixture.server.fileAt(ref.file)).toMatchObject({
      name: 'Grüße aus Köln.png',
      contentType: 'image/png',
      size: 1000,
    });
    expect(fixture.proxy.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Key ${falTestKey}`,
      `Key ${falTestKey}`,
      undefined,
    ]);
    expect(fixture.server.requests[1]!.userAgent).toBe('@fal-ai/client/1.10.1');
  });

  test.each([3600, 86_400, 604_800, 2_592_000, 31_536_000])(
    'a lifetime of %i s is declared under both header names, in one request and in parts',
    async (seconds) => {
      for (const size of [10, large]) {
        const { ref } = await send(patternSource(size), { settingOverrides: { expirySeconds: seconds } });
        const initiated = fixture.server.requests.findLast(({ route }) => route.startsWith('initiate'))!;
        expect(initiated.lifecycle).toEqual(
          Array.from({ length: 2 }, () => JSON.stringify({ expiration_duration_seconds: seconds })),
        );
        expect(fixture.server.fileAt(ref.file)!.expiresAt).toBe(now + seconds * 1000);
        const link = await driver().link(ref, neverAborted);
        expect(link.visibility).toBe('expiring');
        expect(Math.abs(link.expiresAt! - now - seconds * 1000)).toBeLessThan(60_000);
      }
    },
  );

  test('without the expiry setting, no lifetime is sent and the link does not expire', async () => {
    const { ref } = await send(patternSource(10));
    expect(fixture.server.requests.find(({ route }) => route === 'initiate')!.lifecycle).toEqual([]);
    expect(await driver().link(ref, neverAborted)).toEqual({ url: ref.file, visibility: 'public' });
  });

  test('an expired file no longer exists', async () => {
    const { ref } = await send(patternSource(10), { settingOverrides: { expirySeconds: 3600 } });
    now += 3_600_001;
    expect(await driver().stat(ref, neverAborted)).toBeUndefined();
    await driver().discard({ ref }, neverAborted);
  });

  test('a key in the environment variables is not used', async () => {
    vi.stubEnv('FAL_KEY', 'another:key');
    try {
      await send(patternSource(10));
    } finally {
      vi.unstubAllEnvs();
    }
    expect(fixture.proxy.requests[0]!.headers.authorization).toBe(`Key ${falTestKey}`);
  });
});

describe('restricted files', () => {
  test('open only with a signed link, until the link expires', async () => {
    const { ref } = await send(patternSource(500), { settingOverrides: { access: 'signed', linkDays: 1 } });
    expect((await fetch(ref.file)).status).toBe(403);
    const link = await driver({ access: 'signed', linkDays: 1 }).link(ref, neverAborted);
    expect(link).toMatchObject({ visibility: 'expiring' });
    expect(Buffer.from(await (await fetch(link.url)).arrayBuffer()).equals(patternBytes(500))).toBe(true);
    now += 86_401_000;
    expect((await fetch(link.url)).status).toBe(403);
  });

  test('have links that expire no later than the file', async () => {
    const { ref } = await send(patternSource(500), {
      settingOverrides: { access: 'signed', expirySeconds: 86_400, linkDays: 7 },
    });
    const link = await driver({ access: 'signed', linkDays: 7 }).link(ref, neverAborted);
    expect(link.expiresAt).toBeLessThanOrEqual(ref.expiresAt!);
  });

  test('cause an error if the key may not sign links', async () => {
    const { ref } = await send(patternSource(5), { settingOverrides: { key: 'no:assets', access: 'signed' } });
    const error = await errorFrom(driver({ key: 'no:assets', access: 'signed' }).link(ref, neverAborted));
    expect(error).toMatchObject({ code: 'forbidden', field: 'key', params: { why: 'falSign' } });
  });
});

describe('errors', () => {
  test('the check explains a wrong key, a forbidden upload and an empty balance, and creates nothing', async () => {
    const describeError = async (candidate: string): Promise<string> => {
      const error = (await errorFrom(driver({ key: candidate }).check(neverAborted)))!;
      const { what, remedy } = errorText({ ...error, params: { destination: 'Mine', ...error.params } });
      return `${error.code} ${error.field ?? '-'}: ${what} ${remedy}`;
    };
    expect(await describeError('unknown:key')).toBe(
      'unauthorized key: This key doesn’t exist on fal.ai. Copy it again from the fal.ai dashboard, or create a new one.',
    );
    expect(await describeError('no-upload:key')).toBe(
      'forbidden key: This key isn’t allowed to upload to fal.ai. Use a key with API access, or ask its owner to allow this.',
    );
    expect(await describeError('no-balance:key')).toBe(
      'quota-exceeded -: The balance of this account is used up. Top up the account, or use another destination.',
    );
    await driver().check(neverAborted);
    expect(routes()).toEqual(['token', 'token', 'token', 'token']);
    expect(fixture.server.leftovers()).toEqual({ objects: 0, uploads: 0 });
  });

  test('the driver waits for a short Retry-After and passes a long one to the engine', async () => {
    let requestCount = 0;
    fixture.proxy.setRule(() =>
      ++requestCount === 1
        ? {
            kind: 'answer',
            status: 429,
            headers: { 'retry-after': '1', 'content-type': 'application/json' },
            body: '{"detail":"slow down"}',
          }
        : undefined,
    );
    const startedAt = performance.now();
    const onSlowDown = vi.fn();
    await send(patternSource(10), { transfer: { onSlowDown } });
    // Retry-After is 1 second. Timers may fire a few ms early.
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    expect(onSlowDown).toHaveBeenCalledTimes(1);
    fixture.proxy.setRule(() => ({ kind: 'answer', status: 429, headers: { 'retry-after': '30' } }));
    expect(await errorFrom(send(patternSource(10)))).toMatchObject({ code: 'rate-limited', retryAfterMs: 30_000 });
    expect(fixture.proxy.requests.length).toBe(1);
  });

  test('an upload whose URL expires restarts from zero with a new URL', async () => {
    let parts = 0;
    fixture.server.overrideResponse = (route) => {
      if (route === 'part' && ++parts === 3) fixture.server.expireUploadUrls();
      return undefined;
    };
    const { ref, restarts } = await send(patternSource(large));
    expect(restarts).toEqual(['store-forgot']);
    expect(routes().filter((route) => route === 'initiate-multipart').length).toBe(2);
    expect(fixture.server.bytesAt(ref.file)!.equals(patternBytes(large))).toBe(true);
    expect(fixture.server.leftovers().objects).toBe(1);
  });

  test('an upload fails if its second URL expires too', async () => {
    fixture.server.overrideResponse = (route) => {
      if (route === 'put' || route === 'part') fixture.server.expireUploadUrls();
      return undefined;
    };
    for (const size of [10, large]) {
      expect(await errorFrom(send(patternSource(size)))).toMatchObject({ code: 'forbidden' });
    }
    // Two URLs for each of the two uploads.
    expect(routes().filter((route) => route.startsWith('initiate')).length).toBe(4);
  });

  test.each(['put', 'complete'] as const)(
    'after a lost response to the %s request, the driver finds the stored file and creates no second file',
    async (route) => {
      let isLost = false;
      fixture.server.overrideResponse = (candidate) => {
        if (candidate !== route || isLost) return undefined;
        isLost = true;
        return 'lost-answer';
      };
      const size = route === 'put' ? 500 : large;
      const { ref, restarts } = await send(patternSource(size));
      expect(restarts).toEqual([]);
      expect(fixture.server.bytesAt(ref.file)!.equals(patternBytes(size))).toBe(true);
      expect(fixture.server.leftovers().objects).toBe(1);
    },
  );

  test('a captive portal’s page is reported as wrong-service, by the check and by uploads', async () => {
    const page = {
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html>Sign in to this network</html>',
    } as const;
    fixture.proxy.setRule(() => page);
    for (const operation of [
      () => driver().check(neverAborted),
      () => send(patternSource(10)),
      () => send(patternSource(large)),
    ]) {
      expect(await errorFrom(operation())).toMatchObject({ code: 'wrong-service', params: { why: 'fal' } });
    }
  });

  test.each(
    ['PUT', 'POST'].flatMap((method) => ['text/html', 'text/plain'].map((contentType) => ({ method, contentType }))),
  )(
    'an upload fails if its $method request gets status 200 with a body of type $contentType',
    async ({ method, contentType }) => {
      fixture.proxy.setRule((request) =>
        request.target.startsWith('/uploads/') && request.method === method
          ? {
              kind: 'answer',
              status: 200,
              headers: { 'content-type': contentType },
              body: '<html>Welcome</html>',
              when: 'after the body',
            }
          : undefined,
      );
      for (const size of method === 'PUT' ? [10, large] : [large])
        expect(await errorFrom(send(patternSource(size)))).toMatchObject({
          code: 'wrong-service',
          params: { why: 'fal' },
        });
      expect(fixture.server.leftovers().objects).toBe(0);
    },
  );

  test.each([
    ['an unencrypted upload URL', 'http://example.com/up', 'https://v3.fal.media/files/x'],
    ['a link with a line break', undefined, 'https://v3.fal.media/files/x\nhttps://evil.example/'],
  ])('%s is not used', async (_, upload, file) => {
    fixture.server.overrideResponse = (route) =>
      route === 'initiate'
        ? {
            status: 200,
            headers: { 'content-type': 'application/json' },
            body: [Buffer.from(JSON.stringify({ upload_url: upload ?? fixture.proxy.url, file_url: file }))],
          }
        : undefined;
    expect(await errorFrom(send(patternSource(10)))).toMatchObject({ code: 'wrong-service' });
  });
});

describe('resume', () => {
  /** Stops an upload when two parts are stored and saved and no other part is in flight. */
  async function uploadTwoParts(): Promise<FalCheckpoint> {
    const stop = new AbortController();
    let acquiredSlots = 0;
    let lastCheckpoint: FalCheckpoint | undefined;
    const acquireSlot = async (signal: AbortSignal): Promise<() => void> => {
      if (++acquiredSlots > 2) await once(signal, 'abort');
      return () => undefined;
    };
    const onCheckpoint = async (checkpoint: Checkpoint): Promise<void> => {
      lastCheckpoint = checkpoint as FalCheckpoint;
      if (lastCheckpoint.parts?.length === 2) stop.abort();
    };
    await expect(
      driver().upload({
        source: patternSource(large),
        signal: stop.signal,
        onProgress: () => undefined,
        onCheckpoint,
        acquireSlot,
      }),
    ).rejects.toThrow();
    return lastCheckpoint!;
  }

  test('sends only the missing parts if the stored parts match the file', async () => {
    const checkpoint = await uploadTwoParts();
    fixture.server.requests.length = 0;
    const { ref, restarts } = await send(patternSource(large), { transfer: { checkpoint } });
    expect(restarts).toEqual([]);
    expect(routes().toSorted()).toEqual(['complete', 'part', 'part']);
    expect(fixture.server.bytesAt(ref.file)!.equals(patternBytes(large))).toBe(true);
  });

  test('sends a stored part again if it no longer matches the file', async () => {
    const checkpoint = await uploadTwoParts();
    fixture.server.requests.length = 0;
    const content = patternBytes(large);
    const [number] = checkpoint.parts![0]!;
    content[(number - 1) * falTestSizes.partBytes + 5]! ^= 1;
    const source: FileSource = {
      ...patternSource(large),
      read: async (into, position) => content.copy(into, 0, position, Math.min(large, position + into.length)),
    };
    const { ref, restarts } = await send(source, { transfer: { checkpoint } });
    expect(restarts).toEqual([]);
    expect(routes().toSorted()).toEqual(['complete', 'part', 'part', 'part']);
    expect(fixture.server.bytesAt(ref.file)!.equals(content)).toBe(true);
  });

  test('restarts from zero if the upload URL has expired, and creates one file', async () => {
    // Interrupts the first attempt after its first part.
    fixture.proxy.setRule((request) => (request.number === 4 ? { kind: 'answer', status: 403 } : undefined));
    let parts = 0;
    fixture.server.overrideResponse = (route) =>
      route === 'part' && ++parts > 1 ? { status: 503, headers: {}, body: [] } : undefined;
    const checkpoints: Checkpoint[] = [];
    await expect(
      driver().upload({
        source: patternSource(large),
        signal: neverAborted,
        onProgress: () => undefined,
        onCheckpoint: async (checkpoint) => {
          checkpoints.push(checkpoint);
        },
      }),
    ).rejects.toThrow();
    fixture.server.overrideResponse = () => undefined;
    fixture.proxy.setRule();
    fixture.server.expireUploadUrls();
    const { ref, restarts } = await send(patternSource(large), { transfer: { checkpoint: checkpoints.at(-1)! } });
    expect(restarts).toEqual(['store-forgot']);
    expect(fixture.server.bytesAt(ref.file)!.equals(patternBytes(large))).toBe(true);
    expect(fixture.server.leftovers().objects).toBe(1);
  });
});

describe('etags', () => {
  const replaceEtag = (etag: string) => ({ kind: 'tamper', headers: { etag } }) as const;

  test('that are not MD5 hashes are ignored after Hoist has read the first file back and compared it', async () => {
    const sharedDriver = driver();
    fixture.proxy.setRule((request) =>
      request.method === 'PUT' ? replaceEtag('"0123456789abcdef0123456789abcdef"') : undefined,
    );
    await send(patternSource(700), { usedDriver: sharedDriver });
    expect(routes()).toEqual(['initiate', 'put', 'get']);
    fixture.server.requests.length = 0;
    await send(patternSource(800), { usedDriver: sharedDriver });
    expect(routes()).toEqual(['initiate', 'put']);
  });

  test('are compared with MD5 hashes after the first match, so damaged bytes are detected', async () => {
    const sharedDriver = driver();
    await send(patternSource(700), { usedDriver: sharedDriver });
    fixture.proxy.setRule((request) => (request.method === 'PUT' ? { kind: 'flip-bit' } : undefined));
    expect(await errorFrom(send(patternSource(700), { usedDriver: sharedDriver }))).toMatchObject({
      code: 'corrupted',
    });
  });
});

describe('limits of the service', () => {
  test('deleting a stored file fails, because the service cannot delete files, but hides the file', async () => {
    const { ref } = await send(patternSource(10));
    const error = (await errorFrom(driver().discard({ ref }, neverAborted)))!;
    expect(error).toEqual({ code: 'forbidden', params: { why: 'noDelete' } });
    expect(errorText(error).what).toBe('Files can’t be deleted from fal.ai.');
    expect(fixture.server.leftovers().objects).toBe(1);
    expect((await fetch(ref.file)).status).toBe(404);
  });

  test('a canceled upload that is already stored is hidden', async () => {
    const { ref, checkpoints } = await send(patternSource(10));
    expect(await errorFrom(driver().discard({ checkpoint: checkpoints.at(-1)! }, neverAborted))).toMatchObject({
      params: { why: 'noDelete' },
    });
    expect((await fetch(ref.file)).status).toBe(404);
  });

  test('deleting fails in the same way if the key may not hide files', async () => {
    const { ref } = await send(patternSource(10));
    expect(await errorFrom(driver({ key: 'no:assets' }).discard({ ref }, neverAborted))).toMatchObject({
      params: { why: 'noDelete' },
    });
    expect((await fetch(ref.file)).status).toBe(200);
  });

  test('the test of a destination reports that its file was not deleted', async () => {
    const report = await testDestination(falProviderAt(fixture.proxy.url), { key: falTestKey }, falTestPorts);
    expect([report.ok, report.results.at(-1)]).toEqual([
      true,
      { step: 'clean-up', outcome: 'warning', note: 'left-behind' },
    ]);
  });
});

describe('an incomplete client package', () => {
  test.each([
    ['no function that creates a client', {}],
    ['a client without a call function', { createFalClient: () => ({ storage: {} }) }],
    ['a value that is not a function', { createFalClient: 'yes' }],
  ])('makes only its destination unusable: %s', async (_, sdk) => {
    const provider = {
      ...falProviderAt(fixture.proxy.url),
      load: async () => ({
        connect: (falSettings: FalSettings, ports: typeof falTestPorts) =>
          connectFal(falSettings, ports, { hosts: falHostsAt(fixture.proxy.url), sdk: sdk as never }),
        errorOf: falErrorOf,
      }),
    };
    await expect(connectDestination(provider, { key: falTestKey }, falTestPorts)).rejects.toMatchObject({
      error: { code: 'provider-broken', params: { provider: 'fal.ai' } },
    });
    expect(fixture.proxy.requests).toEqual([]);
  });
});
