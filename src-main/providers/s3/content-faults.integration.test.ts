/**
 * Bytes that change on the network, at the store or on the disk. After each case the store has exactly the file's
 * bytes, or nothing.
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
import { neverAborted } from '../../platform/testing/never-aborted.ts';
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
  minPartBytes,
  repeatCount,
  twoPartBytes,
} from './testing/fault-fixture.ts';
import { sourceWith } from './testing/resume-fixture.ts';

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

// ---------------------------------------------------------------- corrupted bytes and wrong checksums

const zeros = '0'.repeat(32);
type CorruptionPoint = 'put' | 'part' | 'complete';
const flippedBit = 'a flipped bit in the body';
/** Changes of a request or of its answer. `seed` selects the changed byte. */
const corruptions: {
  name: string;
  service: typeof customService;
  fault(point: CorruptionPoint, seed: number): Fault;
}[] = [
  {
    name: flippedBit,
    service: customService,
    // The body that completes an upload is a short list of parts, so the byte is one of its first 200.
    fault: (point, seed) => ({ kind: 'flip-bit', at: point === 'complete' ? seed % 200 : seed }),
  },
  {
    name: 'a wrong ETag',
    service: customService,
    fault: (point, seed) =>
      point === 'complete'
        ? { kind: 'tamper', body: (text) => text.replace(/[0-9a-f]{32}-2/, (tag) => flipHexDigit(tag, seed)) }
        : { kind: 'tamper', headers: { etag: `"${flipHexDigit(zeros, seed)}"` } },
  },
  {
    name: 'a wrong checksum',
    service: awsService,
    fault: (point, seed) =>
      point === 'complete'
        ? { kind: 'tamper', body: (text) => text.replace(/(<ChecksumCRC32>)[^<]+-2/, `$1${wrongCrc32(seed)}-2`) }
        : { kind: 'tamper', headers: { 'x-amz-checksum-crc32': wrongCrc32(seed) } },
  },
];
const flipHexDigit = (tag: string, seed: number): string =>
  tag.slice(0, seed % 32) + (tag[seed % 32] === 'f' ? '0' : 'f') + tag.slice((seed % 32) + 1);
const wrongCrc32 = (seed: number): string => Buffer.from([seed & 0xff, (seed >> 8) & 0xff, 0, 1]).toString('base64');

describe.each(corruptions)('$name', ({ name, service, fault }) => {
  test.each(['put', 'part', 'complete'] as const)(
    'in one “%s” request does not damage the stored object',
    async (point) => {
      const destination = await fixture.connect({ service });
      const size = point === 'put' ? 100_000 : twoPartBytes;
      await forEachSeed(`${name} at ${point}`, repeatCount(20), async (random, caseName) => {
        fixture.proxy.setRule(
          s3Faults({ kind: point, nth: 1, fault: fault(point, random.int(point === 'part' ? 7 : size)) }),
        );
        const result = await fixture.uploadWithRetries({ source: () => patternSource(size), destination });
        // A flipped bit in the list of parts may turn it into a request that the store refuses permanently.
        if (point !== 'complete' || name !== flippedBit) expect(result.outcome, caseName).toBe('done');
        await fixture.expectStoredOrNothing(result, caseName, patternBytes(size));
      });
    },
  );

  test('in every request of a part makes the upload fail after three attempts', async () => {
    const destination = await fixture.connect({ service });
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
      name,
    );
  });
});

// ---------------------------------------------------------------- a file that changes before the upload resumes

test('a file that was edited between a crash and the restart is stored with its current content only', async () => {
  await forEachSeed('edited in between', repeatCount(60), async (random, caseName, seed) => {
    const size = twoPartBytes + random.int(2) * minPartBytes;
    const crash = new AbortController();
    const destination = await fixture.connect();
    const crashAtRequest = 1 + random.int(6);
    const isLastRequestServed = random.int(2) === 0;
    let checkpoint: unknown;
    fixture.proxy.setRule((seen) => {
      if (seen.number < crashAtRequest) return undefined;
      return seen.number === crashAtRequest && isLastRequestServed ? { kind: 'lost-answer' } : { kind: 'stall' };
    });
    void fixture.proxy
      .waitUntil(
        () =>
          fixture.proxy.requests.length >= crashAtRequest &&
          (!isLastRequestServed || fixture.proxy.requests[crashAtRequest - 1]?.wasServed === true),
      )
      .then(() => crash.abort());
    const completedRef = await destination
      .upload({
        source: patternSource(size),
        signal: crash.signal,
        onProgress: () => undefined,
        onCheckpoint: async (saved) => {
          if (!crash.signal.aborted) checkpoint = saved;
        },
      })
      .then(
        (ref) => ref,
        (cause: unknown) => {
          if (!crash.signal.aborted) throw cause;
          return undefined;
        },
      );
    fixture.proxy.setRule();
    // The upload was done before the crash, so there is nothing to resume.
    if (completedRef !== undefined) return destination.discard({ ref: completedRef }, neverAborted);
    const content = editContent(patternBytes(size), seed % 5, random.int(size));
    const result = await fixture.uploadWithRetries({
      source: () => sourceWith(content),
      destination: await fixture.connect({ service: random.int(2) === 0 ? awsService : customService }),
      ...(checkpoint === undefined ? {} : { checkpoint: checkpoint as never }),
    });
    expect(result.outcome, caseName).toBe('done');
    await fixture.expectStoredOrNothing(result, caseName, content);
  });
});

/** Edits the content in one of five ways. */
function editContent(content: Buffer, kind: number, position: number): Buffer {
  if (kind === 0) return Buffer.concat([content, Buffer.from('more')]);
  if (kind === 1) return content.subarray(0, position);
  if (kind === 2) content.writeUInt8((content[position] ?? 0) ^ 1, position);
  else if (kind === 3) content.subarray(0, minPartBytes).reverse();
  else content.fill(7);
  return content;
}

// ---------------------------------------------------------------- a file that changes during the upload

/** A file time in whole seconds, because not every file system stores fractions. */
const oldTime = new Date(1_600_000_000_000);

/** Checks the file only after the change has happened, so that the result does not depend on the order of events. */
const checkAfterChange = (file: FileSource, changed: () => Promise<void> | undefined): FileSource => ({
  name: file.name,
  size: file.size,
  contentType: file.contentType,
  read: (into, position) => file.read(into, position),
  close: () => file.close(),
  assertUnchanged: async () => {
    await changed();
    return file.assertUnchanged();
  },
  mayHaveChanged: async () => (await file.mayHaveChanged?.()) ?? false,
});

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

describe.each(changes)('a file that %s while it is sent', (name, change, outcome) => {
  test(
    outcome === 'done'
      ? 'is stored, because it is already open'
      : 'is not stored, and the upload fails with `source-changed`',
    async () => {
      await forEachSeed(`${name} while sent`, repeatCount(30), async (random, caseName, seed) => {
        const path = join(folder, `file-${random.int(1e9)}`);
        await writeFile(path, patternBytes(twoPartBytes));
        await utimes(path, oldTime, oldTime);
        const { source } = await acceptFile(path);
        const changeAtRequest = 1 + (seed % 3);
        let changed: Promise<void> | undefined;
        fixture.proxy.setRule((seen) => {
          if (seen.number === changeAtRequest) changed = change(path, random);
          return undefined;
        });
        const destination = await fixture.connect();
        const file = await openSource(source, { name: 'file.bin', contentType: 'text/plain' });
        const result = await fixture.uploadWithRetries({
          source: () => checkAfterChange(file, () => changed),
          destination,
        });
        expect(result.outcome, caseName).toBe(outcome);
        expect(result.errors.length, caseName).toBe(outcome === 'done' ? 0 : 1);
        await fixture.expectStoredOrNothing(result, caseName);
        await rm(path, { force: true });
      });
    },
  );
});

test('a file whose bytes change while its time is restored is never stored as a mix of both versions', async () => {
  const outcomes = { 'source-changed': 0, done: 0 };
  const destination = await fixture.connect();
  await forEachSeed('rewritten with the same time', repeatCount(30), async (random, caseName, seed) => {
    const path = join(folder, `rewritten-${random.int(1e9)}`);
    await writeFile(path, patternBytes(twoPartBytes));
    await utimes(path, oldTime, oldTime);
    const accepted = await acceptFile(path);
    const changeAtRequest = 1 + (seed % 3);
    let changed: Promise<void> | undefined;
    const rewriteBothParts = async (): Promise<void> => {
      const handle = await open(path, 'r+');
      for (const at of [random.int(minPartBytes - 3), minPartBytes + random.int(4)])
        await handle.write(Buffer.from([0x55, 0xaa, 0x55]), 0, 3, at);
      await handle.utimes(oldTime, oldTime);
      await handle.close();
    };
    fixture.proxy.setRule((seen) => {
      if (seen.number === changeAtRequest) changed = rewriteBothParts();
      return undefined;
    });
    const result = await fixture.uploadWithRetries({
      source: async () => checkAfterChange(await openSource(accepted.source, accepted), () => changed),
      destination,
    });
    expect(Object.keys(outcomes), caseName).toContain(result.outcome);
    outcomes[result.outcome as keyof typeof outcomes]++;
    // An upload that succeeds read the file only after the change.
    await fixture.expectStoredOrNothing(result, caseName, await readFile(path));
    await rm(path, { force: true });
  });
  console.log('outcomes of files that were rewritten with the same time:', outcomes);
  expect(outcomes['source-changed']).toBeGreaterThan(0);
});

// ---------------------------------------------------------------- sizes and names

test('files of every size around a part limit are stored correctly, and an empty file in one request', async () => {
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
  ['in one request', 1000],
  ['in parts', minPartBytes + 1],
])('files with names that broke other programs are stored correctly %s', async (_, size) => {
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

test('the store received no unexpected request during these tests', () => {
  expect(fixture.practice.problems).toEqual([]);
});
