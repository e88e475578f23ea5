/**
 * The only place where the status of an upload changes. `done` is final; only `retry`, `name-conflict-resolved` and
 * `fallback-approved` leave `failed` and `canceled`. Events of an older attempt are ignored. For an ignored event
 * `reduce` returns the same object.
 */
import type { AppError } from '../../src-shared/errors.ts';
import {
  isTerminal,
  type Checkpoint,
  type FileRef,
  type Link,
  type Ref,
  type RestartReason,
  type Upload,
  type UploadIn,
  type Verification,
} from '../../src-shared/upload.ts';
import { applyRefusal, attemptFailed, markFailed, type UnfinishedUpload } from './apply-failure.ts';
import { endLastAttempt, withNewAttempt } from './attempt-list.ts';
import { carriedFields, resumeFields, withoutBytesStored, withoutCheckpoint } from './carried-fields.ts';
import type { Decision } from './decide.ts';
import { approveFallback, resolveNameConflict, retry } from './restart-ended.ts';

/** `at` is ms since 1970. */
export type UploadEvent =
  | { type: 'start'; at: number }
  | { type: 'checkpoint'; attempt: number; checkpoint: Checkpoint }
  | { type: 'progress'; attempt: number; sent: number }
  /** The store has confirmed this many bytes, and a later attempt can resume from them. */
  | { type: 'bytes-stored'; attempt: number; bytes: number; at: number }
  /** The file changed; the upload continues with its current content. */
  | { type: 'source-refreshed'; attempt: number; source: FileRef; size: number }
  | { type: 'restarted'; attempt: number; why: RestartReason }
  | { type: 'stored'; attempt: number; ref: Ref; size: number; at: number }
  | { type: 'done'; attempt: number; link: Link; verification: Verification; at: number }
  | { type: 'attempt-failed'; attempt: number; error: AppError; decision: Decision; at: number }
  /** The attempt was interrupted without an error; this process or a later one resumes it. */
  | { type: 'stopped'; at: number }
  | { type: 'pause'; at: number }
  /** Ends any wait or pause. */
  | { type: 'resume' }
  /** The destination refused another upload for a reason that also applies to this one. */
  | { type: 'refused'; error: AppError; decision: Decision; at: number }
  | { type: 'fail'; error: AppError; at: number }
  | { type: 'cancel'; at: number }
  /** The unfinished remote data can be deleted. */
  | { type: 'remote-released' }
  | { type: 'retry' }
  /** The name was taken, and the user chose what to do. */
  | { type: 'name-conflict-resolved'; by: 'replace' | 'new-name' }
  /** The user agreed to the withheld destination. */
  | { type: 'fallback-approved' }
  /** A new link was made for the stored file. */
  | { type: 'relinked'; link: Link }
  /** The link no longer opens the stored file; `verification` is the result of opening it again. */
  | { type: 'link-revoked'; verification: Verification; at: number };

export function reduce(upload: Upload, event: UploadEvent): Upload {
  if (isTerminal(upload)) return reduceEnded(upload, event);
  if ('attempt' in event) return event.attempt === lastAttempt(upload) ? reduceAttempt(upload, event) : upload;
  switch (event.type) {
    case 'start':
      return start(upload, event.at);
    case 'stopped':
      return upload.status === 'uploading'
        ? {
            ...carriedFields(upload),
            status: 'queued',
            failures: upload.failures,
            attempts: endLastAttempt(upload.attempts, event.at),
            ...resumeFields(upload),
          }
        : upload;
    case 'pause':
      return pause(upload, event.at);
    case 'resume':
      return upload.status === 'paused' || upload.status === 'waiting'
        ? { ...carriedFields(upload), status: 'queued', failures: 0, ...resumeFields(upload) }
        : upload;
    case 'refused':
      return applyRefusal(upload, event);
    case 'fail':
      return markFailed(upload, event.error, event.at);
    case 'cancel':
      return {
        ...carriedFields(upload),
        status: 'canceled',
        canceledAt: event.at,
        attempts: endLastAttempt(upload.attempts, event.at),
      };
    case 'remote-released':
      return upload.status === 'paused' ? withoutCheckpoint(upload) : upload;
    case 'retry':
    case 'name-conflict-resolved':
    case 'fallback-approved':
    case 'relinked':
    case 'link-revoked':
      return upload;
  }
}

function reduceAttempt(upload: UnfinishedUpload, event: Extract<UploadEvent, { attempt: number }>): Upload {
  switch (event.type) {
    case 'checkpoint':
      return upload.status === 'verifying' || upload.status === 'waiting'
        ? upload
        : { ...upload, checkpoint: event.checkpoint };
    case 'progress':
      return progress(upload, event.sent);
    case 'bytes-stored':
      return upload.status === 'uploading' && event.bytes > (upload.bytesStored ?? 0)
        ? {
            ...upload,
            bytesStored: Math.min(event.bytes, upload.size),
            failures: isProgress(upload) ? 0 : upload.failures,
            lastProgressAt: event.at,
          }
        : upload;
    case 'source-refreshed':
      return upload.status === 'uploading'
        ? { ...withoutBytesStored(upload), source: event.source, size: event.size, sent: 0, restarted: 'file-changed' }
        : upload;
    case 'restarted':
      return upload.status === 'uploading' ? { ...withoutBytesStored(upload), sent: 0, restarted: event.why } : upload;
    case 'stored':
      return markStored(upload, event);
    case 'done':
      return upload.status === 'verifying'
        ? {
            ...carriedFields(upload),
            status: 'done',
            ref: upload.ref,
            link: event.link,
            verification: event.verification,
            doneAt: event.at,
          }
        : upload;
    case 'attempt-failed':
      return attemptFailed(upload, event);
  }
}

function reduceEnded(upload: UploadIn<'done' | 'failed' | 'canceled'>, event: UploadEvent): Upload {
  if (upload.status === 'done') return reduceDone(upload, event);
  switch (event.type) {
    case 'retry':
      return retry(upload);
    case 'name-conflict-resolved':
      return upload.status === 'failed' && upload.error.code === 'name-taken'
        ? resolveNameConflict(upload, event.by)
        : upload;
    case 'fallback-approved':
      return upload.status === 'failed' ? approveFallback(upload) : upload;
    case 'remote-released':
      return withoutCheckpoint(upload);
    default:
      return upload;
  }
}

function reduceDone(upload: UploadIn<'done'>, event: UploadEvent): Upload {
  switch (event.type) {
    case 'relinked':
      return upload.revokedAt === undefined ? { ...upload, link: event.link } : upload;
    case 'link-revoked': {
      const { verification, at: revokedAt } = event;
      return { ...upload, link: { ...upload.link, visibility: 'private' }, verification, revokedAt };
    }
    default:
      return upload;
  }
}

/**
 * The number of the running attempt, or of the attempt that was stopped last, whose driver may still report. While an
 * upload waits, no driver reports.
 */
const lastAttempt = (upload: UnfinishedUpload): number | undefined =>
  upload.status === 'waiting' ? undefined : upload.attempts.at(-1)?.number;

function start(upload: UnfinishedUpload, at: number): Upload {
  if (upload.status !== 'queued' && upload.status !== 'waiting') return upload;
  const attempts = withNewAttempt(upload, at);
  return {
    ...carriedFields(upload),
    status: 'uploading',
    attempt: attempts.at(-1)!.number,
    failures: upload.failures,
    sent: upload.bytesStored ?? 0,
    attempts,
    ...resumeFields(upload),
  };
}

function pause(upload: UnfinishedUpload, at: number): Upload {
  if (upload.status === 'paused' || upload.status === 'verifying') return upload;
  return {
    ...carriedFields(upload),
    status: 'paused',
    failures: upload.failures,
    attempts: endLastAttempt(upload.attempts, at),
    ...resumeFields(upload),
  };
}

/**
 * Whether stored bytes count as progress. Re-sending lost parts is not progress; otherwise a store that keeps losing
 * or corrupting data would be retried forever.
 */
export const isProgress = (upload: Upload): boolean =>
  upload.restarted === undefined && !upload.attempts.some(({ error }) => error?.code === 'corrupted');

function progress(upload: UnfinishedUpload, sent: number): Upload {
  if (upload.status !== 'uploading' || sent <= upload.sent) return upload;
  return 'stream' in upload.source ? { ...upload, sent, size: sent } : { ...upload, sent: Math.min(sent, upload.size) };
}

/** Also accepted after a pause or a stop: the last response may arrive late, and a stored file is not sent again. */
function markStored(upload: UnfinishedUpload, { ref, size, at }: { ref: Ref; size: number; at: number }): Upload {
  if (upload.status === 'verifying' || upload.status === 'waiting') return upload;
  const attempts = endLastAttempt(upload.attempts, at);
  return {
    ...carriedFields(upload),
    size,
    status: 'verifying',
    attempt: attempts.at(-1)!.number,
    failures: upload.failures,
    ref,
    attempts,
  };
}
