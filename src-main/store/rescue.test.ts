import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { propertyRuns } from '../platform/testing/property-runs.ts';
import { caseCount } from '../testing/sample.ts';
import { openConnection, type Connection } from './connection.ts';
import { createPendingCleanups } from './pending-cleanups.ts';
import { migrate } from './migrations.ts';
import { createOwners } from './owners.ts';
import { createProfileRepository } from './profiles.ts';
import { rescue } from './rescue.ts';
import { createSecretRepository } from './secrets.ts';
import { createSettingRepository } from './settings.ts';
import { loadSqlite } from './sqlite.ts';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { done, queued, uploading } from './testing/sample-uploads.ts';
import { seededRandom, testSeed } from './testing/seeded-random.ts';
import { currentProcess } from './testing/open-test-store.ts';
import { fromUploadRow } from './upload-row.ts';
import { createUploadRepository, type UploadRepository } from './uploads.ts';

const open = await loadSqlite();

function make(path: string): { connection: Connection; uploads: UploadRepository } {
  const connection = openConnection(open, path);
  migrate(connection);
  return {
    connection,
    uploads: createUploadRepository(
      connection,
      createOwners(connection, currentProcess, Date.now),
      createPendingCleanups(connection),
      Date.now,
    ),
  };
}

function rescueInto(damaged: string, fill: (uploads: UploadRepository) => void = () => undefined) {
  const { connection, uploads } = make(join(tempFolder(), 'new.db'));
  fill(uploads);
  const before = readFileSync(damaged);
  const rescued = rescue(open, { damaged, copy: join(tempFolder(), 'copy.db') }, connection, Date.now);
  expect(readFileSync(damaged).equals(before)).toBe(true);
  return { connection, uploads, rescued };
}

describe('rescue', () => {
  test('copies uploads with their position in the list; an upload that is done stays done', () => {
    const path = join(tempFolder(), 'x.db');
    const { connection, uploads } = make(path);
    uploads.insert([done('a'), uploading('b'), queued('c'), uploading('d')]);
    uploads.remove('c');
    connection.close();
    // The backup has a newer state of one upload and an older state of another.
    const rescuedStore = rescueInto(path, (newStore) => newStore.insert([done('a'), done('b'), queued('d')]));
    expect(rescuedStore.uploads.newest(10)).toEqual([uploading('d'), done('b'), done('a')]);
    expect(rescuedStore.rescued).toBe(1);
    rescuedStore.connection.close();
  });

  test('does not replace another record that has the same row number', () => {
    const path = join(tempFolder(), 'x.db');
    const { connection, uploads } = make(path);
    uploads.insert([done('a'), done('b')]);
    connection.close();
    const rescuedStore = rescueInto(path, (newStore) => newStore.insert([done('x'), done('y')]));
    expect(
      rescuedStore.uploads
        .newest(10)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'b', 'x', 'y']);
    rescuedStore.connection.close();
  });

  test('copies destinations, secrets and settings', () => {
    const path = join(tempFolder(), 'x.db');
    const { connection } = make(path);
    const profile = (id: string) => ({
      id,
      providerId: 's3' as const,
      name: id,
      settings: { bucket: id },
      createdAt: 1,
    });
    const sealed = { v: 1 as const, backend: 'test', blob: 'c2VhbGVk' };
    for (const id of ['a', 'b', 'c']) createProfileRepository(connection, Date.now).save(profile(id));
    createProfileRepository(connection, Date.now).remove('b');
    createSecretRepository(connection).set('a', 'key', sealed);
    createSecretRepository(connection).set('c', 'key', sealed);
    createSettingRepository(connection).set('currentProfile', 'a');
    // Damages the destination c and its secret.
    connection.run(`UPDATE profiles SET record = replace(record, '"c"', '"x"') WHERE id = 'c'`);
    connection.run(`UPDATE secrets SET record = replace(record, 'c2Vh', 'd2Vh') WHERE profile_id = 'c'`);
    connection.close();
    const rescuedStore = rescueInto(path);
    expect(createProfileRepository(rescuedStore.connection, Date.now).list()).toEqual([profile('a')]);
    expect(createSecretRepository(rescuedStore.connection).all('a')).toEqual({ key: sealed });
    expect(createSecretRepository(rescuedStore.connection).all('c')).toEqual({});
    expect(createSettingRepository(rescuedStore.connection).get('currentProfile')).toBe('a');
    rescuedStore.connection.close();
  });

  test.each(['2-field-names', '3'])('copies pending cleanups and saved setups of version %s', (version) => {
    const path = join(tempFolder(), 'x.db');
    const connection = openConnection(open, path);
    connection.exec(readFileSync(join(import.meta.dirname, `testing/version-${version}.sql`), 'utf8'));
    connection.close();
    const rescuedStore = rescueInto(path);
    const isOld = version !== '3';
    expect(rescuedStore.rescued).toBe(isOld ? 4 : 2);
    expect(rescuedStore.uploads.get('waiting')).toEqual(
      isOld ? expect.objectContaining({ until: 'profile-fixed', bytesStored: 5_242_880 }) : undefined,
    );
    expect(createPendingCleanups(rescuedStore.connection).all()).toMatchObject([{ id: isOld ? 'd2' : 'd1' }]);
    const savedSetup = createSettingRepository(rescuedStore.connection).get('savedSetup');
    expect(savedSetup?.discoveredId).toBe(isOld ? 'aws-profile:work' : undefined);
    rescuedStore.connection.close();
  });

  test('finds every readable row when random pages are lost', { timeout: propertyRuns(30_000) }, () => {
    const path = join(tempFolder(), 'x.db');
    const { connection, uploads } = make(path);
    const allUploads: Upload[] = Array.from({ length: 120 }, (_, n) =>
      done(`u${n}`, { name: 'x'.repeat((n * 61) % 1_500) }),
    );
    uploads.insert(allUploads);
    const last = Number(connection.get('SELECT max(seq) AS seq FROM uploads')?.['seq']);
    connection.close();
    const intactBytes = readFileSync(path);
    const pages = statSync(path).size / 4096;
    const random = seededRandom(testSeed('lost pages'));
    let totalRescued = 0;
    const runs = propertyRuns(caseCount({ full: 40, sample: 8 }));
    for (let run = 0; run < runs; run++) {
      const bytes = Buffer.from(intactBytes);
      const lost = Array.from({ length: 1 + random.int(8) }, () => 1 + random.int(pages - 1));
      for (const page of lost) bytes.fill(0, page * 4096, (page + 1) * 4096);
      const damaged = join(tempFolder(), 'damaged.db');
      writeFileSync(damaged, bytes);

      const rescuedStore = rescueInto(damaged);
      const rescuedUploads = rescuedStore.uploads.newest(1_000);
      expect(
        rescuedUploads.map(({ id }) => id),
        `pages ${lost.join()}`,
      ).toEqual(readIntactIds(damaged, last).reverse());
      for (const upload of rescuedUploads) expect(upload).toEqual(allUploads.find(({ id }) => id === upload.id));
      totalRescued += rescuedUploads.length;
      rescuedStore.connection.close();
    }
    console.log(
      `${runs} runs, each lost up to 8 of ${pages} pages: on average ${(totalRescued / runs).toFixed(0)} of 120 uploads rescued`,
    );
  });
});

/** The ids of the intact rows. Each row is read by a separate query. */
function readIntactIds(damaged: string, last: number): string[] {
  const connection = openConnection(open, damaged);
  const ids = Array.from({ length: last }, (_, index) => {
    try {
      const row = connection.get('SELECT id, sum, record FROM uploads WHERE seq = ?', index + 1);
      return row && fromUploadRow(row)?.id;
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      return undefined;
    }
  });
  connection.close();
  return ids.filter((id) => id !== undefined);
}
