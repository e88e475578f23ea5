/** Practice as a destination: its address and keys as the values of an S3 form. */
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { FieldValues } from '../../src-shared/profile.ts';
import { text } from '../../src-shared/text/text.ts';
import { isNoSpaceError } from '../platform/file-errors.ts';
import type { Practice } from '../practice/practice.ts';

/** Practice runs when this resolves. @throws AppFailure disk-full, unavailable, canceled */
export async function practiceValues(practice: Practice): Promise<FieldValues> {
  try {
    const { address } = await practice.ensure();
    return { ...address, pathStyle: 'true', linkKind: 'expiring' };
  } catch (cause) {
    throw practiceFailure(cause);
  }
}

/** Turns an error of the disk into an AppFailure: most of them are temporary, and none is a bug of Hoist. */
function practiceFailure(cause: unknown): unknown {
  if (cause instanceof AppFailure || !(cause instanceof Error && 'code' in cause)) return cause;
  return isNoSpaceError(cause)
    ? failure('disk-full', {}, cause)
    : failure('unavailable', { params: { host: text('destination.practice') } }, cause);
}
