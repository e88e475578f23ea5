/** What S3's own answers make of an upload that is gone on with, beyond what every provider must do (conformance). */
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Checkpoint, Json, Ref, Restarted } from '../../../src-shared/upload.ts';
import { requestKind, s3Faults, type RequestKind } from '../../../e2e/servers/s3-fault-plan.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { ServedPractice } from '../../practice/testing/served.ts';
import type { Driver, TransferOf } from '../provider.ts';
import type { FaultProxy, Plan, Seen } from '../testing/faults.ts';
import { patternOf, patternSource } from '../testing/source.ts';
import { customService, services } from './presets.ts';
import { faultyPractice } from './testing/faulty-practice.ts';
import { driverFor, type DriverOverrides } from './testing/subject.ts';

vi.setConfig({ testTimeout: 30_000 });

const MiB = 1024 * 1024;
const part = 5 * MiB;
const size = 4 * part + 7;
const never = new AbortController().signal;
const aws = services.find((service) => service.id === 'aws')!;
const custom: DriverOverrides = { settings: { store: { ...customService, preferredPartBytes: part } } };
const amazon: DriverOverrides = { settings: { store: { ...aws, preferredPartBytes: part } } };
const opaque: DriverOverrides = { settings: { store: { ...customService, preferredPartBytes: part, etag: 'opaque' } } };

let practice: ServedPractice;
let proxy: FaultProxy;
let values: FieldValues;
let stop: () => Promise<void>;
const drivers: Driver[] = [];

beforeEach(async () => {
  ({ practice, proxy, values, stop } = await faultyPractice());
});
afterEach(async () => {
  for (const driver of drivers.splice(0)) driver.close();
  await stop();
});

function driver(overrides: DriverOverrides = custom): Driver {
  const made = driverFor(values, overrides);
  drivers.push(made);
  return made;
}

interface Kept {
  [more: string]: Json;
  key: string;
  uploadId: string;
}
interface Began {
  checkpoint: Kept;
  checkpoints: Checkpoint[];
}

/** An upload that ended as `plan` makes it end, and its last checkpoint. */
async function interrupted(
  plan: Plan,
  { overrides = custom, source = patternSource(size) }: { overrides?: DriverOverrides; source?: FileSource } = {},
): Promise<Began> {
  const checkpoints: Checkpoint[] = [];
  proxy.set(plan);
  const its = driverFor(values, overrides);
  await its
    .upload({
      source,
      signal: never,
      onProgress: () => undefined,
      onCheckpoint: async (one) => {
        checkpoints.push(one);
      },
    })
    .then(
      () => {
        throw new Error('was stored');
      },
      () => undefined,
    );
  its.close();
  proxy.set();
  return { checkpoint: checkpoints.at(-1) as Kept, checkpoints };
}

const denied = { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' } as const;
const partNumber = (seen: Seen): number => Number(/partNumber=(\d+)/.exec(seen.target)?.[1]);

interface Went {
  ref: Ref;
  kinds: RequestKind[];
  restarts: Restarted[];
  shown: number[];
  bytes: number;
  checkpoints: Checkpoint[];
}

async function goOn(
  checkpoint: Checkpoint,
  {
    overrides = custom,
    source = patternSource(size),
    its = driver(overrides),
    plan,
    rest = {},
  }: {
    overrides?: DriverOverrides;
    source?: FileSource;
    its?: Driver;
    plan?: Plan;
    rest?: Partial<TransferOf<FileSource>>;
  } = {},
): Promise<Went> {
  const restarts: Restarted[] = [];
  const shown: number[] = [];
  const checkpoints: Checkpoint[] = [];
  proxy.set(plan);
  const ref = await its.upload({
    source,
    signal: never,
    checkpoint: JSON.parse(JSON.stringify(checkpoint)) as Checkpoint,
    onProgress: (sent) => shown.push(sent),
    onCheckpoint: async (one) => {
      checkpoints.push(one);
    },
    onRestart: (why) => restarts.push(why),
    ...rest,
  });
  return {
    ref,
    kinds: proxy.seen.map(requestKind),
    restarts,
    shown,
    checkpoints,
    bytes: proxy.seen.reduce((sum, seen) => sum + (seen.carriesFile ? seen.received : 0), 0),
  };
}

async function expectStored(ref: Ref, content = patternOf(size)): Promise<void> {
  const { key } = ref as { key: string };
  expect((await practice.bytes(key)).equals(content)).toBe(true);
  expect(await practice.leftovers()).toEqual({ objects: 1, uploads: 0 });
}

/** An upload whose first three parts are at the store, as another process left it. */
async function withThreeParts(overrides: DriverOverrides = custom): Promise<Kept> {
  const {
    checkpoint: { key, uploadId, ...rest },
  } = await interrupted(s3Faults({ kind: 'part', fault: denied }), { overrides });
  const bytes = patternOf(size);
  for (const number of [1, 2, 3])
    await put(key, uploadId, number, bytes.subarray((number - 1) * part, number * part), overrides === amazon);
  return { key, uploadId, ...rest };
}
const put = async (Key: string, UploadId: string, PartNumber: number, Body: Buffer, hasCrc = false): Promise<void> => {
  await practice.newClient({ requestChecksumCalculation: hasCrc ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED' }).send(
    new UploadPartCommand({
      Bucket: 'practice',
      Key,
      UploadId,
      PartNumber,
      Body,
      ...(hasCrc ? { ChecksumAlgorithm: 'CRC32' as const } : {}),
    }),
  );
};

describe('parts that are there', () => {
  test.each([
    ['by their MD5', custom],
    ['by their CRC32', amazon],
  ])('count at once and are not sent again: compared %s', async (_, overrides) => {
    const went = await goOn(await withThreeParts(overrides), { overrides });
    expect(went.kinds.sort()).toEqual(['complete', 'list-parts', 'part', 'part']);
    expect(went.bytes).toBe(part + 7);
    expect(went.shown.find((sent) => sent >= 3 * part)).toBeDefined();
    expect(went.shown.at(-1)).toBe(size);
    expect(went.restarts).toEqual([]);
    await expectStored(went.ref);
  });

  test('are not believed where the store says nothing of their bytes', async () => {
    const went = await goOn(await withThreeParts(opaque), { overrides: opaque });
    expect(went.bytes).toBe(size);
    expect(went.restarts).toEqual([]);
    await expectStored(went.ref);
  });

  test('are sent again when the file holds other bytes in their place now, and only they', async () => {
    const checkpoint = await withThreeParts();
    const content = patternOf(size);
    content.fill(1, part + 100, part + 101);
    const went = await goOn(checkpoint, { source: sourceOf(content) });
    expect(
      proxy.seen
        .filter((seen) => requestKind(seen) === 'part')
        .map(partNumber)
        .sort((a, b) => a - b),
    ).toEqual([2, 4, 5]);
    expect(went.restarts).toEqual([]);
    await expectStored(went.ref, content);
  });

  test('none of which the file holds: it is another file, and the row can say so', async () => {
    const content = Buffer.alloc(size, 7);
    const went = await goOn(await withThreeParts(), { source: sourceOf(content) });
    expect(went.restarts).toEqual(['file-changed']);
    expect(went.bytes).toBe(size);
    await expectStored(went.ref, content);
  });

  test('of a size that the plan does not have are sent again', async () => {
    const {
      checkpoint: { key, uploadId, ...rest },
    } = await interrupted(s3Faults({ kind: 'part', fault: denied }));
    await put(key, uploadId, 1, patternOf(part - 1));
    await put(key, uploadId, 2, patternOf(size).subarray(part, 2 * part));
    const went = await goOn({ key, uploadId, ...rest });
    expect(went.bytes).toBe(size - part);
    await expectStored(went.ref);
  });

  test('listed on several pages are all counted', async () => {
    const checkpoint = await withThreeParts();
    const onePart: Plan = (seen) => {
      if (requestKind(seen) !== 'list-parts') return undefined;
      const after = Number(/part-number-marker=(\d+)/.exec(seen.target)?.[1] ?? 0);
      return {
        kind: 'tamper',
        body: (text) =>
          text
            .replace(/<Part>[\s\S]*?<\/Part>/g, (one) =>
              one.includes(`<PartNumber>${after + 1}</PartNumber>`) ? one : '',
            )
            .replace(/<NextPartNumberMarker>\d+/, `<NextPartNumberMarker>${after + 1}`)
            .replace(/<IsTruncated>\w+/, `<IsTruncated>${after < 2}`),
      };
    };
    const went = await goOn(checkpoint, { plan: onePart });
    expect(went.kinds.filter((kind) => kind === 'list-parts')).toHaveLength(3);
    expect(went.bytes).toBe(part + 7);
    await expectStored(went.ref);
  });

  test('a list that never ends is not read for ever', async () => {
    const endless: Plan = (seen) =>
      requestKind(seen) === 'list-parts'
        ? {
            kind: 'tamper',
            body: (text) =>
              text
                .replace(/<IsTruncated>\w+/, '<IsTruncated>true')
                .replace(/<NextPartNumberMarker>\d+/, '<NextPartNumberMarker>3'),
          }
        : undefined;
    const went = await goOn(await withThreeParts(), { plan: endless });
    expect(went.kinds.filter((kind) => kind === 'list-parts')).toHaveLength(2);
    await expectStored(went.ref);
  });

  test('may not be listed with these keys: from zero, with nothing left of the old ones', async () => {
    const went = await goOn(await withThreeParts(), { plan: s3Faults({ kind: 'list-parts', fault: denied }) });
    expect(went.restarts).toEqual(['store-forgot']);
    expect(went.bytes).toBe(size);
    await expectStored(went.ref);
  });
});

describe('keys that end in the middle', () => {
  const cases = ['ExpiredToken', 'InvalidToken', 'TokenRefreshRequired'].flatMap((code) =>
    [1, 2, 3, 4, 5].map((part) => ({ code, part })),
  );

  test.each(cases)(
    '$code from part request $part on: with new ones the same upload goes on, and nothing that arrived is sent again',
    async ({ code, part: nth }) => {
      let parts = 0;
      // Requests of the old keys; what was under way before may still arrive.
      const { checkpoint } = await interrupted((seen) =>
        requestKind(seen) === 'part' && ++parts >= nth
          ? { kind: 'answer', status: 400, body: `<Error><Code>${code}</Code></Error>` }
          : undefined,
      );
      const { Parts = [] } = await practice.client.send(
        new ListPartsCommand({ Bucket: 'practice', Key: checkpoint.key, UploadId: checkpoint.uploadId }),
      );
      const went = await goOn(checkpoint);
      expect(went.kinds.filter((kind) => kind === 'create')).toEqual([]);
      // One whose bytes had all been handed over may have arrived since.
      expect(went.kinds.filter((kind) => kind === 'part').length).toBeLessThanOrEqual(5 - Parts.length);
      expect(went.restarts).toEqual([]);
      await expectStored(went.ref);
    },
  );
});

describe('a store that forgot the upload', () => {
  const forget = async ({ key: Key, uploadId: UploadId }: Kept): Promise<void> => {
    await practice.client.send(new AbortMultipartUploadCommand({ Bucket: 'practice', Key, UploadId }));
  };

  test('before: it starts over once, with another key, and says so', async () => {
    const checkpoint = await withThreeParts();
    await forget(checkpoint);
    const went = await goOn(checkpoint);
    expect(went.restarts).toEqual(['store-forgot']);
    expect((went.ref as { key: string }).key).not.toBe(checkpoint.key);
    await expectStored(went.ref);
  });

  test('in the middle: it starts over once; a second time it fails', async () => {
    const gone = {
      kind: 'answer',
      status: 404,
      body: '<Error><Code>NoSuchUpload</Code></Error>',
      when: 'after the body',
    } as const;
    for (const kind of ['part', 'complete'] as const) {
      const went = await goOn(await withThreeParts(), { plan: s3Faults({ kind, nth: 1, fault: gone }) });
      expect(went.restarts).toEqual(['store-forgot']);
      expect((await practice.bytes((went.ref as { key: string }).key)).equals(patternOf(size))).toBe(true);
      await driver().discard({ ref: went.ref }, never);
    }
    const restarts: Restarted[] = [];
    await expect(
      goOn(await withThreeParts(), {
        plan: s3Faults({ kind: 'part', fault: gone }),
        rest: { onRestart: (why) => restarts.push(why) },
      }),
    ).rejects.toMatchObject({ name: 'NoSuchUpload' });
    expect(restarts).toEqual(['store-forgot']);
    expect(proxy.seen.map(requestKind).filter((kind) => kind === 'create')).toHaveLength(1);
  });

  test('progress may fall then, and ends where the file ends', async () => {
    const gone = {
      kind: 'answer',
      status: 404,
      body: '<Error><Code>NoSuchUpload</Code></Error>',
      when: 'after the body',
    } as const;
    const { shown } = await goOn(await withThreeParts(), { plan: s3Faults({ kind: 'part', nth: 2, fault: gone }) });
    expect(shown.at(-1)).toBe(size);
    expect(Math.max(...shown)).toBeLessThanOrEqual(size);
  });
});

describe('an answer that was lost', () => {
  const lostComplete = (): Plan =>
    s3Faults(
      { kind: 'complete', nth: 1, fault: { kind: 'lost-answer' } },
      { kind: 'complete', nth: { from: 2 }, fault: { kind: 'reset' } },
    );

  test.each([
    ['custom', custom],
    ['amazon', amazon],
    ['opaque', opaque],
  ])('of Complete: the object is found, and nothing is sent (%s)', async (_, overrides) => {
    const { checkpoint } = await interrupted(lostComplete(), { overrides });
    const went = await goOn(checkpoint, { overrides });
    expect(went.kinds).toEqual(['list-parts', 'head']);
    expect(went.ref).toMatchObject({ key: checkpoint.key, size });
    expect(went.shown.at(-1)).toBe(size);
    await expectStored(went.ref);
  });

  test.each([
    ['custom', custom],
    ['amazon', amazon],
    ['opaque', opaque],
  ])('of Complete, and the file is another one since: the old object goes (%s)', async (_, overrides) => {
    const { checkpoint } = await interrupted(lostComplete(), { overrides });
    const content = patternOf(size);
    content.fill(0, size - 1);
    const went = await goOn(checkpoint, { overrides, source: sourceOf(content) });
    expect(went.restarts).toEqual(['file-changed']);
    await expectStored(went.ref, content);
  });

  test('of Create: the upload is adopted, with the same key', async () => {
    const { checkpoint } = await interrupted(
      s3Faults(
        { kind: 'create', nth: 1, fault: { kind: 'lost-answer' } },
        { kind: 'create', nth: { from: 2 }, fault: { kind: 'reset' } },
      ),
    );
    expect(checkpoint.uploadId).toBeUndefined();
    const [open] = await practice.uploads();
    const went = await goOn(checkpoint);
    expect(went.kinds.filter((kind) => kind === 'create')).toEqual([]);
    expect(went.checkpoints[0]).toMatchObject({ key: checkpoint.key, uploadId: open });
    await expectStored(went.ref);
  });

  test('of several Creates: the one with most parts is gone on with, the others are closed', async () => {
    const {
      checkpoint: { key, ...rest },
    } = await interrupted(s3Faults({ kind: 'create', fault: { kind: 'reset' } }));
    const open: string[] = [];
    for (const _ of [1, 2, 3])
      open.push(
        (await practice.client.send(new CreateMultipartUploadCommand({ Bucket: 'practice', Key: key }))).UploadId!,
      );
    await put(key, open[1]!, 1, patternOf(part));
    await put(key, open[1]!, 2, patternOf(2 * part).subarray(part));
    await put(key, open[2]!, 1, patternOf(part));
    const went = await goOn({ key, ...rest });
    expect(went.bytes).toBe(size - 2 * part);
    await expectStored(went.ref);
  });

  test('of Create, and the request arrives only now: what it opens is closed', async () => {
    const { checkpoint } = await interrupted(s3Faults({ kind: 'create', fault: { kind: 'reset' } }));
    let late = false;
    const source = patternSource(size, {
      onRead: async () => {
        if (late) return;
        late = true;
        await practice.client.send(new CreateMultipartUploadCommand({ Bucket: 'practice', Key: checkpoint.key }));
      },
    });
    await expectStored((await goOn(checkpoint, { source })).ref);
  });

  test.each([
    ['custom', custom],
    ['amazon', amazon],
    ['opaque', opaque],
  ])('of one request: the object is found, and nothing is sent (%s)', async (_, overrides) => {
    const source = (): FileSource => patternSource(1000);
    const { checkpoint } = await interrupted(
      s3Faults(
        { kind: 'put', nth: 1, fault: { kind: 'lost-answer' } },
        { kind: 'put', nth: { from: 2 }, fault: { kind: 'reset' } },
      ),
      { overrides, source: source() },
    );
    const went = await goOn(checkpoint, { overrides, source: source() });
    expect(went.kinds).toEqual(['head']);
    await expectStored(went.ref, patternOf(1000));
  });

  test.each([
    ['custom', custom],
    ['amazon', amazon],
    ['opaque', opaque],
  ])(
    'of one request, and the file is another one since: it is sent, and the old object goes (%s)',
    async (_, overrides) => {
      const { checkpoint } = await interrupted(
        s3Faults(
          { kind: 'put', nth: 1, fault: { kind: 'lost-answer' } },
          { kind: 'put', nth: { from: 2 }, fault: { kind: 'reset' } },
        ),
        { overrides, source: patternSource(1000) },
      );
      const went = await goOn(checkpoint, { overrides, source: sourceOf(Buffer.alloc(1000, 9)) });
      await expectStored(went.ref, Buffer.alloc(1000, 9));
    },
  );

  test('of one request that never arrived: the same key is used', async () => {
    const { checkpoint } = await interrupted(s3Faults({ kind: 'put', fault: { kind: 'reset' } }), {
      source: patternSource(1000),
    });
    const went = await goOn(checkpoint, { source: patternSource(1000) });
    expect(went.ref).toMatchObject({ key: checkpoint.key });
    expect(went.kinds).toEqual(['head', 'put']);
    await expectStored(went.ref, patternOf(1000));
  });

  test('of one request that arrives while it is sent again: it is ours', async () => {
    const { checkpoint } = await interrupted(s3Faults({ kind: 'put', fault: { kind: 'reset' } }), {
      source: patternSource(1000),
    });
    const source = patternSource(1000, {
      onRead: async () => {
        if ((await practice.keys()).length === 0) await practice.put(checkpoint.key, patternOf(1000));
      },
    });
    const went = await goOn(checkpoint, { source });
    expect(went.ref).toMatchObject({ key: checkpoint.key });
    await expectStored(went.ref, patternOf(1000));
  });

  test('keys that may not look are no reason to fail', async () => {
    const blind = (seen: Seen) =>
      ['head', 'list-uploads', 'list-parts'].includes(requestKind(seen))
        ? ({ kind: 'answer', status: 403 } as const)
        : undefined;
    const lost = await interrupted(s3Faults({ kind: 'put', fault: { kind: 'lost-answer' } }), {
      source: patternSource(1000),
    });
    const went = await goOn(lost.checkpoint, { source: patternSource(1000), plan: blind });
    await expectStored(went.ref, patternOf(1000));
  });
});

describe('another place', () => {
  test('the profile points to another bucket now: all of it goes there, and nothing stays in the old one', async () => {
    const checkpoint = await withThreeParts();
    values = { ...values, bucket: 'elsewhere' };
    const its = driver();
    // Stands for a second bucket of the same server; this one has only one.
    const restarts: Restarted[] = [];
    proxy.set((seen) =>
      seen.target.startsWith('/elsewhere/')
        ? { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
        : undefined,
    );
    await expect(
      its.upload({
        source: patternSource(size),
        signal: never,
        checkpoint,
        onProgress: () => undefined,
        onCheckpoint: async () => undefined,
        onRestart: (why) => restarts.push(why),
      }),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(proxy.seen.map((seen) => [requestKind(seen), seen.target.split('/')[1]])).toEqual([
      ['abort', 'practice'],
      ['create', 'elsewhere'],
    ]);
    expect(await practice.leftovers()).toEqual({ objects: 0, uploads: 0 });
  });

  test('an old bucket that is out of reach is no reason to fail', async () => {
    const checkpoint = { ...(await withThreeParts()), bucket: 'gone' };
    const went = await goOn(checkpoint);
    expect((await practice.bytes((went.ref as { key: string }).key)).equals(patternOf(size))).toBe(true);
  });

  test('two installations on one bucket leave each other’s uploads alone', async () => {
    const [mine, theirs] = [await withThreeParts(), await withThreeParts()];
    const lostCreate = await interrupted(s3Faults({ kind: 'create', fault: { kind: 'lost-answer' } }));
    const went = await goOn(mine);
    for (const kept of [lostCreate.checkpoint]) await driver().discard({ checkpoint: kept }, never);
    await driver().discard({ ref: went.ref }, never);
    const listed = await practice.client.send(
      new ListPartsCommand({ Bucket: 'practice', Key: theirs.key, UploadId: theirs.uploadId }),
    );
    expect(listed.Parts).toHaveLength(3);
    expect(await practice.uploads()).toEqual([theirs.uploadId]);
    await expectStored((await goOn(theirs)).ref);
  });
});

describe('what it costs', () => {
  test('a fresh upload asks for nothing more: one request, or one for each part and two', async () => {
    for (const overrides of [custom, amazon]) {
      for (const [bytes, kinds] of [
        [0, ['put']],
        [part, ['put']],
        [size, ['create', 'part', 'part', 'part', 'part', 'part', 'complete']],
      ] as const) {
        proxy.set();
        await driver(overrides).upload({
          source: patternSource(bytes),
          signal: never,
          onProgress: () => undefined,
          onCheckpoint: async () => undefined,
        });
        expect(proxy.seen.map(requestKind)).toEqual(kinds);
      }
    }
  });

  test('a cancel while parts are compared is obeyed, and nothing is sent', async () => {
    const checkpoint = await withThreeParts();
    const controller = new AbortController();
    proxy.set();
    const source = patternSource(size, {
      onRead: (at) => {
        if (at > MiB) controller.abort();
      },
    });
    await expect(goOn(checkpoint, { source, rest: { signal: controller.signal } })).rejects.toMatchObject({
      error: { code: 'canceled' },
    });
    expect(proxy.seen.filter((seen) => seen.carriesFile)).toEqual([]);
    await driver().discard({ checkpoint }, never);
    expect(await practice.leftovers()).toEqual({ objects: 0, uploads: 0 });
  });
});

describe('the end', () => {
  test('an object whose checksum is not that of what was sent is never done, and the next attempt replaces it', async () => {
    for (const [overrides, lie] of [
      [custom, (text: string) => text.replace(/[0-9a-f]{32}-5/, `${'0'.repeat(32)}-5`)],
      [amazon, (text: string) => text.replace(/(<ChecksumCRC32>)[^<]+-5/, '$1AAAAAA==-5')],
    ] as const) {
      const { checkpoint } = await interrupted(s3Faults({ kind: 'complete', fault: { kind: 'tamper', body: lie } }), {
        overrides,
      });
      // It was a lie about a good object: next time it is looked at again, and believed.
      const went = await goOn(checkpoint, { overrides });
      expect(went.kinds).toEqual(['list-parts', 'head']);
      await expectStored(went.ref);
      await driver().discard({ ref: went.ref }, never);
    }
  });

  test('an ETag of another form says nothing', async () => {
    for (const etag of ['"abc"', `"${'0'.repeat(32)}-4"`, `"${'0'.repeat(32)}"`]) {
      proxy.set(
        s3Faults({
          kind: 'complete',
          fault: { kind: 'tamper', body: (text) => text.replace(/<ETag>[^<]*/, `<ETag>${etag}`) },
        }),
      );
      await driver().upload({
        source: patternSource(size),
        signal: never,
        onProgress: () => undefined,
        onCheckpoint: async () => undefined,
      });
    }
  });

  test('somebody else’s object under the key stays, and the file gets another key', async () => {
    let theirs = '';
    const source = patternSource(size, {
      onRead: async (at) => {
        if (at > size - part && theirs !== '') await practice.put(theirs, 'theirs');
      },
    });
    const ref = await driver().upload({
      source,
      signal: never,
      onProgress: () => undefined,
      onCheckpoint: async (one) => {
        if (theirs === '') theirs = (one as { key: string }).key;
      },
    });
    expect((ref as { key: string }).key).not.toBe(theirs);
    expect((await practice.bytes(theirs)).toString()).toBe('theirs');
    expect(
      (await practice.client.send(new HeadObjectCommand({ Bucket: 'practice', Key: (ref as { key: string }).key })))
        .ContentLength,
    ).toBe(size);
    expect(await practice.leftovers()).toEqual({ objects: 2, uploads: 0 });
  });
});

function sourceOf(content: Buffer): FileSource {
  return {
    ...patternSource(content.length),
    read: async (into, position) => content.copy(into, 0, position, position + into.length),
  };
}
