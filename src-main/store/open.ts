/** Opens the store: the one SQLite file that holds uploads, destinations, settings and sealed secrets. */
import { accessSync, chmodSync, constants, mkdirSync, statSync } from 'node:fs';
import { AppFailure } from '../../src-shared/errors.ts';
import type { Debts } from '../engine/ports.ts';
import { makeBackup, removeDrafts } from './backup.ts';
import { connect, type Connection } from './connection.ts';
import { countDamaged } from './damaged-rows.ts';
import { createDebts } from './debts.ts';
import { filesIn, inspect, sideFiles, type StoreFiles } from './files.ts';
import { enter, type Presence } from './lock.ts';
import { migrate, migrations, versionOf } from './migrations.ts';
import { createOwners, type Owner } from './owners.ts';
import { createProfiles, type Profiles } from './profiles.ts';
import { isOld, replaceDatabase, schemaAt, type Outcome, type Replaced } from './replace.ts';
import { createSecrets, type Secrets } from './secrets.ts';
import { createSettings, type Settings } from './settings.ts';
import { careFor, isDamage, isSound, type Care } from './soundness.ts';
import { loadSqlite, type OpenDatabase } from './sqlite.ts';
import { openingFailure, StoreFailure } from './store-failure.ts';
import { createUploads, type UploadRecords } from './uploads.ts';

export interface Store {
  readonly uploads: UploadRecords;
  readonly profiles: Profiles;
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly debts: Debts;
  /** Set when the database was damaged and another one is in its place. */
  readonly replaced?: Replaced;
  /** True when the database was gone and the backup is in its place. */
  readonly foundGone: boolean;
  /** True when another process wrote since this was last asked; sometimes for nothing, as its heartbeat is a write. */
  otherChanges(): boolean;
  /** Rows that could not be read and were set aside. */
  damagedRows(): number;
  /** Copies the database; for those who stay open for days. @throws AppFailure */
  backup(): void;
  /** Frees this process's uploads, makes the backup, and closes. The store is closed even when the backup fails. */
  close(): { backup: 'made' | 'failed' };
}

export interface StoreOptions {
  /** Made when it is missing. */
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
  let presence: Presence | undefined;
  let database: OpenedDatabase | undefined;
  try {
    prepareFolder(files);
    presence = await enter(open, files.locks);
    database = presence.alone
      ? openAlone(open, files, now)
      : { connection: openBesideOthers(open, files), outcome: 'as-it-was' };
    presence.settle();
    return makeStore(database, files, presence, owner, now);
  } catch (thrown) {
    database?.connection.close();
    presence?.leave();
    throw openingFailure(thrown, folder);
  }
}

interface OpenedDatabase {
  connection: Connection;
  outcome: Outcome | 'as-it-was';
}

function prepareFolder(files: StoreFiles): void {
  mkdirSync(files.folder, { recursive: true, mode: 0o700 });
  accessSync(files.folder, constants.R_OK | constants.W_OK | constants.X_OK);
  restrict(files.folder, 0o700);
  for (const file of [
    files.database,
    files.backup,
    files.locks.presence,
    files.locks.opening,
    ...sideFiles(files.database),
  ])
    ifThere(() => {
      accessSync(file, constants.R_OK | constants.W_OK);
      if (statSync(file).isFile()) restrict(file, 0o600);
    });
}

/** Another Hoist that closes right now takes some of the files away. */
function ifThere(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
  }
}

/** Takes away what others may do. Some file systems have no permissions to change; that must not keep Hoist from starting. */
function restrict(path: string, mode: number): void {
  if (process.platform === 'win32' || (statSync(path).mode & 0o077) === 0) return;
  try {
    chmodSync(path, mode);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw thrown;
  }
}

function openAlone(open: OpenDatabase, files: StoreFiles, now: () => number): OpenedDatabase {
  removeDrafts(files);
  const sound = openIfSound(open, files, careFor(files.database));
  if (sound) return { connection: sound, outcome: 'as-it-was' };
  const outcome = replaceDatabase(open, files, now);
  const connection = openIfSound(open, files, 'glance');
  if (!connection) throw new StoreFailure('unreadable', files.database);
  return { connection, outcome };
}

/** Others have it open, so it was found sound, and must not be moved or changed under them. */
function openBesideOthers(open: OpenDatabase, files: StoreFiles): Connection {
  const connection = openIfSound(open, files, 'glance', 'as-it-is');
  if (!connection) throw new StoreFailure('in-use', files.database);
  return connection;
}

/** @returns undefined when it is missing or damaged, or when it is old and has to stay `as-it-is` */
function openIfSound(
  open: OpenDatabase,
  files: StoreFiles,
  care: Care,
  old: 'upgrade' | 'as-it-is' = 'upgrade',
): Connection | undefined {
  const state = inspect(files.database);
  if (typeof state !== 'object') return undefined;
  refuseNewer(state.version, files.database);

  let connection: Connection | undefined;
  let usable = false;
  try {
    usable = !isDamage(() => {
      connection = connect(open, files.database);
      // The log may hold a newer header than the file.
      const version = versionOf(connection);
      refuseNewer(version, files.database);
      if (!isSound(connection, schemaAt(open, version), care)) return false;
      if (isOld(connection) && old === 'as-it-is') return false;
      configure(connection);
      migrate(connection);
      return true;
    });
  } finally {
    if (!usable) connection?.close();
  }
  return usable ? connection : undefined;
}

/** @throws StoreFailure newer-version when a later version of Hoist wrote the file */
function refuseNewer(version: number, file: string): void {
  if (version > migrations.length) throw new StoreFailure('newer-version', file);
}

function configure(connection: Connection): void {
  connection.get('PRAGMA journal_mode = WAL');
  // What is deleted, a key above all, is overwritten in the file.
  connection.get('PRAGMA secure_delete = ON');
  connection.exec('PRAGMA foreign_keys = ON');
}

function makeStore(
  { connection, outcome }: OpenedDatabase,
  files: StoreFiles,
  presence: Presence,
  owner: Owner,
  now: () => number,
): Store {
  const owners = createOwners(connection, owner, now);
  const debts = createDebts(connection);
  const dataVersion = () => Number(connection.get('PRAGMA data_version')?.['data_version']);
  let seen = dataVersion();
  return {
    uploads: createUploads(connection, owners, debts, now),
    profiles: createProfiles(connection, now),
    settings: createSettings(connection),
    secrets: createSecrets(connection),
    debts,
    ...(typeof outcome === 'object' && { replaced: outcome }),
    foundGone: outcome === 'found-gone',
    otherChanges() {
      const before = seen;
      seen = dataVersion();
      return seen !== before;
    },
    damagedRows: () => countDamaged(connection),
    backup: () => makeBackup(connection, files),
    close() {
      try {
        const freed = succeeds(() => connection.write('normal', () => owners.leave()), files);
        return { backup: succeeds(() => makeBackup(connection, files), files) && freed ? 'made' : 'failed' };
      } finally {
        connection.close();
        presence.leave();
      }
    },
  };
}

/** Quitting goes on when the disk is full or fails: the uploads of a process that is gone are found free anyway. */
function succeeds(work: () => void, files: StoreFiles): boolean {
  try {
    work();
    return true;
  } catch (thrown) {
    const known = openingFailure(thrown, files.folder);
    if (known instanceof AppFailure || known instanceof StoreFailure) return false;
    throw thrown;
  }
}
