/**
 * Hoist's main record: an Upload is one file that goes to one destination. It is the unit of work while it runs, and
 * the history entry afterwards. Main holds {@link Upload}; the window gets {@link UploadView}, without path and
 * checkpoint.
 */
import type { AppError } from './errors.ts';

export type UploadId = string;
export type BatchId = string;
export type ProfileId = string;

/** Who can open the link, from the fewest people to the most. */
export const visibilities = ['private', 'expiring', 'public'] as const;
export type Visibility = (typeof visibilities)[number];

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Detects changes of a file after it was accepted. Size in bytes, times in ms; dev and inode as decimal text (64 bit).
 */
export interface Fingerprint {
  size: number;
  mtimeMs: number;
  dev: string;
  ino: string;
}

export interface FileRef {
  /** The real path. */
  path: string;
  fingerprint: Fingerprint;
  /** The user confirmed the upload of this sensitive file. */
  confirmed?: true;
}
/** Data from a pipe: it can be read only once. */
interface StreamRef {
  stream: 'standard-input';
}
export type SourceRef = FileRef | StreamRef;

/** Location of a file in a folder that is uploaded as a whole. */
export interface FolderLocation {
  /** The folder's name. Files of one batch with the same token belong together. */
  name: string;
  /** Path from the folder to the file: `deep/0.txt`. */
  relativePath: string;
  /**
   * Shared by the keys of all its files, so that they are stored together: at least 96 random bits, and ms since 1970.
   */
  token: string;
  at: number;
}

/** Number of entries of a folder that Hoist doesn't upload, by type. */
export interface SkippedEntries {
  links: number;
  /** pipes, sockets and devices */
  special: number;
}

/**
 * What to do when the name is already taken: store the file under a new name, stop and ask the user, or replace the
 * existing file, whose link then serves the new content.
 */
export const collisions = ['new-name', 'ask', 'replace'] as const;
export type Collision = (typeof collisions)[number];

/**
 * One of the destinations of an upload: the chosen one, or one to try if those before it fail. `cannotDelete`: files
 * stored there cannot be deleted. `allowed`: the reasons against this fallback that the user has accepted.
 */
export interface ChainStep {
  profileId: ProfileId;
  visibility: Visibility;
  cannotDelete?: true;
  allowed?: Withheld['reason'][];
}

/**
 * Why Hoist did not use the next destination: more people could open the link, or the file could not be deleted there.
 */
export interface Withheld {
  profileId: ProfileId;
  reason: 'more-people' | 'cannot-delete';
}

/** Why an upload restarted from zero: the file changed, or the store lost the uploaded parts. */
export type RestartReason = 'file-changed' | 'store-forgot';

/**
 * One try of one upload at one profile. `ended` and `error` are absent while it runs; a successful attempt has no
 * error.
 */
export interface Attempt {
  number: number;
  profileId: ProfileId;
  started: number;
  ended?: number;
  error?: AppError;
}

/** The driver's durable reference to the stored object; opaque to all other code. */
export type Ref = Json;
/** The driver's durable resume token; opaque to all other code. */
export type Checkpoint = Json;

export interface Link {
  url: string;
  /** URL of the file itself, when `url` is a page about it. */
  file?: string;
  visibility: Visibility;
  /** ms since 1970; absent when the link does not expire */
  expiresAt?: number;
  /** The URL contains the permission to open the file, so it works until it expires. */
  isSigned?: true;
}

/**
 * Result of an anonymous request for the link: it works for everyone; it works only on this computer or in this
 * network; it requires signing in; it could not be reached.
 */
export type Verification = 'verified' | 'this-computer' | 'this-network' | 'private' | 'unreachable';

interface Common {
  /** Version of the record's format. */
  v: 1;
  id: UploadId;
  batchId: BatchId;
  /** Position in the batch, from 0, in drop order. */
  position: number;
  name: string;
  /** bytes; for a stream, the bytes read so far */
  size: number;
  contentType: string;
  source: SourceRef;
  /** The destinations to try, in this order. */
  chain: ChainStep[];
  /** Index of the current destination in `chain`. */
  step: number;
  attempts: Attempt[];
  /** ms since 1970 */
  createdAt: number;
  folder?: FolderLocation;
  /** Template for the key, instead of the destination's setting. */
  keyTemplate?: string;
  /** What to do when the name is taken, instead of the destination's setting. */
  collision?: Collision;
  linkOverride?: LinkOverride;
  restarted?: RestartReason;
  /** Display name of the program that made an imported link. Hoist has neither the file, its size nor a key for it. */
  imported?: string;
  /** ms since 1970 of the last transferred bytes; after a week without any, the remote data is deleted */
  lastProgressAt?: number;
  /** bytes at the store when the upload last stopped; absent when zero or unknown */
  bytesStored?: number;
}

/** Link kinds that the user can choose for an upload; only a destination's settings make links private. */
const linkKinds = ['expiring', 'public'] as const satisfies readonly Visibility[];
export type LinkKind = (typeof linkKinds)[number];

/**
 * The link that the user chose for an upload, instead of the destination's setting. `seconds`: lifetime of an expiring
 * link.
 */
export interface LinkOverride {
  kind: LinkKind;
  seconds?: number;
}

/**
 * When a waiting upload resumes: at a time (ms since 1970), when the network is back, or when the user has fixed the
 * destination's settings.
 */
export type WaitUntil = number | 'online' | 'profile-fixed';

/**
 * `failures`: failed attempts since the last progress. `attempt`: number of the running attempt. `sent`: bytes sent by
 * it, including bytes that were already stored. `withheld`: the next destination, which Hoist did not use without the
 * user's approval. `revokedAt`: ms since 1970 when the user revoked the link.
 */
export type Upload = Common &
  (
    | { status: 'queued'; failures: number; checkpoint?: Checkpoint }
    | { status: 'uploading'; attempt: number; failures: number; sent: number; checkpoint?: Checkpoint }
    | { status: 'waiting'; until: WaitUntil; error: AppError; failures: number; checkpoint?: Checkpoint }
    | { status: 'paused'; failures: number; checkpoint?: Checkpoint }
    | { status: 'verifying'; attempt: number; failures: number; ref: Ref }
    | { status: 'done'; ref: Ref; link: Link; verification: Verification; doneAt: number; revokedAt?: number }
    | { status: 'failed'; error: AppError; failedAt: number; checkpoint?: Checkpoint; withheld?: Withheld }
    | { status: 'canceled'; canceledAt: number; checkpoint?: Checkpoint }
  );

export type Status = Upload['status'];
export type UploadIn<S extends Status> = Extract<Upload, { status: S }>;

export const isTerminal = (upload: Upload): upload is UploadIn<'done' | 'failed' | 'canceled'> =>
  upload.status === 'done' || upload.status === 'failed' || upload.status === 'canceled';

/** The window's view of an upload: without path, checkpoint and ref. */
export interface UploadView {
  id: UploadId;
  batchId: BatchId;
  position: number;
  name: string;
  size: number;
  contentType: string;
  status: Status;
  profileId: ProfileId;
  /** The destination's name when the view was made. */
  destination: string;
  visibility: Visibility;
  createdAt: number;
  /** While the upload runs: bytes stored or handed to the network. Otherwise: bytes stored. */
  sent?: number;
  /** While the upload runs: the bytes that stay at the destination if the upload pauses or Hoist quits. */
  resumableBytes?: number;
  /** ms since 1970 when the running attempt started */
  startedAt?: number;
  waitingUntil?: WaitUntil;
  error?: AppError;
  link?: Link;
  verification?: Verification;
  /** ms since 1970 when the user revoked the link */
  revokedAt?: number;
  /** ms since 1970 when the upload finished, failed or was canceled */
  endedAt?: number;
  /** Attempts that ended with an error, oldest first. */
  attempts?: AttemptView[];
  restarted?: RestartReason;
  /** With an error: the user signs in to the destination in the browser, so there is no key to fix. */
  signsIn?: true;
  /** The next destination, which Hoist uses only with the user's approval. */
  withheld?: Withheld & { destination: string };
  /** Some parts are stored; resuming does not send them again. */
  resumable?: true;
  /** Folder that is uploaded as a whole: files of one batch with the same `id` share a row. */
  folder?: { id: string; name: string; relativePath: string };
  /** Data from a pipe: there is no file to show or to send again. */
  piped?: true;
  /** Imported from another program, named in `destination`: the size is unknown and the file cannot be changed. */
  imported?: true;
  /** Another Hoist process (window or command line) runs this upload, so this process can show it but not change it. */
  elsewhere?: true;
}

export interface AttemptView {
  destination: string;
  /** ms since 1970 */
  ended: number;
  error: AppError;
}

/** Creates the window's view. `nameOf` returns a destination's name. */
export function toUploadView(upload: Upload, nameOf: (id: ProfileId) => string): UploadView {
  const step = upload.chain[upload.step];
  const view: UploadView = {
    id: upload.id,
    batchId: upload.batchId,
    position: upload.position,
    name: upload.name,
    size: upload.size,
    contentType: upload.contentType,
    status: upload.status,
    profileId: step?.profileId ?? '',
    destination: nameOf(step?.profileId ?? ''),
    visibility: step?.visibility ?? 'private',
    createdAt: upload.createdAt,
    ...optionalFields(upload, nameOf),
  };
  switch (upload.status) {
    case 'uploading':
      return {
        ...view,
        sent: upload.sent,
        resumableBytes: resumableBytes(upload),
        startedAt: upload.attempts.at(-1)?.started,
      };
    case 'verifying':
      return { ...view, sent: upload.size };
    case 'waiting':
      return { ...view, waitingUntil: upload.until, error: upload.error };
    case 'done':
      return {
        ...view,
        link: upload.link,
        visibility: upload.link.visibility,
        ...(upload.imported === undefined ? { verification: upload.verification } : {}),
        ...(upload.revokedAt === undefined ? {} : { revokedAt: upload.revokedAt }),
        endedAt: upload.doneAt,
      };
    case 'failed':
      return {
        ...view,
        error: upload.error,
        endedAt: upload.failedAt,
        ...(upload.withheld
          ? { withheld: { ...upload.withheld, destination: nameOf(upload.withheld.profileId) } }
          : {}),
      };
    case 'canceled':
      return { ...view, endedAt: upload.canceledAt };
    case 'queued':
    case 'paused':
      return view;
  }
}

/** The bytes that a later attempt need not send again. */
export function resumableBytes(upload: Upload): number {
  if (upload.status === 'verifying') return upload.size;
  return 'checkpoint' in upload && upload.checkpoint !== undefined ? (upload.bytesStored ?? 0) : 0;
}

/** The fields of the view that only some uploads have. */
function optionalFields(upload: Upload, nameOf: (id: ProfileId) => string): Partial<UploadView> {
  const attempts = upload.attempts.flatMap(({ profileId, ended, error }) =>
    error && ended !== undefined ? [{ destination: nameOf(profileId), ended, error }] : [],
  );
  const isResumable = 'checkpoint' in upload && upload.checkpoint !== undefined && upload.lastProgressAt !== undefined;
  return {
    ...('stream' in upload.source ? { piped: true } : {}),
    ...(upload.imported === undefined ? {} : { imported: true, destination: upload.imported }),
    ...(attempts.length > 0 ? { attempts } : {}),
    ...(upload.restarted ? { restarted: upload.restarted } : {}),
    ...(upload.folder
      ? { folder: { id: upload.folder.token, name: upload.folder.name, relativePath: upload.folder.relativePath } }
      : {}),
    ...(isResumable ? { resumable: true } : {}),
    ...(isResumable && upload.bytesStored !== undefined ? { sent: upload.bytesStored } : {}),
  };
}
