/** The state of an upload after a failed attempt or a refusal. */
import type { AppError } from '../../src-shared/errors.ts';
import type { Upload, Withheld } from '../../src-shared/upload.ts';
import { endLastAttempt, withNewAttempt } from './attempt-list.ts';
import { carriedFields, resumeFields } from './carried-fields.ts';
import type { Decision } from './decide.ts';

export type UnfinishedUpload = Exclude<Upload, { status: 'done' | 'failed' | 'canceled' }>;

export function attemptFailed(
  upload: UnfinishedUpload,
  { error, decision, at }: { error: AppError; decision: Decision; at: number },
): Upload {
  if (upload.status !== 'uploading' && upload.status !== 'verifying') return upload;
  // Without a network the attempt never reached the destination, so it is not recorded.
  const attempts =
    decision.do === 'wait' && decision.until === 'online'
      ? upload.attempts.slice(0, -1)
      : endLastAttempt(upload.attempts, at, error);
  return applyDecision({ ...upload, attempts }, { error, decision, at });
}

/** Applies a refusal of another upload by the same destination to this upload, which has not started. */
export function applyRefusal(
  upload: UnfinishedUpload,
  { error, decision, at }: { error: AppError; decision: Decision; at: number },
): Upload {
  if (upload.status !== 'queued' && upload.status !== 'waiting') return upload;
  if (decision.do !== 'next') return applyDecision(upload, { error, decision, at });
  return applyDecision(
    { ...upload, attempts: endLastAttempt(withNewAttempt(upload, at), at, error) },
    { error, decision, at },
  );
}

function applyDecision(
  upload: UnfinishedUpload,
  { error, decision, at }: { error: AppError; decision: Decision; at: number },
): Upload {
  switch (decision.do) {
    case 'wait':
      return {
        ...carriedFields(upload),
        status: 'waiting',
        until: decision.until,
        error,
        failures: decision.failures,
        ...(error.discardsParts ? {} : resumeFields(upload)),
      };
    case 'next':
      return { ...carriedFields(upload), status: 'queued', step: decision.step, failures: 0 };
    case 'fail':
      return markFailed(upload, error, at, decision.withheld);
  }
}

/** Parts of a missing, changed or too large file are useless for a later attempt, and a stream cannot be read again. */
const discardsCheckpoint = (upload: Upload, { code, discardsParts }: AppError): boolean =>
  'stream' in upload.source ||
  code.startsWith('source-') ||
  code === 'too-large' ||
  code === 'canceled' ||
  discardsParts === true;

export function markFailed(upload: UnfinishedUpload, error: AppError, at: number, withheld?: Withheld): Upload {
  const isLastRunning = upload.attempts.at(-1)?.ended === undefined;
  // An attempt that ended earlier keeps its own error.
  const attempts = endLastAttempt(upload.attempts, at, isLastRunning ? error : undefined);
  return {
    ...carriedFields(upload),
    status: 'failed',
    error,
    failedAt: at,
    attempts,
    ...(discardsCheckpoint(upload, error) ? {} : resumeFields(upload)),
    ...(withheld && { withheld }),
  };
}
