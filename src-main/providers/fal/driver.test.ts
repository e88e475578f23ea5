/** fal.ai's own rules for uploads, in addition to the conformance suite. */
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
      'no:assets': { mayReadAssets: false },
      'poor:key': { locked: 'Exhausted balance' },
      'weak:key': { mayUpload: false },
    },
  });
});
afterEach(async () => {
  for (const one of drivers.splice(0)) one.close();
  expect(fixture.server.violations).toEqual([]);
  await fixture.stop();
});

function driver(settingOverrides: Partial<FalSettings> = {}): Driver {
  const made = falDriverAt(fixture.proxy.url, settingOverrides);
  drivers.push(made);
  return made;
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
    via = driver(settingOverrides),
    rest = {},
  }: { settingOverrides?: Partial<FalSettings>; via?: Driver; rest?: Partial<TransferFrom<FileSource>> } = {},
): Promise<SendResult> {
  const result = { checkpoints: [] as FalCheckpoint[], restarts: [] as RestartReason[] };
  const ref = await via.upload({
    source,
    signal: neverAborted,
    onProgress: () => undefined,
    onRestart: (why) => result.restarts.push(why),
    onCheckpoint: async (one: Checkpoint) => {
      result.checkpoints.push(one as FalCheckpoint);
    },
    ...rest,
  });
  return { ref: ref as FalRef, ...result };
}

const routes = (): string[] => fixture.server.requests.map(({ route }) => route);
const errorFrom = async (work: Promise<unknown>): Promise<AppError | undefined> => {
  const cause: unknown = await work.then(
    () => {
      throw new Error('did not fail');
    },
    (thrown: unknown) => thrown,
  );
  return cause instanceof AppFailure ? cause.error : falErrorOf(cause, settings);
};

describe('requests', () => {
  test('keeps the file’s name and type; sends the key to the service, not to the signed URL', async () => {
    const { ref } = await send(patternSource(1000, { name: 'Grüße aus Köln.png', contentType: 'image/png' }));
    expect(fixture.server.fileAt(ref.file)).toMatchObject({
      name: 'Grüße aus Köln.png',
      contentType: 'image/png',
      size: 1000,
    });
    expect(fixture.proxy.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Key ${falTestKey}`,
      undefined,
    ]);
    expect(fixture.server.requests[0]!.userAgent).toBe('@fal-ai/client/1.10.1');
  });

  test.each([3600, 86_400, 604_800, 2_592_000, 31_536_000])(
    'a file that lives for %i s is declared under both header names, in one request and in parts',
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

  test('without an expiry no lifetime is sent, and the account’s setting applies', async () => {
    const { ref } = await send(patternSource(10));
    expect(fixture.server.requests[0]!.lifecycle).toEqual([]);
    expect(await driver().link(ref, neverAborted)).toEqual({ url: ref.file, visibility: 'public' });
  });

  test('an expired file no longer exists', async () => {
    const { ref } = await send(patternSource(10), { settingOverrides: { expirySeconds: 3600 } });
    now += 3_600_001;
    expect(await driver().stat(ref, neverAborted)).toBeUndefined();
    await driver().discard({ ref: ref }, neverAborted);
  });

  test('environment variables do not change the key in use', async () => {
    vi.stubEnv('FAL_KEY', 'somebody:else');
    try {
      await send(patternSource(10));
    } finally {
      vi.unstubAllEnvs();
    }
    expect(fixture.proxy.requests[0]!.headers.authorization).toBe(`Key ${falTestKey}`);
  });
});

describe('restricted files', () => {
  test('open only with a signed link, for its lifetime', async () => {
    const { ref } = await send(patternSource(500), { settingOverrides: { access: 'signed', linkDays: 1 } });
    expect((await fetch(ref.file)).status).toBe(403);
    const link = await driver({ access: 'signed', linkDays: 1 }).link(ref, neverAborted);
    expect(link).toMatchObject({ visibility: 'expiring' });
    expect(Buffer.from(await (await fetch(link.url)).arrayBuffer()).equals(patternBytes(500))).toBe(true);
    now += 86_401_000;
    expect((await fetch(link.url)).status).toBe(403);
  });

  test('a link expires no later than its file', async () => {
    const { ref } = await send(patternSource(500), {
      settingOverrides: { access: 'signed', expirySeconds: 86_400, linkDays: 7 },
    });
    const link = await driver({ access: 'signed', linkDays: 7 }).link(ref, neverAborted);
    expect(link.expiresAt).toBeLessThanOrEqual(ref.expiresAt!);
  });

  test('a key that may not sign links is reported as that', async () => {
    const { ref } = await send(patternSource(5), { settingOverrides: { key: 'no:assets', access: 'signed' } });
    const error = await errorFrom(driver({ key: 'no:assets', access: 'signed' }).link(ref, neverAborted));
    expect(error).toMatchObject({ code: 'forbidden', field: 'key', params: { why: 'falSign' } });
  });
});

describe('errors', () => {
  test('a wrong key, a key without permission and an empty balance have their own messages, and the check creates nothing', async () => {
    const describeError = async (candidate: string): Promise<string> => {
      const error = (await errorFrom(driver({ key: candidate }).check(neverAborted)))!;
      const { what, remedy } = errorText({ ...error, params: { destination: 'Mine', ...error.params } });
      return `${error.code} ${error.field ?? '-'}: ${what} ${remedy}`;
    };
    expect(await describeError('nobody:key')).toBe(
      'unauthorized key: This key doesn’t exist on fal.ai. Copy it again from the fal.ai dashboard, or create a new one.',
    );
    expect(await describeError('weak:key')).toBe(
      'forbidden key: This key isn’t allowed to upload to fal.ai. Use a key with API access, or ask its owner to allow this.',
    );
    expect(await describeError('poor:key')).toBe(
      'quota-exceeded -: The balance of this account is used up. Top up the account, or use another destination.',
    );
    await driver().check(neverAborted);
    expect(routes()).toEqual(['token', 'token', 'token', 'token']);
    expect(fixture.server.leftovers()).toEqual({ objects: 0, uploads: 0 });
  });

  test('a short Retry-After is waited for, a long one is left to the engine', async () => {
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
    const slowed = vi.fn();
    await send(patternSource(10), { rest: { onSlowDown: slowed } });
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    expect(slowed).toHaveBeenCalledTimes(1);
    fixture.proxy.setRule(() => ({ kind: 'answer', status: 429, headers: { 'retry-after': '30' } }));
    expect(await errorFrom(send(patternSource(10)))).toMatchObject({ code: 'rate-limited', retryAfterMs: 30_000 });
    expect(fixture.proxy.requests.length).toBe(1);
  });

  test('an upload URL that expires during the upload restarts from zero, once, with a new URL', async () => {
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

  test('upload URLs that are always expired end with the service’s error, not in a loop', async () => {
    fixture.server.overrideResponse = (route) => {
      if (route === 'put' || route === 'part') fixture.server.expireUploadUrls();
      return undefined;
    };
    for (const size of [10, large]) {
      expect(await errorFrom(send(patternSource(size)))).toMatchObject({ code: 'forbidden' });
    }
    expect(routes().filter((route) => route.startsWith('initiate')).length).toBe(4);
  });

  test.each(['put', 'complete'] as const)(
    'after a lost response to %s the stored file is found, and only one exists',
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

  test('a captive portal’s page is reported as another service, at each step', async () => {
    const page = {
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html>Sign in to this network</html>',
    } as const;
    fixture.proxy.setRule(() => page);
    for (const work of [
      () => driver().check(neverAborted),
      () => send(patternSource(10)),
      () => send(patternSource(large)),
    ]) {
      expect(await errorFrom(work())).toMatchObject({ code: 'wrong-service', params: { why: 'fal' } });
    }
  });

  test.each(
    ['PUT', 'POST'].flatMap((method) => ['text/html', 'text/plain'].map((contentType) => ({ method, contentType }))),
  )(
    'a $contentType response to the $method of a file or of its parts is not success',
    async ({ method, contentType }) => {
      fixture.proxy.setRule((seen) =>
        seen.target.startsWith('/uploads/') && seen.method === method
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

  test('an unencrypted upload URL is not used', async () => {
    fixture.server.overrideResponse = (route) =>
      route === 'initiate'
        ? {
            status: 200,
            headers: { 'content-type': 'application/json' },
            body: [Buffer.from('{"upload_url":"http://example.com/up","file_url":"https://v3.fal.media/files/x"}')],
          }
        : undefined;
    expect(await errorFrom(send(patternSource(10)))).toMatchObject({ code: 'wrong-service' });
  });
});

describe('resume', () => {
  /** Two parts are stored and saved, no other one is in flight, then the upload is stopped. */
  async function twoParts(): Promise<FalCheckpoint> {
    const stop = new AbortController();
    let acquiredSlots = 0;
    let last: FalCheckpoint | undefined;
    const acquireSlot = async (signal: AbortSignal): Promise<() => void> => {
      if (++acquiredSlots > 2) await once(signal, 'abort');
      return () => undefined;
    };
    const onCheckpoint = async (one: Checkpoint): Promise<void> => {
      last = one as FalCheckpoint;
      if (last.parts?.length === 2) stop.abort();
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
    return last!;
  }

  test('stored parts that still match are not sent again; the others are', async () => {
    const checkpoint = await twoParts();
    fixture.server.requests.length = 0;
    const { ref, restarts } = await send(patternSource(large), { rest: { checkpoint: checkpoint } });
    expect(restarts).toEqual([]);
    expect(routes().toSorted()).toEqual(['complete', 'part', 'part']);
    expect(fixture.server.bytesAt(ref.file)!.equals(patternBytes(large))).toBe(true);
  });

  test('only stored parts that no longer match the file are sent again', async () => {
    const checkpoint = await twoParts();
    fixture.server.requests.length = 0;
    const content = patternBytes(large);
    const [number] = checkpoint.parts![0]!;
    content[(number - 1) * falTestSizes.partBytes + 5]! ^= 1;
    const source: FileSource = {
      ...patternSource(large),
      read: async (into, position) => content.copy(into, 0, position, Math.min(large, position + into.length)),
    };
    const { ref, restarts } = await send(source, { rest: { checkpoint } });
    expect(restarts).toEqual([]);
    expect(routes().toSorted()).toEqual(['complete', 'part', 'part', 'part']);
    expect(fixture.server.bytesAt(ref.file)!.equals(content)).toBe(true);
  });

  test('with an upload URL that has expired since, it restarts from zero and one file results', async () => {
    fixture.proxy.setRule((seen) => (seen.number === 4 ? { kind: 'answer', status: 403 } : undefined));
    let parts = 0;
    fixture.server.overrideResponse = (route) =>
      route === 'part' && ++parts > 1 ? { status: 503, headers: {}, body: [] } : undefined;
    const checkpoints: Checkpoint[] = [];
    await expect(
      driver().upload({
        source: patternSource(large),
        signal: neverAborted,
        onProgress: () => undefined,
        onCheckpoint: async (one) => {
          checkpoints.push(one);
        },
      }),
    ).rejects.toThrow();
    fixture.server.overrideResponse = () => undefined;
    fixture.proxy.setRule();
    fixture.server.expireUploadUrls();
    const { ref, restarts } = await send(patternSource(large), { rest: { checkpoint: checkpoints.at(-1)! } });
    expect(restarts).toEqual(['store-forgot']);
    expect(fixture.server.bytesAt(ref.file)!.equals(patternBytes(large))).toBe(true);
    expect(fixture.server.leftovers().objects).toBe(1);
  });
});

describe('etags', () => {
  const other = (tag: string) => ({ kind: 'tamper', headers: { etag: tag } }) as const;

  test('that are not MD5 do not stop an upload: the file is read back once and the etags are ignored from then on', async () => {
    const through = driver();
    fixture.proxy.setRule((seen) => (seen.method === 'PUT' ? other('"0123456789abcdef0123456789abcdef"') : undefined));
    await send(patternSource(700), { via: through });
    expect(routes()).toEqual(['initiate', 'put', 'get']);
    fixture.server.requests.length = 0;
    await send(patternSource(800), { via: through });
    expect(routes()).toEqual(['initiate', 'put']);
  });

  test('that were MD5 before reveal different bytes', async () => {
    const through = driver();
    await send(patternSource(700), { via: through });
    fixture.proxy.setRule((seen) => (seen.method === 'PUT' ? { kind: 'flip-bit' } : undefined));
    expect(await errorFrom(send(patternSource(700), { via: through }))).toMatchObject({ code: 'corrupted' });
  });
});

describe('limits of the service', () => {
  test('a stored file cannot be deleted, and this is reported', async () => {
    const { ref } = await send(patternSource(10));
    const error = (await errorFrom(driver().discard({ ref: ref }, neverAborted)))!;
    expect(error).toEqual({ code: 'forbidden', params: { why: 'noDelete' } });
    expect(errorText(error).what).toBe('Files can’t be deleted from fal.ai.');
    expect(fixture.server.leftovers().objects).toBe(1);
  });

  test('the test of a destination reports that its file stays', async () => {
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
  ])('%s: only this destination is broken, not the app', async (_, sdk) => {
    const provider = {
      ...falProviderAt(fixture.proxy.url),
      load: async () => ({
        connect: (candidate: FalSettings, at: typeof falTestPorts) =>
          connectFal(candidate, at, { hosts: falHostsAt(fixture.proxy.url), sdk: sdk as never }),
        errorOf: falErrorOf,
      }),
    };
    await expect(connectDestination(provider, { key: falTestKey }, falTestPorts)).rejects.toMatchObject({
      error: { code: 'provider-broken', params: { provider: 'fal.ai' } },
    });
    expect(fixture.proxy.requests).toEqual([]);
  });
});
