/**
 * Which process works on which upload. A process has one row here while it owns any: its id, when it started, and a
 * heartbeat; the uploads it owns point to that row. Taking the row away frees them all at once.
 */
import { randomInt } from 'node:crypto';
import { isSelfReported, notRunning, processStart, unknownStart } from '../platform/process-start.ts';
import type { Connection } from './connection.ts';
import type { Row } from './sqlite.ts';

/** A process, told apart from a later one with the same id by when it started (an opaque text). */
export interface Owner {
  pid: number;
  startTime: string;
}

/** An owner that has not been heard of for so long is gone, in ms. */
export const heartbeatLimitMs = 30_000;

export interface Owners {
  /** The id of this process's row; undefined while it owns nothing. */
  readonly currentId: number | undefined;
  /** Makes this process's row if there is none. Only inside a transaction. */
  registerOwner(): number;
  /** Renews the heartbeat. False, once: another process took this one for dead (after a long sleep) and freed its uploads. */
  heartbeat(): boolean;
  /** Ids of the rows whose process has ended. `now` in ms since 1970. */
  dead(now: number): number[];
  /** Takes the row of a process that has ended away; false while it lives. Should it only have slept, its next beat tells it. Only inside a transaction. */
  reapOwner(id: number, now: number): boolean;
  /** Frees all uploads of this process. */
  releaseAll(): void;
}

/** @param now ms since 1970 */
export function createOwners(connection: Connection, self: Owner, now: () => number): Owners {
  let currentId: number | undefined;
  /** Its row was gone when something new was to be owned, and nobody has been told of the old. */
  let wasReaped = false;
  const exists = (id: number) => connection.get('SELECT 1 AS found FROM owners WHERE id = ?', id) !== undefined;

  return {
    get currentId() {
      return currentId;
    },
    registerOwner() {
      // Looked up each time: the row is gone after a rollback, or when another process took this one for dead.
      if (currentId === undefined || !exists(currentId)) {
        wasReaped ||= currentId !== undefined;
        for (const id of this.dead(now()))
          connection.run(
            'DELETE FROM owners WHERE id = ? AND id NOT IN (SELECT owner FROM uploads WHERE owner IS NOT NULL)',
            id,
          );
        // By chance, so that no later process gets the id of one that was taken for dead but is not.
        currentId = randomInt(1, 2 ** 48 - 1);
        connection.run(
          'INSERT INTO owners (id, pid, start_time, heartbeat) VALUES (?, ?, ?, ?)',
          currentId,
          self.pid,
          self.startTime,
          now(),
        );
      }
      return currentId;
    },
    heartbeat() {
      const isRegistered =
        currentId === undefined ||
        connection.run('UPDATE owners SET heartbeat = ? WHERE id = ?', now(), currentId) === 1;
      if (!isRegistered) currentId = undefined;
      const isStillOwner = isRegistered && !wasReaped;
      wasReaped = false;
      return isStillOwner;
    },
    dead(at) {
      const rows = connection.all('SELECT id, pid, start_time, heartbeat FROM owners');
      return rows.filter((row) => Number(row['id']) !== currentId && isDead(row, at)).map((row) => Number(row['id']));
    },
    reapOwner(id, at) {
      const row = connection.get('SELECT id, pid, start_time, heartbeat FROM owners WHERE id = ?', id);
      if (row && !isDead(row, at)) return false;
      connection.run('DELETE FROM owners WHERE id = ?', id);
      return true;
    },
    releaseAll() {
      if (currentId !== undefined) connection.run('DELETE FROM owners WHERE id = ?', currentId);
      currentId = undefined;
    },
  };
}

function isDead(row: Row, now: number): boolean {
  if (now - Number(row['heartbeat']) > heartbeatLimitMs) return true;
  const start = processStart(Number(row['pid']));
  const isKnown = start !== unknownStart && !isSelfReported(String(row['start_time']));
  return start === notRunning || (isKnown && start !== row['start_time']);
}
