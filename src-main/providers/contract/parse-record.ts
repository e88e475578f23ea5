/** Parses records that a driver saved earlier: checkpoints and refs. */
import * as v from 'valibot';
import { failure } from '../../../src-shared/errors.ts';

/** @throws AppFailure bug when another version or another provider wrote the record */
export function parseRecord<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) throw failure('bug');
  return parsed.output;
}
