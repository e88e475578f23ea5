/** Puts a database in the place of one that is damaged or missing. Only while no other process has the store open. */
import { chmodSync, copyFileSync, rmSync } from 'node:fs';
import { connect, type Connection } from './connection.ts';
import { inspect, makePrivate, moveAside, replaceDurably, sideFiles, type StoreFiles } from './files.ts';
import { migrate, migrations, versionOf } from './migrations.ts';
import { rescue } from './rescue.ts';
import { isSound, schemaOf } from './soundness.ts';
import type { OpenDatabase } from './sqlite.ts';

/** A damaged database that had to be replaced: the user is told. */
export interface Replaced {
  /** File name of the damaged one, in the same folder; the backup's, when the database was gone and only that was there. */
  movedTo: string;
  /** What the new one started from. */
  from: 'backup' | 'empty';
  /** Uploads that were still whole in the damaged one and were brought over. */
  rescued: number;
}

/** `new`: there was none, as at the first start. `found-gone`: there was none but a backup, which is in its place now. */
export type Outcome = 'new' | 'found-gone' | Replaced;

/**
 * Until the last step everything happens in a draft, so a crash or a full disk leaves the damaged file where it was.
 * @param now ms since 1970
 */
export function replaceDatabase(open: OpenDatabase, files: StoreFiles, now: () => number): Outcome {
  const damaged = inspect(files.database) !== 'missing';
  const backup = draftFromBackup(open, files);
  if (backup !== 'used') makePrivate(files.draft);

  const draft = connect(open, files.draft);
  let rescued = 0;
  try {
    migrate(draft);
    // The older one first: what the newer one has is put over it.
    if (backup === 'damaged') rescued += rescue(open, { damaged: files.backup, copy: files.rescue }, draft, now);
    if (damaged) rescued += rescue(open, { damaged: files.database, copy: files.rescue }, draft, now);
  } finally {
    draft.close();
  }

  const movedBackup = backup === 'damaged' ? moveAside(files.backup, now(), '-backup') : undefined;
  const movedTo = damaged ? moveAside(files.database, now()) : movedBackup;
  for (const file of sideFiles(files.database)) rmSync(file, { force: true });
  replaceDurably(files.draft, files.database);
  if (movedTo === undefined) return backup === 'used' ? 'found-gone' : 'new';
  return { movedTo, from: backup === 'used' ? 'backup' : 'empty', rescued };
}

function draftFromBackup(open: OpenDatabase, files: StoreFiles): 'missing' | 'damaged' | 'used' {
  const state = inspect(files.backup);
  if (state === 'missing') return 'missing';
  if (state === 'damaged' || state.version > migrations.length) return 'damaged';
  makePrivate(files.draft);
  copyFileSync(files.backup, files.draft);
  chmodSync(files.draft, 0o600);
  const draft = connect(open, files.draft);
  try {
    return isSound(draft, schemaAt(open, state.version), 'thorough') ? 'used' : 'damaged';
  } finally {
    draft.close();
  }
}

/** The schema of a database that is made now and brought to `version`. */
export function schemaAt(open: OpenDatabase, version: number): string {
  const fresh: Connection = connect(open, ':memory:');
  try {
    migrate(fresh, migrations.slice(0, version));
    return schemaOf(fresh);
  } finally {
    fresh.close();
  }
}

/** True when the file's tables are older than this Hoist's. */
export const isOld = (connection: Connection): boolean => versionOf(connection) < migrations.length;
