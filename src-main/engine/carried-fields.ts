/** The fields that an upload carries over when its status changes. */
import type { Upload, UploadIn } from '../../src-shared/upload.ts';

type FieldsOfAnyStatus<U> = U extends unknown ? keyof U : never;
/** Progress at the store. `Upload` has these fields in every status, but they are dropped with the checkpoint. */
type ProgressField = 'bytesStored' | 'lastProgressAt';
type StatusField = Exclude<FieldsOfAnyStatus<Upload>, keyof Upload> | 'status' | ProgressField;
type CarriedFields = Omit<Pick<Upload, keyof Upload>, StatusField>;

/**
 * What a change of status does with the fields that belong to a status. `drop`: the new status sets the field itself,
 * if it has it. `resume`: the field belongs to the checkpoint; both are kept or dropped together. A new field that
 * every status has is carried without an entry here. For a new field of only some statuses, tsc requires an entry.
 */
const statusFields = {
  status: 'drop',
  failures: 'drop',
  checkpoint: 'resume',
  bytesStored: 'resume',
  lastProgressAt: 'resume',
  attempt: 'drop',
  sent: 'drop',
  until: 'drop',
  error: 'drop',
  ref: 'drop',
  link: 'drop',
  verification: 'drop',
  doneAt: 'drop',
  revokedAt: 'drop',
  failedAt: 'drop',
  withheld: 'drop',
  canceledAt: 'drop',
} as const satisfies Record<StatusField, 'drop' | 'resume'>;

type ResumeField = {
  [F in StatusField]: (typeof statusFields)[F] extends 'resume' ? F : never;
}[StatusField];

const belongsToCheckpoint = (field: string): boolean =>
  Object.hasOwn(statusFields, field) && statusFields[field as StatusField] === 'resume';

/** Every field that is independent of the status. */
export const carriedFields = (upload: Upload): CarriedFields =>
  Object.fromEntries(Object.entries(upload).filter(([field]) => !Object.hasOwn(statusFields, field))) as CarriedFields;

/** The checkpoint and the fields that belong to it. */
export function resumeFields(upload: Upload): Partial<Pick<UploadIn<'paused'>, ResumeField>> {
  if (!('checkpoint' in upload) || upload.checkpoint === undefined) return {};
  return Object.fromEntries(Object.entries(upload).filter(([field]) => belongsToCheckpoint(field)));
}

export function withoutBytesStored<U extends Upload>(upload: U): U {
  const { bytesStored: _, ...rest } = upload;
  return rest as U;
}

export function withoutCheckpoint(upload: Upload): Upload {
  if (!('checkpoint' in upload) || upload.checkpoint === undefined) return upload;
  return Object.fromEntries(Object.entries(upload).filter(([field]) => !belongsToCheckpoint(field))) as Upload;
}
