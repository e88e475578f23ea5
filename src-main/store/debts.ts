/** What Hoist still has to remove at a store: it outlives the upload that left it, and a restart. */
import type { Debt, Debts } from '../engine/ports.ts';
import { fromChecked, toChecked } from './checked-json.ts';
import type { Connection } from './connection.ts';
import type { Row } from './sqlite.ts';

export function createDebts(connection: Connection): Debts {
  return {
    add(debt) {
      const { record, sum } = toChecked(debt);
      connection.write('full', () =>
        connection.run(
          'INSERT INTO debts (id, sum, record) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET sum = excluded.sum, record = excluded.record',
          debt.id,
          sum,
          record,
        ),
      );
    },
    all: () =>
      connection.all('SELECT id, sum, record FROM debts ORDER BY rowid').flatMap((row) => fromDebtRow(row) ?? []),
    remove(id) {
      connection.write('normal', () => connection.run('DELETE FROM debts WHERE id = ?', id));
    },
  };
}

/** Undefined when the row is damaged: what it names is nobody's to remove then. It needs the columns `id`, `sum` and `record`. */
export function fromDebtRow(row: Row): Debt | undefined {
  const value = fromChecked(row) as Debt | undefined;
  return value?.id === row['id'] ? value : undefined;
}
