/**
 * Names that another client takes before or during an upload. An existing object is never lost unless the user chose
 * that, Hoist finds its own objects again, and it removes only its own. The tests compare with the content of
 * Practice, read without our driver.
 */
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { AppFailure } from '../../../src-shared/errors.ts';
import type { Checkpoint, Collision, Ref } from '../../../src-shared/upload.ts';
import { requestKind } from '../../../e2e/servers/s3-fault-plan.ts';
import type { KeyOptions, Transfer } from '../../engine/ports.ts';
import type { ConnectedDestination } from '../destination/connect.ts';
import type { Fault, FaultRule } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource, patternStream } from '../testing/pattern-source.ts';
import { FaultFixture, neverAborted, twoPartBytes } from './testing/fault-fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

let fixture: FaultFixture;
beforeAll(async () => {
  fixture = await FaultFixture.start();
});
afterAll(async () => {
  await fixture.stop();
});
afterEach(async () => {
  fixture.proxy.setRule();
  const { practice } = fixture;
  for (const Key of await practice.keys())
    await practice.client.send(new DeleteObjectCommand({ Bucket: 'practice', Key }));
  for (const { Key, UploadId } of await openUploads())
    await practice.client.send(new AbortMultipartUploadCommand({ Bucket: 'practice', Key, UploadId }));
});

const openUploads = async () =>
  (await fixture.practice.client.send(new ListMultipartUploadsCommand({ Bucket: 'practice' }))).Uploads ?? [];
/**
 * Counts parts without an upload that needs them. An empty unfinished upload may stay if the answer to Create was
 * lost: its owner is unknown, and it holds no bytes.
 */
async function orphanedParts(): Promise<number> {
  const lists = (await openUploads()).map(({ Key, UploadId }) =>
    fixture.practice.client.send(new ListPartsCommand({ Bucket: 'practice', Key, UploadId })),
  );
  return (await Promise.all(lists)).reduce((sum, { Parts = [] }) => sum + Parts.length, 0);
}

const sizes = [1000, twoPartBytes];
const connectTo = (collision: Collision = 'new-name', nameTemplate = '{name}'): Promise<ConnectedDestination> =>
  fixture.connect({ values: { nameTemplate, collision } });
const keyOf = (ref: Ref): string => (ref as { key: string }).key;
const contentAt = async (key: string): Promise<string> => (await fixture.practice.bytes(key)).toString();
const putForeignObject = (key = 'file.bin'): Promise<void> => fixture.practice.put(key, 'theirs');

/** The stored state of an upload. */
interface SavedUpload {
  checkpoint?: Checkpoint;
}

const send = (
  destination: ConnectedDestination,
  size: number,
  {
    saved = {},
    ...rest
  }: {
    saved?: SavedUpload;
    keyOptions?: KeyOptions;
    signal?: AbortSignal;
    checkpoint?: Checkpoint;
    name?: string;
  } = {},
): Promise<Ref> => {
  const { name, ...more } = rest;
  const transfer: Transfer = {
    source: patternSource(size, name === undefined ? {} : { name }),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onCheckpoint: async (one) => {
      saved.checkpoint = JSON.parse(JSON.stringify(one)) as Checkpoint;
    },
    ...more,
  };
  return destination.upload(transfer);
};
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'stored',
    (cause: unknown) => (cause instanceof AppFailure ? cause.error.code : String(cause)),
  );
/** The number of requests of an upload without faults. */
const requestCount = async (collision: Collision, size: number): Promise<number> => {
  const destination = await connectTo(collision);
  fixture.proxy.setRule();
  const ref = await send(destination, size);
  const count = fixture.proxy.requests.length;
  await destination.discard({ ref }, neverAborted);
  return count;
};

describe('a taken name', () => {
  test.each(sizes)('gives the file another name and leaves the existing object alone (%i bytes)', async (size) => {
    await putForeignObject();
    const destination = await connectTo();
    const refs = [await send(destination, size), await send(destination, size)];
    expect(refs.map(keyOf)).toEqual(['file-2.bin', 'file-3.bin']);
    expect((await fixture.practice.bytes('file-2.bin')).equals(patternBytes(size))).toBe(true);
    for (const ref of refs) await destination.discard({ ref }, neverAborted);
    expect(await fixture.practice.keys()).toEqual(['file.bin']);
    expect(await contentAt('file.bin')).toBe('theirs');
  });

  test.each(sizes)('is refused before a byte is sent if the user wants to be asked (%i bytes)', async (size) => {
    await putForeignObject();
    fixture.proxy.setRule();
    expect(await codeOf(send(await connectTo('ask'), size))).toBe('name-taken');
    expect(fixture.proxy.requests.filter((seen) => seen.hasFileBody)).toEqual([]);
    expect(await fixture.practice.itemCounts()).toEqual({ objects: 1, uploads: 0 });
    expect(await contentAt('file.bin')).toBe('theirs');
  });

  test.each(sizes)(
    'is replaced if the user chose that: the same key, one object, the same link (%i bytes)',
    async (size) => {
      await putForeignObject();
      const destination = await connectTo('replace');
      const ref = await send(destination, size);
      expect(keyOf(ref)).toBe('file.bin');
      expect((await fixture.practice.bytes('file.bin')).equals(patternBytes(size))).toBe(true);
      expect(await fixture.practice.itemCounts()).toEqual({ objects: 1, uploads: 0 });
      const { url } = await destination.link(ref, neverAborted);
      const secondRef = await send(destination, size);
      expect(new URL((await destination.link(secondRef, neverAborted)).url).pathname).toBe(new URL(url).pathname);
    },
  );

  test.each([
    ['new-name', 1000],
    ['new-name', twoPartBytes],
    ['ask', 1000],
    ['ask', twoPartBytes],
  ] as const)('is not overwritten when another client writes it first: %s, %i bytes', async (collision, size) => {
    // Right before the request that would create the object.
    const plan: FaultRule = (seen) =>
      isLast(requestKind(seen)) && seen.target.includes('/file.bin')
        ? { kind: 'hold', until: putForeignObject() }
        : undefined;
    fixture.proxy.setRule(plan);
    const saved: SavedUpload = {};
    const destination = await connectTo(collision);
    const work = send(destination, size, { saved });
    if (collision === 'new-name') expect(keyOf(await work)).toBe('file-2.bin');
    else expect(await codeOf(work)).toBe('name-taken');
    fixture.proxy.setRule();
    expect(await contentAt('file.bin')).toBe('theirs');
    if (collision === 'ask') await destination.discard({ checkpoint: saved.checkpoint! }, neverAborted);
    expect(await fixture.practice.uploads()).toEqual([]);
    expect(await contentAt('file.bin')).toBe('theirs');
  });

  test('is not overwritten by another file of the batch, however many run at once', async () => {
    const destination = await connectTo();
    const lengths = Array.from({ length: 12 }, (_, i) => 100 + i);
    const refs = await Promise.all(lengths.map((size) => send(destination, size)));
    expect(new Set(refs.map(keyOf)).size).toBe(12);
    for (const [i, ref] of refs.entries()) expect((await fixture.practice.bytes(keyOf(ref))).length).toBe(lengths[i]);
  });

  test('is checked before the write at a store without conditional writes, and the existing object stays', async () => {
    const unknown: Fault = {
      kind: 'answer',
      status: 501,
      body: '<Error><Code>NotImplemented</Code></Error>',
      when: 'after the body',
    };
    for (const size of sizes) {
      for (const [collision, outcome] of [
        ['new-name', 'stored'],
        ['ask', 'name-taken'],
        ['replace', 'stored'],
      ] as const) {
        await putForeignObject();
        fixture.proxy.setRule((seen) => (seen.headers['if-none-match'] === undefined ? undefined : unknown));
        const destination = await connectTo(collision);
        const saved: SavedUpload = {};
        expect(await codeOf(send(destination, size, { saved })), `${collision} ${size}`).toBe(outcome);
        expect(await fixture.practice.uploads()).toEqual([]);
        if (collision !== 'replace') expect(await contentAt('file.bin'), collision).toBe('theirs');
        if (saved.checkpoint !== undefined) await destination.discard({ checkpoint: saved.checkpoint }, neverAborted);
      }
    }
  });

  test('works with keys that may not read: the condition of the write decides', async () => {
    const blind: FaultRule = (seen) => (seen.method === 'HEAD' ? { kind: 'answer', status: 403 } : undefined);
    const destination = await connectTo();
    fixture.proxy.setRule(blind);
    expect(keyOf(await send(destination, 1000))).toBe('file.bin');
    expect(keyOf(await send(destination, 1000))).toBe('file-2.bin');
    expect((await fixture.practice.bytes('file.bin')).equals(patternBytes(1000))).toBe(true);
  });
});

describe('a store without conditional writes', () => {
  const unconditional: FaultRule = (seen) =>
    seen.headers['if-none-match'] === undefined
      ? undefined
      : { kind: 'answer', status: 501, body: '<Error><Code>NotImplemented</Code></Error>' };

  test.each(sizes)('files of one name that are sent at once get different names (%i bytes)', async (size) => {
    const destination = await connectTo();
    fixture.proxy.setRule(unconditional);
    const refs = await Promise.all(Array.from({ length: 4 }, () => send(destination, size)));
    expect(refs.map(keyOf).toSorted()).toEqual(['file-2.bin', 'file-3.bin', 'file-4.bin', 'file.bin']);
    expect((await fixture.practice.keys()).toSorted()).toEqual(['file-2.bin', 'file-3.bin', 'file-4.bin', 'file.bin']);
  });

  test('is not assumed after an unrelated error: the next file is sent conditionally again', async () => {
    const destination = await connectTo();
    fixture.proxy.setRule((seen) =>
      requestKind(seen) === 'put'
        ? { kind: 'answer', status: 400, body: '<Error><Code>InvalidRequest</Code></Error>' }
        : undefined,
    );
    expect(await codeOf(send(destination, 1000))).not.toBe('stored');
    fixture.proxy.setRule();
    await send(destination, 1000, { name: 'next.bin' });
    expect(
      fixture.proxy.requests.filter((seen) => requestKind(seen) === 'put').map((seen) => seen.headers['if-none-match']),
    ).toEqual(['*']);
  });

  test('keeps an object that another client writes while a pipe is read', async () => {
    const destination = await connectTo('ask');
    fixture.proxy.setRule(unconditional);
    const stream = patternStream(1000);
    const late = {
      ...stream,
      async *chunks() {
        await putForeignObject('pipe.bin');
        yield* stream.chunks();
      },
      name: 'pipe.bin',
    };
    const transfer: Transfer = {
      source: late,
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async () => undefined,
    };
    expect(await codeOf(destination.upload(transfer))).toBe('name-taken');
    expect(await contentAt('pipe.bin')).toBe('theirs');
  });
});

test('an upload whose id cannot be stored is aborted at once', async () => {
  const destination = await connectTo();
  const full = new AppFailure({ code: 'disk-full' });
  const transfer: Transfer = {
    source: patternSource(twoPartBytes),
    signal: neverAborted,
    onProgress: () => undefined,
    onCheckpoint: async (checkpoint) => {
      if ((checkpoint as { uploadId?: string }).uploadId !== undefined) throw full;
    },
  };
  expect(await codeOf(destination.upload(transfer))).toBe('disk-full');
  expect(await openUploads()).toEqual([]);
});

const isLast = (kind: string): boolean => kind === 'put' || kind === 'complete';

describe('a lost answer', () => {
  test.each([
    ['new-name', 1000],
    ['new-name', twoPartBytes],
    ['ask', 1000],
    ['ask', twoPartBytes],
    ['replace', 1000],
    ['replace', twoPartBytes],
  ] as const)('%s, %i bytes: at any request there is one object, ours', async (collision, size) => {
    const total = await requestCount(collision, size);
    for (let k = 1; k <= total; k++) {
      if (collision === 'replace') await putForeignObject();
      const destination = await connectTo(collision);
      fixture.proxy.setRule((seen) => (seen.number === k ? { kind: 'lost-answer' } : undefined));
      const ref = await send(destination, size);
      fixture.proxy.setRule();
      expect(await fixture.practice.keys(), `request ${k}`).toEqual(['file.bin']);
      expect((await fixture.practice.bytes('file.bin')).equals(patternBytes(size)), `request ${k}`).toBe(true);
      expect(await orphanedParts(), `request ${k}`).toBe(0);
      await destination.discard({ ref }, neverAborted);
      expect(await fixture.practice.keys()).toEqual([]);
    }
  });

  test.each([
    ['new-name', 1000],
    ['new-name', twoPartBytes],
    ['ask', 1000],
    ['ask', twoPartBytes],
    ['replace', 1000],
    ['replace', twoPartBytes],
  ] as const)('%s, %i bytes: killed at any request, it resumes to one object of ours', async (collision, size) => {
    const total = await requestCount(collision, size);
    for (let k = 1; k <= total; k++) {
      if (collision === 'replace') await putForeignObject();
      const saved: SavedUpload = {};
      const crash = new AbortController();
      const firstDestination = await connectTo(collision);
      fixture.proxy.setRule((seen) =>
        seen.number < k ? undefined : seen.number === k ? { kind: 'lost-answer' } : { kind: 'stall' },
      );
      const ended = codeOf(send(firstDestination, size, { saved, signal: crash.signal }));
      await fixture.proxy.waitUntil(() => fixture.proxy.requests[k - 1]?.wasServed === true);
      const atCrash = saved.checkpoint;
      crash.abort();
      await ended;
      fixture.proxy.setRule();
      const destination = await connectTo(collision);
      const ref = await send(destination, size, atCrash === undefined ? {} : { checkpoint: atCrash });
      expect(await fixture.practice.keys(), `request ${k}`).toEqual(['file.bin']);
      expect((await fixture.practice.bytes('file.bin')).equals(patternBytes(size)), `request ${k}`).toBe(true);
      expect(await orphanedParts(), `request ${k}`).toBe(0);
      await destination.discard({ ref }, neverAborted);
    }
  });
});

describe('removes only our own objects', () => {
  test.each(sizes)(
    'a cancel at any request of a replacement leaves their object, or removes our replacement (%i bytes)',
    async (size) => {
      const total = await requestCount('replace', size);
      for (let k = 1; k <= total; k++) {
        await putForeignObject();
        const saved: SavedUpload = {};
        const controller = new AbortController();
        const destination = await connectTo('replace');
        fixture.proxy.setRule((seen) => (seen.number === k ? { kind: 'stall' } : undefined));
        const work = codeOf(send(destination, size, { saved, signal: controller.signal }));
        await fixture.proxy.waitUntil(() => fixture.proxy.requests.length >= k);
        controller.abort();
        expect(await work).toBe('canceled');
        fixture.proxy.setRule();
        await destination.discard({ checkpoint: saved.checkpoint! }, neverAborted);
        expect(await contentAt('file.bin'), `request ${k}`).toBe('theirs');
        expect(await orphanedParts()).toBe(0);
      }
    },
  );

  test.each(sizes)(
    'removes nothing of an upload that failed, was settled or was replaced since (%i bytes)',
    async (size) => {
      const destination = await connectTo('replace');
      const saved: SavedUpload = {};
      const ref = await send(destination, size, { saved });
      await putForeignObject();
      for (const what of [{ ref }, { checkpoint: saved.checkpoint! }]) {
        await destination.discard(what, neverAborted);
        expect(await contentAt('file.bin')).toBe('theirs');
      }
      // Another client may do this between the check and the removal.
      const mine = await send(destination, size);
      fixture.proxy.setRule((seen) =>
        seen.method === 'DELETE' ? { kind: 'hold', until: putForeignObject() } : undefined,
      );
      await destination.discard({ ref: mine }, neverAborted);
      expect(await contentAt('file.bin')).toBe('theirs');
    },
  );

  test('does not adopt and does not abort an upload of another client to the same name', async () => {
    const { practice } = fixture;
    const other = await connectTo('replace');
    const open: SavedUpload = {};
    fixture.proxy.setRule((seen) => (requestKind(seen) === 'complete' ? { kind: 'answer', status: 403 } : undefined));
    expect(await codeOf(send(other, twoPartBytes, { saved: open }))).toBe('forbidden');
    fixture.proxy.setRule();
    const [theirUpload] = await practice.uploads();
    const destination = await connectTo('replace');
    await send(destination, twoPartBytes, {
      checkpoint: {
        v: 1,
        bucket: 'practice',
        key: 'file.bin',
        mark: 'another',
        size: twoPartBytes,
        partSize: 5 * 1024 ** 2,
      },
    });
    expect(await practice.uploads()).toEqual([theirUpload]);
    await other.discard({ checkpoint: open.checkpoint! }, neverAborted);
    expect(await practice.uploads()).toEqual([]);
    expect((await practice.bytes('file.bin')).equals(patternBytes(twoPartBytes))).toBe(true);
  });
});

describe('an answer to the question about a taken name', () => {
  test.each(sizes)('replace: the file gets the original key (%i bytes)', async (size) => {
    const saved: SavedUpload = {};
    fixture.proxy.setRule((seen) =>
      isLast(requestKind(seen)) ? { kind: 'hold', until: putForeignObject() } : undefined,
    );
    expect(await codeOf(send(await connectTo('ask'), size, { saved }))).toBe('name-taken');
    fixture.proxy.setRule();
    const naming: KeyOptions = { createdAt: 0, folderName: '', collision: 'replace' };
    const ref = await send(await connectTo('ask'), size, { keyOptions: naming, checkpoint: saved.checkpoint! });
    expect(keyOf(ref)).toBe('file.bin');
    // Stored parts are not sent again.
    if (size === twoPartBytes) expect(fixture.proxy.requests.filter((seen) => seen.hasFileBody)).toEqual([]);
    expect((await fixture.practice.bytes('file.bin')).equals(patternBytes(size))).toBe(true);
    expect(await fixture.practice.itemCounts()).toEqual({ objects: 1, uploads: 0 });
  });

  test.each(sizes)('a new name: the file is stored beside the object (%i bytes)', async (size) => {
    const saved: SavedUpload = {};
    fixture.proxy.setRule((seen) =>
      isLast(requestKind(seen)) ? { kind: 'hold', until: putForeignObject() } : undefined,
    );
    expect(await codeOf(send(await connectTo('ask'), size, { saved }))).toBe('name-taken');
    fixture.proxy.setRule();
    const ref = await send(await connectTo('ask'), size, {
      keyOptions: { createdAt: 0, folderName: '', collision: 'new-name' },
      checkpoint: saved.checkpoint!,
    });
    expect(keyOf(ref)).toBe('file-2.bin');
    expect(await contentAt('file.bin')).toBe('theirs');
    expect(await fixture.practice.itemCounts()).toEqual({ objects: 2, uploads: 0 });
  });
});

describe('a piped upload', () => {
  const pipe = (destination: ConnectedDestination, size: number, saved: SavedUpload = {}): Promise<Ref> =>
    destination.upload({
      source: patternStream(size),
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async (one) => {
        saved.checkpoint = one;
      },
    });

  test.each(sizes)('follows the rule for taken names (%i bytes)', async (size) => {
    await putForeignObject('stream.bin');
    const name = patternStream(1).name;
    await putForeignObject(name);
    expect(keyOf(await pipe(await connectTo(), size))).toBe(name.replace(/(?=\.[^.]+$)|$/, '-2'));
    expect(await codeOf(pipe(await connectTo('ask'), size))).toBe('name-taken');
    expect(await contentAt(name)).toBe('theirs');
    expect(keyOf(await pipe(await connectTo('replace'), size))).toBe(name);
    expect((await fixture.practice.bytes(name)).equals(patternBytes(size))).toBe(true);
    expect(await fixture.practice.uploads()).toEqual([]);
  });

  test.each([
    [1000, 'put'],
    [twoPartBytes, 'part'],
    [twoPartBytes, 'complete'],
  ])('does not overwrite a faster client (%i bytes, at its %s)', async (size, at) => {
    const { name } = patternStream(1);
    fixture.proxy.setRule((seen) =>
      requestKind(seen) === at ? { kind: 'hold', until: putForeignObject(name) } : undefined,
    );
    const saved: SavedUpload = {};
    const destination = await connectTo();
    expect(await codeOf(pipe(destination, size, saved))).toBe('name-taken');
    // Between the parts, Hoist notices it before it completes the upload, because not every store refuses that.
    expect(fixture.proxy.requests.some((seen) => requestKind(seen) === 'complete')).toBe(at === 'complete');
    await destination.discard({ checkpoint: saved.checkpoint! }, neverAborted);
    expect(await contentAt(name)).toBe('theirs');
    expect(await fixture.practice.uploads()).toEqual([]);
  });

  test('with stored parts is cleaned up from its checkpoint', async () => {
    const saved: SavedUpload = {};
    const destination = await connectTo();
    fixture.proxy.setRule((seen) => (requestKind(seen) === 'complete' ? { kind: 'answer', status: 403 } : undefined));
    expect(await codeOf(pipe(destination, twoPartBytes, saved))).toBe('forbidden');
    fixture.proxy.setRule();
    await destination.discard({ checkpoint: saved.checkpoint! }, neverAborted);
    expect(await fixture.practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
  });
});

test('an object has an ownership mark only if its key is not unique', async () => {
  const marks = async (template: string): Promise<string[]> => {
    const ref = await send(await connectTo('new-name', template), 10);
    const { Metadata } = await fixture.practice.client.send(
      new HeadObjectCommand({ Bucket: 'practice', Key: keyOf(ref) }),
    );
    return Object.keys(Metadata ?? {});
  };
  expect(await marks('{name}')).toEqual(['hoist']);
  expect(await marks('{random:16}/{name}')).toEqual([]);
});

test('the check of a destination with fixed names overwrites nothing, asks nothing, and cleans up', async () => {
  const { client } = fixture.practice;
  for (const collision of ['ask', 'replace'] as const) {
    await client.send(new PutObjectCommand({ Bucket: 'practice', Key: 'hoist-test.txt', Body: 'theirs' }));
    const destination = await connectTo(collision);
    const ref = await destination.upload({
      source: patternSource(10, { name: 'hoist-test.txt' }),
      keyOptions: { createdAt: 0, folderName: '', collision: 'new-name' },
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async () => undefined,
    });
    expect(keyOf(ref)).toBe('hoist-test-2.txt');
    await destination.discard({ ref }, neverAborted);
    expect(await contentAt('hoist-test.txt')).toBe('theirs');
  }
});
