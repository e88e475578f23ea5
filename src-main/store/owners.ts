/**
 * Records which process works on which upload. A process that owns uploads has one row here: its process id, its start
 * time and a heartbeat. Its uploads refer to that row, so deleting the row releases all of them.
 */
import { randomInt } from 'node:crypto';
import { isSelfReported, notRunning, processStart, unknownStart } from '../platform/process-start.ts';
import type { Connection } from './connection.ts';
import type { Row } from './sqlite.ts';

/** A process. The start time (an opaque text) distinguishes it from a later process with the same id. */
export interface Owner {
  pid: number;
  startTime: string;
}

/** The heartbeat of an owner that has ended: it released its uploads, or another process treated it as dead. */
const endedHeartbeat = -1;

/** An owner without a heartbeat for this long, in ms, counts as dead. */
export const heartbeatLimitMs = 30_000;

export interface Owners {
  /** The id of this process's row; undefined while it owns nothing. */
  readonly currentId: number | undefined;
  /** Creates this process's row if it does not exist. Call it only inside a transaction. */
  registerOwner(): number;
  /**
   * Renews the heartbeat. Returns false once after another process treated this one as dead (after a long sleep) and
   * released its uploads.
   */
  heartbeat(): boolean;
  /** Ids of the rows of dead processes. `now` is in ms since 1970. */
  dead(now: number): number[];
  /**
   * Ends the ownership of a dead process; returns false while the process is alive. A process that was only asleep
   * notices this at its next heartbeat. Call this only inside a transaction.
   */
  reapOwner(id: number, now: number): boolean;
  /** Releases all uploads of this process. */
  releaseAll(): void;
}

/** @param now ms since 1970 */
export function createOwners(connection: Connection, self: Owner, now: () => number): Owners {
  let currentId: number | undefined;
  /** Another process ended this ownership, and `heartbeat` has not reported that yet. */
  let wasReaped = false;
  const exists = (id: number) =>
    connection.get('SELECT 1 AS found FROM owners WHERE id = ? AND heartbeat >= 0', id) !== undefined;
  // A process may own 100,000 uploads. Deleting its row would change all of them at once.
  const end = (id: number) => connection.run('UPDATE owners SET heartbeat = ? WHERE id = ?', endedHeartbeat, id);

  return {
    get currentId() {
      return currentId;
    },
    registerOwner() {
      // Check each time: a rollback removes this process's row, and so does another process that takes this one for
      // dead.
      if (currentId === undefined || !exists(currentId)) {
        wasReaped ||= currentId !== undefined;
        // Removes the rows of dead processes that own nothing.
        for (const id of this.dead(now()))
          connection.run(
            'DELETE FROM owners WHERE id = ? AND NOT EXISTS (SELECT 1 FROM uploads WHERE owner = owners.id)',
            id,
          );
        // Random, so that no later process gets the id of a process that is still alive but was treated as dead.
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
        connection.run('UPDATE owners SET heartbeat = ? WHERE id = ? AND heartbeat >= 0', now(), currentId) === 1;
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
      end(id);
      return true;
    },
    releaseAll() {
      if (currentId !== undefined) end(currentId);
      currentId = undefined;
    },
  };
}

function isDead(row: Row, now: number): boolean {
  if (now - Number(row['heartbeat']) > heartbeatLimitMs) return true;
  const start = processStart(Number(row['pid']));
  // A start time that the process itself reported cannot be compared with that of the system.
  const isComparable = start !== unknownStart && !isSelfReported(String(row['start_time']));
  return start === notRunning || (isComparable && start !== row['start_time']);
}
