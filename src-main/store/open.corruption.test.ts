/**
 * R19: truncates a small database and its log at thousands of lengths, and flips single bits. In each case the store
 * opens, returns only records that were written, reports lost records, and keeps the damaged file.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { propertyRuns } from '../platform/testing/property-runs.ts';
import { caseCount, createSampler, isFullRun } from '../testing/sample.ts';
import { openStore, type Store } from './open.ts';
import { done, queued } from './testing/sample-uploads.ts';
import { currentProcess } from './testing/open-test-store.ts';

/** A folder in memory where available, because the disk would slow down thousands of cases. */
const diskFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const sealed = { v: 1, backend: 'test', blob: 'c2VhbGVkIGJ5IHRoZSBrZXkgc3RvcmU=' } as const;
const practice = { port: 40_001, accessKeyId: 'PRACTICEKEYID', secretAccessKey: 'practice-secret-key' };
/** The uploads in the database file and in the backup. */
const inDatabase = ['a', 'b', 'c'].map((id) => done(id));
/** The uploads that are only in the log. */
const inLog = ['d', 'e', 'f'].map((id) => queued(id));

/** `log`: the write-ahead log, with changes that are not in the database file yet. */
interface Files {
  database: Buffer;
  backup: Buffer;
  log: Buffer;
}

const sample = createSampler('damaged records');
let root = '';
let intactFiles: Files;
const open = (folder: string): Promise<Store> =>
  openStore({ folder, owner: currentProcess, now: () => 1_800_000_000_000 });
const caseCounts = { truncated: 0, flipped: 0, replaced: 0 };

beforeAll(async () => {
  root = mkdtempSync(join(diskFolder, 'hoist-bytes-'));
  intactFiles = await makeRecords(join(root, 'template'));
  return () => {
    rmSync(root, { recursive: true, force: true });
    console.log(`database of ${intactFiles.database.length} bytes, log of ${intactFiles.log.length}:`, caseCounts);
  };
});

async function makeRecords(folder: string): Promise<Files> {
  mkdirSync(folder);
  const store = await open(folder);
  store.uploads.insert(inDatabase);
  store.profiles.save({ id: 'p1', providerId: 's3', name: 'Work', settings: { bucket: 'b' }, createdAt: 1 });
  store.secrets.set('p1', 'secretAccessKey', sealed);
  store.settings.set('currentProfile', 'p1');
  store.settings.set('practice', practice);
  store.close();
  const [database, backup] = ['hoist.db', 'hoist-backup.db'].map((name) => readFileSync(join(folder, name)));
  const reopened = await open(folder);
  for (const upload of inLog) reopened.uploads.insert([upload]);
  // Copied while the store is open, because closing it merges the log into the database.
  for (const name of ['hoist.db', 'hoist.db-wal']) copyFileSync(join(folder, name), join(root, name));
  reopened.close();
  const log = readFileSync(join(root, 'hoist.db-wal'));
  expect(readFileSync(join(root, 'hoist.db')).length).toBe(database!.length);
  return { database: database!, backup: backup!, log };
}

interface OpenedRecords {
  uploads: Upload[];
  replaced: boolean;
  damaged: number;
}

/** Opens a store with these files, reads all records and checks that each is one that was written. */
async function openRecords(files: Partial<Files>, description: string): Promise<OpenedRecords> {
  const folder = join(root, 'case');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  if (files.database) writeFileSync(join(folder, 'hoist.db'), files.database);
  if (files.backup) writeFileSync(join(folder, 'hoist-backup.db'), files.backup);
  if (files.log) writeFileSync(join(folder, 'hoist.db-wal'), files.log);
  const store = await open(folder);
  try {
    const records = {
      uploads: store.uploads.newest(100),
      replaced: store.replaced !== undefined,
      damaged: store.damagedRowCount(),
    };
    for (const upload of records.uploads)
      expect(
        [...inDatabase, ...inLog].find(({ id }) => id === upload.id),
        `${description}: ${upload.id}`,
      ).toEqual(upload);
    for (const secret of Object.values(store.secrets.all('p1'))) expect(secret, description).toEqual(sealed);
    for (const profile of store.profiles.list())
      expect(profile, description).toMatchObject({ id: 'p1', name: 'Work', settings: { bucket: 'b' } });
    const practiceSettings = store.settings.get('practice');
    if (practiceSettings !== undefined)
      expect(Object.keys(practiceSettings).toSorted(), description).toEqual(Object.keys(practice).toSorted());
    expect(
      readdirSync(folder).some((name) => name.startsWith('hoist-damaged-')),
      `${description}: the damaged file is kept`,
    ).toBe(records.replaced);
    if (records.replaced) caseCounts.replaced++;
    store.settings.set('lastFolder', '/somewhere');
    expect(store.settings.get('lastFolder'), description).toBe('/somewhere');
    return records;
  } finally {
    store.close();
  }
}

const truncated = (bytes: Buffer, length: number): Buffer => {
  caseCounts.truncated++;
  return Buffer.from(bytes.subarray(0, length));
};
function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  caseCounts.flipped++;
  const other = Buffer.from(bytes);
  other.writeUInt8((other[at] ?? 0) ^ (1 << bit), at);
  return other;
}

const idsOf = ({ uploads }: OpenedRecords): string =>
  uploads
    .map(({ id }) => id)
    .toSorted()
    .join('');
/** A sample runs a tenth of the cases. */
const runCount = (full: number): number => propertyRuns(caseCount({ full, sample: full / 10 }));
const timeout = propertyRuns(300_000);

describe('the database', () => {
  test('is read completely when it is intact, with and without its log', async () => {
    expect(idsOf(await openRecords({ database: intactFiles.database }, 'intact'))).toBe('abc');
    expect(idsOf(await openRecords({ database: intactFiles.database, log: intactFiles.log }, 'with its log'))).toBe(
      'abcdef',
    );
  });

  /** Lengths near the start of the first page, around each page boundary, and at regular steps. */
  const lengths = (size: number): number[] => {
    const step = Math.max(1, Math.floor(size / runCount(560)));
    const steps = Array.from({ length: Math.ceil(size / step) }, (_, i) => i * step);
    const edges = Array.from({ length: size / 4096 }, (_, i) => [i * 4096 - 1, i * 4096 + 1])
      .flat()
      .filter((at) => at > 0);
    const firstBytes = sample([...Array(128).keys()], 13);
    return [...new Set([...firstBytes, ...edges, ...steps])];
  };

  test('that was truncated at any length gets its missing records from the backup', { timeout }, async () => {
    for (const length of lengths(intactFiles.database.length)) {
      const records = await openRecords(
        { database: truncated(intactFiles.database, length), backup: intactFiles.backup },
        `cut at ${length}`,
      );
      expect(idsOf(records), `cut at ${length}`).toBe('abc');
      // The last bytes of the last page may be unused.
      if (length <= intactFiles.database.length - 4096) expect(records.replaced, `cut at ${length}`).toBe(true);
    }
  });

  test('with any flipped bit in its header loses no record', { timeout }, async () => {
    const bits = Array.from({ length: 800 }, (_, index) => index);
    // Includes each of the eight bits of a byte.
    const chosen = new Set(sample(bits, 80, (index) => [index % 8]));
    for (let at = 0; at < 100; at++) {
      for (let bit = 0; bit < 8; bit++) {
        if (!chosen.has(at * 8 + bit)) continue;
        const records = await openRecords(
          {
            database: flipped(intactFiles.database, at, bit),
            ...(bit % 2 === 0 ? { backup: intactFiles.backup } : {}),
          },
          `byte ${at}, bit ${bit}`,
        ).catch((cause: unknown) => {
          if (isNewer(cause, at)) return undefined;
          throw cause;
        });
        if (records) expect(idsOf(records), `byte ${at}, bit ${bit}`).toBe('abc');
      }
    }
  });

  test(
    'with a flipped bit in secrets, settings, Practice’s keys, destinations or other places loses at most one record',
    { timeout },
    async () => {
      const { database } = intactFiles;
      const texts = [sealed.blob, practice.secretAccessKey, '"p1"', '"bucket"'].map((text) => ({
        start: database.indexOf(text) - 20,
        length: text.length + 30,
      }));
      for (const { start } of texts) expect(start).toBeGreaterThan(0);
      // `i % 97` varies the distances of the offsets from the page boundaries.
      const offsets = Array.from(
        { length: runCount(300) },
        (_, i) => Math.floor((i * database.length) / runCount(300)) + (i % 97),
      );
      const textBytes = texts.flatMap(({ start, length }, text) =>
        Array.from({ length }, (_, i) => ({ at: start + i, text })),
      );
      const bytes = [...sample(textBytes, 20, ({ text }) => [text]).map(({ at }) => at), ...offsets].filter(
        (at) => at < database.length,
      );
      for (const at of bytes) {
        const records = await openRecords(
          { database: flipped(database, at, at % 8), backup: intactFiles.backup },
          `byte ${at}`,
        );
        // One flipped bit makes at most one row unreadable, and it is reported. With the backup no other row is lost.
        expect(records.uploads.length + records.damaged, `byte ${at}`).toBeGreaterThanOrEqual(3);
      }
    },
  );
});

/**
 * The store refuses records of a newer version and does not change them. A flipped bit in the version can look like a
 * newer version.
 */
const isNewer = (cause: unknown, at: number): boolean =>
  at >= 60 && at < 72 && cause instanceof Error && 'reason' in cause && cause.reason === 'newer-version';

describe('the log', () => {
  test(
    'that was truncated at any length still applies its complete transactions in order, and no record is lost',
    { timeout },
    async () => {
      const { database, backup, log } = intactFiles;
      const step = Math.max(1, Math.floor(log.length / runCount(420)));
      let minCount = 3;
      for (let length = 0; length <= log.length; length += step) {
        const records = await openRecords({ database, backup, log: truncated(log, length) }, `log cut at ${length}`);
        expect('abcdef'.startsWith(idsOf(records)), `log cut at ${length}: ${idsOf(records)}`).toBe(true);
        expect(records.uploads.length, `log cut at ${length}`).toBeGreaterThanOrEqual(minCount);
        expect([records.replaced, records.damaged], `log cut at ${length}`).toEqual([false, 0]);
        minCount = records.uploads.length;
      }
      expect(idsOf(await openRecords({ database, backup, log }, 'whole'))).toBe('abcdef');
    },
  );

  test(
    'with a flipped bit at any byte loses no record of the database and returns no wrong record',
    { timeout },
    async () => {
      const { database, backup, log } = intactFiles;
      const step = Math.max(1, Math.floor(log.length / runCount(420)));
      for (let at = 0; at < log.length; at += step) {
        const records = await openRecords({ database, backup, log: flipped(log, at, at % 8) }, `byte ${at} of the log`);
        expect(
          'abcdef'.startsWith(idsOf(records)) && records.uploads.length >= 3,
          `byte ${at} of the log: ${idsOf(records)}`,
        ).toBe(true);
      }
    },
  );
});

test('these tests cover the required number of cases', () => {
  expect(caseCounts.truncated + caseCounts.flipped).toBeGreaterThanOrEqual(isFullRun ? 2600 : 260);
});
