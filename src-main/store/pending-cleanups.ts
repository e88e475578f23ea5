/** What Hoist still has to remove at a store: it outlives the upload that left it, and a restart. */
import type { PendingCleanup, PendingCleanups } from '../engine/ports.ts';
import { fromChecked, toChecked } from './checked-json.ts';
import type { Connection } from './connection.ts';
import type { Row } from './sqlite.ts';

export function createPendingCleanups(connection: Connection): PendingCleanups {
  return {
    add(cleanup) {
      const { record, sum } = toChecked(cleanup);
      connection.write('full', () =>
        connection.run(
          'INSERT INTO debts (id, sum, record) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET sum = excluded.sum, record = excluded.record',
          cleanup.id,
          sum,
          record,
        ),
      );
    },
    all: () =>
      connection
        .all('SELECT id, sum, record FROM debts ORDER BY rowid')
        .flatMap((row) => fromPendingCleanupRow(row) ?? []),
    remove(id) {
      connection.write('normal', () => connection.run('DELETE FROM debts WHERE id = ?', id));
    },
  };
}

/** Undefined when the row is damaged: what it names is nobody's to remove then. It needs the columns `id`, `sum` and `record`. */
export function fromPendingCleanupRow(row: Row): PendingCleanup | undefined {
  const value = fromChecked(row) as PendingCleanup | undefined;
  return value?.id === row['id'] ? value : undefined;
}
