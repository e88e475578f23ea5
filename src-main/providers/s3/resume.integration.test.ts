/** Resuming with S3's own answers, beyond the conformance suite. */
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Checkpoint, Json, Ref, RestartReason } from '../../../src-shared/upload.ts';
import { requestKind, s3Faults, type RequestKind } from '../../../e2e/servers/s3-fault-plan.ts';
import { createSampler } from '../../testing/sample.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { TestPractice } from '../../practice/testing/test-practice.ts';
import type { Driver, TransferFrom } from '../contract/provider.ts';
import type { FaultProxy, FaultRule, ProxiedRequest } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import { customService, services } from './presets.ts';
import { startFaultyPractice } from './testing/faulty-practice.ts';
import { createTestDriver, type S3DriverOverrides } from './testing/subject.ts';

vi.setConfig({ testTimeout: 30_000 });

const MiB = 1024 * 1024;
const partBytes = 5 * MiB;
const size = 4 * partBytes + 7;
const neverAborted = new AbortController().signal;
const aws = services.find((service) => service.id === 'aws')!;
const custom: S3DriverOverrides = { settings: { store: { ...customService, preferredPartBytes: partBytes } } };
const amazon: S3DriverOverrides = { settings: { store: { ...aws, preferredPartBytes: partBytes } } };
const opaque: S3DriverOverrides = {
  settings: { store: { ...customService, preferredPartBytes: partBytes, etag: 'opaque' } },
};

let practice: TestPractice;
let proxy: FaultProxy;
let values: FieldValues;
let stop: () => Promise<void>;
const drivers: Driver[] = [];

beforeEach(async () => {
  ({ practice, proxy, values, stop } = await startFaultyPractice());
});
afterEach(async () => {
  for (const driver of drivers.splice(0)) driver.close();
  await stop();
});

function createDriver(overrides: S3DriverOverrides = custom): Driver {
  const created = createTestDriver(values, overrides);
  drivers.push(created);
  return created;
}

interface SavedCheckpoint {
  [more: string]: Json;
  key: string;
  uploadId: string;
}
interface InterruptedUpload {
  checkpoint: SavedCheckpoint;
  checkpoints: Checkpoint[];
}

/** An upload that `plan` interrupts, and its last checkpoint. */
async function interrupted(
  plan: FaultRule,
  { overrides = custom, source = patternSource(size) }: { overrides?: S3DriverOverrides; source?: FileSource } = {},
): Promise<InterruptedUpload> {
  const checkpoints: Checkpoint[] = [];
  proxy.setRule(plan);
  const driver = createTestDriver(values, overrides);
  await driver
    .upload({
      source,
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async (checkpoint) => {
        checkpoints.push(checkpoint);
      },
    })
    .then(
      () => {
        throw new Error('was stored');
      },
      () => undefined,
    );
  driver.close();
  proxy.setRule();
  return { checkpoint: checkpoints.at(-1) as SavedCheckpoint, checkpoints };
}

const denied = { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' } as const;
const partNumber = (seen: ProxiedRequest): number => Number(/partNumber=(\d+)/.exec(seen.target)?.[1]);

interface ResumedUpload {
  ref: Ref;
  kinds: RequestKind[];
  restarts: RestartReason[];
  progress: number[];
  bytes: number;
  checkpoints: Checkpoint[];
}

async function resumeUpload(
  checkpoint: Checkpoint,
  {
    overrides = custom,
    source = patternSource(size),
    driver = createDriver(overrides),
    plan,
    rest = {},
  }: {
    overrides?: S3DriverOverrides;
    source?: FileSource;
    driver?: Driver;
    plan?: FaultRule;
    rest?: Partial<TransferFrom<FileSource>>;
  } = {},
): Promise<ResumedUpload> {
  const restarts: RestartReason[] = [];
  const progress: number[] = [];
  const checkpoints: Checkpoint[] = [];
  proxy.setRule(plan);
  const ref = await driver.upload({
    source,
    signal: neverAborted,
    checkpoint: JSON.parse(JSON.stringify(checkpoint)) as Checkpoint,
    onProgress: (sent) => progress.push(sent),
    onCheckpoint: async (checkpoint) => {
      checkpoints.push(checkpoint);
    },
    onRestart: (why) => restarts.push(why),
    ...rest,
  });
  return {
    ref,
    kinds: proxy.requests.map(requestKind),
    restarts,
    progress,
    checkpoints,
    bytes: proxy.requests.reduce((sum, seen) => sum + (seen.hasFileBody ? seen.bytesReceived : 0), 0),
  };
}

async function expectStored(ref: Ref, content = patternBytes(size)): Promise<void> {
  const { key } = ref as { key: string };
  expect((await practice.bytes(key)).equals(content)).toBe(true);
  expect(await practice.itemCounts()).toEqual({ objects: 1, uploads: 0 });
}

/** An upload whose first three parts another process left at the store. */
async function uploadThreeParts(overrides: S3DriverOverrides = custom): Promise<SavedCheckpoint> {
  const {
    checkpoint: { key, uploadId, ...rest },
  } = await interrupted(s3Faults({ kind: 'part', fault: denied }), { overrides });
  const bytes = patternBytes(size);
  for (const number of [1, 2, 3])
    await putPart(
      key,
      uploadId,
      number,
      bytes.subarray((number - 1) * partBytes, number * partBytes),
      overrides === amazon,
    );
  return { key, uploadId, ...rest };
}
const putPart = async (
  Key: string,
  UploadId: string,
  PartNumber: number,
  Body: Buffer,
  hasCrc = false,
): Promise<void> => {
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

describe('stored parts', () => {
  test.each([
    ['by their MD5', custom],
    ['by their CRC32', amazon],
  ])('count at once and are not sent again: compared %s', async (_, overrides) => {
    const resumed = await resumeUpload(await uploadThreeParts(overrides), { overrides });
    expect(resumed.kinds.sort()).toEqual(['complete', 'list-parts', 'part', 'part']);
    expect(resumed.bytes).toBe(partBytes + 7);
    expect(resumed.progress.find((sent) => sent >= 3 * partBytes)).toBeDefined();
    expect(resumed.progress.at(-1)).toBe(size);
    expect(resumed.restarts).toEqual([]);
    await expectStored(resumed.ref);
  });

  test('do not count if the store reports no checksum of their bytes', async () => {
    const resumed = await resumeUpload(await uploadThreeParts(opaque), { overrides: opaque });
    expect(resumed.bytes).toBe(size);
    expect(resumed.restarts).toEqual([]);
    await expectStored(resumed.ref);
  });

  test('are sent again if their bytes in the file changed; other parts are not', async () => {
    const checkpoint = await uploadThreeParts();
    const content = patternBytes(size);
    content.fill(1, partBytes + 100, partBytes + 101);
    const resumed = await resumeUpload(checkpoint, { source: sourceOf(content) });
    expect(
      proxy.requests
        .filter((seen) => requestKind(seen) === 'part')
        .map(partNumber)
        .sort((a, b) => a - b),
    ).toEqual([2, 4, 5]);
    expect(resumed.restarts).toEqual([]);
    await expectStored(resumed.ref, content);
  });

  test('that all differ from the file count as a changed file, which the row can report', async () => {
    const content = Buffer.alloc(size, 7);
    const resumed = await resumeUpload(await uploadThreeParts(), { source: sourceOf(content) });
    expect(resumed.restarts).toEqual(['file-changed']);
    expect(resumed.bytes).toBe(size);
    await expectStored(resumed.ref, content);
  });

  test('of a size that differs from the plan are sent again', async () => {
    const {
      checkpoint: { key, uploadId, ...rest },
    } = await interrupted(s3Faults({ kind: 'part', fault: denied }));
    await putPart(key, uploadId, 1, patternBytes(partBytes - 1));
    await putPart(key, uploadId, 2, patternBytes(size).subarray(partBytes, 2 * partBytes));
    const resumed = await resumeUpload({ key, uploadId, ...rest });
    expect(resumed.bytes).toBe(size - partBytes);
    await expectStored(resumed.ref);
  });

  test('listed on several pages all count', async () => {
    const checkpoint = await uploadThreeParts();
    const onePart: FaultRule = (seen) => {
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
    const resumed = await resumeUpload(checkpoint, { plan: onePart });
    expect(resumed.kinds.filter((kind) => kind === 'list-parts')).toHaveLength(3);
    expect(resumed.bytes).toBe(partBytes + 7);
    await expectStored(resumed.ref);
  });

  test('in a list that never ends are not read forever', async () => {
    const endless: FaultRule = (seen) =>
      requestKind(seen) === 'list-parts'
        ? {
            kind: 'tamper',
            body: (text) =>
              text
                .replace(/<IsTruncated>\w+/, '<IsTruncated>true')
                .replace(/<NextPartNumberMarker>\d+/, '<NextPartNumberMarker>3'),
          }
        : undefined;
    const resumed = await resumeUpload(await uploadThreeParts(), { plan: endless });
    expect(resumed.kinds.filter((kind) => kind === 'list-parts')).toHaveLength(2);
    await expectStored(resumed.ref);
  });

  test('that the keys may not list: restarts from zero and deletes the old parts', async () => {
    const resumed = await resumeUpload(await uploadThreeParts(), {
      plan: s3Faults({ kind: 'list-parts', fault: denied }),
    });
    expect(resumed.restarts).toEqual(['store-forgot']);
    expect(resumed.bytes).toBe(size);
    await expectStored(resumed.ref);
  });
});

describe('keys that expire in the middle', () => {
  const cases = ['ExpiredToken', 'InvalidToken', 'TokenRefreshRequired'].flatMap((code) =>
    [1, 2, 3, 4, 5].map((part) => ({ code, part })),
  );

  test.each(createSampler('keys that end')(cases, 5, ({ code, part }) => [code, part]))(
    '$code from part request $part on: with new keys the same upload continues, and no stored part is sent again',
    async ({ code, part: nth }) => {
      let parts = 0;
      // Requests with the old keys; requests that started earlier may still arrive.
      const { checkpoint } = await interrupted((seen) =>
        requestKind(seen) === 'part' && ++parts >= nth
          ? { kind: 'answer', status: 400, body: `<Error><Code>${code}</Code></Error>` }
          : undefined,
      );
      const { Parts = [] } = await practice.client.send(
        new ListPartsCommand({ Bucket: 'practice', Key: checkpoint.key, UploadId: checkpoint.uploadId }),
      );
      const resumed = await resumeUpload(checkpoint);
      expect(resumed.kinds.filter((kind) => kind === 'create')).toEqual([]);
      // A part whose bytes were all sent may have arrived since.
      expect(resumed.kinds.filter((kind) => kind === 'part').length).toBeLessThanOrEqual(5 - Parts.length);
      expect(resumed.restarts).toEqual([]);
      await expectStored(resumed.ref);
    },
  );
});

describe('a store that lost the upload', () => {
  const forget = async ({ key: Key, uploadId: UploadId }: SavedCheckpoint): Promise<void> => {
    await practice.client.send(new AbortMultipartUploadCommand({ Bucket: 'practice', Key, UploadId }));
  };

  test('before the resume: it restarts once, with another key, and reports it', async () => {
    const checkpoint = await uploadThreeParts();
    await forget(checkpoint);
    const resumed = await resumeUpload(checkpoint);
    expect(resumed.restarts).toEqual(['store-forgot']);
    expect((resumed.ref as { key: string }).key).not.toBe(checkpoint.key);
    await expectStored(resumed.ref);
  });

  test('in the middle: it restarts once and fails the second time', async () => {
    const notFound = {
      kind: 'answer',
      status: 404,
      body: '<Error><Code>NoSuchUpload</Code></Error>',
      when: 'after the body',
    } as const;
    for (const kind of ['part', 'complete'] as const) {
      const resumed = await resumeUpload(await uploadThreeParts(), {
        plan: s3Faults({ kind, nth: 1, fault: notFound }),
      });
      expect(resumed.restarts).toEqual(['store-forgot']);
      expect((await practice.bytes((resumed.ref as { key: string }).key)).equals(patternBytes(size))).toBe(true);
      await createDriver().discard({ ref: resumed.ref }, neverAborted);
    }
    const restarts: RestartReason[] = [];
    await expect(
      resumeUpload(await uploadThreeParts(), {
        plan: s3Faults({ kind: 'part', fault: notFound }),
        rest: { onRestart: (why) => restarts.push(why) },
      }),
    ).rejects.toMatchObject({ name: 'NoSuchUpload' });
    expect(restarts).toEqual(['store-forgot']);
    expect(proxy.requests.map(requestKind).filter((kind) => kind === 'create')).toHaveLength(1);
  });

  test('progress may drop after the restart, and ends at the file’s size', async () => {
    const notFound = {
      kind: 'answer',
      status: 404,
      body: '<Error><Code>NoSuchUpload</Code></Error>',
      when: 'after the body',
    } as const;
    const { progress } = await resumeUpload(await uploadThreeParts(), {
      plan: s3Faults({ kind: 'part', nth: 2, fault: notFound }),
    });
    expect(progress.at(-1)).toBe(size);
    expect(Math.max(...progress)).toBeLessThanOrEqual(size);
  });
});

describe('a lost answer', () => {
  const lostComplete = (): FaultRule =>
    s3Faults(
      { kind: 'complete', nth: 1, fault: { kind: 'lost-answer' } },
      { kind: 'complete', nth: { from: 2 }, fault: { kind: 'reset' } },
    );

  test.each([
    ['custom', custom],
    ['amazon', amazon],
    ['opaque', opaque],
  ])('of Complete: Hoist finds the object and sends nothing (%s)', async (_, overrides) => {
    const { checkpoint } = await interrupted(lostComplete(), { overrides });
    const resumed = await resumeUpload(checkpoint, { overrides });
    expect(resumed.kinds).toEqual(['list-parts', 'head']);
    expect(resumed.ref).toMatchObject({ key: checkpoint.key, size });
    expect(resumed.progress.at(-1)).toBe(size);
    await expectStored(resumed.ref);
  });

  test.each([
    ['custom', custom],
    ['amazon', amazon],
    ['opaque', opaque],
  ])('of Complete, and the file changed since: the old object is removed (%s)', async (_, overrides) => {
    const { checkpoint } = await interrupted(lostComplete(), { overrides });
    const content = patternBytes(size);
    content.fill(0, size - 1);
    const resumed = await resumeUpload(checkpoint, { overrides, source: sourceOf(content) });
    expect(resumed.restarts).toEqual(['file-changed']);
    await expectStored(resumed.ref, content);
  });

  test('of Create: Hoist adopts the upload, with the same key', async () => {
    const { checkpoint } = await interrupted(
      s3Faults(
        { kind: 'create', nth: 1, fault: { kind: 'lost-answer' } },
        { kind: 'create', nth: { from: 2 }, fault: { kind: 'reset' } },
      ),
    );
    expect(checkpoint.uploadId).toBeUndefined();
    const [open] = await practice.uploads();
    const resumed = await resumeUpload(checkpoint);
    expect(resumed.kinds.filter((kind) => kind === 'create')).toEqual([]);
    expect(resumed.checkpoints[0]).toMatchObject({ key: checkpoint.key, uploadId: open });
    await expectStored(resumed.ref);
  });

  test('of several Creates: Hoist resumes the upload with the most parts and aborts the others', async () => {
    const {
      checkpoint: { key, ...rest },
    } = await interrupted(s3Faults({ kind: 'create', fault: { kind: 'reset' } }));
    const open: string[] = [];
    for (const _ of [1, 2, 3])
      open.push(
        (await practice.client.send(new CreateMultipartUploadCommand({ Bucket: 'practice', Key: key }))).UploadId!,
      );
    await putPart(key, open[1]!, 1, patternBytes(partBytes));
    await putPart(key, open[1]!, 2, patternBytes(2 * partBytes).subarray(partBytes));
    await putPart(key, open[2]!, 1, patternBytes(partBytes));
    const resumed = await resumeUpload({ key, ...rest });
    expect(resumed.bytes).toBe(size - 2 * partBytes);
    await expectStored(resumed.ref);
  });

  test('of Create, and the request arrives late: the upload that it opens is aborted', async () => {
    const { checkpoint } = await interrupted(s3Faults({ kind: 'create', fault: { kind: 'reset' } }));
    let late = false;
    const source = patternSource(size, {
      onRead: async () => {
        if (late) return;
        late = true;
        await practice.client.send(new CreateMultipartUploadCommand({ Bucket: 'practice', Key: checkpoint.key }));
      },
    });
    await expectStored((await resumeUpload(checkpoint, { source })).ref);
  });

  test.each([
    ['custom', custom],
    ['amazon', amazon],
    ['opaque', opaque],
  ])('of a single PUT: Hoist finds the object and sends nothing (%s)', async (_, overrides) => {
    const source = (): FileSource => patternSource(1000);
    const { checkpoint } = await interrupted(
      s3Faults(
        { kind: 'put', nth: 1, fault: { kind: 'lost-answer' } },
        { kind: 'put', nth: { from: 2 }, fault: { kind: 'reset' } },
      ),
      { overrides, source: source() },
    );
    const resumed = await resumeUpload(checkpoint, { overrides, source: source() });
    expect(resumed.kinds).toEqual(['head']);
    await expectStored(resumed.ref, patternBytes(1000));
  });

  test.each([
    ['custom', custom],
    ['amazon', amazon],
    ['opaque', opaque],
  ])(
    'of a single PUT, and the file changed since: it is sent, and the old object is removed (%s)',
    async (_, overrides) => {
      const { checkpoint } = await interrupted(
        s3Faults(
          { kind: 'put', nth: 1, fault: { kind: 'lost-answer' } },
          { kind: 'put', nth: { from: 2 }, fault: { kind: 'reset' } },
        ),
        { overrides, source: patternSource(1000) },
      );
      const resumed = await resumeUpload(checkpoint, { overrides, source: sourceOf(Buffer.alloc(1000, 9)) });
      await expectStored(resumed.ref, Buffer.alloc(1000, 9));
    },
  );

  test('of a single PUT that never arrived: the same key is used', async () => {
    const { checkpoint } = await interrupted(s3Faults({ kind: 'put', fault: { kind: 'reset' } }), {
      source: patternSource(1000),
    });
    const resumed = await resumeUpload(checkpoint, { source: patternSource(1000) });
    expect(resumed.ref).toMatchObject({ key: checkpoint.key });
    expect(resumed.kinds).toEqual(['head', 'put']);
    await expectStored(resumed.ref, patternBytes(1000));
  });

  test('of a single PUT that arrives while it is sent again: the object is ours', async () => {
    const { checkpoint } = await interrupted(s3Faults({ kind: 'put', fault: { kind: 'reset' } }), {
      source: patternSource(1000),
    });
    const source = patternSource(1000, {
      onRead: async () => {
        if ((await practice.keys()).length === 0) await practice.put(checkpoint.key, patternBytes(1000));
      },
    });
    const resumed = await resumeUpload(checkpoint, { source });
    expect(resumed.ref).toMatchObject({ key: checkpoint.key });
    await expectStored(resumed.ref, patternBytes(1000));
  });

  test('keys without read permission do not make the resume fail', async () => {
    const blind = (seen: ProxiedRequest) =>
      ['head', 'list-uploads', 'list-parts'].includes(requestKind(seen))
        ? ({ kind: 'answer', status: 403 } as const)
        : undefined;
    const lost = await interrupted(s3Faults({ kind: 'put', fault: { kind: 'lost-answer' } }), {
      source: patternSource(1000),
    });
    const resumed = await resumeUpload(lost.checkpoint, { source: patternSource(1000), plan: blind });
    await expectStored(resumed.ref, patternBytes(1000));
  });
});

describe('another bucket', () => {
  test('after the bucket of the profile changes, the whole file goes to the new bucket, and the old parts are deleted', async () => {
    const checkpoint = await uploadThreeParts();
    values = { ...values, bucket: 'elsewhere' };
    const driver = createDriver();
    // Stands for a second bucket of the same server, which has only one.
    const restarts: RestartReason[] = [];
    proxy.setRule((seen) =>
      seen.target.startsWith('/elsewhere/')
        ? { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
        : undefined,
    );
    await expect(
      driver.upload({
        source: patternSource(size),
        signal: neverAborted,
        checkpoint,
        onProgress: () => undefined,
        onCheckpoint: async () => undefined,
        onRestart: (why) => restarts.push(why),
      }),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(proxy.requests.map((seen) => [requestKind(seen), seen.target.split('/')[1]])).toEqual([
      ['abort', 'practice'],
      ['create', 'elsewhere'],
    ]);
    expect(await practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
  });

  test('an unreachable old bucket does not make the upload fail', async () => {
    const checkpoint = { ...(await uploadThreeParts()), bucket: 'gone' };
    const resumed = await resumeUpload(checkpoint);
    expect((await practice.bytes((resumed.ref as { key: string }).key)).equals(patternBytes(size))).toBe(true);
  });

  test('two installations on one bucket leave each other’s uploads alone', async () => {
    const [resumable, other] = [await uploadThreeParts(), await uploadThreeParts()];
    const lostCreate = await interrupted(s3Faults({ kind: 'create', fault: { kind: 'lost-answer' } }));
    const resumed = await resumeUpload(resumable);
    for (const saved of [lostCreate.checkpoint]) await createDriver().discard({ checkpoint: saved }, neverAborted);
    await createDriver().discard({ ref: resumed.ref }, neverAborted);
    const remainingParts = await practice.client.send(
      new ListPartsCommand({ Bucket: 'practice', Key: other.key, UploadId: other.uploadId }),
    );
    expect(remainingParts.Parts).toHaveLength(3);
    expect(await practice.uploads()).toEqual([other.uploadId]);
    await expectStored((await resumeUpload(other)).ref);
  });
});

describe('number of requests', () => {
  test('a new upload needs no extra requests: one request, or one per part plus Create and Complete', async () => {
    for (const overrides of [custom, amazon]) {
      for (const [bytes, kinds] of [
        [0, ['put']],
        [partBytes, ['put']],
        [size, ['create', 'part', 'part', 'part', 'part', 'part', 'complete']],
      ] as const) {
        proxy.setRule();
        await createDriver(overrides).upload({
          source: patternSource(bytes),
          signal: neverAborted,
          onProgress: () => undefined,
          onCheckpoint: async () => undefined,
        });
        expect(proxy.requests.map(requestKind)).toEqual(kinds);
      }
    }
  });

  test('a cancel while parts are compared stops, and nothing is sent', async () => {
    const checkpoint = await uploadThreeParts();
    const controller = new AbortController();
    proxy.setRule();
    const source = patternSource(size, {
      onRead: (at) => {
        if (at > MiB) controller.abort();
      },
    });
    await expect(resumeUpload(checkpoint, { source, rest: { signal: controller.signal } })).rejects.toMatchObject({
      error: { code: 'canceled' },
    });
    expect(proxy.requests.filter((seen) => seen.hasFileBody)).toEqual([]);
    await createDriver().discard({ checkpoint }, neverAborted);
    expect(await practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
  });
});

describe('completion', () => {
  test('an object with a wrong checksum is never done, and the next attempt replaces it', async () => {
    for (const [overrides, tamperBody] of [
      [custom, (text: string) => text.replace(/[0-9a-f]{32}-5/, `${'0'.repeat(32)}-5`)],
      [amazon, (text: string) => text.replace(/(<ChecksumCRC32>)[^<]+-5/, '$1AAAAAA==-5')],
    ] as const) {
      const { checkpoint } = await interrupted(
        s3Faults({ kind: 'complete', fault: { kind: 'tamper', body: tamperBody } }),
        {
          overrides,
        },
      );
      // The fault lied about a good object. The next attempt checks the object again and accepts it.
      const resumed = await resumeUpload(checkpoint, { overrides });
      expect(resumed.kinds).toEqual(['list-parts', 'head']);
      await expectStored(resumed.ref);
      await createDriver().discard({ ref: resumed.ref }, neverAborted);
    }
  });

  test('an ETag of another form is ignored', async () => {
    for (const etag of ['"abc"', `"${'0'.repeat(32)}-4"`, `"${'0'.repeat(32)}"`]) {
      proxy.setRule(
        s3Faults({
          kind: 'complete',
          fault: { kind: 'tamper', body: (text) => text.replace(/<ETag>[^<]*/, `<ETag>${etag}`) },
        }),
      );
      await createDriver().upload({
        source: patternSource(size),
        signal: neverAborted,
        onProgress: () => undefined,
        onCheckpoint: async () => undefined,
      });
    }
  });

  test('an object of another client under the key stays, and the file gets another key', async () => {
    let other = '';
    const source = patternSource(size, {
      onRead: async (at) => {
        if (at > size - partBytes && other !== '') await practice.put(other, 'theirs');
      },
    });
    const ref = await createDriver().upload({
      source,
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async (checkpoint) => {
        if (other === '') other = (checkpoint as { key: string }).key;
      },
    });
    expect((ref as { key: string }).key).not.toBe(other);
    expect((await practice.bytes(other)).toString()).toBe('theirs');
    expect(
      (await practice.client.send(new HeadObjectCommand({ Bucket: 'practice', Key: (ref as { key: string }).key })))
        .ContentLength,
    ).toBe(size);
    expect(await practice.itemCounts()).toEqual({ objects: 2, uploads: 0 });
  });
});

function sourceOf(content: Buffer): FileSource {
  return {
    ...patternSource(content.length),
    read: async (into, position) => content.copy(into, 0, position, position + into.length),
  };
}
