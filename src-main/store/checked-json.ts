/** JSON with a checksum that reveals changes by a damaged disk. */
import { crc32 } from 'node:zlib';
import type { Row, SqlValue } from './sqlite.ts';

export interface CheckedJson {
  record: string;
  sum: number;
}

export function toChecked(value: unknown): CheckedJson {
  const record = JSON.stringify(value);
  return { record, sum: crc32(record) };
}

/** The value of a row's `record`; undefined when its checksum `sum` does not match. */
export function fromChecked(row: Row): unknown {
  const record: SqlValue | undefined = row['record'];
  if (typeof record !== 'string' || crc32(record) !== Number(row['sum'])) return undefined;
  return JSON.parse(record);
}
