/**
 * Bytes that change on the way, at the store or on the disk. Afterwards the store holds exactly the file's bytes, or
 * nothing.
 */
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
import { createSampler } from '../../testing/sample.ts';
import type { ConnectedDestination } from '../destination/connect.ts';
import type { Fault } from '../testing/fault-proxy.ts';
import { hostileNames } from '../testing/hostile-names.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import { customService } from './presets.ts';
import {
  awsService,
  FaultFixture,
  forEachSeed,
  neverAborted,
  minPartBytes,
  repeatCount,
  twoPartBytes,
} from './testing/fault-fixture.ts';

vi.setConfig({ testTimeout: 120_000 * Number(process.env.HOIST_RUNS ?? 1) });

const sample = createSampler('bytes that change');
let fixture: FaultFixture;
let folder: string;
beforeAll(async () => {
  fixture = await FaultFixture.start();
  folder = await mkdtemp(join(tmpdir(), 'hoist-faults-'));
});
afterAll(async () => {
  await fixture.stop();
  await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  fixture.proxy.setRule();
  await fixture.practice.practice.empty();
});

const inMemory = (content: Buffer): FileSource => ({
  ...patternSource(content.length),
  read: async (into, position) => content.copy(into, 0, position, position + into.length),
});

// ---------------------------------------------------------------- R12: bytes that differ from the sent ones

const zeros = '0'.repeat(32);
type CorruptionPoint = 'put' | 'part' | 'complete';
/** The faults, and the points where Hoist can notice them. */
const corruptions: { what: string; service: typeof customService; fault(point: CorruptionPoint, at: number): Fault }[] =
  [
    {
      what: 'a bit of the body',
      service: customService,
      fault: (point, at) => (point === 'complete' ? { kind: 'flip-bit', at: at % 200 } : { kind: 'flip-bit', at }),
    },
    {
      what: 'the ETag',
      service: customService,
      fault: (point, at) =>
        point === 'complete'
          ? { kind: 'tamper', body: (text) => text.replace(/[0-9a-f]{32}-2/, (tag) => flippedHex(tag, at)) }
          : { kind: 'tamper', headers: { etag: `"${flippedHex(zeros, at)}"` } },
    },
    {
      what: 'the checksum',
      service: awsService,
      fault: (point, at) =>
        point === 'complete'
          ? { kind: 'tamper', body: (text) => text.replace(/(<ChecksumCRC32>)[^<]+-2/, `$1${base64(at)}-2`) }
          : { kind: 'tamper', headers: { 'x-amz-checksum-crc32': base64(at) } },
    },
  ];
const flippedHex = (tag: string, at: number): string =>
  tag.slice(0, at % 32) + (tag[at % 32] === 'f' ? '0' : 'f') + tag.slice((at % 32) + 1);
const base64 = (at: number): string => Buffer.from([at & 0xff, (at >> 8) & 0xff, 0, 1]).toString('base64');

describe.each(corruptions)('wrong: $what', ({ what, service: like, fault }) => {
  test.each(['put', 'part', 'complete'] as const)(
    'at %s, once: sent or checked again, and correct in the end',
    async (point) => {
      const destination = await fixture.connect({ service: like });
      const size = point === 'put' ? 100_000 : twoPartBytes;
      await forEachSeed(`${what} at ${point}`, repeatCount(20), async (random, which) => {
        fixture.proxy.setRule(
          s3Faults({ kind: point, nth: 1, fault: fault(point, random.int(point === 'part' ? 7 : size)) }),
        );
        const result = await fixture.uploadWithRetries({ source: () => patternSource(size), destination });
        // The fault may change the list of parts into a request that the store refuses permanently.
        if (point !== 'complete' || what !== 'a bit of the body') expect(result.outcome, which).toBe('done');
        await fixture.expectStoredOrNothing(result, which, patternBytes(size));
      });
    },
  );

  test('at every part, permanently: three attempts, then the upload fails', async () => {
    const destination = await fixture.connect({ service: like });
    fixture.proxy.setRule(s3Faults({ kind: 'part', nth: { from: 2 }, fault: fault('part', 3) }));
    const checkpoints: unknown[] = [];
    const work = destination.upload({
      source: patternSource(twoPartBytes),
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async (checkpoint) => {
        checkpoints.push(checkpoint);
      },
    });
    await expect(work).rejects.toMatchObject({ error: { code: 'corrupted' } });
    expect(fixture.proxy.requests.filter((seen) => requestKind(seen) === 'part').length).toBeLessThanOrEqual(1 + 3 + 2);
    expect(fixture.proxy.requests.filter((seen) => requestKind(seen) === 'complete')).toEqual([]);
    await fixture.expectStoredOrNothing(
      { outcome: 'corrupted', errors: [], restarts: [], checkpoint: checkpoints.at(-1) as never },
      what,
    );
  });
});

// ---------------------------------------------------------------- R13: a changed file after the restart

test('sends the current content of a file that was edited between a crash and the restart, never a mix', async () => {
  await forEachSeed('edited in between', repeatCount(60), async (random, what, seed) => {
    const size = twoPartBytes + random.int(2) * minPartBytes;
    const killed = new AbortController();
    const destination = await fixture.connect();
    const at = 1 + random.int(6);
    const isServed = random.int(2) === 0;
    let checkpoint: unknown;
    fixture.proxy.setRule((seen) =>
      seen.number < at ? undefined : seen.number === at && isServed ? { kind: 'lost-answer' } : { kind: 'stall' },
    );
    void fixture.proxy
      .waitUntil(
        () => fixture.proxy.requests.length >= at && (!isServed || fixture.proxy.requests[at - 1]?.wasServed === true),
      )
      .then(() => killed.abort());
    const first = await destination
      .upload({
        source: patternSource(size),
        signal: killed.signal,
        onProgress: () => undefined,
        onCheckpoint: async (saved) => {
          if (!killed.signal.aborted) checkpoint = saved;
        },
      })
      .then(
        (ref) => ref,
        (cause: unknown) => {
          if (!killed.signal.aborted) throw cause;
          return undefined;
        },
      );
    fixture.proxy.setRule();
    // The upload was done before the kill, so there is nothing to resume.
    if (first !== undefined) return destination.discard({ ref: first }, neverAborted);
    const content = edited(patternBytes(size), seed % 5, random.int(size));
    const result = await fixture.uploadWithRetries({
      source: () => inMemory(content),
      destination: await fixture.connect({ service: random.int(2) === 0 ? awsService : customService }),
      ...(checkpoint === undefined ? {} : { checkpoint: checkpoint as never }),
    });
    expect(result.outcome, what).toBe('done');
    await fixture.expectStoredOrNothing(result, what, content);
  });
});

function edited(content: Buffer, how: number, at: number): Buffer {
  if (how === 0) return Buffer.concat([content, Buffer.from('more')]);
  if (how === 1) return content.subarray(0, at);
  if (how === 2) content.writeUInt8((content[at] ?? 0) ^ 1, at);
  else if (how === 3) content.subarray(0, minPartBytes).reverse();
  else content.fill(7);
  return content;
}

// ---------------------------------------------------------------- R14: the file changes during the upload

/** A whole second, which every file system can store exactly. */
const longAgo = new Date(1_600_000_000_000);

const changes: [
  string,
  (path: string, random: { int(below: number): number }) => Promise<void>,
  'source-changed' | 'done',
][] = [
  ['grows', (path) => appendFile(path, 'more'), 'source-changed'],
  ['shrinks', async (path, random) => truncate(path, random.int(twoPartBytes)), 'source-changed'],
  [
    'is rewritten',
    async (path, random) => {
      const handle = await open(path, 'r+');
      await handle.write(Buffer.from([0x55, 0xaa, 0x55]), 0, 3, random.int(twoPartBytes - 3));
      await handle.close();
      await utimes(path, new Date(), new Date(Date.now() + 1000));
    },
    'source-changed',
  ],
  [
    'is replaced',
    async (path) => {
      await writeFile(`${path}.new`, patternBytes(twoPartBytes).reverse());
      await rename(`${path}.new`, path);
    },
    'source-changed',
  ],
  ['is deleted', (path) => unlink(path), 'done'],
  ['becomes unreadable', (path) => chmod(path, 0), 'done'],
];

describe.each(changes)('a file that %s while it is sent', (what, change, outcome) => {
  test(
    outcome === 'done' ? 'is sent to its end: it is open already' : 'is not stored, and the row says that it changed',
    async () => {
      await forEachSeed(`${what} while sent`, repeatCount(30), async (random, which, seed) => {
        const path = join(folder, `file-${random.int(1e9)}`);
        await writeFile(path, patternBytes(twoPartBytes));
        await utimes(path, longAgo, longAgo);
        const { source } = await acceptFile(path);
        const moment = 1 + (seed % 3);
        let changed: Promise<void> | undefined;
        fixture.proxy.setRule((seen) => {
          if (seen.number === moment) changed = change(path, random);
          return undefined;
        });
        const destination = await fixture.connect();
        const held = await openSource(source, { name: 'file.bin', contentType: 'text/plain' });
        // The change happens before the last check of the file.
        const result = await fixture.uploadWithRetries({
          source: () => ({
            name: held.name,
            size: held.size,
            contentType: held.contentType,
            read: (into, at) => held.read(into, at),
            close: () => held.close(),
            assertUnchanged: async () => {
              await changed;
              return held.assertUnchanged();
            },
            mayHaveChanged: async () => (await held.mayHaveChanged?.()) ?? false,
          }),
          destination,
        });
        expect(result.outcome, which).toBe(outcome);
        expect(result.errors.length, which).toBe(outcome === 'done' ? 0 : 1);
        await fixture.expectStoredOrNothing(result, which);
        await rm(path, { force: true });
      });
    },
  );
});

test('reports a change and never stores a mix when both parts of a file are rewritten and its time is restored', async () => {
  const outcomes = { 'source-changed': 0, done: 0 };
  const destination = await fixture.connect();
  await forEachSeed('rewritten in secret', repeatCount(30), async (random, which, seed) => {
    const path = join(folder, `secret-${random.int(1e9)}`);
    await writeFile(path, patternBytes(twoPartBytes));
    await utimes(path, longAgo, longAgo);
    const accepted = await acceptFile(path);
    const moment = 1 + (seed % 3);
    let changed: Promise<void> | undefined;
    const rewrite = async (): Promise<void> => {
      const handle = await open(path, 'r+');
      for (const at of [random.int(minPartBytes - 3), minPartBytes + random.int(4)])
        await handle.write(Buffer.from([0x55, 0xaa, 0x55]), 0, 3, at);
      await handle.utimes(longAgo, longAgo);
      await handle.close();
    };
    // One part after the other; the change happens before the next part is requested.
    fixture.proxy.setRule((seen) => {
      if (seen.number === moment) changed = rewrite();
      return undefined;
    });
    const result = await fixture.uploadWithRetries({
      source: async () => {
        const held = await openSource(accepted.source, accepted);
        return {
          name: held.name,
          size: held.size,
          contentType: held.contentType,
          read: (into, at) => held.read(into, at),
          close: () => held.close(),
          assertUnchanged: async () => {
            await changed;
            return held.assertUnchanged();
          },
          mayHaveChanged: async () => (await held.mayHaveChanged?.()) ?? false,
        };
      },
      destination,
    });
    expect(Object.keys(outcomes), which).toContain(result.outcome);
    outcomes[result.outcome as keyof typeof outcomes]++;
    // A file that was read only after the change is stored completely, in its new version.
    await fixture.expectStoredOrNothing(result, which, await readFile(path));
    await rm(path, { force: true });
  });
  console.log('rewritten in secret:', outcomes);
  expect(outcomes['source-changed']).toBeGreaterThan(0);
});

// ---------------------------------------------------------------- R23, R24: sizes and names

test('uploads every size around a limit correctly, and an empty file as one empty request', async () => {
  const limit = minPartBytes;
  const destination = await fixture.connect();
  for (const size of [
    0,
    1,
    2,
    limit - 1,
    limit,
    limit + 1,
    2 * minPartBytes - 1,
    2 * minPartBytes,
    2 * minPartBytes + 1,
    3 * minPartBytes - 1,
    3 * minPartBytes,
    3 * minPartBytes + 1,
  ]) {
    fixture.proxy.setRule();
    const result = await fixture.uploadWithRetries({ source: () => patternSource(size), destination });
    expect(
      fixture.proxy.requests.filter((seen) => seen.method === 'PUT'),
      String(size),
    ).toHaveLength(Math.max(1, Math.ceil(size / minPartBytes)));
    await fixture.expectStoredOrNothing(result, String(size), patternBytes(size));
  }
});

test.each([
  ['small', 1000],
  ['in parts', minPartBytes + 1],
])('file names that broke other programs, %s: the link returns the same bytes', async (_, size) => {
  const destination: ConnectedDestination = await fixture.connect();
  const content = patternBytes(size);
  const names = sample(hostileNames, size > minPartBytes ? 6 : 15);
  const keys = new Set<string>();
  for (const name of names) {
    const result = await fixture.uploadWithRetries({
      source: () => patternSource(size, { name, contentType: 'text/html' }),
      destination,
    });
    const { key } = result.ref as { key: string };
    expect(Buffer.byteLength(key), name).toBeLessThanOrEqual(1024);
    keys.add(key);
    await fixture.expectStoredOrNothing(result, JSON.stringify(name), content);
  }
  expect(keys.size).toBe(names.length);
});

test('no fault in this file causes an unexpected request to the store', () => {
  expect(fixture.practice.problems).toEqual([]);
});
