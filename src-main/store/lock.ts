/**
 * Who has the store open. Node has no file locks but SQLite has: each Hoist holds a shared lock on a small file beside
 * the database for as long as it runs, and is alone when it can have it for itself. The system drops the lock with the
 * process, however it ends, so nothing can be left locked.
 */
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { resultCode, resultCodeOf, type Database, type OpenDatabase } from './sqlite.ts';
import { StoreFailure } from './store-failure.ts';

export interface Presence {
  /** No other process has the store open, and none can come in until {@link Presence.settle}. */
  readonly alone: boolean;
  /** Done with opening: others may come in. */
  settle(): Promise<void>;
  leave(): void;
}

/** How long to wait for another Hoist that is just opening or repairing, in ms, and how often to look. */
const patienceMs = 15_000;
const lookEveryMs = 15;

/**
 * @param path of the lock file; made when it is missing
 * @throws StoreFailure in-use when another process stays in the middle of opening
 */
export async function enter(open: OpenDatabase, path: string): Promise<Presence> {
  const database = openLock(open, path);
  const deadline = performance.now() + patienceMs;
  const waitFor = async <T>(attempt: () => T | undefined): Promise<T> => {
    for (;;) {
      const got = attempt();
      if (got !== undefined) return got;
      if (performance.now() > deadline) {
        database.close();
        throw new StoreFailure('in-use', path);
      }
      await pause(lookEveryMs);
    }
  };

  const held = await waitFor(() => take(database, 'exclusive') ?? take(database, 'shared'));
  return {
    alone: held === 'exclusive',
    settle: async () => {
      if (held === 'shared') return;
      database.exec('COMMIT');
      await waitFor(() => take(database, 'shared'));
    },
    leave: () => database.close(),
  };
}

type Held = 'exclusive' | 'shared';

function take(database: Database, what: Held): Held | undefined {
  try {
    database.exec(what === 'exclusive' ? 'BEGIN EXCLUSIVE' : 'BEGIN; SELECT count(*) FROM sqlite_schema');
    return what;
  } catch (thrown) {
    if (resultCodeOf(thrown) !== resultCode.busy) throw thrown;
    if (database.isTransaction) database.exec('ROLLBACK');
    return undefined;
  }
}

/** Something else in the place of the lock file, which has no content, is put aside: it must not keep Hoist from starting. */
function openLock(open: OpenDatabase, path: string): Database {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  try {
    return readable(open(path));
  } catch (thrown) {
    const code = resultCodeOf(thrown);
    const strange = code === resultCode.notADatabase || code === resultCode.corrupt || code === resultCode.cantOpen;
    if (!strange || !existsSync(path)) throw thrown;
    renameSync(path, `${path}-damaged-${Date.now()}`);
    return openLock(open, path);
  }
}

function readable(database: Database): Database {
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return database;
  } catch (thrown) {
    if (resultCodeOf(thrown) === resultCode.busy) return database;
    database.close();
    throw thrown;
  }
}
