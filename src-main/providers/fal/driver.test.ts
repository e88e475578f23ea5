/** What fal.ai's own rules make of an upload, beyond what every provider must do (conformance). */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AppError } from '../../../src-shared/errors.ts';
import { AppFailure } from '../../../src-shared/errors.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Checkpoint, Restarted } from '../../../src-shared/upload.ts';
import type { FileSource } from '../../engine/ports.ts';
import { connectDestination, testDestination } from '../connect.ts';
import type { Driver, TransferOf } from '../provider.ts';
import { patternOf, patternSource } from '../testing/source.ts';
import { connectWith } from './driver.ts';
import { errorOf } from './errors.ts';
import type { FalCheckpoint, FalRef } from './records.ts';
import type { FalSettings } from './settings.ts';
import { driverAt, hostsAt, key, ports, serve, sizes, tuned, type Served } from './testing/subject.ts';

vi.setConfig({ testTimeout: 30_000 });

const never = new AbortController().signal;
const settings: FalSettings = { key, access: 'public', linkDays: 7 };
const large = 3 * sizes.partBytes + 7;

let served: Served;
const drivers: Driver[] = [];
/** ms since 1970, as the server's clock has it */
let now: number;
beforeEach(async () => {
  now = Date.now();
  served = await serve({
    now: () => now,
    keys: {
      [key]: {},
      'no:assets': { mayReadAssets: false },
      'poor:key': { locked: 'Exhausted balance' },
      'weak:key': { mayUpload: false },
    },
  });
});
afterEach(async () => {
  for (const one of drivers.splice(0)) one.close();
  expect(served.server.violations).toEqual([]);
  await served.stop();
});

function driver(its: Partial<FalSettings> = {}): Driver {
  const made = driverAt(served.proxy.url, its);
  drivers.push(made);
  return made;
}

interface Went {
  ref: FalRef;
  checkpoints: FalCheckpoint[];
  restarts: Restarted[];
}

async function send(
  source: FileSource,
  {
    its = {},
    through = driver(its),
    rest = {},
  }: { its?: Partial<FalSettings>; through?: Driver; rest?: Partial<TransferOf<FileSource>> } = {},
): Promise<Went> {
  const went = { checkpoints: [] as FalCheckpoint[], restarts: [] as Restarted[] };
  const ref = await through.upload({
    source,
    signal: never,
    onProgress: () => undefined,
    onRestart: (why) => went.restarts.push(why),
    onCheckpoint: async (one: Checkpoint) => {
      went.checkpoints.push(one as FalCheckpoint);
    },
    ...rest,
  });
  return { ref: ref as FalRef, ...went };
}

const routes = (): string[] => served.server.heard.map(({ route }) => route);
const errorFrom = async (work: Promise<unknown>): Promise<AppError | undefined> => {
  const cause: unknown = await work.then(
    () => {
      throw new Error('did not fail');
    },
    (thrown: unknown) => thrown,
  );
  return cause instanceof AppFailure ? cause.error : errorOf(cause, settings);
};

describe('what is sent', () => {
  test('name and type of the file are kept; the key goes to the service, not to the signed address', async () => {
    const { ref } = await send(patternSource(1000, { name: 'Grüße aus Köln.png', contentType: 'image/png' }));
    expect(served.server.fileAt(ref.file)).toMatchObject({
      name: 'Grüße aus Köln.png',
      contentType: 'image/png',
      size: 1000,
    });
    expect(served.proxy.seen.map(({ headers }) => headers.authorization)).toEqual([`Key ${key}`, undefined]);
    expect(served.server.heard[0]!.userAgent).toBe('@fal-ai/client/1.10.1');
  });

  test.each([3600, 86_400, 604_800, 2_592_000, 31_536_000])(
    'a file for %i s says so under both names, small and in parts',
    async (seconds) => {
      for (const size of [10, large]) {
        const { ref } = await send(patternSource(size), { its: { expirySeconds: seconds } });
        const initiated = served.server.heard.findLast(({ route }) => route.startsWith('initiate'))!;
        expect(initiated.lifecycle).toEqual(
          Array.from({ length: 2 }, () => JSON.stringify({ expiration_duration_seconds: seconds })),
        );
        expect(served.server.fileAt(ref.file)!.expiresAt).toBe(now + seconds * 1000);
        const link = await driver().link(ref, never);
        expect(link.visibility).toBe('expiring');
        expect(Math.abs(link.expiresAt! - now - seconds * 1000)).toBeLessThan(60_000);
      }
    },
  );

  test('without an expiry nothing is said, and the account decides', async () => {
    const { ref } = await send(patternSource(10));
    expect(served.server.heard[0]!.lifecycle).toEqual([]);
    expect(await driver().link(ref, never)).toEqual({ url: ref.file, visibility: 'public' });
  });

  test('a file that expired is not there any more', async () => {
    const { ref } = await send(patternSource(10), { its: { expirySeconds: 3600 } });
    now += 3_600_001;
    expect(await driver().stat(ref, never)).toBeUndefined();
    await driver().discard({ ref: ref }, never);
  });

  test('variables of the environment do not change whose key is used', async () => {
    vi.stubEnv('FAL_KEY', 'somebody:else');
    try {
      await send(patternSource(10));
    } finally {
      vi.unstubAllEnvs();
    }
    expect(served.proxy.seen[0]!.headers.authorization).toBe(`Key ${key}`);
  });
});

describe('restricted files', () => {
  test('open with a signed link only, as long as it says', async () => {
    const { ref } = await send(patternSource(500), { its: { access: 'signed', linkDays: 1 } });
    expect((await fetch(ref.file)).status).toBe(403);
    const link = await driver({ access: 'signed', linkDays: 1 }).link(ref, never);
    expect(link).toMatchObject({ visibility: 'expiring' });
    expect(Buffer.from(await (await fetch(link.url)).arrayBuffer()).equals(patternOf(500))).toBe(true);
    now += 86_401_000;
    expect((await fetch(link.url)).status).toBe(403);
  });

  test('a link does not outlive its file', async () => {
    const { ref } = await send(patternSource(500), { its: { access: 'signed', expirySeconds: 86_400, linkDays: 7 } });
    const link = await driver({ access: 'signed', linkDays: 7 }).link(ref, never);
    expect(link.expiresAt).toBeLessThanOrEqual(ref.expiresAt!);
  });

  test('a key that may not sign is named as that', async () => {
    const { ref } = await send(patternSource(5), { its: { key: 'no:assets', access: 'signed' } });
    const error = await errorFrom(driver({ key: 'no:assets', access: 'signed' }).link(ref, never));
    expect(error).toMatchObject({ code: 'forbidden', field: 'key', params: { why: 'falSign' } });
  });
});

describe('what ends otherwise', () => {
  test('a wrong key, a key without the right, no balance: each has its sentence, and the check creates nothing', async () => {
    const told = async (its: string): Promise<string> => {
      const error = (await errorFrom(driver({ key: its }).check(never)))!;
      return `${error.code} ${error.field ?? '-'}: ${text(`error.${error.code}.what`, { destination: 'Mine', ...error.params })} ${text(`error.${error.code}.remedy`, error.params)}`;
    };
    expect(await told('nobody:key')).toBe(
      'unauthorized key: Mine refused the key. Nobody knows this key at fal.ai. Copy it again from the dashboard there, or make a new one.',
    );
    expect(await told('weak:key')).toBe(
      'forbidden key: This key may not upload to fal.ai. Use a key with API access, or ask whoever made this one.',
    );
    expect(await told('poor:key')).toBe(
      'quota-exceeded -: The balance of this account is used up. Top it up, or use another destination.',
    );
    await driver().check(never);
    expect(routes()).toEqual(['token', 'token', 'token', 'token']);
    expect(served.server.leftovers()).toEqual({ objects: 0, uploads: 0 });
  });

  test('Retry-After is obeyed where it is short, and left to the engine where it is long', async () => {
    let asked = 0;
    served.proxy.set(() =>
      ++asked === 1
        ? {
            kind: 'answer',
            status: 429,
            headers: { 'retry-after': '1', 'content-type': 'application/json' },
            body: '{"detail":"slow down"}',
          }
        : undefined,
    );
    const begun = performance.now();
    const slowed = vi.fn();
    await send(patternSource(10), { rest: { onSlowDown: slowed } });
    expect(performance.now() - begun).toBeGreaterThan(990);
    expect(slowed).toHaveBeenCalledTimes(1);
    served.proxy.set(() => ({ kind: 'answer', status: 429, headers: { 'retry-after': '30' } }));
    expect(await errorFrom(send(patternSource(10)))).toMatchObject({ code: 'rate-limited', retryAfterMs: 30_000 });
    expect(served.proxy.seen.length).toBe(1);
  });

  test('an address that expires in the middle: from zero, once, under a new one', async () => {
    let parts = 0;
    served.server.instead = (route) => {
      if (route === 'part' && ++parts === 3) served.server.endSlots();
      return undefined;
    };
    const { ref, restarts } = await send(patternSource(large));
    expect(restarts).toEqual(['store-forgot']);
    expect(routes().filter((route) => route === 'initiate-multipart').length).toBe(2);
    expect(served.server.bytesAt(ref.file)!.equals(patternOf(large))).toBe(true);
    expect(served.server.leftovers().objects).toBe(1);
  });

  test('an address that is always expired ends as the service says, not in a circle', async () => {
    served.server.instead = (route) => {
      if (route === 'put' || route === 'part') served.server.endSlots();
      return undefined;
    };
    for (const size of [10, large]) {
      expect(await errorFrom(send(patternSource(size)))).toMatchObject({ code: 'forbidden' });
    }
    expect(routes().filter((route) => route.startsWith('initiate')).length).toBe(4);
  });

  test.each(['put', 'complete'] as const)(
    'the answer to %s is lost: the file itself tells, and there is one',
    async (route) => {
      let isLost = false;
      served.server.instead = (its) => {
        if (its !== route || isLost) return undefined;
        isLost = true;
        return 'lost-answer';
      };
      const size = route === 'put' ? 500 : large;
      const { ref, restarts } = await send(patternSource(size));
      expect(restarts).toEqual([]);
      expect(served.server.bytesAt(ref.file)!.equals(patternOf(size))).toBe(true);
      expect(served.server.leftovers().objects).toBe(1);
    },
  );

  test('a page that a network answers with is another service, at each step', async () => {
    const page = {
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html>Sign in to this network</html>',
    } as const;
    served.proxy.set(() => page);
    for (const work of [() => driver().check(never), () => send(patternSource(10)), () => send(patternSource(large))]) {
      expect(await errorFrom(work())).toMatchObject({ code: 'wrong-service', params: { why: 'fal' } });
    }
  });

  test.each(['PUT', 'POST'])(
    'a page in answer to the bytes, or to the end of the parts (%s), is no success',
    async (method) => {
      served.proxy.set((seen) =>
        seen.target.startsWith('/uploads/') && seen.method === method
          ? {
              kind: 'answer',
              status: 200,
              headers: { 'content-type': 'text/html' },
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
      expect(served.server.leftovers().objects).toBe(0);
    },
  );

  test('an upload address that is not encrypted is not used', async () => {
    served.server.instead = (route) =>
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

describe('going on', () => {
  /** Two parts went and were written down, no other one was under way, and then it was stopped. */
  async function twoParts(): Promise<FalCheckpoint> {
    const stop = new AbortController();
    let lanes = 0;
    let last: FalCheckpoint | undefined;
    const lane = async (signal: AbortSignal): Promise<() => void> => {
      if (++lanes > 2) await once(signal, 'abort');
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
        lane,
      }),
    ).rejects.toThrow();
    return last!;
  }

  test('parts that are there and still true are not sent again; the others are', async () => {
    const checkpoint = await twoParts();
    served.server.heard.length = 0;
    const { ref, restarts } = await send(patternSource(large), { rest: { checkpoint: checkpoint } });
    expect(restarts).toEqual([]);
    expect(routes().toSorted()).toEqual(['complete', 'part', 'part']);
    expect(served.server.bytesAt(ref.file)!.equals(patternOf(large))).toBe(true);
  });

  test('parts of which the file holds other bytes now are sent again, and only they', async () => {
    const checkpoint = await twoParts();
    served.server.heard.length = 0;
    const content = patternOf(large);
    const [number] = checkpoint.parts![0]!;
    content[(number - 1) * sizes.partBytes + 5]! ^= 1;
    const source: FileSource = {
      ...patternSource(large),
      read: async (into, position) => content.copy(into, 0, position, Math.min(large, position + into.length)),
    };
    const { ref, restarts } = await send(source, { rest: { checkpoint } });
    expect(restarts).toEqual([]);
    expect(routes().toSorted()).toEqual(['complete', 'part', 'part', 'part']);
    expect(served.server.bytesAt(ref.file)!.equals(content)).toBe(true);
  });

  test('with an address that has expired meanwhile: from zero, and there is one file', async () => {
    served.proxy.set((seen) => (seen.number === 4 ? { kind: 'answer', status: 403 } : undefined));
    let parts = 0;
    served.server.instead = (route) =>
      route === 'part' && ++parts > 1 ? { status: 503, headers: {}, body: [] } : undefined;
    const checkpoints: Checkpoint[] = [];
    await expect(
      driver().upload({
        source: patternSource(large),
        signal: never,
        onProgress: () => undefined,
        onCheckpoint: async (one) => {
          checkpoints.push(one);
        },
      }),
    ).rejects.toThrow();
    served.server.instead = () => undefined;
    served.proxy.set();
    served.server.endSlots();
    const { ref, restarts } = await send(patternSource(large), { rest: { checkpoint: checkpoints.at(-1)! } });
    expect(restarts).toEqual(['store-forgot']);
    expect(served.server.bytesAt(ref.file)!.equals(patternOf(large))).toBe(true);
    expect(served.server.leftovers().objects).toBe(1);
  });
});

describe('tags', () => {
  const other = (tag: string) => ({ kind: 'tamper', headers: { etag: tag } }) as const;

  test('that are no MD5 do not stop an upload: the file is read once, and believed from then on', async () => {
    const through = driver();
    served.proxy.set((seen) => (seen.method === 'PUT' ? other('"0123456789abcdef0123456789abcdef"') : undefined));
    await send(patternSource(700), { through });
    expect(routes()).toEqual(['initiate', 'put', 'get']);
    served.server.heard.length = 0;
    await send(patternSource(800), { through });
    expect(routes()).toEqual(['initiate', 'put']);
  });

  test('that were seen to be the MD5 betray other bytes', async () => {
    const through = driver();
    await send(patternSource(700), { through });
    served.proxy.set((seen) => (seen.method === 'PUT' ? { kind: 'flip-bit' } : undefined));
    expect(await errorFrom(send(patternSource(700), { through }))).toMatchObject({ code: 'corrupted' });
  });
});

describe('what it cannot do', () => {
  test('a stored file stays, and that is said', async () => {
    const { ref } = await send(patternSource(10));
    const error = (await errorFrom(driver().discard({ ref: ref }, never)))!;
    expect(error).toEqual({ code: 'forbidden', params: { why: 'noDelete' } });
    expect(text('error.forbidden.what', error.params)).toBe('Nothing can be deleted at fal.ai.');
    expect(served.server.leftovers().objects).toBe(1);
  });

  test('the trial of a destination says that its test file stays', async () => {
    const report = await testDestination(tuned(served.proxy.url), { key }, ports);
    expect([report.ok, report.results.at(-1)]).toEqual([
      true,
      { step: 'clean-up', outcome: 'warning', note: 'left-behind' },
    ]);
  });
});

describe('a client that is not whole', () => {
  test.each([
    ['no function that makes one', {}],
    ['none that calls', { createFalClient: () => ({ storage: {} }) }],
    ['something else', { createFalClient: 'yes' }],
  ])('%s: the destination is broken, not the app', async (_, sdk) => {
    const provider = {
      ...tuned(served.proxy.url),
      load: async () => ({
        connect: (its: FalSettings, at: typeof ports) =>
          connectWith(its, at, { hosts: hostsAt(served.proxy.url), sdk: sdk as never }),
        errorOf,
      }),
    };
    await expect(connectDestination(provider, { key }, ports)).rejects.toMatchObject({
      error: { code: 'provider-broken', params: { provider: 'fal.ai' } },
    });
    expect(served.proxy.seen).toEqual([]);
  });
});
