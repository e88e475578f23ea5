/**
 * Names that somebody else may have taken, before or after: what is there is never lost unless the user said so, what is
 * ours is found again, and what is removed is ours. The oracle is what Practice holds, asked past our code.
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
import type { Naming, Transfer } from '../../engine/ports.ts';
import type { ConnectedDestination } from '../connect.ts';
import type { Fault, Plan } from '../testing/faults.ts';
import { patternOf, patternSource, patternStream } from '../testing/source.ts';
import { Bench, never, twoParts } from './testing/fault-bench.ts';

vi.setConfig({ testTimeout: 60_000 });

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(async () => {
  await bench.stop();
});
afterEach(async () => {
  bench.proxy.set();
  const { practice } = bench;
  for (const Key of await practice.keys())
    await practice.client.send(new DeleteObjectCommand({ Bucket: 'practice', Key }));
  for (const { Key, UploadId } of await openUploads())
    await practice.client.send(new AbortMultipartUploadCommand({ Bucket: 'practice', Key, UploadId }));
});

const openUploads = async () =>
  (await bench.practice.client.send(new ListMultipartUploadsCommand({ Bucket: 'practice' }))).Uploads ?? [];
/**
 * Parts that nobody needs. An unfinished upload without a part may stay, where its beginning was not answered: whose it is
 * nobody can tell, and it holds nothing.
 */
async function strayParts(): Promise<number> {
  const lists = (await openUploads()).map(({ Key, UploadId }) =>
    bench.practice.client.send(new ListPartsCommand({ Bucket: 'practice', Key, UploadId })),
  );
  return (await Promise.all(lists)).reduce((sum, { Parts = [] }) => sum + Parts.length, 0);
}

const sizes = [1000, twoParts];
const to = (collision: Collision = 'new-name', nameTemplate = '{name}'): Promise<ConnectedDestination> =>
  bench.connect({ values: { nameTemplate, collision } });
const keyOf = (ref: Ref): string => (ref as { key: string }).key;
const heldAt = async (key: string): Promise<string> => (await bench.practice.bytes(key)).toString();
const theirs = (key = 'file.bin'): Promise<void> => bench.practice.put(key, 'theirs');

/** What is durable of an upload. */
interface Kept {
  checkpoint?: Checkpoint;
}

const send = (
  destination: ConnectedDestination,
  size: number,
  {
    kept = {},
    ...rest
  }: { kept?: Kept; naming?: Naming; signal?: AbortSignal; checkpoint?: Checkpoint; name?: string } = {},
): Promise<Ref> => {
  const { name, ...more } = rest;
  const transfer: Transfer = {
    source: patternSource(size, name === undefined ? {} : { name }),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onCheckpoint: async (one) => {
      kept.checkpoint = JSON.parse(JSON.stringify(one)) as Checkpoint;
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
/** Requests that a size takes where nothing goes wrong. */
const requestsOf = async (collision: Collision, size: number): Promise<number> => {
  const its = await to(collision);
  bench.proxy.set();
  const ref = await send(its, size);
  const count = bench.proxy.seen.length;
  await its.discard({ ref }, never);
  return count;
};

describe('a name that is taken', () => {
  test.each(sizes)('gives the file another one, and what is there stays (%i bytes)', async (size) => {
    await theirs();
    const its = await to();
    const refs = [await send(its, size), await send(its, size)];
    expect(refs.map(keyOf)).toEqual(['file-2.bin', 'file-3.bin']);
    expect((await bench.practice.bytes('file-2.bin')).equals(patternOf(size))).toBe(true);
    for (const ref of refs) await its.discard({ ref }, never);
    expect(await bench.practice.keys()).toEqual(['file.bin']);
    expect(await heldAt('file.bin')).toBe('theirs');
  });

  test.each(sizes)('is refused where the user wants to be asked, before a byte is sent (%i bytes)', async (size) => {
    await theirs();
    bench.proxy.set();
    expect(await codeOf(send(await to('ask'), size))).toBe('name-taken');
    expect(bench.proxy.seen.filter((seen) => seen.carriesFile)).toEqual([]);
    expect(await bench.practice.leftovers()).toEqual({ objects: 1, uploads: 0 });
    expect(await heldAt('file.bin')).toBe('theirs');
  });

  test.each(sizes)(
    'is replaced where the user chose so: the same key, one object, the same link (%i bytes)',
    async (size) => {
      await theirs();
      const its = await to('replace');
      const ref = await send(its, size);
      expect(keyOf(ref)).toBe('file.bin');
      expect((await bench.practice.bytes('file.bin')).equals(patternOf(size))).toBe(true);
      expect(await bench.practice.leftovers()).toEqual({ objects: 1, uploads: 0 });
      const { url } = await its.link(ref, never);
      const again = await send(its, size);
      expect(new URL((await its.link(again, never)).url).pathname).toBe(new URL(url).pathname);
    },
  );

  test.each([
    ['new-name', 1000],
    ['new-name', twoParts],
    ['ask', 1000],
    ['ask', twoParts],
  ] as const)('by somebody who is quicker is not overwritten: %s, %i bytes', async (collision, size) => {
    // Right before the request that would make the object.
    const plan: Plan = (seen) =>
      isLast(requestKind(seen)) && seen.target.includes('/file.bin') ? { kind: 'hold', until: theirs() } : undefined;
    bench.proxy.set(plan);
    const kept: Kept = {};
    const its = await to(collision);
    const work = send(its, size, { kept });
    if (collision === 'new-name') expect(keyOf(await work)).toBe('file-2.bin');
    else expect(await codeOf(work)).toBe('name-taken');
    bench.proxy.set();
    expect(await heldAt('file.bin')).toBe('theirs');
    if (collision === 'ask') await its.discard({ checkpoint: kept.checkpoint! }, never);
    expect(await bench.practice.uploads()).toEqual([]);
    expect(await heldAt('file.bin')).toBe('theirs');
  });

  test('by another of the same files is not overwritten, however many go at once', async () => {
    const its = await to();
    const lengths = Array.from({ length: 12 }, (_, i) => 100 + i);
    const refs = await Promise.all(lengths.map((size) => send(its, size)));
    expect(new Set(refs.map(keyOf)).size).toBe(12);
    for (const [i, ref] of refs.entries()) expect((await bench.practice.bytes(keyOf(ref))).length).toBe(lengths[i]);
  });

  test('of a store without conditions is looked for, and what is there stays', async () => {
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
        await theirs();
        bench.proxy.set((seen) => (seen.headers['if-none-match'] === undefined ? undefined : unknown));
        const its = await to(collision);
        const kept: Kept = {};
        expect(await codeOf(send(its, size, { kept })), `${collision} ${size}`).toBe(outcome);
        expect(await bench.practice.uploads()).toEqual([]);
        if (collision !== 'replace') expect(await heldAt('file.bin'), collision).toBe('theirs');
        if (kept.checkpoint !== undefined) await its.discard({ checkpoint: kept.checkpoint }, never);
      }
    }
  });

  test('is asked for although these keys may not look: the condition of the write decides', async () => {
    const blind: Plan = (seen) => (seen.method === 'HEAD' ? { kind: 'answer', status: 403 } : undefined);
    const its = await to();
    bench.proxy.set(blind);
    expect(keyOf(await send(its, 1000))).toBe('file.bin');
    expect(keyOf(await send(its, 1000))).toBe('file-2.bin');
    expect((await bench.practice.bytes('file.bin')).equals(patternOf(1000))).toBe(true);
  });
});

describe('a store that knows no conditional writes', () => {
  const unconditional: Plan = (seen) =>
    seen.headers['if-none-match'] === undefined
      ? undefined
      : { kind: 'answer', status: 501, body: '<Error><Code>NotImplemented</Code></Error>' };

  test.each(sizes)('files of one name that are sent at once get names of their own (%i bytes)', async (size) => {
    const its = await to();
    bench.proxy.set(unconditional);
    const refs = await Promise.all(Array.from({ length: 4 }, () => send(its, size)));
    expect(refs.map(keyOf).toSorted()).toEqual(['file-2.bin', 'file-3.bin', 'file-4.bin', 'file.bin']);
    expect((await bench.practice.keys()).toSorted()).toEqual(['file-2.bin', 'file-3.bin', 'file-4.bin', 'file.bin']);
  });

  test('is not taken for one because of another mistake: the next file has its condition again', async () => {
    const its = await to();
    bench.proxy.set((seen) =>
      requestKind(seen) === 'put'
        ? { kind: 'answer', status: 400, body: '<Error><Code>InvalidRequest</Code></Error>' }
        : undefined,
    );
    expect(await codeOf(send(its, 1000))).not.toBe('stored');
    bench.proxy.set();
    await send(its, 1000, { name: 'next.bin' });
    expect(
      bench.proxy.seen.filter((seen) => requestKind(seen) === 'put').map((seen) => seen.headers['if-none-match']),
    ).toEqual(['*']);
  });

  test('keeps what somebody puts there while a pipe is read', async () => {
    const its = await to('ask');
    bench.proxy.set(unconditional);
    const stream = patternStream(1000);
    const late = {
      ...stream,
      async *chunks() {
        await theirs('pipe.bin');
        yield* stream.chunks();
      },
      name: 'pipe.bin',
    };
    const transfer: Transfer = {
      source: late,
      signal: never,
      onProgress: () => undefined,
      onCheckpoint: async () => undefined,
    };
    expect(await codeOf(its.upload(transfer))).toBe('name-taken');
    expect(await heldAt('pipe.bin')).toBe('theirs');
  });
});

test('an upload whose id cannot be kept is closed at once', async () => {
  const its = await to();
  const full = new AppFailure({ code: 'disk-full' });
  const transfer: Transfer = {
    source: patternSource(twoParts),
    signal: never,
    onProgress: () => undefined,
    onCheckpoint: async (one) => {
      if ((one as { uploadId?: string }).uploadId !== undefined) throw full;
    },
  };
  expect(await codeOf(its.upload(transfer))).toBe('disk-full');
  expect(await openUploads()).toEqual([]);
});

const isLast = (kind: string): boolean => kind === 'put' || kind === 'complete';

describe('an answer that was lost', () => {
  test.each([
    ['new-name', 1000],
    ['new-name', twoParts],
    ['ask', 1000],
    ['ask', twoParts],
    ['replace', 1000],
    ['replace', twoParts],
  ] as const)('%s, %i bytes: at any request it is one object, ours', async (collision, size) => {
    const total = await requestsOf(collision, size);
    for (let k = 1; k <= total; k++) {
      if (collision === 'replace') await theirs();
      const its = await to(collision);
      bench.proxy.set((seen) => (seen.number === k ? { kind: 'lost-answer' } : undefined));
      const ref = await send(its, size);
      bench.proxy.set();
      expect(await bench.practice.keys(), `request ${k}`).toEqual(['file.bin']);
      expect((await bench.practice.bytes('file.bin')).equals(patternOf(size)), `request ${k}`).toBe(true);
      expect(await strayParts(), `request ${k}`).toBe(0);
      await its.discard({ ref }, never);
      expect(await bench.practice.keys()).toEqual([]);
    }
  });

  test.each([
    ['new-name', 1000],
    ['new-name', twoParts],
    ['ask', 1000],
    ['ask', twoParts],
    ['replace', 1000],
    ['replace', twoParts],
  ] as const)('%s, %i bytes: killed at any request it goes on, to one object of ours', async (collision, size) => {
    const total = await requestsOf(collision, size);
    for (let k = 1; k <= total; k++) {
      if (collision === 'replace') await theirs();
      const kept: Kept = {};
      const gone = new AbortController();
      const dying = await to(collision);
      bench.proxy.set((seen) =>
        seen.number < k ? undefined : seen.number === k ? { kind: 'lost-answer' } : { kind: 'stall' },
      );
      const ended = codeOf(send(dying, size, { kept, signal: gone.signal }));
      await bench.proxy.until(() => bench.proxy.seen[k - 1]?.served === true);
      const atDeath = kept.checkpoint;
      gone.abort();
      await ended;
      bench.proxy.set();
      const its = await to(collision);
      const ref = await send(its, size, atDeath === undefined ? {} : { checkpoint: atDeath });
      expect(await bench.practice.keys(), `request ${k}`).toEqual(['file.bin']);
      expect((await bench.practice.bytes('file.bin')).equals(patternOf(size)), `request ${k}`).toBe(true);
      expect(await strayParts(), `request ${k}`).toBe(0);
      await its.discard({ ref }, never);
    }
  });
});

describe('what is removed is ours', () => {
  test.each(sizes)(
    'a cancel at any request of a replacement leaves theirs, or what has replaced it and is ours goes (%i bytes)',
    async (size) => {
      const total = await requestsOf('replace', size);
      for (let k = 1; k <= total; k++) {
        await theirs();
        const kept: Kept = {};
        const controller = new AbortController();
        const its = await to('replace');
        bench.proxy.set((seen) => (seen.number === k ? { kind: 'stall' } : undefined));
        const work = codeOf(send(its, size, { kept, signal: controller.signal }));
        await bench.proxy.until(() => bench.proxy.seen.length >= k);
        controller.abort();
        expect(await work).toBe('canceled');
        bench.proxy.set();
        await its.discard({ checkpoint: kept.checkpoint! }, never);
        expect(await heldAt('file.bin'), `request ${k}`).toBe('theirs');
        expect(await strayParts()).toBe(0);
      }
    },
  );

  test.each(sizes)(
    'an upload that failed, was settled or was replaced since removes nothing (%i bytes)',
    async (size) => {
      const its = await to('replace');
      const kept: Kept = {};
      const ref = await send(its, size, { kept });
      await theirs();
      for (const what of [{ ref }, { checkpoint: kept.checkpoint! }]) {
        await its.discard(what, never);
        expect(await heldAt('file.bin')).toBe('theirs');
      }
      // Somebody may do so between the look and the removal.
      const mine = await send(its, size);
      bench.proxy.set((seen) => (seen.method === 'DELETE' ? { kind: 'hold', until: theirs() } : undefined));
      await its.discard({ ref: mine }, never);
      expect(await heldAt('file.bin')).toBe('theirs');
    },
  );

  test('an upload of somebody else to the same name is not adopted, and not closed', async () => {
    const { practice } = bench;
    const other = await to('replace');
    const open: Kept = {};
    bench.proxy.set((seen) => (requestKind(seen) === 'complete' ? { kind: 'answer', status: 403 } : undefined));
    expect(await codeOf(send(other, twoParts, { kept: open }))).toBe('forbidden');
    bench.proxy.set();
    const [theirUpload] = await practice.uploads();
    const its = await to('replace');
    await send(its, twoParts, {
      checkpoint: {
        v: 1,
        bucket: 'practice',
        key: 'file.bin',
        mark: 'another',
        size: twoParts,
        partSize: 5 * 1024 ** 2,
      },
    });
    expect(await practice.uploads()).toEqual([theirUpload]);
    await other.discard({ checkpoint: open.checkpoint! }, never);
    expect(await practice.uploads()).toEqual([]);
    expect((await practice.bytes('file.bin')).equals(patternOf(twoParts))).toBe(true);
  });
});

describe('an answer to the question', () => {
  test.each(sizes)('replace: it goes where it was meant to go (%i bytes)', async (size) => {
    const kept: Kept = {};
    bench.proxy.set((seen) => (isLast(requestKind(seen)) ? { kind: 'hold', until: theirs() } : undefined));
    expect(await codeOf(send(await to('ask'), size, { kept }))).toBe('name-taken');
    bench.proxy.set();
    const naming: Naming = { at: 0, folder: '', collision: 'replace' };
    const ref = await send(await to('ask'), size, { naming, checkpoint: kept.checkpoint! });
    expect(keyOf(ref)).toBe('file.bin');
    // Parts that are there already are not sent once more.
    if (size === twoParts) expect(bench.proxy.seen.filter((seen) => seen.carriesFile)).toEqual([]);
    expect((await bench.practice.bytes('file.bin')).equals(patternOf(size))).toBe(true);
    expect(await bench.practice.leftovers()).toEqual({ objects: 1, uploads: 0 });
  });

  test.each(sizes)('a new name: it goes beside it (%i bytes)', async (size) => {
    const kept: Kept = {};
    bench.proxy.set((seen) => (isLast(requestKind(seen)) ? { kind: 'hold', until: theirs() } : undefined));
    expect(await codeOf(send(await to('ask'), size, { kept }))).toBe('name-taken');
    bench.proxy.set();
    const ref = await send(await to('ask'), size, {
      naming: { at: 0, folder: '', collision: 'new-name' },
      checkpoint: kept.checkpoint!,
    });
    expect(keyOf(ref)).toBe('file-2.bin');
    expect(await heldAt('file.bin')).toBe('theirs');
    expect(await bench.practice.leftovers()).toEqual({ objects: 2, uploads: 0 });
  });
});

describe('what comes through a pipe', () => {
  const pipe = (its: ConnectedDestination, size: number, kept: Kept = {}): Promise<Ref> =>
    its.upload({
      source: patternStream(size),
      signal: never,
      onProgress: () => undefined,
      onCheckpoint: async (one) => {
        kept.checkpoint = one;
      },
    });

  test.each(sizes)('keeps to the rule too (%i bytes)', async (size) => {
    await theirs('stream.bin');
    const name = patternStream(1).name;
    await theirs(name);
    expect(keyOf(await pipe(await to(), size))).toBe(name.replace(/(?=\.[^.]+$)|$/, '-2'));
    expect(await codeOf(pipe(await to('ask'), size))).toBe('name-taken');
    expect(await heldAt(name)).toBe('theirs');
    expect(keyOf(await pipe(await to('replace'), size))).toBe(name);
    expect((await bench.practice.bytes(name)).equals(patternOf(size))).toBe(true);
    expect(await bench.practice.uploads()).toEqual([]);
  });

  test.each([
    [1000, 'put'],
    [twoParts, 'part'],
    [twoParts, 'complete'],
  ])('does not overwrite who is quicker (%i bytes, at its %s)', async (size, at) => {
    const { name } = patternStream(1);
    bench.proxy.set((seen) => (requestKind(seen) === at ? { kind: 'hold', until: theirs(name) } : undefined));
    const kept: Kept = {};
    const its = await to();
    expect(await codeOf(pipe(its, size, kept))).toBe('name-taken');
    // Between its parts it is seen before the end is asked for, which not every store refuses.
    expect(bench.proxy.seen.some((seen) => requestKind(seen) === 'complete')).toBe(at === 'complete');
    await its.discard({ checkpoint: kept.checkpoint! }, never);
    expect(await heldAt(name)).toBe('theirs');
    expect(await bench.practice.uploads()).toEqual([]);
  });

  test('whose parts are at the store is cleaned up by what is remembered of it', async () => {
    const kept: Kept = {};
    const its = await to();
    bench.proxy.set((seen) => (requestKind(seen) === 'complete' ? { kind: 'answer', status: 403 } : undefined));
    expect(await codeOf(pipe(its, twoParts, kept))).toBe('forbidden');
    bench.proxy.set();
    await its.discard({ checkpoint: kept.checkpoint! }, never);
    expect(await bench.practice.leftovers()).toEqual({ objects: 0, uploads: 0 });
  });
});

test('an object says whose it is only where its key does not', async () => {
  const marks = async (template: string): Promise<string[]> => {
    const ref = await send(await to('new-name', template), 10);
    const { Metadata } = await bench.practice.client.send(
      new HeadObjectCommand({ Bucket: 'practice', Key: keyOf(ref) }),
    );
    return Object.keys(Metadata ?? {});
  };
  expect(await marks('{name}')).toEqual(['hoist']);
  expect(await marks('{random:16}/{name}')).toEqual([]);
});

test('the trial of a destination with fixed names overwrites nothing, asks nothing, and cleans up', async () => {
  const { client } = bench.practice;
  for (const collision of ['ask', 'replace'] as const) {
    await client.send(new PutObjectCommand({ Bucket: 'practice', Key: 'hoist-test.txt', Body: 'theirs' }));
    const its = await to(collision);
    const ref = await its.upload({
      source: patternSource(10, { name: 'hoist-test.txt' }),
      naming: { at: 0, folder: '', collision: 'new-name' },
      signal: never,
      onProgress: () => undefined,
      onCheckpoint: async () => undefined,
    });
    expect(keyOf(ref)).toBe('hoist-test-2.txt');
    await its.discard({ ref }, never);
    expect(await heldAt('hoist-test.txt')).toBe('theirs');
  }
});
