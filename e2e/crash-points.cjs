/**
 * Kills the app's process at a named point, as `kill -9` does. Tests load this file into the app with
 * `NODE_OPTIONS=--require`, so the product needs no code for it. (A packaged app ignores NODE_OPTIONS.) HOIST_TEST_KILL
 * is the name of a point, followed by `before` or `after`.
 */
'use strict';

/** @typedef {{ exec(sql: string): void, prepare(sql: string): { run(...values: unknown[]): unknown } }} Database */
/** @typedef {{ DatabaseSync: new (...args: any[]) => Database }} Sqlite */
/**
 * Returns whether a write to the database is the named point. `record` is the upload that the write saves.
 * @typedef {(sql: string, record: { status?: string, checkpoint?: { uploadId?: string } }) => boolean} CrashPoint
 */

/** @type {Record<string, CrashPoint>} */
const crashPoints = {
  'file accepted': (sql) => sql.startsWith('INSERT INTO uploads'),
  'attempt started': (sql, { status, checkpoint }) => isSave(sql) && status === 'uploading' && !checkpoint,
  'key chosen': (sql, { status, checkpoint }) =>
    isSave(sql) && status === 'uploading' && checkpoint !== undefined && checkpoint.uploadId === undefined,
  'checkpoint written': (sql, { status, checkpoint }) =>
    isSave(sql) && status === 'uploading' && checkpoint?.uploadId !== undefined,
  'stored written': (sql, { status }) => isSave(sql) && status === 'verifying',
  'done written': (sql, { status }) => isSave(sql) && status === 'done',
};
/** @param {string} sql */
const isSave = (sql) => sql.startsWith('UPDATE uploads SET status');

const [, name = '', side] = /^(.*) (before|after)$/.exec(process.env.HOIST_TEST_KILL ?? '') ?? [];
const die = () => {
  process.kill(process.pid, 'SIGKILL');
};

if (name === 'link printed') killAtPrint();
else if (crashPoints[name]) killAtCommit(crashPoints[name]);
else throw new Error(`no crash point has the name ${name}`);

function killAtPrint() {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (/** @type {any[]} */ ...args) => {
    if (side === 'before') die();
    // Standard output is a pipe, which has received the bytes when the call returns.
    const mayContinue = write(.../** @type {[string]} */ (args));
    die();
    return mayContinue;
  };
}

/** A write takes effect at the COMMIT of its transaction. @param {CrashPoint} isCrashPoint */
function killAtCommit(isCrashPoint) {
  let isReached = false;
  const watched = (/** @type {Sqlite['DatabaseSync']} */ DatabaseSync) =>
    class extends DatabaseSync {
      /** @param {string} sql */
      exec(sql) {
        const mustDie = isReached && sql === 'COMMIT';
        if (mustDie && side === 'before') die();
        super.exec(sql);
        if (mustDie) die();
      }

      /** @param {string} sql */
      prepare(sql) {
        const statement = super.prepare(sql);
        const run = statement.run.bind(statement);
        const value = (/** @type {unknown[]} */ ...values) => {
          isReached ||= isCrashPoint(sql, recordIn(values));
          return run(...values);
        };
        return Object.defineProperty(statement, 'run', { value });
      }
    };
  whenLoaded((sqlite) => {
    sqlite.DatabaseSync = watched(sqlite.DatabaseSync);
  });
}

/**
 * Calls `callback` with the runtime's built-in SQLite. A runtime without it uses an npm package, whose native part is
 * loaded with `process.dlopen`; then calls `callback` as soon as that part is loaded.
 * @param {(sqlite: Sqlite) => void} callback
 */
function whenLoaded(callback) {
  const builtIn = /** @type {Sqlite | undefined} */ (/** @type {any} */ (process).getBuiltinModule?.('node:sqlite'));
  if (builtIn) {
    callback(builtIn);
    return;
  }
  const { dlopen } = /** @type {any} */ (process);
  Object.assign(process, {
    dlopen: (/** @type {{ exports: Partial<Sqlite> }} */ module, /** @type {unknown[]} */ ...rest) => {
      dlopen.call(process, module, ...rest);
      if (module.exports.DatabaseSync) callback(/** @type {Sqlite} */ (module.exports));
    },
  });
}

/**
 * The upload in the values of a statement: the one that is a JSON object.
 * @param {unknown[]} values @returns {{ status?: string }}
 */
function recordIn(values) {
  const record = values.find((value) => typeof value === 'string' && value.startsWith('{'));
  return record === undefined ? {} : JSON.parse(/** @type {string} */ (record));
}
