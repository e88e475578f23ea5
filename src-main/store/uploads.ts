/**
 * The upload records: queue, journal and history in one table. A record is written before it is acknowledged. While an
 * upload is in progress, one process owns it.
 */
import { failure } from '../../src-shared/errors.ts';
import type { Totals } from '../../src-shared/ipc/contract.ts';
import type { ProfileId, Upload, UploadId, UploadIn } from '../../src-shared/upload.ts';
import type { PendingCleanup, PendingCleanups, Records } from '../engine/ports.ts';
import type { Connection } from './connection.ts';
import { quarantineRows } from './damaged-rows.ts';
import type { Owners } from './owners.ts';
import { historySql } from './history-sql.ts';
import { searchWords } from './search-text.ts';
import type { Row } from './sqlite.ts';
import { fromUploadRow, insertUploadRow, toUploadRow } from './upload-row.ts';

interface HistoryQuery {
  /** Each of these words must be in the name, the link or the destination's name. */
  text?: string;
  /** `next` of the previous page. */
  before?: string;
  limit: number;
}

export interface UploadRepository extends Records {
  /**
   * Returns false and writes nothing when this process does not own the upload: it was released, taken over or removed.
   */
  save(upload: Upload, sync: 'full' | 'normal', cleanups?: readonly PendingCleanup[]): boolean;
  /** Adds entries of another program, oldest first. They are listed below all existing entries. */
  insertImported(uploads: readonly UploadIn<'done'>[]): void;
  /**
   * Call it every few seconds and after a sleep. Returns false once after another process treated this one as dead and
   * released its uploads.
   */
  heartbeat(): boolean;
  /** The number of other living processes that send an upload to this destination. */
  otherUploaders(profileId: ProfileId): number;
  /** True when no living process owns the upload. */
  isUnowned(id: UploadId): boolean;
  /** Newest first. */
  newest(limit: number): Upload[];
  /** Unfinished uploads that no living process owns, oldest first. */
  orphans(): Upload[];
  /** All uploads of all owners that are not done, failed or canceled; newest first. */
  unfinished(): Upload[];
  /** The unfinished uploads that this process does not own, in slices. */
  unfinishedElsewhere(sliceSize: number): Iterable<Upload[]>;
  /** The newest failed uploads, newest first. */
  failed(limit: number): Upload[];
  /** The newest uploads that are done, newest first. */
  newestDone(limit: number): UploadIn<'done'>[];
  /** Newest first. New uploads do not shift the pages. @throws AppFailure invalid-input for an invalid `before` */
  query(query: HistoryQuery): { uploads: Upload[]; next?: string };
  totals(): Totals;
  /**
   * A digest of each record that {@link unfinished}, {@link failed} and {@link newest} return. It changes with the
   * record.
   */
  digests(limits: { failed: number; newest: number }): Map<UploadId, string>;
  /** The uploads whose current destination is this profile, oldest first. */
  ofProfile(profileId: ProfileId, limit?: number): Upload[];
}

const columns = 'seq, id, sum, record';
const unfinishedStatusList = ['queued', 'uploading', 'waiting', 'paused', 'verifying'] as const;
const unfinishedStatuses = `('queued', 'uploading', 'waiting', 'paused', 'verifying')`;
/** Matches a row that no other process owns. Its parameter is this process's owner id. */
const unownedOrOurs = '(owner IS NULL OR owner = ?)';
/** Matches a row that no living process owns. Its parameters are the ids of the dead owners. */
const unownedOrDead = (dead: number[]): string => `(owner IS NULL OR owner IN (${dead.map(() => '?').join()}))`;

/** @param now ms since 1970 */
export function createUploadRepository(
  connection: Connection,
  owners: Owners,
  pendingCleanups: PendingCleanups,
  now: () => number,
): UploadRepository {
  const read = (rows: Row[]): Upload[] => {
    const uploads = rows.map(fromUploadRow);
    quarantineRows(
      connection,
      'uploads',
      rows.filter((_, index) => !uploads[index]),
      now(),
    );
    return uploads.filter((upload) => upload !== undefined);
  };
  const currentOwnerId = () => owners.currentId ?? null;
  /** Oldest first for each owner and status. Uploads may change between two slices. */
  function* unfinishedOf(
    ownerIds: readonly (number | null)[],
    statuses: readonly Upload['status'][],
    sliceSize: number,
  ): Generator<Upload[], void> {
    for (const [owner, status] of ownerIds.flatMap((id) => statuses.map((each) => [id, each] as const)))
      for (let seq = Number.MIN_SAFE_INTEGER; ;) {
        const rows = connection.all(
          `SELECT ${columns} FROM uploads INDEXED BY uploads_unfinished
           WHERE status IN ${unfinishedStatuses} AND owner IS ? AND status = ? AND seq > ? ORDER BY seq LIMIT ?`,
          owner,
          status,
          seq,
          sliceSize,
        );
        if (rows.length === 0) break;
        seq = Number(rows.at(-1)!['seq']);
        yield read(rows);
      }
  }

  return {
    insert(uploads) {
      connection.write('full', () => {
        // The process that accepts a file owns it. Otherwise another process could claim it first.
        const owner = owners.registerOwner();
        for (const upload of uploads) insertUploadRow(connection, upload, { owner });
      });
    },

    insertImported(uploads) {
      connection.write('full', () => {
        let seq = Number(connection.get('SELECT min(seq) AS first FROM uploads')?.['first'] ?? 1);
        // Each gets a number below all existing ones, the newest first.
        for (const upload of [...uploads].reverse()) {
          seq--;
          insertUploadRow(connection, upload, { seq });
        }
      });
    },

    save(upload, sync, cleanups = []) {
      const { status, profileId, search, sum, record } = toUploadRow(upload);
      return connection.write(cleanups.length > 0 ? 'full' : sync, () => {
        const isSaved =
          connection.run(
            'UPDATE uploads SET status = ?, profile_id = ?, search = ?, sum = ?, record = ? WHERE id = ? AND owner = ?',
            status,
            profileId,
            search,
            sum,
            record,
            upload.id,
            currentOwnerId(),
          ) === 1;
        if (isSaved) for (const cleanup of cleanups) pendingCleanups.add(cleanup);
        return isSaved;
      });
    },

    claim(id) {
      return connection.write('normal', () => {
        const row = connection.get('SELECT owner FROM uploads WHERE id = ?', id);
        if (!row) return false;
        const owner = row['owner'] ?? null;
        const isOfAnotherProcess = owner !== null && owner !== owners.currentId;
        if (isOfAnotherProcess && !owners.reapOwner(Number(owner), now())) return false;
        return connection.run('UPDATE uploads SET owner = ? WHERE id = ?', owners.registerOwner(), id) === 1;
      });
    },

    owns: (id) =>
      connection.get('SELECT 1 AS found FROM uploads WHERE id = ? AND owner = ?', id, currentOwnerId()) !== undefined,

    releaseAll() {
      connection.write('normal', () => owners.releaseAll());
    },

    release(id) {
      connection.write('normal', () =>
        connection.run('UPDATE uploads SET owner = NULL WHERE id = ? AND owner = ?', id, currentOwnerId()),
      );
    },

    remove(id, cleanups = []) {
      return connection.write('full', () => {
        const deleted = connection.run(`DELETE FROM uploads WHERE id = ? AND ${unownedOrOurs}`, id, currentOwnerId());
        if (deleted === 0) {
          const isOfAnotherProcess = connection.get('SELECT 1 AS found FROM uploads WHERE id = ?', id) !== undefined;
          return !isOfAnotherProcess;
        }
        for (const cleanup of cleanups) pendingCleanups.add(cleanup);
        return true;
      });
    },

    get: (id) => read(connection.all(`SELECT ${columns} FROM uploads WHERE id = ?`, id))[0],

    orphans() {
      const dead = owners.dead(now());
      return read(
        connection.all(
          `SELECT ${columns} FROM uploads
           WHERE status IN ${unfinishedStatuses} AND ${unownedOrDead(dead)} ORDER BY seq`,
          ...dead,
        ),
      );
    },

    *orphansInSlices(sliceSize, statuses) {
      yield* unfinishedOf([null, ...owners.dead(now())], statuses, sliceSize);
    },

    unownedWithCheckpoint() {
      const dead = owners.dead(now());
      return read(
        connection.all(
          `SELECT ${columns} FROM uploads INDEXED BY uploads_with_checkpoint
           WHERE status IN ('paused', 'failed', 'canceled') AND instr(record, '"checkpoint":') > 0
             AND ${unownedOrDead(dead)} ORDER BY seq`,
          ...dead,
        ),
      ).filter(
        (upload) =>
          (upload.status === 'paused' || upload.status === 'failed' || upload.status === 'canceled') &&
          upload.checkpoint !== undefined,
      ) as UploadIn<'paused' | 'failed' | 'canceled'>[];
    },

    heartbeat: () => owners.currentId === undefined || connection.write('normal', () => owners.heartbeat()),

    otherUploaders(profileId) {
      const uploading = connection
        .all(
          `SELECT DISTINCT owner FROM uploads WHERE status = 'uploading' AND profile_id = ? AND owner IS NOT ?`,
          profileId,
          currentOwnerId(),
        )
        .flatMap((row) => (row['owner'] === null ? [] : [Number(row['owner'])]));
      if (uploading.length === 0) return 0;
      const dead = new Set(owners.dead(now()));
      return uploading.filter((id) => !dead.has(id)).length;
    },

    isUnowned(id) {
      const dead = owners.dead(now());
      return (
        connection.get(`SELECT 1 AS found FROM uploads WHERE id = ? AND ${unownedOrDead(dead)}`, id, ...dead) !==
        undefined
      );
    },

    newest: (limit) => read(connection.all(`SELECT ${columns} FROM uploads ORDER BY seq DESC LIMIT ?`, limit)),

    failed: (limit) =>
      read(connection.all(`SELECT ${columns} FROM uploads WHERE status = 'failed' ORDER BY seq DESC LIMIT ?`, limit)),

    newestDone: (limit) =>
      read(
        connection.all(`SELECT ${columns} FROM uploads WHERE status = 'done' ORDER BY seq DESC LIMIT ?`, limit),
      ).filter((upload) => upload.status === 'done'),

    unfinished: () =>
      read(connection.all(`SELECT ${columns} FROM uploads WHERE status IN ${unfinishedStatuses} ORDER BY seq DESC`)),

    *unfinishedElsewhere(sliceSize) {
      const others = connection.all('SELECT id FROM owners WHERE id IS NOT ?', currentOwnerId());
      const owned = others.map((row) => Number(row['id']));
      yield* unfinishedOf([null, ...owned], unfinishedStatusList, sliceSize);
    },

    query({ text = '', before, limit }) {
      const words = searchWords(text);
      const rows = connection.all(
        historySql(columns, words.length),
        decodeCursor(before),
        ...words.flatMap((word) => [word, word]),
        limit + 1,
      );
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const uploads = read(page);
      return rows.length > limit && last ? { uploads, next: encodeCursor(Number(last['seq'])) } : { uploads };
    },

    digests: ({ failed, newest }) =>
      new Map(
        connection
          .all(
            `SELECT id, sum, owner FROM uploads WHERE status IN ${unfinishedStatuses}
       OR seq IN (SELECT seq FROM uploads WHERE status = 'failed' ORDER BY seq DESC LIMIT ?)
       OR seq IN (SELECT seq FROM uploads ORDER BY seq DESC LIMIT ?)`,
            failed,
            newest,
          )
          .map((row) => [
            String(row['id']),
            `${String(row['sum'])} ${row['owner'] === null ? '' : String(row['owner'])}`,
          ]),
      ),

    // In SQL, -1 is no limit.
    ofProfile: (profileId, limit = -1) =>
      read(
        connection.all(`SELECT ${columns} FROM uploads WHERE profile_id = ? ORDER BY seq LIMIT ?`, profileId, limit),
      ),

    totals() {
      const counts = new Map(
        connection.all('SELECT status, n FROM upload_counts').map((row) => [row['status'], Number(row['n'])]),
      );
      const count = (...statuses: Upload['status'][]) =>
        statuses.reduce((sum, status) => sum + (counts.get(status) ?? 0), 0);
      return { done: count('done'), unfinished: count('queued', 'uploading', 'waiting', 'paused', 'verifying') };
    },
  };
}

const encodeCursor = (seq: number): string => Buffer.from(`before ${seq}`).toString('base64url');

function decodeCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const seq = /^before (-?\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1];
  if (seq === undefined) throw failure('invalid-input');
  return Number(seq);
}
