/**
 * The only place where the status of an upload changes. Terminal states stay terminal but for `retry`; an event of an
 * attempt that is no longer the running one is ignored. An ignored event returns the very same object.
 */
import type { AppError } from '../../src-shared/errors.ts';
import { isTerminal, type Attempt, type Checkpoint, type Link, type Ref, type Upload, type UploadIn, type Verification } from '../../src-shared/upload.ts';
import type { Decision } from './decide.ts';

/** `at` is ms since 1970. */
export type UploadEvent =
  | { type: 'start'; at: number }
  | { type: 'checkpoint'; attempt: number; checkpoint: Checkpoint }
  | { type: 'progress'; attempt: number; sent: number }
  | { type: 'stored'; attempt: number; ref: Ref; size: number; at: number }
  | { type: 'done'; attempt: number; link: Link; verification: Verification; at: number }
  | { type: 'attempt-failed'; attempt: number; error: AppError; decision: Decision; at: number }
  | { type: 'stopped'; attempt: number; at: number }
  | { type: 'interrupted'; error: AppError; at: number }
  | { type: 'cancel'; at: number }
  /** What the unfinished upload had left at the store is gone. */
  | { type: 'cleaned' }
  | { type: 'retry' }
  /** The link of a stored file was made again. */
  | { type: 'relinked'; link: Link };

export function reduce(upload: Upload, event: UploadEvent): Upload {
  if (isTerminal(upload)) return reduceEnded(upload, event);
  if ('attempt' in event && event.attempt !== runningAttempt(upload)) return upload;
  switch (event.type) {
    case 'start': return start(upload, event.at);
    case 'checkpoint': return upload.status === 'uploading' ? { ...upload, checkpoint: event.checkpoint } : upload;
    case 'progress': return progress(upload, event.sent);
    case 'stored': return stored(upload, event);
    case 'done': return done(upload, event);
    case 'attempt-failed': return attemptFailed(upload, event);
    case 'stopped': return stopped(upload, event.at);
    case 'interrupted': return failed(upload, event.error, event.at);
    case 'cancel': return { ...common(upload), status: 'canceled', canceledAt: event.at, attempts: closed(upload.attempts, event.at), ...kept(upload) };
    case 'cleaned': case 'retry': case 'relinked': return upload;
  }
}

function reduceEnded(upload: Upload, event: UploadEvent): Upload {
  if (upload.status === 'done') return event.type === 'relinked' ? { ...upload, link: event.link } : upload;
  if (event.type === 'retry') return { ...common(upload), status: 'queued', step: 0, failures: 0, ...kept(upload) };
  if (event.type === 'cleaned') {
    const { checkpoint: _, ...rest } = upload as UploadIn<'failed'> | UploadIn<'canceled'>;
    return rest;
  }
  // The checkpoint of an attempt that was canceled while the store was answering: without it something would stay there.
  if (event.type === 'checkpoint' && upload.status === 'canceled' && event.attempt === upload.attempts.length) return { ...upload, checkpoint: event.checkpoint };
  return upload;
}

const runningAttempt = (upload: Upload): number | undefined =>
  upload.status === 'uploading' || upload.status === 'verifying' ? upload.attempt : undefined;

/** The fields that every status has. */
function common(upload: Upload) {
  const { v, id, batchId, position, name, size, contentType, source, chain, step, attempts, createdAt, folder, restarted, movedAt } = upload;
  return {
    v, id, batchId, position, name, size, contentType, source, chain, step, attempts, createdAt,
    ...(folder && { folder }), ...(restarted && { restarted }), ...(movedAt !== undefined && { movedAt }),
  };
}

const kept = (upload: Upload): { checkpoint?: Checkpoint } =>
  'checkpoint' in upload && upload.checkpoint !== undefined ? { checkpoint: upload.checkpoint } : {};

const closed = (attempts: Attempt[], at: number, error?: AppError): Attempt[] =>
  attempts.map((a, i) => (i === attempts.length - 1 && a.ended === undefined ? { ...a, ended: at, ...(error && { error }) } : a));

function start(upload: Upload, at: number): Upload {
  if (upload.status !== 'queued' && upload.status !== 'waiting') return upload;
  const number = upload.attempts.length + 1;
  const profileId = upload.chain[upload.step]?.profileId ?? '';
  return { ...common(upload), status: 'uploading', attempt: number, failures: upload.failures, sent: 0, attempts: [...upload.attempts, { number, profileId, started: at }], ...kept(upload) };
}

function progress(upload: Upload, sent: number): Upload {
  if (upload.status !== 'uploading' || sent <= upload.sent) return upload;
  return 'stream' in upload.source ? { ...upload, sent, size: sent } : { ...upload, sent: Math.min(sent, upload.size) };
}

function stored(upload: Upload, event: { ref: Ref; size: number; at: number }): Upload {
  if (upload.status !== 'uploading') return upload;
  return { ...common(upload), size: event.size, status: 'verifying', attempt: upload.attempt, failures: upload.failures, ref: event.ref, attempts: closed(upload.attempts, event.at) };
}

function done(upload: Upload, event: { link: Link; verification: Verification; at: number }): Upload {
  if (upload.status !== 'verifying') return upload;
  return { ...common(upload), status: 'done', ref: upload.ref, link: event.link, verification: event.verification, doneAt: event.at };
}

function attemptFailed(upload: Upload, { error, decision, at }: { error: AppError; decision: Decision; at: number }): Upload {
  const attempts = closed(upload.attempts, at, error);
  switch (decision.do) {
    case 'wait': return { ...common(upload), status: 'waiting', until: decision.until, error, failures: decision.failures, attempts, ...kept(upload) };
    case 'next': return { ...common(upload), status: 'queued', step: decision.step, failures: 0, attempts };
    case 'fail': return failed({ ...upload, attempts }, error, at);
  }
}

function stopped(upload: Upload, at: number): Upload {
  if (upload.status === 'verifying') return upload;
  return { ...common(upload), status: 'queued', failures: 'failures' in upload ? upload.failures : 0, attempts: closed(upload.attempts, at), ...kept(upload) };
}

const failed = (upload: Upload, error: AppError, at: number): Upload =>
  ({ ...common(upload), status: 'failed', error, failedAt: at, attempts: closed(upload.attempts, at, error), ...kept(upload) });
