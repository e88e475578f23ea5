/** Puts a database in the place of one that is damaged or missing. Only while no other process has the store open. */
import { chmodSync, copyFileSync, existsSync, rmSync } from 'node:fs';
import { connect, type Connection } from './connection.ts';
import { inspect, makePrivate, moveAside, replaceDurably, sideFiles, type StoreFiles } from './files.ts';
import { migrate, migrations, versionOf } from './migrations.ts';
import { rescue } from './rescue.ts';
import { isSound, schemaOf } from './soundness.ts';
import type { OpenDatabase } from './sqlite.ts';

/** A damaged database that had to be replaced: the user is told. */
export interface Replaced {
  /** File name of the damaged one, in the same folder. */
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
  const hadDatabase = inspect(files.database) !== 'missing';
  const from = draftFromBackup(open, files, now()) ? 'backup' : 'empty';
  if (from === 'empty') makePrivate(files.draft);

  const draft = connect(open, files.draft);
  let rescued = 0;
  try {
    migrate(draft);
    if (hadDatabase) rescued = rescue(open, files, draft, now);
  } finally {
    draft.close();
  }
  const movedTo = hadDatabase ? moveAside(files.database, now()) : undefined;
  for (const file of sideFiles(files.database)) rmSync(file, { force: true });
  replaceDurably(files.draft, files.database);
  if (movedTo === undefined) return from === 'empty' ? 'new' : 'found-gone';
  return { movedTo, from, rescued };
}

function draftFromBackup(open: OpenDatabase, files: StoreFiles, now: number): boolean {
  if (!existsSync(files.backup)) return false;
  const state = inspect(files.backup);
  if (typeof state === 'object' && state.version <= migrations.length) {
    makePrivate(files.draft);
    copyFileSync(files.backup, files.draft);
    chmodSync(files.draft, 0o600);
    const draft = connect(open, files.draft);
    try {
      if (isSound(draft, schemaAt(open, state.version), 'thorough')) return true;
    } finally {
      draft.close();
    }
  }
  moveAside(files.backup, now, '-backup');
  return false;
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
