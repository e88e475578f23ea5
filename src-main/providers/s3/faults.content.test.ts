/** Bytes that change: on the way, at the store, on the disk. What is stored is what the file holds, or nothing is. */
import {
  appendFile,
  chmod,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { requestKind, s3Faults } from '../../../e2e/servers/s3-fault-plan.ts';
import type { FileSource } from '../../engine/ports.ts';
import { acceptFile, openSource } from '../../platform/source-file.ts';
import type { ConnectedDestination } from '../connect.ts';
import type { Fault } from '../testing/faults.ts';
import { hostileNames } from '../testing/names.ts';
import { patternOf, patternSource } from '../testing/source.ts';
import { customService } from './presets.ts';
import { aws, Bench, eachSeed, never, part, runs, twoParts } from './testing/fault-bench.ts';

vi.setConfig({ testTimeout: runs(120_000) });

let bench: Bench;
let folder: string;
beforeAll(async () => {
  bench = await Bench.start();
  folder = await mkdtemp(join(tmpdir(), 'hoist-faults-'));
});
afterAll(async () => {
  await bench.stop();
  await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  bench.proxy.set();
  await bench.practice.practice.empty();
});

const inMemory = (content: Buffer): FileSource => ({
  ...patternSource(content.length),
  read: async (into, position) => content.copy(into, 0, position, position + into.length),
});

// ---------------------------------------------------------------- R12: other bytes than were sent

const zeros = '0'.repeat(32);
type Place = 'put' | 'part' | 'complete';
/** What is wrong, and with whom it can be noticed. */
const lies: { what: string; like: typeof customService; fault(place: Place, at: number): Fault }[] = [
  {
    what: 'a bit of the body',
    like: customService,
    fault: (place, at) => (place === 'complete' ? { kind: 'flip-bit', at: at % 200 } : { kind: 'flip-bit', at }),
  },
  {
    what: 'the ETag',
    like: customService,
    fault: (place, at) =>
      place === 'complete'
        ? { kind: 'tamper', body: (text) => text.replace(/[0-9a-f]{32}-2/, (tag) => flippedHex(tag, at)) }
        : { kind: 'tamper', headers: { etag: `"${flippedHex(zeros, at)}"` } },
  },
  {
    what: 'the checksum',
    like: aws,
    fault: (place, at) =>
      place === 'complete'
        ? { kind: 'tamper', body: (text) => text.replace(/(<ChecksumCRC32>)[^<]+-2/, `$1${base64(at)}-2`) }
        : { kind: 'tamper', headers: { 'x-amz-checksum-crc32': base64(at) } },
  },
];
const flippedHex = (tag: string, at: number): string =>
  tag.slice(0, at % 32) + (tag[at % 32] === 'f' ? '0' : 'f') + tag.slice((at % 32) + 1);
const base64 = (at: number): string => Buffer.from([at & 0xff, (at >> 8) & 0xff, 0, 1]).toString('base64');

describe.each(lies)('wrong: $what', ({ what, like, fault }) => {
  test.each(['put', 'part', 'complete'] as const)(
    'at %s, once: it is sent again or looked at again, and right in the end',
    async (place) => {
      const through = await bench.connect({ like });
      const size = place === 'put' ? 100_000 : twoParts;
      await eachSeed(`${what} at ${place}`, runs(20), async (random, which) => {
        bench.proxy.set(
          s3Faults({ kind: place, nth: 1, fault: fault(place, random.int(place === 'part' ? 7 : size)) }),
        );
        const ended = await bench.attempt({ source: () => patternSource(size), through });
        // A letter of the list of parts may be changed into something that the store refuses for good.
        if (place !== 'complete' || what !== 'a bit of the body') expect(ended.outcome, which).toBe('done');
        await bench.expectWhole(ended, which, patternOf(size));
      });
    },
  );

  test('at every part, for good: three times, then never done', async () => {
    const through = await bench.connect({ like });
    bench.proxy.set(s3Faults({ kind: 'part', nth: { from: 2 }, fault: fault('part', 3) }));
    const checkpoints: unknown[] = [];
    const work = through.upload({
      source: patternSource(twoParts),
      signal: never,
      onProgress: () => undefined,
      onCheckpoint: async (one) => {
        checkpoints.push(one);
      },
    });
    await expect(work).rejects.toMatchObject({ error: { code: 'corrupted' } });
    expect(bench.proxy.seen.filter((seen) => requestKind(seen) === 'part').length).toBeLessThanOrEqual(1 + 3 + 2);
    expect(bench.proxy.seen.filter((seen) => requestKind(seen) === 'complete')).toEqual([]);
    await bench.expectWhole(
      { outcome: 'corrupted', errors: [], restarts: [], checkpoint: checkpoints.at(-1) as never },
      what,
    );
  });
});

// ---------------------------------------------------------------- R13: another file after the restart

test('a file that was edited between a kill and the restart is sent as it is now, never a mix', async () => {
  await eachSeed('edited in between', runs(60), async (random, what) => {
    const size = twoParts + random.int(2) * part;
    const killed = new AbortController();
    const through = await bench.connect();
    const at = 1 + random.int(6);
    const isServed = random.int(2) === 0;
    let checkpoint: unknown;
    bench.proxy.set((seen) =>
      seen.number < at ? undefined : seen.number === at && isServed ? { kind: 'lost-answer' } : { kind: 'stall' },
    );
    void bench.proxy
      .until(() => bench.proxy.seen.length >= at && (!isServed || bench.proxy.seen[at - 1]?.served === true))
      .then(() => killed.abort());
    const first = await through
      .upload({
        source: patternSource(size),
        signal: killed.signal,
        onProgress: () => undefined,
        onCheckpoint: async (one) => {
          if (!killed.signal.aborted) checkpoint = one;
        },
      })
      .then(
        (ref) => ref,
        (cause: unknown) => {
          if (!killed.signal.aborted) throw cause;
          return undefined;
        },
      );
    bench.proxy.set();
    // Done before the kill: nothing to go on with.
    if (first !== undefined) return through.discard({ ref: first }, never);
    const content = edited(patternOf(size), random.int(5), random.int(size));
    const ended = await bench.attempt({
      source: () => inMemory(content),
      through: await bench.connect({ like: random.int(2) === 0 ? aws : customService }),
      ...(checkpoint === undefined ? {} : { checkpoint: checkpoint as never }),
    });
    expect(ended.outcome, what).toBe('done');
    await bench.expectWhole(ended, what, content);
  });
});

function edited(content: Buffer, how: number, at: number): Buffer {
  if (how === 0) return Buffer.concat([content, Buffer.from('more')]);
  if (how === 1) return content.subarray(0, at);
  if (how === 2) content.writeUInt8((content[at] ?? 0) ^ 1, at);
  else if (how === 3) content.subarray(0, part).reverse();
  else content.fill(7);
  return content;
}

// ---------------------------------------------------------------- R14: the file changes while it is sent

/** A whole second, which can be set exactly. */
const longAgo = new Date(1_600_000_000_000);

const changes: [
  string,
  (path: string, random: { int(below: number): number }) => Promise<void>,
  'source-changed' | 'done',
][] = [
  ['grows', (path) => appendFile(path, 'more'), 'source-changed'],
  ['shrinks', async (path, random) => truncate(path, random.int(twoParts)), 'source-changed'],
  [
    'is rewritten',
    async (path, random) => {
      const handle = await open(path, 'r+');
      await handle.write(Buffer.from([0x55, 0xaa, 0x55]), 0, 3, random.int(twoParts - 3));
      await handle.close();
      await utimes(path, new Date(), new Date(Date.now() + 1000));
    },
    'source-changed',
  ],
  [
    'is replaced',
    async (path) => {
      await writeFile(`${path}.new`, patternOf(twoParts).reverse());
      await rename(`${path}.new`, path);
    },
    'source-changed',
  ],
  ['is deleted', (path) => unlink(path), 'done'],
  ['is closed to us', (path) => chmod(path, 0), 'done'],
];

describe.each(changes)('a file that %s while it is sent', (what, change, outcome) => {
  test(
    outcome === 'done' ? 'is sent to its end: it is open already' : 'is not stored, and the row says that it changed',
    async () => {
      await eachSeed(`${what} while sent`, runs(30), async (random, which) => {
        const path = join(folder, `file-${random.int(1e9)}`);
        await writeFile(path, patternOf(twoParts));
        await utimes(path, longAgo, longAgo);
        const { source } = await acceptFile(path);
        const moment = 1 + random.int(3);
        let changed: Promise<void> | undefined;
        bench.proxy.set((seen) => {
          if (seen.number === moment) changed = change(path, random);
          return undefined;
        });
        const through = await bench.connect();
        const held = await openSource(source, { name: 'file.bin', contentType: 'text/plain' });
        // The change is there before the file is looked at for the last time.
        const ended = await bench.attempt({
          source: () => ({
            name: held.name,
            size: held.size,
            contentType: held.contentType,
            read: (into, at) => held.read(into, at),
            close: () => held.close(),
            check: async () => {
              await changed;
              return held.check();
            },
            touched: async () => (await held.touched?.()) ?? false,
          }),
          through,
        });
        expect(ended.outcome, which).toBe(outcome);
        expect(ended.errors.length, which).toBe(outcome === 'done' ? 0 : 1);
        await bench.expectWhole(ended, which);
        await rm(path, { force: true });
      });
    },
  );
});

test('a file that is rewritten in both of its parts and gets its time back is never stored as a mix, and the row says that it changed', async () => {
  const told = { 'source-changed': 0, done: 0 };
  const through = await bench.connect();
  await eachSeed('rewritten in secret', runs(30), async (random, which) => {
    const path = join(folder, `secret-${random.int(1e9)}`);
    await writeFile(path, patternOf(twoParts));
    await utimes(path, longAgo, longAgo);
    const accepted = await acceptFile(path);
    const moment = 1 + random.int(3);
    let changed: Promise<void> | undefined;
    const rewrite = async (): Promise<void> => {
      const handle = await open(path, 'r+');
      for (const at of [random.int(part - 3), part + random.int(4)])
        await handle.write(Buffer.from([0x55, 0xaa, 0x55]), 0, 3, at);
      await handle.utimes(longAgo, longAgo);
      await handle.close();
    };
    // One part after the other, and the change is there before the next one is asked for.
    bench.proxy.set((seen) => {
      if (seen.number === moment) changed = rewrite();
      return undefined;
    });
    const ended = await bench.attempt({
      source: async () => {
        const held = await openSource(accepted.source, accepted);
        return {
          name: held.name,
          size: held.size,
          contentType: held.contentType,
          read: (into, at) => held.read(into, at),
          close: () => held.close(),
          check: async () => {
            await changed;
            return held.check();
          },
          touched: async () => (await held.touched?.()) ?? false,
        };
      },
      through,
    });
    expect(Object.keys(told), which).toContain(ended.outcome);
    told[ended.outcome as keyof typeof told]++;
    // What was read only after the change is the file as it is now, as a whole.
    await bench.expectWhole(ended, which, await readFile(path));
    await rm(path, { force: true });
  });
  console.log('rewritten in secret:', told);
  expect(told['source-changed']).toBeGreaterThan(0);
});

// ---------------------------------------------------------------- R23, R24: sizes and names

test('every size around a limit: the right bytes, and nothing as one empty request', async () => {
  const limit = part;
  const through = await bench.connect();
  for (const size of [
    0,
    1,
    2,
    limit - 1,
    limit,
    limit + 1,
    2 * part - 1,
    2 * part,
    2 * part + 1,
    3 * part - 1,
    3 * part,
    3 * part + 1,
  ]) {
    bench.proxy.set();
    const ended = await bench.attempt({ source: () => patternSource(size), through });
    expect(
      bench.proxy.seen.filter((seen) => seen.method === 'PUT'),
      String(size),
    ).toHaveLength(Math.max(1, Math.ceil(size / part)));
    await bench.expectWhole(ended, String(size), patternOf(size));
  }
});

test.each([
  ['small', 1000],
  ['in parts', part + 1],
])('every name that broke other programs, %s: the link opens the same bytes', async (_, size) => {
  const through: ConnectedDestination = await bench.connect();
  const content = patternOf(size);
  const keys = new Set<string>();
  for (const name of hostileNames) {
    const ended = await bench.attempt({
      source: () => patternSource(size, { name, contentType: 'text/html' }),
      through,
    });
    const { key } = ended.ref as { key: string };
    expect(Buffer.byteLength(key), name).toBeLessThanOrEqual(1024);
    keys.add(key);
    await bench.expectWhole(ended, JSON.stringify(name), content);
  }
  expect(keys.size).toBe(hostileNames.length);
});

test('in all of this nothing happened in the store that nobody foresaw', () => {
  expect(bench.practice.problems).toEqual([]);
});
