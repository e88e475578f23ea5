/**
 * R19: a small database with its log, cut at thousands of lengths and with single bits flipped. In each case the store
 * opens, returns only records that were written, reports losses, and keeps the damaged file.
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

/** Uses a folder in memory if there is one, because thousands of cases wait for the disk. */
const diskFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const sealed = { v: 1, backend: 'test', blob: 'c2VhbGVkIGJ5IHRoZSBrZXkgc3RvcmU=' } as const;
const practice = { port: 40_001, accessKeyId: 'PRACTICEKEYID', secretAccessKey: 'practice-secret-key' };
const before = ['a', 'b', 'c'].map((id) => done(id));
const logged = ['d', 'e', 'f'].map((id) => queued(id));

/** `log`: content that has not been moved from the log into the file yet. */
interface Files {
  database: Buffer;
  backup: Buffer;
  log: Buffer;
}

const sample = createSampler('damaged records');
let root = '';
let whole: Files;
const open = (folder: string): Promise<Store> =>
  openStore({ folder, owner: currentProcess, now: () => 1_800_000_000_000 });
const cases = { cut: 0, flipped: 0, movedAside: 0 };

beforeAll(async () => {
  root = mkdtempSync(join(diskFolder, 'hoist-bytes-'));
  whole = await makeRecords(join(root, 'template'));
  return () => {
    rmSync(root, { recursive: true, force: true });
    console.log(`records of ${whole.database.length} bytes, log of ${whole.log.length}:`, cases);
  };
});

async function makeRecords(folder: string): Promise<Files> {
  mkdirSync(folder);
  const store = await open(folder);
  store.uploads.insert(before);
  store.profiles.save({ id: 'p1', providerId: 's3', name: 'Work', settings: { bucket: 'b' }, createdAt: 1 });
  store.secrets.set('p1', 'secretAccessKey', sealed);
  store.settings.set('currentProfile', 'p1');
  store.settings.set('practice', practice);
  store.close();
  const [database, backup] = ['hoist.db', 'hoist-backup.db'].map((name) => readFileSync(join(folder, name)));
  const reopened = await open(folder);
  for (const upload of logged) reopened.uploads.insert([upload]);
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

/** Opens the given files and reads everything. */
async function opened(files: Partial<Files>, what: string): Promise<OpenedRecords> {
  const folder = join(root, 'case');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  if (files.database) writeFileSync(join(folder, 'hoist.db'), files.database);
  if (files.backup) writeFileSync(join(folder, 'hoist-backup.db'), files.backup);
  if (files.log) writeFileSync(join(folder, 'hoist.db-wal'), files.log);
  const store = await open(folder);
  try {
    const found = {
      uploads: store.uploads.newest(100),
      replaced: store.replaced !== undefined,
      damaged: store.damagedRowCount(),
    };
    for (const upload of found.uploads)
      expect(
        [...before, ...logged].find(({ id }) => id === upload.id),
        `${what}: ${upload.id}`,
      ).toEqual(upload);
    for (const secret of Object.values(store.secrets.all('p1'))) expect(secret, what).toEqual(sealed);
    for (const profile of store.profiles.list())
      expect(profile, what).toMatchObject({ id: 'p1', name: 'Work', settings: { bucket: 'b' } });
    const practiceSettings = store.settings.get('practice');
    if (practiceSettings !== undefined)
      expect(Object.keys(practiceSettings).toSorted(), what).toEqual(Object.keys(practice).toSorted());
    expect(
      readdirSync(folder).some((name) => name.startsWith('hoist-damaged-')),
      `${what}: kept`,
    ).toBe(found.replaced);
    if (found.replaced) cases.movedAside++;
    store.settings.set('lastFolder', '/somewhere');
    expect(store.settings.get('lastFolder'), what).toBe('/somewhere');
    return found;
  } finally {
    store.close();
  }
}

const cutAt = (bytes: Buffer, length: number): Buffer => {
  cases.cut++;
  return Buffer.from(bytes.subarray(0, length));
};
function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  cases.flipped++;
  const other = Buffer.from(bytes);
  other.writeUInt8((other[at] ?? 0) ^ (1 << bit), at);
  return other;
}

const idsOf = ({ uploads }: OpenedRecords): string =>
  uploads
    .map(({ id }) => id)
    .toSorted()
    .join('');
/** A sample tries a tenth of the cases. */
const runCount = (full: number): number => propertyRuns(caseCount({ full, sample: full / 10 }));
const timeout = propertyRuns(300_000);

describe('records', () => {
  test('undamaged, with and without their log', async () => {
    expect(idsOf(await opened({ database: whole.database }, 'whole'))).toBe('abc');
    expect(idsOf(await opened({ database: whole.database, log: whole.log }, 'with its log'))).toBe('abcdef');
  });

  /** Every length in the first page's start, around each page boundary, and steps through the rest. */
  const lengths = (size: number): number[] => {
    const step = Math.max(1, Math.floor(size / runCount(560)));
    const all = Array.from({ length: Math.ceil(size / step) }, (_, i) => i * step);
    const edges = Array.from({ length: size / 4096 }, (_, i) => [i * 4096 - 1, i * 4096 + 1])
      .flat()
      .filter((at) => at > 0);
    const firstBytes = sample([...Array(128).keys()], 13);
    return [...new Set([...firstBytes, ...edges, ...all])];
  };

  test('cut anywhere: missing records are restored from the backup', { timeout }, async () => {
    for (const length of lengths(whole.database.length)) {
      const found = await opened({ database: cutAt(whole.database, length), backup: whole.backup }, `cut at ${length}`);
      expect(idsOf(found), `cut at ${length}`).toBe('abc');
      // The last bytes of the last page may be unused.
      if (length <= whole.database.length - 4096) expect(found.replaced, `cut at ${length}`).toBe(true);
    }
  });

  test('each bit of the header', { timeout }, async () => {
    const bits = Array.from({ length: 800 }, (_, index) => index);
    const chosen = new Set(sample(bits, 80, (index) => [index % 8]));
    for (let at = 0; at < 100; at++) {
      for (let bit = 0; bit < 8; bit++) {
        if (!chosen.has(at * 8 + bit)) continue;
        const found = await opened(
          { database: flipped(whole.database, at, bit), ...(bit % 2 === 0 ? { backup: whole.backup } : {}) },
          `byte ${at}, bit ${bit}`,
        ).catch((cause: unknown) => {
          if (isNewer(cause, at)) return undefined;
          throw cause;
        });
        if (found) expect(idsOf(found), `byte ${at}, bit ${bit}`).toBe('abc');
      }
    }
  });

  test(
    'a bit of each byte of secrets, settings, Practice’s keys and destinations, and of many others',
    { timeout },
    async () => {
      const { database } = whole;
      const texts = [sealed.blob, practice.secretAccessKey, '"p1"', '"bucket"'].map((text) => ({
        start: database.indexOf(text) - 20,
        length: text.length + 30,
      }));
      for (const { start } of texts) expect(start).toBeGreaterThan(0);
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
        const found = await opened({ database: flipped(database, at, at % 8), backup: whole.backup }, `byte ${at}`);
        // One flipped bit makes at most one row unreadable, and it is reported. With the backup no other row is lost.
        expect(found.uploads.length + found.damaged, `byte ${at}`).toBeGreaterThanOrEqual(3);
      }
    },
  );
});

/**
 * Records of a newer version are refused and not changed. Flipped bits in both copies of the version would look like
 * that.
 */
const isNewer = (cause: unknown, at: number): boolean =>
  at >= 60 && at < 72 && cause instanceof Error && 'reason' in cause && cause.reason === 'newer-version';

describe('their log', () => {
  test(
    'cut anywhere: its complete transactions are restored in order, and no record of the database is lost',
    { timeout },
    async () => {
      const { database, backup, log } = whole;
      const step = Math.max(1, Math.floor(log.length / runCount(420)));
      let most = 3;
      for (let length = 0; length <= log.length; length += step) {
        const found = await opened({ database, backup, log: cutAt(log, length) }, `log cut at ${length}`);
        expect('abcdef'.startsWith(idsOf(found)), `log cut at ${length}: ${idsOf(found)}`).toBe(true);
        expect(found.uploads.length, `log cut at ${length}`).toBeGreaterThanOrEqual(most);
        expect([found.replaced, found.damaged], `log cut at ${length}`).toEqual([false, 0]);
        most = found.uploads.length;
      }
      expect(idsOf(await opened({ database, backup, log }, 'whole'))).toBe('abcdef');
    },
  );

  test('a bit flipped anywhere in it: the records remain, and no wrong record appears', { timeout }, async () => {
    const { database, backup, log } = whole;
    const step = Math.max(1, Math.floor(log.length / runCount(420)));
    for (let at = 0; at < log.length; at += step) {
      const found = await opened({ database, backup, log: flipped(log, at, at % 8) }, `byte ${at} of the log`);
      expect(
        'abcdef'.startsWith(idsOf(found)) && found.uploads.length >= 3,
        `byte ${at} of the log: ${idsOf(found)}`,
      ).toBe(true);
    }
  });
});

test('covers the promised number of cases', () => {
  expect(cases.cut + cases.flipped).toBeGreaterThanOrEqual(isFullRun ? 2600 : 260);
});
