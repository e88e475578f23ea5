/**
 * The database schema as an ordered list of migration steps. Never edit a released step: add a new step at the end.
 */
import type { Connection } from './connection.ts';

/**
 * The step at index n migrates a file from version n to n + 1, in one transaction.
 *
 * Records are JSON with a checksum, so that a flipped bit is detected and the row quarantined. The other columns are
 * those that queries need.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE owners (
    id INTEGER PRIMARY KEY,
    pid INTEGER NOT NULL,
    start_time TEXT NOT NULL,
    heartbeat INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE uploads (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    owner INTEGER REFERENCES owners (id) ON DELETE SET NULL,
    status TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    search TEXT NOT NULL,
    sum INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX uploads_by_status ON uploads (status);
  CREATE INDEX uploads_by_owner ON uploads (owner);

  CREATE TABLE profiles (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    sum INTEGER,
    record TEXT
  ) STRICT;

  CREATE TABLE secrets (
    profile_id TEXT NOT NULL,
    field TEXT NOT NULL,
    sum INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (profile_id, field)
  ) STRICT;

  CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;

  CREATE TABLE damaged (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    source TEXT NOT NULL,
    content TEXT NOT NULL
  ) STRICT;
  `,
  // Remote data that still has to be deleted and belongs to no upload any more.
  `
  CREATE TABLE debts (
    id TEXT PRIMARY KEY,
    sum INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  `,
  // Clearer names. Names inside a record change when it is read (upload-record.ts, settings.ts).
  `
  ALTER TABLE debts RENAME TO pending_cleanups;
  UPDATE OR IGNORE settings SET key = 'savedSetup' WHERE key = 'begun';
  DELETE FROM settings WHERE key = 'begun';
  `,
  // A search reads this index instead of the records, which are several times larger.
  `
  CREATE INDEX uploads_by_search ON uploads (seq, search, profile_id);
  CREATE INDEX uploads_by_profile ON uploads (profile_id);
  `,
  // What a window reads after each change must not take longer with a large queue or a long history.
  `
  CREATE TABLE upload_counts (
    status TEXT PRIMARY KEY,
    n INTEGER NOT NULL
  ) STRICT;
  INSERT INTO upload_counts (status, n) SELECT status, count(*) FROM uploads GROUP BY status;
  CREATE TRIGGER count_inserted_upload AFTER INSERT ON uploads BEGIN
    INSERT INTO upload_counts (status, n) VALUES (NEW.status, 1) ON CONFLICT (status) DO UPDATE SET n = n + 1;
  END;
  CREATE TRIGGER count_deleted_upload AFTER DELETE ON uploads BEGIN
    UPDATE upload_counts SET n = n - 1 WHERE status = OLD.status;
  END;
  CREATE TRIGGER count_changed_upload AFTER UPDATE OF status ON uploads WHEN OLD.status <> NEW.status BEGIN
    UPDATE upload_counts SET n = n - 1 WHERE status = OLD.status;
    INSERT INTO upload_counts (status, n) VALUES (NEW.status, 1) ON CONFLICT (status) DO UPDATE SET n = n + 1;
  END;
  CREATE INDEX uploads_unfinished ON uploads (owner, status, seq)
    WHERE status IN ('queued', 'uploading', 'waiting', 'paused', 'verifying');
  CREATE INDEX uploads_with_checkpoint ON uploads (status)
    WHERE status IN ('paused', 'failed', 'canceled') AND instr(record, '"checkpoint":') > 0;
  `,
];

/**
 * The file's header contains the version twice, so that a damaged header is not mistaken for a newer version: in
 * SQLite's user_version, and in the application id after the letters "Ho".
 */
export const applicationId = (version: number): number => 0x486f_0000 + version;

/** Migrates a file to the newest version. */
export function migrate(connection: Connection, steps: readonly string[] = migrations): void {
  for (let version = versionOf(connection); version < steps.length; version++) {
    connection.write('full', () => {
      connection.exec(steps[version] ?? '');
      connection.exec(`PRAGMA user_version = ${version + 1}; PRAGMA application_id = ${applicationId(version + 1)}`);
    });
  }
}

export const versionOf = (connection: Connection): number =>
  Number(connection.get('PRAGMA user_version')?.['user_version']);
