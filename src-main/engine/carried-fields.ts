/** The fields that an upload carries over when its status changes. */
import type { Checkpoint, Upload } from '../../src-shared/upload.ts';

type FieldsOfAnyStatus<U> = U extends unknown ? keyof U : never;
/** Progress at the store. `Upload` has these fields in every status, but they are dropped with the checkpoint. */
type ProgressField = 'bytesStored' | 'lastProgressAt';
type StatusField = Exclude<FieldsOfAnyStatus<Upload>, keyof Upload> | 'status' | ProgressField;
type CarriedFields = Omit<Pick<Upload, keyof Upload>, StatusField>;

/**
 * The fields that a change of status does not carry over. A new field that every status has is carried without an
 * entry here. For a new field of only some statuses, tsc requires an entry.
 */
const statusFields: Record<StatusField, true> = {
  status: true,
  failures: true,
  checkpoint: true,
  bytesStored: true,
  lastProgressAt: true,
  attempt: true,
  sent: true,
  until: true,
  error: true,
  ref: true,
  link: true,
  verification: true,
  doneAt: true,
  revokedAt: true,
  failedAt: true,
  withheld: true,
  canceledAt: true,
};

/** Every field that is independent of the status. */
export const carriedFields = (upload: Upload): CarriedFields =>
  Object.fromEntries(Object.entries(upload).filter(([field]) => !Object.hasOwn(statusFields, field))) as CarriedFields;

/** The checkpoint and the progress that belongs to it; they are kept or dropped together. */
export function resumeFields(upload: Upload): {
  checkpoint?: Checkpoint;
  bytesStored?: number;
  lastProgressAt?: number;
} {
  if (!('checkpoint' in upload) || upload.checkpoint === undefined) return {};
  const { checkpoint, bytesStored, lastProgressAt } = upload;
  return {
    checkpoint,
    ...(bytesStored !== undefined && { bytesStored }),
    ...(lastProgressAt !== undefined && { lastProgressAt }),
  };
}

export function withoutBytesStored<U extends Upload>(upload: U): U {
  const { bytesStored: _, ...rest } = upload;
  return rest as U;
}

export function withoutCheckpoint(upload: Upload): Upload {
  if (!('checkpoint' in upload) || upload.checkpoint === undefined) return upload;
  const { checkpoint: _, bytesStored: __, lastProgressAt: ___, ...rest } = upload;
  return rest;
}
