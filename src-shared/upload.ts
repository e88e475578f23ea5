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
export interface Fingerprint {
  size: number;
  mtimeMs: number;
  dev: string;
  ino: string;
}

export interface FileRef {
  path: string;
  fingerprint: Fingerprint;
}
/** What came through a pipe: it is read once, and cannot be opened again. */
export interface StreamRef {
  stream: 'standard-input';
}
export type SourceRef = FileRef | StreamRef;

/** Place of a file in a folder that was given as a whole. */
export interface FolderLocation {
  /** The folder's own name. Files of one batch with the same token belong together. */
  name: string;
  /** From the folder to the file: `deep/0.txt`. */
  relativePath: string;
  /** What their keys share, so that they stay beside each other in the store: at least 96 random bits, and ms since 1970. */
  token: string;
  at: number;
}

/** What happens when something is there already under the name that a file would get. `replace` keeps the link, and what was there is gone. */
export const collisions = ['new-name', 'ask', 'replace'] as const;
export type Collision = (typeof collisions)[number];

/** One step of the ordered destinations that an upload may fall back through. `cannotDelete`: what was stored there stays. */
export interface ChainStep {
  profileId: ProfileId;
  visibility: Visibility;
  cannotDelete?: true;
}

/** Why the next destination of the chain was not taken: more people could open the link, or it could not be taken back. */
export interface Withheld {
  profileId: ProfileId;
  reason: 'more-people' | 'cannot-delete';
}

/** Why an upload began again from zero: the file is another one now, or the store no longer knows what it had. */
export type RestartReason = 'file-changed' | 'store-forgot';

/** One try of one upload at one profile. `ended` and `error` are absent while it runs; an attempt that stored the file has no error. */
export interface Attempt {
  number: number;
  profileId: ProfileId;
  started: number;
  ended?: number;
  error?: AppError;
}

/** The driver's durable reference to the stored object: opaque to everyone else. */
export type Ref = Json;
/** The driver's durable resume token: opaque to everyone else. */
export type Checkpoint = Json;

export interface Link {
  url: string;
  /** Where the file itself is, when `url` shows a page about it. */
  file?: string;
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
  folder?: FolderLocation;
  /** Where it goes instead of where its destination would put it: a template, as in a destination's settings. */
  keyTemplate?: string;
  /** What happens instead of what its destination says when something is there already. */
  collision?: Collision;
  linkOverride?: LinkOverride;
  restarted?: RestartReason;
  /** The program that made the link, as people know it: Hoist only remembers it, and has neither the file nor its size nor a key to it. */
  imported?: string;
  /** ms since 1970 when bytes last moved; what is kept at the store without any for a week is removed there */
  lastProgressAt?: number;
  /** bytes of it that the store had when it last stopped, as far as is known; absent when none */
  bytesStored?: number;
}

/** Kinds of link that can be wished for; a private one is up to its destination. */
export const linkKinds = ['expiring', 'public'] as const satisfies readonly Visibility[];
export type LinkKind = (typeof linkKinds)[number];

/** What somebody wants of an upload's link instead of what its destination says. `seconds`: how long it works; only for one that expires. */
export interface LinkOverride {
  kind: LinkKind;
  seconds?: number;
}

/** ms since 1970; until the network is back; until the destination is mended: its key was refused. */
export type WaitUntil = number | 'online' | 'profile-fixed';

/** `failures` counts attempts without progress since the last progress; `attempt` is the number of the running attempt. */
export type Upload = Common &
  (
    | { status: 'queued'; failures: number; checkpoint?: Checkpoint }
    | { status: 'uploading'; attempt: number; failures: number; sent: number; checkpoint?: Checkpoint }
    | { status: 'waiting'; until: WaitUntil; error: AppError; failures: number; checkpoint?: Checkpoint }
    | { status: 'paused'; failures: number; checkpoint?: Checkpoint }
    | { status: 'verifying'; attempt: number; failures: number; ref: Ref }
    | { status: 'done'; ref: Ref; link: Link; verification: Verification; doneAt: number }
    | { status: 'failed'; error: AppError; failedAt: number; checkpoint?: Checkpoint; withheld?: Withheld }
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
  /** bytes that the store has or that were handed to the network; of one that does not run, what is kept at the store */
  sent?: number;
  /** ms since 1970 when the running attempt began */
  startedAt?: number;
  waitingUntil?: WaitUntil;
  error?: AppError;
  link?: Link;
  verification?: Verification;
  /** ms since 1970 when it was done, failed or canceled */
  endedAt?: number;
  /** Attempts that ended with an error, oldest first. */
  attempts?: AttemptView[];
  restarted?: RestartReason;
  /** Beside an error: its destination is signed in to in the browser, so there is no key to mend. */
  signsIn?: true;
  /** A destination that would have been next and was not taken without being asked. */
  withheld?: Withheld & { destination: string };
  /** Parts of it are kept at the store, and going on does not send them again. */
  resumable?: true;
  /** In a folder that was given as a whole: files of one batch with the same `id` are one row. */
  folder?: { id: string; name: string; relativePath: string };
  /** It came through a pipe: there is no file to show, and nothing to send again. */
  piped?: true;
  /** Another program made it: `destination` names it, the size is not known, and nothing at the store can be changed. */
  imported?: true;
  /** Another Hoist process, a window or a command line, works on it: it can be watched here, not changed. */
  elsewhere?: true;
}

export interface AttemptView {
  destination: string;
  /** ms since 1970 */ ended: number;
  error: AppError;
}

/** Makes the window's view; `nameOf` names a destination. */
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
      return { ...view, sent: upload.sent, startedAt: upload.attempts.at(-1)?.started };
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

/** What not every upload has. */
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
