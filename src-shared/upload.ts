/**
 * The one record of Hoist: an Upload is one file to one place. While it runs it is the unit of work; when done it is the
 * history entry. Main holds {@link Upload}; the window sees {@link UploadView}, which has no path and no checkpoint.
 */
import type { AppError } from './errors.ts';

export type UploadId = string;
export type BatchId = string;
export type ProfileId = string;

/** Who can open the link, from fewest to most. */
export const visibilities = ['private', 'expiring', 'public'] as const;
export type Visibility = (typeof visibilities)[number];

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What makes "the same bytes as when it was dropped" likely. Sizes in bytes, times in ms; dev and inode as decimal text (64 bit). */
export interface Fingerprint { size: number; mtimeMs: number; dev: string; ino: string }

export interface FileRef { path: string; fingerprint: Fingerprint }
/** What came through a pipe: it is read once, and cannot be opened again. */
export interface StreamRef { stream: 'standard-input' }
export type SourceRef = FileRef | StreamRef;

/** One step of the ordered destinations that an upload may fall back through. */
export interface ChainStep { profileId: ProfileId; visibility: Visibility }

/** One try of one upload at one profile. `ended` and `error` are absent while it runs; an attempt that stored the file has no error. */
export interface Attempt { number: number; profileId: ProfileId; started: number; ended?: number; error?: AppError }

/** The driver's durable reference to the stored object: opaque to everyone else. */
export type Ref = Json;
/** The driver's durable resume token: opaque to everyone else. */
export type Checkpoint = Json;

export interface Link {
  url: string;
  visibility: Visibility;
  /** ms since 1970; absent when the link does not expire */
  expiresAt?: number;
}

/**
 * What an anonymous request of the link showed: it works for everyone; it works, but its address exists only on this
 * computer or in this network; it is refused without signing in; it was not reached.
 */
export type Verification = 'verified' | 'this-computer' | 'this-network' | 'private' | 'unreachable';

interface Common {
  v: 1;
  id: UploadId;
  batchId: BatchId;
  /** Place in the batch, from 0: the drop order. */
  position: number;
  name: string;
  /** bytes; of a stream, what was read so far */
  size: number;
  contentType: string;
  source: SourceRef;
  chain: ChainStep[];
  /** Index into `chain` of the destination in use. */
  step: number;
  attempts: Attempt[];
  /** ms since 1970 */
  createdAt: number;
}

/** `failures` counts attempts without progress since the last progress; `attempt` is the number of the running attempt. */
export type Upload = Common & (
  | { status: 'queued'; failures: number; checkpoint?: Checkpoint }
  | { status: 'uploading'; attempt: number; failures: number; sent: number; checkpoint?: Checkpoint }
  | { status: 'waiting'; until: number | 'online'; error: AppError; failures: number; checkpoint?: Checkpoint }
  | { status: 'paused'; failures: number; checkpoint?: Checkpoint }
  | { status: 'verifying'; attempt: number; failures: number; ref: Ref }
  | { status: 'done'; ref: Ref; link: Link; verification: Verification; doneAt: number }
  | { status: 'failed'; error: AppError; failedAt: number; checkpoint?: Checkpoint }
  | { status: 'canceled'; canceledAt: number; checkpoint?: Checkpoint }
);

export type Status = Upload['status'];
export type UploadIn<S extends Status> = Extract<Upload, { status: S }>;

export const isTerminal = (upload: Upload): upload is UploadIn<'done' | 'failed' | 'canceled'> =>
  upload.status === 'done' || upload.status === 'failed' || upload.status === 'canceled';

/** An upload as the window sees it: no path, no checkpoint, no ref. */
export interface UploadView {
  id: UploadId;
  batchId: BatchId;
  position: number;
  name: string;
  size: number;
  contentType: string;
  status: Status;
  profileId: ProfileId;
  /** The destination's name as it was when the view was made. */
  destination: string;
  visibility: Visibility;
  createdAt: number;
  /** bytes handed to the network in this attempt; while `uploading` only */
  sent?: number;
  /** ms since 1970 when the running attempt began */
  startedAt?: number;
  waitingUntil?: number | 'online';
  error?: AppError;
  link?: Link;
  verification?: Verification;
  /** ms since 1970 when it was done, failed or canceled */
  endedAt?: number;
  /** It came through a pipe: there is no file to show, and nothing to send again. */
  piped?: true;
  /** Another Hoist process, a window or a command line, works on it: it can be watched here, not changed. */
  elsewhere?: true;
}

/** Makes the window's view; `destination` is the profile's name. */
export function viewOf(upload: Upload, destination: string): UploadView {
  const step = upload.chain[upload.step];
  const view: UploadView = {
    id: upload.id, batchId: upload.batchId, position: upload.position, name: upload.name, size: upload.size,
    contentType: upload.contentType, status: upload.status, profileId: step?.profileId ?? '', destination,
    visibility: step?.visibility ?? 'private', createdAt: upload.createdAt, ...('stream' in upload.source ? { piped: true as const } : {}),
  };
  switch (upload.status) {
    case 'uploading': return { ...view, sent: upload.sent, startedAt: upload.attempts.at(-1)?.started };
    case 'verifying': return { ...view, sent: upload.size };
    case 'waiting': return { ...view, waitingUntil: upload.until, error: upload.error };
    case 'done': return { ...view, link: upload.link, visibility: upload.link.visibility, verification: upload.verification, endedAt: upload.doneAt };
    case 'failed': return { ...view, error: upload.error, endedAt: upload.failedAt };
    case 'canceled': return { ...view, endedAt: upload.canceledAt };
    case 'queued': case 'paused': return view;
  }
}
