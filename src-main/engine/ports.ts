/**
 * What the engine needs of the world. Time, randomness, files, network, drivers and the store come in here, so days of
 * faults run in seconds in a test. Whatever a port throws is an AppFailure; anything else counts as `bug`.
 */
import type { AppError } from '../../src-shared/errors.ts';
import type {
  Checkpoint,
  Collision,
  FileRef,
  FolderLocation,
  Link,
  LinkOverride,
  ProfileId,
  Ref,
  RestartReason,
  SourceRef,
  Upload,
  UploadId,
  UploadIn,
  Verification,
} from '../../src-shared/upload.ts';

export interface Clock {
  /** ms since 1970 */
  now(): number;
  /** Calls once, `ms` from now; returns how to take it back. */
  after(ms: number, callback: () => void): () => void;
}

export interface Random {
  /** from 0 (inclusive) to 1 (exclusive) */
  next(): number;
  id(): string;
}

export type Source = FileSource | StreamSource;

/**
 * An open file. Reads are positioned, so several parts read at once.
 * @throws AppFailure source-missing, source-unreadable, source-changed
 */
export interface FileSource {
  readonly name: string;
  /** bytes */
  readonly size: number;
  readonly contentType: string;
  readonly folder?: FolderLocation;
  /** Fills `into` from `position`; returns the bytes read, always more than 0 before the end. A file that became shorter throws source-changed. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Throws source-changed when the file is no longer what it was when it was accepted. */
  assertUnchanged(): Promise<void>;
  /**
   * Whether anything about the file was changed since it was opened, though size and time are the same: its permissions, its
   * names, or its bytes by someone who set the time back. Only the bytes can tell. @throws AppFailure source-unreadable
   */
  mayHaveChanged?(): Promise<boolean>;
  close(): Promise<void>;
}

/** Bytes whose number is known when they end, and which come once. */
export interface StreamSource {
  readonly name: string;
  readonly size: undefined;
  readonly contentType: string;
  /** To be asked for once. It throws source-unreadable where the bytes break off. */
  chunks(): AsyncIterable<Uint8Array>;
  /** bytes that were handed out so far */
  bytesRead(): number;
  close(): Promise<void>;
}

export interface Sources {
  /** Opens the file behind an upload and compares its fingerprint; a stream can be opened only where and while it runs. */
  open(source: SourceRef, as: { name: string; contentType: string; folder?: FolderLocation }): Promise<Source>;
  /**
   * The file as it is now, after `open` threw source-changed.
   * @throws AppFailure source-missing, source-unreadable, source-is-folder, source-not-a-file
   */
  refresh(source: FileRef): Promise<{ source: FileRef; size: number }>;
}

/** What the place of an upload is made of besides its source and its destination's settings: the same at each attempt. */
export interface KeyOptions {
  /** ms since 1970 when the file was given */
  createdAt: number;
  /** The name of the folder that it lies in, or ''. */
  folderName: string;
  /** As in {@link Upload}. */
  keyTemplate?: string;
  collision?: Collision;
}

export interface Transfer {
  source: Source;
  keyOptions?: KeyOptions;
  /** What its link will be, instead of what the destination's settings say. */
  linkOverride?: LinkOverride;
  signal: AbortSignal;
  checkpoint?: Checkpoint;
  /** Resolves when the checkpoint is durable; throws canceled once the attempt is over, disk-full when it cannot be kept. */
  onCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** Bytes that the store has or that this attempt handed to the network: never more than the size, never fewer than last time but after `onRestart`. */
  onProgress(sent: number): void;
  /** Bytes that the store has confirmed and keeps for a later attempt. */
  onBytesStored?(bytes: number): void;
  /** What the checkpoint stood for could not be gone on with; the upload begins again from zero, in this same attempt. */
  onRestart?(why: RestartReason): void;
  /**
   * Resolves when a request with a body may be sent; what it gives is called when that request has been answered.
   * @throws AppFailure canceled
   */
  acquireSlot?(signal: AbortSignal): Promise<() => void>;
  /** The destination asked for fewer requests, or left one unanswered, even if a second sending healed it. */
  onSlowDown?(): void;
}

/** A profile made ready to be used: the portable face of a provider's driver. */
export interface Destination {
  upload(transfer: Transfer): Promise<Ref>;
  /** The stored object's size in bytes, or undefined when it is not there. */
  stat(ref: Ref, signal: AbortSignal): Promise<{ size: number } | undefined>;
  link(ref: Ref, signal: AbortSignal, linkOverride?: LinkOverride): Promise<Link>;
  /** Leaves nothing behind of an unfinished or finished upload. Something already gone is no error. */
  discard(what: { checkpoint: Checkpoint } | { ref: Ref }, signal: AbortSignal): Promise<void>;
  /** Opens a link as a stranger would, the way that this destination is reached; without it {@link Links} does. Never throws. */
  probe?(link: Link, size: number, signal: AbortSignal): Promise<Verification>;
}

export interface DestinationConnector {
  /** @throws AppFailure no-destination, secret-missing, invalid-input, provider-broken */
  connect(profileId: ProfileId): Promise<Destination>;
}

export interface Links {
  /** Asks for the link as a stranger would. Never throws: not being reached is an answer. */
  probe(link: Link, size: number, signal: AbortSignal): Promise<Verification>;
}

export interface Records {
  /** Durable when it resolves. */
  insert(uploads: Upload[]): void;
  /**
   * `full`: survives a power cut (accept, done); `normal`: survives a crash of the process (checkpoints, status). What the
   * upload no longer speaks of and has to go is `owed` from the same instant on: both are written, or neither is.
   * False, and nothing is written, when another process has taken the upload over or it was removed.
   */
  save(upload: Upload, sync: 'full' | 'normal', cleanups?: readonly PendingCleanup[]): boolean;
  /** Takes an upload for this process by compare-and-set; false when another process owns it. */
  claim(id: UploadId): boolean;
  /** Whether it is still this process's; to know it needs no space on the disk. */
  owns(id: UploadId): boolean;
  /** Gives it back. */
  release(id: UploadId): void;
  /** What it had at the store is `owed` from the same instant on. False, and nothing happens, when another process owns it. */
  remove(id: UploadId, cleanups?: readonly PendingCleanup[]): boolean;
  get(id: UploadId): Upload | undefined;
  /** Uploads that are not done, failed or canceled and that no living process owns. */
  orphans(): Upload[];
  /** Failed and canceled uploads that still have a checkpoint, and that no living process owns: something of them may be left at the store. */
  endedWithCheckpoint(): UploadIn<'failed' | 'canceled'>[];
}

/** Something of ours that has to go from a store, and that no upload needs any more. */
export interface PendingCleanup {
  id: string;
  uploadId: UploadId;
  profileId: ProfileId;
  what: { checkpoint: Checkpoint } | { ref: Ref };
}

/** Survives a crash of the process. `add` and `remove` throw disk-full. What two processes remove at once is removed once. */
export interface PendingCleanups {
  add(cleanup: PendingCleanup): void;
  all(): PendingCleanup[];
  remove(id: string): void;
}

export interface Network {
  /** A hint: false means surely offline. */
  online(): boolean;
  /** Calls whenever the network comes back; returns how to stop. */
  onOnline(callback: () => void): () => void;
}

export interface Events {
  /** A record changed; `progress` may be coalesced, `status` may not. */
  changed(upload: Upload, what: 'status' | 'progress'): void;
  removed(id: UploadId): void;
  /** Every upload of the batch has ended; `uploads` are those that ended since the last call for it, in drop order. */
  batchSettled(uploads: Upload[]): void;
  /** Nothing of these had moved for a week: what the stores kept of them is removed, and a later try begins from zero. */
  abandonedExpired(uploads: Upload[]): void;
}

export interface Log {
  /** Writes one redacted line for a failed or finished attempt; returns its diagnostic id. */
  attempt(line: {
    uploadId: UploadId;
    attempt: number;
    profileId: ProfileId;
    ms: number;
    bytes: number;
    outcome: 'stored' | AppError['code'];
    cause?: unknown;
  }): string;
  /** Writes one redacted line for an unexpected error outside an attempt; returns its diagnostic id. */
  problem(where: string, cause: unknown): string;
}

export interface Ports {
  clock: Clock;
  random: Random;
  sources: Sources;
  destinations: DestinationConnector;
  links: Links;
  records: Records;
  pendingCleanups: PendingCleanups;
  network: Network;
  events: Events;
  log: Log;
}

/** A file that was accepted: opened once, its fingerprint taken. Or a stream, of size 0 as yet. */
export interface AcceptedFile<S extends SourceRef = SourceRef> {
  name: string;
  size: number;
  contentType: string;
  source: S;
  folder?: FolderLocation;
  keyTemplate?: string;
  collision?: Collision;
  linkOverride?: LinkOverride;
}
