/**
 * The ports of the engine: time, randomness, files, network, drivers and records. Tests replace them and run days of
 * faults in seconds. Ports throw an AppFailure; the engine treats any other error as `bug`.
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
  /** Calls `callback` once, `ms` from now; returns a function that cancels the call. */
  after(ms: number, callback: () => void): () => void;
}

export interface Random {
  /** from 0 (inclusive) to 1 (exclusive) */
  next(): number;
  id(): string;
}

export type Source = FileSource | StreamSource;

/**
 * An open file. Each read names its position, so several parts can be read at once.
 * @throws AppFailure source-missing, source-unreadable, source-changed
 */
export interface FileSource {
  readonly name: string;
  /** bytes */
  readonly size: number;
  readonly contentType: string;
  readonly folder?: FolderLocation;
  /**
   * Fills `into` from `position`; returns the bytes read, more than 0 before the end. Throws source-changed when the
   * file became shorter.
   */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Throws source-changed when the file has changed since it was accepted. */
  assertUnchanged(): Promise<void>;
  /**
   * Whether the file may have changed since it was opened although its size and time are the same: its permissions, its
   * names, or its bytes by a program that restored the time. Only comparing the bytes can tell.
   * @throws AppFailure source-unreadable
   */
  mayHaveChanged?(): Promise<boolean>;
  close(): Promise<void>;
}

/** Bytes that can be read once, and whose number is known only at their end. */
export interface StreamSource {
  readonly name: string;
  readonly size: undefined;
  readonly contentType: string;
  /** May be called once. Throws source-unreadable when the bytes end early. */
  chunks(): AsyncIterable<Uint8Array>;
  /** bytes returned so far */
  bytesRead(): number;
  close(): Promise<void>;
}

export interface Sources {
  /**
   * Opens the file of an upload and compares its fingerprint. A stream can be opened only by the process that reads
   * it.
   */
  open(source: SourceRef, metadata: { name: string; contentType: string; folder?: FolderLocation }): Promise<Source>;
  /** Whether the stream can be opened again, and then returns all its bytes from the start. Absent: no stream can. */
  canReadAgain?(source: Exclude<SourceRef, FileRef>): boolean;
  /**
   * Returns the current state of the file, after `open` threw source-changed.
   * @throws AppFailure source-missing, source-unreadable, source-is-folder, source-not-a-file
   */
  refresh(source: FileRef): Promise<{ source: FileRef; size: number }>;
}

/** Options of the object key besides the source and the destination's settings; the same at each attempt. */
export interface KeyOptions {
  /** ms since 1970 when the file was added */
  createdAt: number;
  /** The name of the file's folder, or ''. */
  folderName: string;
  /** As in {@link Upload}. */
  keyTemplate?: string;
  collision?: Collision;
}

export interface Transfer {
  source: Source;
  keyOptions?: KeyOptions;
  /** The kind of link, instead of the one in the destination's settings. */
  linkOverride?: LinkOverride;
  signal: AbortSignal;
  checkpoint?: Checkpoint;
  /**
   * Resolves when the checkpoint is durable. Throws canceled after the end of the attempt, disk-full when it cannot
   * be saved.
   */
  onCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /**
   * Bytes that the store has or that this attempt passed to the network. Never exceeds the size; decreases only after
   * `onRestart`.
   */
  onProgress(sent: number): void;
  /** Bytes that the store has confirmed, so that a later attempt can resume from them. */
  onBytesStored?(bytes: number): void;
  /** The checkpoint cannot be resumed; this same attempt restarts from zero. */
  onRestart?(why: RestartReason): void;
  /**
   * Resolves when a request with a body may be sent; the driver calls the returned function after the response.
   * @throws AppFailure canceled
   */
  acquireSlot?(signal: AbortSignal): Promise<() => void>;
  /** The destination asked for fewer requests or did not respond in time, even if a repeated request succeeded. */
  onSlowDown?(): void;
}

/** A connected profile: the interface of a provider's driver to the engine. */
export interface Destination {
  upload(transfer: Transfer): Promise<Ref>;
  /** The stored object's size in bytes, or undefined when it does not exist. */
  stat(ref: Ref, signal: AbortSignal): Promise<{ size: number } | undefined>;
  link(ref: Ref, signal: AbortSignal, linkOverride?: LinkOverride): Promise<Link>;
  /** Deletes all remote data of an unfinished or finished upload. Succeeds when it is deleted already. */
  discard(what: { checkpoint: Checkpoint } | { ref: Ref }, signal: AbortSignal): Promise<void>;
  /** Makes the link stop working. Absent when the service cannot do this. */
  revokeLink?(ref: Ref, signal: AbortSignal): Promise<void>;
  /**
   * Opens a link as an anonymous client, over the network settings of this destination. Replaces {@link Links} where
   * present. Never throws.
   */
  probe?(link: Link, size: number, signal: AbortSignal): Promise<Verification>;
}

export interface DestinationConnector {
  /** @throws AppFailure no-destination, secret-missing, invalid-input, provider-broken */
  connect(profileId: ProfileId): Promise<Destination>;
}

export interface Links {
  /** Opens the link as an anonymous client. Never throws: an unreachable link is a result. */
  probe(link: Link, size: number, signal: AbortSignal): Promise<Verification>;
}

export interface Records {
  /** The records are durable when this returns. */
  insert(uploads: Upload[]): void;
  /**
   * `full`: survives a power cut, for `done`. `normal`: survives a crash of the process, for every other change. Writes
   * the record and the cleanups in one transaction. Returns false and writes nothing when another process owns the
   * upload or it was removed.
   */
  save(upload: Upload, sync: 'full' | 'normal', cleanups?: readonly PendingCleanup[]): boolean;
  /**
   * Takes an upload for this process by compare-and-set; false when another process owns it.
   * @throws AppFailure disk-full, bug
   */
  claim(id: UploadId): boolean;
  /** Whether this process still owns the upload. Works on a full disk. */
  owns(id: UploadId): boolean;
  /** Ends this process's ownership of the upload. */
  release(id: UploadId): void;
  /**
   * Removes the record and writes the cleanups in one transaction. Returns false and changes nothing when another
   * process owns it.
   */
  remove(id: UploadId, cleanups?: readonly PendingCleanup[]): boolean;
  get(id: UploadId): Upload | undefined;
  /** Ends this process's ownership of all uploads, in a time that does not depend on their number. */
  releaseAll(): void;
  /**
   * Unfinished uploads that no living process owns, with one of these statuses, in slices. Uploads may change between
   * two slices.
   */
  orphansInSlices(sliceSize: number, statuses: readonly Upload['status'][]): Generator<Upload[], void>;
  /**
   * Paused and ended uploads with a checkpoint that no living process owns: the store may still have data of them.
   */
  unownedWithCheckpoint(): UploadIn<'paused' | 'failed' | 'canceled'>[];
}

/** Remote data that no upload needs any more and that has to be deleted. */
export interface PendingCleanup {
  id: string;
  uploadId: UploadId;
  profileId: ProfileId;
  what: { checkpoint: Checkpoint } | { ref: Ref };
}

/**
 * The saved pending cleanups, which survive a crash of the process. `add` and `remove` throw disk-full. Two processes
 * may remove the same entry.
 */
export interface PendingCleanups {
  add(cleanup: PendingCleanup): void;
  all(): PendingCleanup[];
  remove(id: string): void;
}

export interface Network {
  /** False means certainly offline; true may be wrong. */
  online(): boolean;
  /** Calls `callback` whenever the network comes back; returns a function that unsubscribes. */
  onOnline(callback: () => void): () => void;
}

export interface Events {
  /** A record changed; `progress` may be coalesced, `status` may not. */
  changed(upload: Upload, what: 'status' | 'progress'): void;
  removed(id: UploadId): void;
  /** Every upload of the batch has ended. `uploads` are those that ended since the previous call, in drop order. */
  batchSettled(uploads: Upload[]): void;
  /** These uploads made no progress for a week. Their remote data is deleted; a later attempt starts from zero. */
  abandonedUploadsExpired(uploads: Upload[]): void;
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

/** A file that was opened once to take its fingerprint, or a stream, whose size is still 0. */
export interface AcceptedFile<S extends SourceRef = SourceRef> {
  name: string;
  size: number;
  contentType: string;
  source: S;
  /** The absolute path that the user gave, before links were resolved. */
  givenPath?: string;
  folder?: FolderLocation;
  keyTemplate?: string;
  collision?: Collision;
  linkOverride?: LinkOverride;
}
