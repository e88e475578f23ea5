import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { propertyRuns } from '../platform/testing/property-runs.ts';
import { caseCount } from '../testing/sample.ts';
import { openConnection } from './connection.ts';
import { filesIn, inspect } from './files.ts';
import { acquireStoreLock } from './lock.ts';
import { applicationId, migrations } from './migrations.ts';
import { openStore } from './open.ts';
import { loadSqlite } from './sqlite.ts';
import { StoreFailure } from './store-failure.ts';
import { unprivilegedFolder, smallDisk, tempFolder } from '../platform/testing/temp-folders.ts';
import { buildStoreProcess, startStoreProcess } from './testing/start-store-process.ts';
import { done, queued } from './testing/sample-uploads.ts';
import { seededRandom, testSeed } from './testing/seeded-random.ts';
import { openTestStore, currentProcess } from './testing/open-test-store.ts';

buildStoreProcess();

const damagedFiles = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.startsWith('hoist-damaged-'))
    .sort();

/** A folder after a clean shutdown: 40 uploads in the backup, 40 newer uploads, a profile with a secret, a setting. */
async function fill(folder: string): Promise<Upload[]> {
  const store = await openTestStore(folder);
  const uploads = Array.from({ length: 80 }, (_, n) =>
    done(`u${String(n).padStart(2, '0')}`, { name: `picture ${n} ${'x'.repeat((n * 37) % 900)}.png` }),
  );
  store.uploads.insert(uploads.slice(0, 40));
  store.profiles.save({ id: 'p1', providerId: 's3', name: 'Work', settings: { bucket: 'b' }, createdAt: 1 });
  store.secrets.set('p1', 'secretKey', { v: 1, backend: 'test', blob: 'c2VhbGVk' });
  store.settings.set('currentProfile', 'p1');
  const reopened = await store.reopen();
  const backup = readFileSync(join(folder, 'hoist-backup.db'));
  reopened.uploads.insert(uploads.slice(40));
  reopened.close();
  // Closing has made a newer backup, which the older one replaces.
  writeFileSync(join(folder, 'hoist-backup.db'), backup);
  return uploads;
}

describe('opening', () => {
  test('lets only the user read the files of the folder, even while the store is open', async () => {
    const folder = join(tempFolder(), 'deep', 'er');
    const store = await openTestStore(folder);
    store.uploads.insert([queued('a')]);
    const modes = () =>
      Object.fromEntries(
        readdirSync(folder).map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]),
      );
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(modes()).toEqual({
      'hoist.db': '600',
      'hoist.db-shm': '600',
      'hoist.db-wal': '600',
      'hoist-opening.lock': '600',
      'hoist.lock': '600',
    });
    store.close();
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
    chmodSync(folder, 0o755);
    const reopened = await openTestStore(folder);
    reopened.uploads.insert([queued('b')]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(Object.values(modes()).every((mode) => mode === '600')).toBe(true);
  });

  test('and closing leave only the database, its backup and the lock files', async () => {
    const folder = tempFolder();
    const store = await openTestStore(folder);
    store.uploads.insert([queued('a')]);
    expect(store.close()).toEqual({ backup: 'made' });
    expect(readdirSync(folder).sort()).toEqual(['hoist-backup.db', 'hoist-opening.lock', 'hoist.db', 'hoist.lock']);
    expect(statSync(join(folder, 'hoist-backup.db')).mode & 0o777).toBe(0o600);
  });

  test('removes the files of an interrupted backup', async () => {
    const folder = tempFolder();
    await fill(folder);
    const temporaryFiles = [
      'hoist-backup-123.tmp',
      'hoist-backup-123.tmp-journal',
      'hoist-new.db',
      'hoist-new.db-journal',
      'hoist-rescue.db',
      'hoist-rescue.db-wal',
    ];
    for (const name of temporaryFiles) writeFileSync(join(folder, name), 'half');
    const store = await openTestStore(folder);
    expect(store.uploads.newest(100)).toHaveLength(80);
    for (const name of temporaryFiles) expect(existsSync(join(folder, name)), name).toBe(false);
  });

  test('refuses the records of a newer version and does not change them', async () => {
    const folder = tempFolder();
    await fill(folder);
    const path = join(folder, 'hoist.db');
    const newer = readFileSync(path);
    // The header has the version in user_version and in application_id.
    newer.writeUInt32BE(migrations.length + 1, 60);
    newer.writeUInt32BE(applicationId(migrations.length + 1), 68);
    writeFileSync(path, newer);
    const before = readdirSync(folder).sort();
    const failed = await openStore({ folder, owner: currentProcess, now: Date.now }).catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(StoreFailure);
    expect(failed).toMatchObject({ reason: 'newer-version', path });
    expect(readFileSync(path).equals(newer)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  test('refuses the records of a newer version even if only the log contains the version', async () => {
    const [folder, live] = [tempFolder(), tempFolder()];
    await fill(live);
    const open = await loadSqlite();
    const connection = openConnection(open, join(live, 'hoist.db'));
    connection.get('PRAGMA wal_autocheckpoint = 0');
    connection.exec(
      `PRAGMA user_version = ${migrations.length + 1}; PRAGMA application_id = ${applicationId(migrations.length + 1)}`,
    );
    for (const name of ['hoist.db', 'hoist.db-wal']) copyFileSync(join(live, name), join(folder, name));
    connection.close();
    expect(inspect(join(folder, 'hoist.db'))).toMatchObject({ version: migrations.length });
    await expect(openStore({ folder, owner: currentProcess, now: Date.now })).rejects.toMatchObject({
      reason: 'newer-version',
    });
    expect(damagedFiles(folder)).toEqual([]);
  });

  test('does not migrate records that another process has open', async () => {
    const folder = tempFolder();
    const open = await loadSqlite();
    const path = join(folder, 'hoist.db');
    const connection = openConnection(open, path);
    connection.exec(`PRAGMA user_version = 0; PRAGMA application_id = ${applicationId(0)}`);
    connection.close();
    const other = await acquireStoreLock(open, filesIn(folder).locks);
    other.allowOthers();
    const before = readFileSync(path);
    await expect(openStore({ folder, owner: currentProcess, now: Date.now })).rejects.toMatchObject({
      reason: 'in-use',
    });
    expect(readFileSync(path).equals(before)).toBe(true);
    other.release();
    const store = await openTestStore(folder);
    expect(store.replaced).toBeUndefined();
    store.close();
    expect(inspect(path)).toMatchObject({ version: migrations.length });
  });

  test('reports a read-only folder or file', async () => {
    const folder = unprivilegedFolder();
    const attempt = async () => (await startStoreProcess('try', folder).until({ count: 1 }))[0];
    expect(await attempt()).toBe('opened');
    chmodSync(join(folder, 'hoist.db'), 0o400);
    expect(await attempt()).toBe('StoreFailure read-only');
    chmodSync(join(folder, 'hoist.db'), 0o600);
    chmodSync(folder, 0o500);
    expect(await attempt()).toBe('StoreFailure read-only');
    chmodSync(folder, 0o700);
    expect(await attempt()).toBe('opened');
  });

  // A separate process, because a call of mkdir that never returns would also block the time limit of this test.
  if (process.platform === 'linux')
    test('reports a folder that the system cannot create in an existing one', async () => {
      expect(await startStoreProcess('try', '/proc/nope/Hoist').until({ count: 1 })).toEqual([
        'StoreFailure no-folder',
      ]);
    });

  test('reports a file in place of the folder', async () => {
    const folder = join(tempFolder(), 'records');
    writeFileSync(folder, '');
    await expect(openStore({ folder, owner: currentProcess, now: Date.now })).rejects.toMatchObject({
      reason: 'no-folder',
    });
  });
});

describe('a damaged database', () => {
  test.each<[string, (path: string) => void]>([
    ['an empty file', (path) => writeFileSync(path, '')],
    ['a file of zeros', (path) => writeFileSync(path, Buffer.alloc(statSync(path).size))],
    ['another kind of file', (path) => writeFileSync(path, 'not a database at all\n'.repeat(2000))],
    [
      'a folder',
      (path) => {
        rmSync(path);
        mkdirSync(path);
        writeFileSync(join(path, 'x'), '');
      },
    ],
    [
      'another program’s database',
      (path) => {
        const other = readFileSync(path);
        other.writeUInt32BE(0x1234, 68); // application_id
        writeFileSync(path, other);
      },
    ],
  ])('is renamed and replaced by the backup when it is %s', async (_, corrupt) => {
    const folder = tempFolder();
    const uploads = await fill(folder);
    const path = join(folder, 'hoist.db');
    corrupt(path);
    const corrupted = statSync(path);
    const store = await openTestStore(folder, { now: () => Date.UTC(2026, 10, 23, 9, 14, 5, 77) });
    expect(store.replaced).toMatchObject({ from: 'backup', movedTo: 'hoist-damaged-20261123T091405Z.db' });
    expect(statSync(join(folder, store.replaced?.movedTo ?? '')).ino).toBe(corrupted.ino);
    expect(store.uploads.newest(100).reverse().slice(0, 40)).toEqual(uploads.slice(0, 40));
    expect(store.profiles.list()).toHaveLength(1);
    expect(store.secrets.all('p1')).toEqual({ secretKey: { v: 1, backend: 'test', blob: 'c2VhbGVk' } });
    store.uploads.insert([queued('new')]);
    const reopened = await store.reopen();
    expect(reopened.replaced).toBeUndefined();
    expect(reopened.uploads.get('new')).toEqual(queued('new'));
  });

  test('without a backup is replaced by an empty database, and the replacement is reported', async () => {
    const folder = tempFolder();
    await fill(folder);
    rmSync(join(folder, 'hoist-backup.db'));
    truncateSync(join(folder, 'hoist.db'), 50);
    const store = await openTestStore(folder);
    expect(store.replaced).toMatchObject({ from: 'empty', rescued: 0 });
    expect(store.uploads.newest(10)).toEqual([]);
  });

  test('is kept under a unique name, as is a damaged backup', async () => {
    const folder = tempFolder();
    await fill(folder);
    const now = () => Date.UTC(2026, 0, 1);
    writeFileSync(join(folder, 'hoist-backup.db'), 'junk');
    writeFileSync(join(folder, 'hoist.db'), 'junk 1');
    (await openTestStore(folder, { now })).close();
    writeFileSync(join(folder, 'hoist.db'), 'junk 2');
    (await openTestStore(folder, { now })).close();
    expect(damagedFiles(folder)).toEqual([
      'hoist-damaged-20260101T000000Z-2.db',
      'hoist-damaged-20260101T000000Z-backup.db',
      'hoist-damaged-20260101T000000Z.db',
    ]);
    expect(readFileSync(join(folder, 'hoist-damaged-20260101T000000Z-2.db'), 'utf8')).toBe('junk 2');
  });

  test('whose file is missing and whose backup is damaged is replaced by the intact records of the backup', async () => {
    const folder = tempFolder();
    const uploads = await fill(folder);
    const backup = readFileSync(join(folder, 'hoist-backup.db'));
    const path = join(folder, 'hoist-backup.db');
    // Clears the page with the last upload record.
    const page = Math.floor(backup.lastIndexOf('{"v":1,') / 4096) * 4096;
    writeFileSync(path, backup.fill(0, page, page + 4096));
    rmSync(join(folder, 'hoist.db'));
    const store = await openTestStore(folder, { now: () => Date.UTC(2026, 0, 1) });
    expect(store.replaced).toEqual({
      movedTo: 'hoist-damaged-20260101T000000Z-backup.db',
      from: 'empty',
      rescued: store.uploads.newest(100).length,
    });
    expect(readFileSync(join(folder, store.replaced?.movedTo ?? '')).equals(backup)).toBe(true);
    const found = store.uploads.newest(100);
    expect(found.length).toBeGreaterThan(20);
    expect(found.length).toBeLessThan(40);
    for (const upload of found) expect(uploads).toContainEqual(upload);
  });

  test('whose file is missing is restored from the backup', async () => {
    const folder = tempFolder();
    const uploads = await fill(folder);
    rmSync(join(folder, 'hoist.db'));
    const store = await openTestStore(folder);
    expect(store.restoredFromBackup).toBe(true);
    expect(store.replaced).toBeUndefined();
    expect(store.uploads.newest(100).reverse()).toEqual(uploads.slice(0, 40));
    expect((await openTestStore(tempFolder())).restoredFromBackup).toBe(false);
  });

  test('is moved with its log, so that the log is not replayed into the new database', async () => {
    const folder = tempFolder();
    const writer = startStoreProcess('write', folder, 'x');
    await writer.until({ count: 30 });
    await writer.kill();
    const log = readFileSync(join(folder, 'hoist.db-wal'));
    expect(log.length).toBeGreaterThan(1000);
    writeFileSync(join(folder, 'hoist.db'), Buffer.alloc(5000));
    const store = await openTestStore(folder);
    // These records were only in the log.
    expect(store.replaced).toMatchObject({ from: 'empty', rescued: store.uploads.newest(1000).length });
    expect(store.replaced?.rescued).toBeGreaterThan(5);
    const moved = store.replaced?.movedTo ?? '';
    expect(damagedFiles(folder).some((name) => name === `${moved}-wal`)).toBe(true);
    expect(readFileSync(join(folder, `${moved}-wal`)).equals(log)).toBe(true);
  });

  test('is not moved while another process has the store open', async () => {
    const folder = tempFolder();
    const holder = startStoreProcess('hold', folder, 'a');
    await holder.until({ line: 'held' });
    const path = join(folder, 'hoist.db');
    const intactBytes = readFileSync(path);
    writeFileSync(path, Buffer.alloc(intactBytes.length));
    await expect(openStore({ folder, owner: currentProcess, now: Date.now })).rejects.toMatchObject({
      reason: 'in-use',
    });
    expect(damagedFiles(folder)).toEqual([]);
    writeFileSync(path, intactBytes);
    await holder.kill();
    expect((await openTestStore(folder)).uploads.get('a')).toBeDefined();
  });

  test.each([
    ['junk', 'hoist.lock'],
    ['a folder', 'hoist.lock'],
    ['junk', 'hoist-opening.lock'],
    ['a folder', 'hoist-opening.lock'],
  ])('does not prevent opening: %s in place of %s', async (kind, name) => {
    const folder = tempFolder();
    await fill(folder);
    rmSync(join(folder, name));
    if (kind === 'junk') writeFileSync(join(folder, name), 'junk'.repeat(500));
    else mkdirSync(join(folder, name));
    const store = await openTestStore(folder);
    expect(store.uploads.newest(100)).toHaveLength(80);
  });
});

/**
 * Each test damages fresh copies of a database. The store must then return only records that were written, and as many
 * of them as possible.
 */
describe('a database with random damage', () => {
  let template = '';
  let uploads: Upload[] = [];
  let size = 0;
  beforeAll(() => {
    template = mkdtempSync(join(tmpdir(), 'hoist-template-'));
    return () => rmSync(template, { recursive: true, force: true });
  });

  const prepare = async () => {
    if (uploads.length > 0) return;
    uploads = await fill(template);
    size = statSync(join(template, 'hoist.db')).size;
  };

  const openCorrupted = async (corrupt: (path: string) => void, { withBackup }: { withBackup: boolean }) => {
    const folder = tempFolder();
    copyFileSync(join(template, 'hoist.db'), join(folder, 'hoist.db'));
    if (withBackup) copyFileSync(join(template, 'hoist-backup.db'), join(folder, 'hoist-backup.db'));
    corrupt(join(folder, 'hoist.db'));
    const store = await openTestStore(folder);
    const found = new Map(store.uploads.newest(1000).map((upload) => [upload.id, upload]));
    const wrong = [...found.values()].filter(
      (upload) => JSON.stringify(upload) !== JSON.stringify(uploads.find(({ id }) => id === upload.id)),
    );
    const state = {
      found: found.size,
      wrong,
      replaced: store.replaced,
      damaged: store.damagedRowCount(),
      files: damagedFiles(folder),
    };
    store.uploads.insert([queued('after')]);
    expect(store.uploads.get('after')).toBeDefined();
    store.close();
    return state;
  };

  test(
    'that was truncated opens with correct records and gets the missing records from the backup',
    { timeout: propertyRuns(120_000) },
    async () => {
      await prepare();
      const random = seededRandom(testSeed('cut'));
      // Around the ends of the file type (16 bytes), the header (100), the first page (4096) and the file.
      const lengths = [
        0,
        1,
        15,
        16,
        99,
        100,
        101,
        511,
        4095,
        4096,
        4097,
        size - 1,
        size - 4096,
        ...Array.from({ length: propertyRuns(caseCount({ full: 57, sample: 12 })) }, () => random.int(size)),
      ];
      let rescued = 0;
      for (const length of lengths) {
        const state = await openCorrupted((path) => truncateSync(path, length), { withBackup: true });
        expect(state.wrong, `cut at ${length}`).toEqual([]);
        expect(state.found, `cut at ${length}`).toBeGreaterThanOrEqual(40);
        // The last bytes of the last page may be unused.
        if (state.found + state.damaged < 80 || state.replaced)
          expect(state.replaced, `cut at ${length}`).toMatchObject({ from: 'backup', movedTo: state.files[0] });
        rescued += state.found - 40;
      }
      console.log(
        `${lengths.length} cuts of ${size} bytes: on average ${(rescued / lengths.length).toFixed(1)} of the 40 uploads since the backup were rescued`,
      );
      expect(rescued).toBeGreaterThan(0);
    },
  );

  test(
    'that has a flipped bit opens and never returns a wrong record',
    { timeout: propertyRuns(120_000) },
    async () => {
      await prepare();
      const random = seededRandom(testSeed('flipped'));
      const tally = { replaced: 0, quarantined: 0, unharmed: 0, lost: 0 };
      const count = propertyRuns(caseCount({ full: 204, sample: 36 }));
      for (let n = 0; n < count; n++) {
        // A third of the flips hit the header or the schema, where one bit affects the whole file.
        const limits: Record<number, number> = { 0: 100, 1: 4096 };
        const at = random.int(limits[n % 6] ?? size);
        const bit = random.int(8);
        const state = await openCorrupted(
          (path) => {
            const bytes = readFileSync(path);
            bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
            writeFileSync(path, bytes);
          },
          { withBackup: n % 2 === 0 },
        );
        const where = `byte ${at}, bit ${bit}`;
        expect(state.wrong, where).toEqual([]);
        expect(state.replaced !== undefined, where).toBe(state.files.length > 0);
        if (state.found < 80)
          expect(
            state.replaced !== undefined || state.damaged > 0,
            `${where}: ${80 - state.found} are missing, but not reported`,
          ).toBe(true);
        if (state.replaced === undefined) expect(state.found + state.damaged, where).toBeGreaterThanOrEqual(80);
        // All fields of the header are known or can be recomputed.
        if (at < 100) expect(state.found, where).toBe(80);
        if (n % 2 === 0) expect(state.found, where).toBeGreaterThanOrEqual(state.replaced ? 40 : 79);
        tally.lost += 80 - state.found;
        if (state.replaced) tally.replaced++;
        else if (state.damaged > 0) tally.quarantined++;
        else tally.unharmed++;
      }
      console.log(`${count} flips of one bit:`, tally, `lost of ${count * 80} uploads`);
    },
  );

  test('that lost two pages keeps all rows of the other pages', async () => {
    await prepare();
    const state = await openCorrupted(
      (path) => {
        const bytes = readFileSync(path);
        bytes.fill(0, size - 5 * 4096, size - 3 * 4096);
        writeFileSync(path, bytes);
      },
      { withBackup: false },
    );
    expect(state.replaced?.from).toBe('empty');
    expect(state.wrong).toEqual([]);
    expect(state.replaced?.rescued).toBe(state.found);
    expect(state.found).toBeGreaterThanOrEqual(60);
    expect(state.found).toBeLessThan(80);
  });
});

describe('a full disk', () => {
  test('is reported and damages nothing, and writing works again when there is space', async () => {
    const folder = smallDisk(1024 * 1024);
    if (!folder) return;
    const store = await openTestStore(folder);
    store.uploads.insert([queued('first')]);
    const filler = join(folder, 'filler');
    fillUp(filler);
    let written = 0;
    const failures: unknown[] = [];
    for (let n = 0; n < 200 && failures.length < 3; n++) {
      try {
        store.uploads.insert([queued(`n${n}`, { name: 'x'.repeat(4000) }), queued(`m${n}`)]);
        written += 2;
      } catch (thrown) {
        failures.push(thrown);
      }
    }
    expect(failures).toHaveLength(3);
    for (const failed of failures) expect(failed).toMatchObject({ error: { code: 'disk-full' } });
    expect(store.uploads.newest(1000)).toHaveLength(1 + written);
    expect(store.close()).toEqual({ backup: 'failed' });

    fillUp(`${filler}-2`);
    const result = await openStore({ folder, owner: currentProcess, now: Date.now }).then(
      (opened) => {
        const { length } = opened.uploads.newest(1000);
        opened.close();
        return length;
      },
      (thrown: unknown) => thrown,
    );
    if (typeof result !== 'number') expect(result).toMatchObject({ error: { code: 'disk-full' } });
    console.log(`opening on a full disk: ${typeof result === 'number' ? 'works' : 'is refused as disk-full'}`);

    rmSync(filler);
    rmSync(`${filler}-2`);
    const reopened = await openTestStore(folder);
    expect(reopened.replaced).toBeUndefined();
    expect(reopened.uploads.newest(1000)).toHaveLength(1 + written);
    reopened.uploads.insert([queued('last')]);
    expect(reopened.close()).toEqual({ backup: 'made' });
    expect(typeof inspect(join(folder, 'hoist-backup.db'))).toBe('object');
  });
});

/** Fills the disk, until not even 512 bytes fit. */
function fillUp(path: string): void {
  for (const size of [65_536, 4_096, 512]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC')) throw thrown;
    }
  }
}
