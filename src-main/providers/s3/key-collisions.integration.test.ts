/**
 * Keys that another client uses before or during an upload. Hoist never replaces an existing object unless the user
 * chose that. It recognizes its own objects and removes no others. The tests read the objects without Hoist's driver.
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
import { neverAborted } from '../../platform/testing/never-aborted.ts';
import { AppFailure } from '../../../src-shared/errors.ts';
import type { Checkpoint, Collision, Ref } from '../../../src-shared/upload.ts';
import { requestKind } from '../../../e2e/servers/s3-fault-plan.ts';
import type { KeyOptions, Transfer } from '../../engine/ports.ts';
import type { ConnectedDestination } from '../destination/connect.ts';
import type { Fault, FaultRule } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource, patternStream } from '../testing/pattern-source.ts';
import { FaultFixture, twoPartBytes } from './testing/fault-fixture.ts';

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
 * Counts the parts of unfinished uploads. It ignores empty unfinished uploads: one may stay if the answer to Create was
 * lost, because Hoist cannot tell whose it is.
 */
async function remainingParts(): Promise<number> {
  const partLists = (await openUploads()).map(({ Key, UploadId }) =>
    fixture.practice.client.send(new ListPartsCommand({ Bucket: 'practice', Key, UploadId })),
  );
  return (await Promise.all(partLists)).reduce((sum, { Parts = [] }) => sum + Parts.length, 0);
}

const sizes = [1000, twoPartBytes];
const connectTo = (collision: Collision = 'new-name', nameTemplate = '{name}'): Promise<ConnectedDestination> =>
  fixture.connect({ values: { nameTemplate, collision } });
const keyOf = (ref: Ref): string => (ref as { key: string }).key;
const contentAt = async (key: string): Promise<string> => (await fixture.practice.bytes(key)).toString();
const putForeignObject = (key = 'file.bin'): Promise<void> => fixture.practice.put(key, 'theirs');

/** The last checkpoint of an upload. */
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
  const { name, ...transferOptions } = rest;
  const transfer: Transfer = {
    source: patternSource(size, name === undefined ? {} : { name }),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onCheckpoint: async (checkpoint) => {
      saved.checkpoint = JSON.parse(JSON.stringify(checkpoint)) as Checkpoint;
    },
    ...transferOptions,
  };
  return destination.upload(transfer);
};
/** The error code of a failed upload, or `stored`. */
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

describe('a key that is already taken', () => {
  test.each(sizes)('makes Hoist choose another name and keep the existing object (%i bytes)', async (size) => {
    await putForeignObject();
    const destination = await connectTo();
    const refs = [await send(destination, size), await send(destination, size)];
    expect(refs.map(keyOf)).toEqual(['file-2.bin', 'file-3.bin']);
    expect((await fixture.practice.bytes('file-2.bin')).equals(patternBytes(size))).toBe(true);
    for (const ref of refs) await destination.discard({ ref }, neverAborted);
    expect(await fixture.practice.keys()).toEqual(['file.bin']);
    expect(await contentAt('file.bin')).toBe('theirs');
  });

  test.each(sizes)('stops the upload before a byte is sent if the user wants to be asked (%i bytes)', async (size) => {
    await putForeignObject();
    fixture.proxy.setRule();
    expect(await codeOf(send(await connectTo('ask'), size))).toBe('name-taken');
    expect(fixture.proxy.requests.filter((seen) => seen.hasFileBody)).toEqual([]);
    expect(await fixture.practice.itemCounts()).toEqual({ objects: 1, uploads: 0 });
    expect(await contentAt('file.bin')).toBe('theirs');
  });

  test.each(sizes)(
    'is used again if the user chose to replace the object, and its link stays the same (%i bytes)',
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
  ] as const)('is not overwritten when another client writes it first (rule %s, %i bytes)', async (collision, size) => {
    // Another client writes the object right before Hoist's last request.
    const writeBeforeLastRequest: FaultRule = (seen) =>
      isLastRequest(requestKind(seen)) && seen.target.includes('/file.bin')
        ? { kind: 'hold', until: putForeignObject() }
        : undefined;
    fixture.proxy.setRule(writeBeforeLastRequest);
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

  test('is not overwritten by another of twelve uploads that run at once', async () => {
    const destination = await connectTo();
    const lengths = Array.from({ length: 12 }, (_, i) => 100 + i);
    const refs = await Promise.all(lengths.map((size) => send(destination, size)));
    expect(new Set(refs.map(keyOf)).size).toBe(12);
    for (const [i, ref] of refs.entries()) expect((await fixture.practice.bytes(keyOf(ref))).length).toBe(lengths[i]);
  });

  test('is found before the write at a store without conditional writes, and the existing object stays', async () => {
    const notImplemented: Fault = {
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
        fixture.proxy.setRule((seen) => (seen.headers['if-none-match'] === undefined ? undefined : notImplemented));
        const destination = await connectTo(collision);
        const saved: SavedUpload = {};
        expect(await codeOf(send(destination, size, { saved })), `${collision} ${size}`).toBe(outcome);
        expect(await fixture.practice.uploads()).toEqual([]);
        if (collision !== 'replace') expect(await contentAt('file.bin'), collision).toBe('theirs');
        if (saved.checkpoint !== undefined) await destination.discard({ checkpoint: saved.checkpoint }, neverAborted);
      }
    }
  });

  test('is found by the conditional write if the access key may not read', async () => {
    const refuseReading: FaultRule = (seen) => (seen.method === 'HEAD' ? { kind: 'answer', status: 403 } : undefined);
    const destination = await connectTo();
    fixture.proxy.setRule(refuseReading);
    expect(keyOf(await send(destination, 1000))).toBe('file.bin');
    expect(keyOf(await send(destination, 1000))).toBe('file-2.bin');
    expect((await fixture.practice.bytes('file.bin')).equals(patternBytes(1000))).toBe(true);
  });
});

describe('a store without conditional writes', () => {
  const refuseConditions: FaultRule = (seen) =>
    seen.headers['if-none-match'] === undefined
      ? undefined
      : { kind: 'answer', status: 501, body: '<Error><Code>NotImplemented</Code></Error>' };

  test.each(sizes)(
    'stores files with the same name that are sent at once under different names (%i bytes)',
    async (size) => {
      const destination = await connectTo();
      fixture.proxy.setRule(refuseConditions);
      const refs = await Promise.all(Array.from({ length: 4 }, () => send(destination, size)));
      expect(refs.map(keyOf).toSorted()).toEqual(['file-2.bin', 'file-3.bin', 'file-4.bin', 'file.bin']);
      expect((await fixture.practice.keys()).toSorted()).toEqual([
        'file-2.bin',
        'file-3.bin',
        'file-4.bin',
        'file.bin',
      ]);
    },
  );

  test('is not assumed after an unrelated error, so the next write is conditional too', async () => {
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

  test('keeps an object that another client writes while Hoist reads a pipe', async () => {
    const destination = await connectTo('ask');
    fixture.proxy.setRule(refuseConditions);
    const stream = patternStream(1000);
    const slowStream = {
      ...stream,
      async *chunks() {
        await putForeignObject('pipe.bin');
        yield* stream.chunks();
      },
      name: 'pipe.bin',
    };
    const transfer: Transfer = {
      source: slowStream,
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
  const diskFull = new AppFailure({ code: 'disk-full' });
  const transfer: Transfer = {
    source: patternSource(twoPartBytes),
    signal: neverAborted,
    onProgress: () => undefined,
    onCheckpoint: async (checkpoint) => {
      if ((checkpoint as { uploadId?: string }).uploadId !== undefined) throw diskFull;
    },
  };
  expect(await codeOf(destination.upload(transfer))).toBe('disk-full');
  expect(await openUploads()).toEqual([]);
});

/** The request that creates the object. */
const isLastRequest = (kind: string): boolean => kind === 'put' || kind === 'complete';

describe('an upload whose answer is lost', () => {
  test.each([
    ['new-name', 1000],
    ['new-name', twoPartBytes],
    ['ask', 1000],
    ['ask', twoPartBytes],
    ['replace', 1000],
    ['replace', twoPartBytes],
  ] as const)('stores exactly one object, whichever answer is lost (rule %s, %i bytes)', async (collision, size) => {
    const requests = await requestCount(collision, size);
    for (let number = 1; number <= requests; number++) {
      if (collision === 'replace') await putForeignObject();
      const destination = await connectTo(collision);
      fixture.proxy.setRule((seen) => (seen.number === number ? { kind: 'lost-answer' } : undefined));
      const ref = await send(destination, size);
      fixture.proxy.setRule();
      expect(await fixture.practice.keys(), `request ${number}`).toEqual(['file.bin']);
      expect((await fixture.practice.bytes('file.bin')).equals(patternBytes(size)), `request ${number}`).toBe(true);
      expect(await remainingParts(), `request ${number}`).toBe(0);
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
  ] as const)(
    'stores exactly one object if Hoist crashes at any request and resumes (rule %s, %i bytes)',
    async (collision, size) => {
      const requests = await requestCount(collision, size);
      for (let number = 1; number <= requests; number++) {
        if (collision === 'replace') await putForeignObject();
        const saved: SavedUpload = {};
        const crash = new AbortController();
        const firstDestination = await connectTo(collision);
        fixture.proxy.setRule((seen) => {
          if (seen.number < number) return undefined;
          return seen.number === number ? { kind: 'lost-answer' } : { kind: 'stall' };
        });
        const firstAttempt = codeOf(send(firstDestination, size, { saved, signal: crash.signal }));
        await fixture.proxy.waitUntil(() => fixture.proxy.requests[number - 1]?.wasServed === true);
        const checkpointAtCrash = saved.checkpoint;
        crash.abort();
        await firstAttempt;
        fixture.proxy.setRule();
        const destination = await connectTo(collision);
        const ref = await send(
          destination,
          size,
          checkpointAtCrash === undefined ? {} : { checkpoint: checkpointAtCrash },
        );
        expect(await fixture.practice.keys(), `request ${number}`).toEqual(['file.bin']);
        expect((await fixture.practice.bytes('file.bin')).equals(patternBytes(size)), `request ${number}`).toBe(true);
        expect(await remainingParts(), `request ${number}`).toBe(0);
        await destination.discard({ ref }, neverAborted);
      }
    },
  );
});

describe('cleanup', () => {
  test.each(sizes)(
    'after a cancel at any request of a replacement leaves the existing object alone (%i bytes)',
    async (size) => {
      const requests = await requestCount('replace', size);
      for (let number = 1; number <= requests; number++) {
        await putForeignObject();
        const saved: SavedUpload = {};
        const controller = new AbortController();
        const destination = await connectTo('replace');
        fixture.proxy.setRule((seen) => (seen.number === number ? { kind: 'stall' } : undefined));
        const work = codeOf(send(destination, size, { saved, signal: controller.signal }));
        await fixture.proxy.waitUntil(() => fixture.proxy.requests.length >= number);
        controller.abort();
        expect(await work).toBe('canceled');
        fixture.proxy.setRule();
        await destination.discard({ checkpoint: saved.checkpoint! }, neverAborted);
        expect(await contentAt('file.bin'), `request ${number}`).toBe('theirs');
        expect(await remainingParts()).toBe(0);
      }
    },
  );

  test.each(sizes)('removes nothing if another client has replaced the object meanwhile (%i bytes)', async (size) => {
    const destination = await connectTo('replace');
    const saved: SavedUpload = {};
    const ref = await send(destination, size, { saved });
    await putForeignObject();
    for (const target of [{ ref }, { checkpoint: saved.checkpoint! }]) {
      await destination.discard(target, neverAborted);
      expect(await contentAt('file.bin')).toBe('theirs');
    }
    // Another client replaces the object between Hoist's check and its DELETE request.
    const secondRef = await send(destination, size);
    fixture.proxy.setRule((seen) =>
      seen.method === 'DELETE' ? { kind: 'hold', until: putForeignObject() } : undefined,
    );
    await destination.discard({ ref: secondRef }, neverAborted);
    expect(await contentAt('file.bin')).toBe('theirs');
  });

  test('does not adopt or abort the unfinished upload of another client to the same key', async () => {
    const { practice } = fixture;
    const otherClient = await connectTo('replace');
    const unfinished: SavedUpload = {};
    fixture.proxy.setRule((seen) => (requestKind(seen) === 'complete' ? { kind: 'answer', status: 403 } : undefined));
    expect(await codeOf(send(otherClient, twoPartBytes, { saved: unfinished }))).toBe('forbidden');
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
    await otherClient.discard({ checkpoint: unfinished.checkpoint! }, neverAborted);
    expect(await practice.uploads()).toEqual([]);
    expect((await practice.bytes('file.bin')).equals(patternBytes(twoPartBytes))).toBe(true);
  });
});

describe('after the user is asked about a taken name', () => {
  test.each(sizes)(
    'the file gets the original key if the user chooses to replace the object (%i bytes)',
    async (size) => {
      const saved: SavedUpload = {};
      fixture.proxy.setRule((seen) =>
        isLastRequest(requestKind(seen)) ? { kind: 'hold', until: putForeignObject() } : undefined,
      );
      expect(await codeOf(send(await connectTo('ask'), size, { saved }))).toBe('name-taken');
      fixture.proxy.setRule();
      const keyOptions: KeyOptions = { createdAt: 0, folderName: '', collision: 'replace' };
      const ref = await send(await connectTo('ask'), size, { keyOptions, checkpoint: saved.checkpoint! });
      expect(keyOf(ref)).toBe('file.bin');
      // Stored parts are not sent again.
      if (size === twoPartBytes) expect(fixture.proxy.requests.filter((seen) => seen.hasFileBody)).toEqual([]);
      expect((await fixture.practice.bytes('file.bin')).equals(patternBytes(size))).toBe(true);
      expect(await fixture.practice.itemCounts()).toEqual({ objects: 1, uploads: 0 });
    },
  );

  test.each(sizes)('the file is stored beside the object if the user chooses a new name (%i bytes)', async (size) => {
    const saved: SavedUpload = {};
    fixture.proxy.setRule((seen) =>
      isLastRequest(requestKind(seen)) ? { kind: 'hold', until: putForeignObject() } : undefined,
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
      onCheckpoint: async (checkpoint) => {
        saved.checkpoint = checkpoint;
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
  ])('does not overwrite an object that appears meanwhile (%i bytes, before “%s”)', async (size, kind) => {
    const { name } = patternStream(1);
    fixture.proxy.setRule((seen) =>
      requestKind(seen) === kind ? { kind: 'hold', until: putForeignObject(name) } : undefined,
    );
    const saved: SavedUpload = {};
    const destination = await connectTo();
    expect(await codeOf(pipe(destination, size, saved))).toBe('name-taken');
    // Hoist also checks the key before it completes the upload, because not every store refuses to overwrite.
    expect(fixture.proxy.requests.some((seen) => requestKind(seen) === 'complete')).toBe(kind === 'complete');
    await destination.discard({ checkpoint: saved.checkpoint! }, neverAborted);
    expect(await contentAt(name)).toBe('theirs');
    expect(await fixture.practice.uploads()).toEqual([]);
  });

  test('with stored parts is removed by a cleanup with its checkpoint', async () => {
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
  const metadataKeys = async (template: string): Promise<string[]> => {
    const ref = await send(await connectTo('new-name', template), 10);
    const { Metadata } = await fixture.practice.client.send(
      new HeadObjectCommand({ Bucket: 'practice', Key: keyOf(ref) }),
    );
    return Object.keys(Metadata ?? {});
  };
  expect(await metadataKeys('{name}')).toEqual(['hoist']);
  expect(await metadataKeys('{random:16}/{name}')).toEqual([]);
});

test('the check of a destination with fixed names overwrites no object', async () => {
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
