/** The state of an ended upload that the user restarts. */
import type { Collision, Upload, UploadIn } from '../../src-shared/upload.ts';
import { carriedFields, resumeFields } from './carried-fields.ts';

/** Resumes from the checkpoint. A fallback destination without stored bytes gives way to the preferred destination. */
export function retry(upload: UploadIn<'failed' | 'canceled'>): Upload {
  const resumable = resumeFields(upload);
  const canResume = 'checkpoint' in resumable && (upload.step === 0 || (upload.bytesStored ?? 0) > 0);
  return {
    ...carriedFields(upload),
    status: 'queued',
    failures: 0,
    ...(canResume ? resumable : { step: 0 }),
  };
}

/**
 * Continues at the same destination and from its checkpoint. The user agreed to replace a file only there, so
 * `replace` ends the chain.
 */
export function resolveNameConflict(upload: UploadIn<'failed'>, resolution: Collision): Upload {
  const chainReset =
    resolution === 'replace' ? { chain: upload.chain.slice(upload.step, upload.step + 1), step: 0 } : {};
  return {
    ...carriedFields(upload),
    ...chainReset,
    status: 'queued',
    collision: resolution,
    failures: 0,
    ...resumeFields(upload),
  };
}

/**
 * The approved destination becomes the first of the chain, so that a later retry does not ask again or return to an
 * earlier one.
 */
export function approveFallback(upload: UploadIn<'failed'>): Upload {
  const { withheld } = upload;
  const step = withheld
    ? upload.chain.findIndex((candidate, i) => i > upload.step && candidate.profileId === withheld.profileId)
    : -1;
  const approved = upload.chain[step];
  if (!approved) return upload;
  const { cannotDelete: _, allowed: __, ...first } = approved; // only a fallback has these
  const chain = [first, ...upload.chain.slice(step + 1)];
  return { ...carriedFields(upload), status: 'queued', chain, step: 0, failures: 0 };
}
