/** Opens the store: the one SQLite file that holds uploads, destinations, settings and encrypted secrets. */
import { AppFailure } from '../../src-shared/errors.ts';
import type { PendingCleanups } from '../engine/ports.ts';
import { isBackupDue, makeBackup, removeTemporaryFiles } from './backup.ts';
import { openConnection, type Connection } from './connection.ts';
import { countDamagedRows } from './damaged-rows.ts';
import { createPendingCleanups } from './pending-cleanups.ts';
import { filesIn, inspect, type StoreFiles } from './files.ts';
import { acquireStoreLock, type StoreLock } from './lock.ts';
import { migrate, migrations, versionOf } from './migrations.ts';
import { createOwners, type Owner } from './owners.ts';
import { prepareFolder } from './prepare-folder.ts';
import { createProfileRepository, type ProfileRepository } from './profiles.ts';
import { needsMigration, replaceDatabase, schemaAt, type ReplaceOutcome, type DatabaseReplacement } from './replace.ts';
import { createSecretRepository, type SecretRepository } from './secrets.ts';
import { createSettingRepository, type SettingRepository } from './settings.ts';
import { checkLevelFor, findsDamage, isIntact, type CheckLevel } from './integrity.ts';
import { loadSqlite, type OpenDatabase } from './sqlite.ts';
import { openingFailure, StoreFailure } from './store-failure.ts';
import { createUploadRepository, type UploadRepository } from './uploads.ts';

export interface Store {
  readonly uploads: UploadRepository;
  readonly profiles: ProfileRepository;
  readonly settings: SettingRepository;
  readonly secrets: SecretRepository;
  readonly pendingCleanups: PendingCleanups;
  /** Set when the database was damaged and has been replaced. */
  readonly replaced?: DatabaseReplacement;
  /** True when the database was missing and has been restored from the backup. */
  readonly restoredFromBackup: boolean;
  /** True when another process wrote since the last call. The write may be only a heartbeat. */
  hasExternalChanges(): boolean;
  /** Number of rows that could not be read and were quarantined. */
  damagedRowCount(): number;
  /** Makes a backup. Useful for a process that stays open for days. @throws AppFailure */
  backup(): void;
  /**
   * Releases this process's uploads, makes the backup if one is due, and closes the store, even when the backup fails.
   */
  close(): { backup: 'made' | 'failed' | 'not-due' };
}

export interface StoreOptions {
  /** Created when it is missing. */
  folder: string;
  /** This process, see platform/process-start.ts */
  owner: Owner;
  /** ms since 1970 */
  now: () => number;
}

/** @throws StoreFailure; AppFailure disk-full */
export async function openStore({ folder, owner, now }: StoreOptions): Promise<Store> {
  const open = await loadSqlite();
  const files = filesIn(folder);
  let lock: StoreLock | undefined;
  let database: OpenedDatabase | undefined;
  try {
    prepareFolder(files);
    lock = await acquireStoreLock(open, files.locks);
    database = lock.isExclusive
      ? openExclusively(open, files, now)
      : { connection: openShared(open, files), outcome: 'unchanged' };
    lock.allowOthers();
    return makeStore(database, files, lock, owner, now);
  } catch (thrown) {
    database?.connection.close();
    lock?.release();
    throw openingFailure(thrown, folder);
  }
}

interface OpenedDatabase {
  connection: Connection;
  outcome: ReplaceOutcome | 'unchanged';
}

function openExclusively(open: OpenDatabase, files: StoreFiles, now: () => number): OpenedDatabase {
  removeTemporaryFiles(files);
  const intact = openIfIntact(open, files, checkLevelFor(files.database));
  if (intact) return { connection: intact, outcome: 'unchanged' };
  const outcome = replaceDatabase(open, files, now);
  const connection = openIfIntact(open, files, 'schema-only');
  if (!connection) throw new StoreFailure('unreadable', files.database);
  return { connection, outcome };
}

/**
 * Another process has the database open and has checked the file, which must not be replaced or migrated now.
 */
function openShared(open: OpenDatabase, files: StoreFiles): Connection {
  const connection = openIfIntact(open, files, 'schema-only', 'require-current');
  if (!connection) throw new StoreFailure('in-use', files.database);
  return connection;
}

/** @returns undefined when the database is missing or damaged, or outdated and the mode is `require-current` */
function openIfIntact(
  open: OpenDatabase,
  files: StoreFiles,
  checkLevel: CheckLevel,
  whenOutdated: 'upgrade' | 'require-current' = 'upgrade',
): Connection | undefined {
  const state = inspect(files.database);
  if (typeof state !== 'object') return undefined;
  refuseNewer(state.version, files.database);

  let connection: Connection | undefined;
  let isUsable = false;
  try {
    isUsable = !findsDamage(() => {
      connection = openConnection(open, files.database);
      // The log may contain a newer header than the file.
      const version = versionOf(connection);
      refuseNewer(version, files.database);
      if (!isIntact(connection, schemaAt(open, version), checkLevel)) return false;
      if (needsMigration(connection) && whenOutdated === 'require-current') return false;
      configure(connection);
      migrate(connection);
      return true;
    });
  } finally {
    if (!isUsable) connection?.close();
  }
  return isUsable ? connection : undefined;
}

/** @throws StoreFailure newer-version when a later version of Hoist wrote the file */
function refuseNewer(version: number, file: string): void {
  if (version > migrations.length) throw new StoreFailure('newer-version', file);
}

function configure(connection: Connection): void {
  connection.get('PRAGMA journal_mode = WAL');
  // Overwrites deleted data in the file, above all deleted secrets.
  connection.get('PRAGMA secure_delete = ON');
  connection.exec('PRAGMA foreign_keys = ON');
}

function makeStore(
  { connection, outcome }: OpenedDatabase,
  files: StoreFiles,
  lock: StoreLock,
  owner: Owner,
  now: () => number,
): Store {
  const owners = createOwners(connection, owner, now);
  const pendingCleanups = createPendingCleanups(connection);
  const dataVersion = () => Number(connection.get('PRAGMA data_version')?.['data_version']);
  let lastDataVersion = dataVersion();
  let haveDestinationsChanged = false;
  /** The connection, except that it notes changes of destinations and their secrets. */
  const destinationConnection: Connection = {
    ...connection,
    run: (sql, ...values) => {
      haveDestinationsChanged = true;
      return connection.run(sql, ...values);
    },
  };
  return {
    uploads: createUploadRepository(connection, owners, pendingCleanups, now),
    profiles: createProfileRepository(destinationConnection, now),
    settings: createSettingRepository(connection),
    secrets: createSecretRepository(destinationConnection),
    pendingCleanups,
    ...(typeof outcome === 'object' && { replaced: outcome }),
    restoredFromBackup: outcome === 'restored-from-backup',
    hasExternalChanges() {
      const before = lastDataVersion;
      lastDataVersion = dataVersion();
      return lastDataVersion !== before;
    },
    damagedRowCount: () => countDamagedRows(connection),
    backup: () => makeBackup(connection, files),
    close() {
      try {
        const isReleased = succeeds(() => connection.write('normal', () => owners.releaseAll()), files);
        // Changed destinations are always backed up: the user may not be able to enter their keys again.
        if (!haveDestinationsChanged && !isBackupDue(files, now()))
          return { backup: isReleased ? 'not-due' : 'failed' };
        const isBackedUp = succeeds(() => makeBackup(connection, files), files);
        return { backup: isBackedUp && isReleased ? 'made' : 'failed' };
      } finally {
        connection.close();
        lock.release();
      }
    },
  };
}

/** A full or failing disk does not stop quitting: other processes detect the uploads of a process that has ended. */
function succeeds(work: () => void, files: StoreFiles): boolean {
  try {
    work();
    return true;
  } catch (thrown) {
    const failed = openingFailure(thrown, files.folder);
    if (failed instanceof AppFailure || failed instanceof StoreFailure) return false;
    throw thrown;
  }
}
