/**
 * Loaded into the app with `NODE_OPTIONS=--require`, which a packaged app refuses. Kills the process at a named point
 * of its work, as `kill -9` does. The product contains no code for this. HOIST_TEST_KILL: the name of a point, and
 * `before` or `after`.
 */
'use strict';

/** @typedef {{ exec(sql: string): void, prepare(sql: string): { run(...values: unknown[]): unknown } }} Database */
/** @typedef {{ DatabaseSync: new (...args: any[]) => Database }} Sqlite */
/**
 * Recognizes a write to the records. @typedef {(sql: string, record: { status?: string, checkpoint?: { uploadId?:
 * string } }) => boolean} Instant
 */

/** @type {Record<string, Instant>} */
const instants = {
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
else if (instants[name]) killAtCommit(instants[name]);
else throw new Error(`no instant is called ${name}`);

function killAtPrint() {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (/** @type {any[]} */ ...args) => {
    if (side === 'before') die();
    // A pipe has received the bytes when the call returns.
    const isTaken = write(.../** @type {[string]} */ (args));
    die();
    return isTaken;
  };
}

/** A write takes effect at the COMMIT of its transaction. @param {Instant} isInstant */
function killAtCommit(isInstant) {
  let isReached = false;
  const watched = (/** @type {Sqlite['DatabaseSync']} */ DatabaseSync) =>
    class extends DatabaseSync {
      /** @param {string} sql */
      exec(sql) {
        const isNow = isReached && sql === 'COMMIT';
        if (isNow && side === 'before') die();
        super.exec(sql);
        if (isNow) die();
      }

      /** @param {string} sql */
      prepare(sql) {
        const statement = super.prepare(sql);
        const run = statement.run.bind(statement);
        const value = (/** @type {unknown[]} */ ...values) => {
          isReached ||= isInstant(sql, recordIn(values));
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
 * The runtime's own SQLite, or the package's as soon as its library is loaded.
 * @param {(sqlite: Sqlite) => void} then
 */
function whenLoaded(then) {
  const builtIn = /** @type {Sqlite | undefined} */ (/** @type {any} */ (process).getBuiltinModule?.('node:sqlite'));
  if (builtIn) {
    then(builtIn);
    return;
  }
  const { dlopen } = /** @type {any} */ (process);
  Object.assign(process, {
    dlopen: (/** @type {{ exports: Partial<Sqlite> }} */ module, /** @type {unknown[]} */ ...rest) => {
      dlopen.call(process, module, ...rest);
      if (module.exports.DatabaseSync) then(/** @type {Sqlite} */ (module.exports));
    },
  });
}

/** @param {unknown[]} values @returns {{ status?: string }} */
function recordIn(values) {
  const record = values.find((value) => typeof value === 'string' && value.startsWith('{'));
  return record === undefined ? {} : JSON.parse(/** @type {string} */ (record));
}
