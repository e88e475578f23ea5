/** What a driver wrote down itself, read back: checkpoints and refs. */
import * as v from 'valibot';
import { failure } from '../../../src-shared/errors.ts';

/** @throws AppFailure bug: a record in a shape of another version, or of another provider */
export function parseRecord<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) throw failure('bug');
  return parsed.output;
}
