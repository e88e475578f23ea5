/**
 * What the engine needs of the world. Time, randomness, files, network, drivers and the store come in here, so days of
 * faults run in seconds in a test. Whatever a port throws is an AppFailure; anything else counts as `bug`.
 */
import type { AppError } from '../../src-shared/errors.ts';
import type { Checkpoint, FolderPlace, Link, ProfileId, Ref, SourceRef, Upload, UploadId, UploadIn, Verification } from '../../src-shared/upload.ts';

export interface Clock {
  /** ms since 1970 */
  now(): number;
  /** Calls once, `ms` from now; returns how to take it back. */
  after(ms: number, call: () => void): () => void;
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
  readonly folder?: FolderPlace;
  /** Fills `into` from `position`; returns the bytes read, always more than 0 before the end. A file that became shorter throws source-changed. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Throws source-changed when the file is no longer what it was when it was accepted. */
  check(): Promise<void>;
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
  taken(): number;
  close(): Promise<void>;
}

export interface Sources {
  /** Opens the file behind an upload and compares its fingerprint; a stream can be opened only where and while it runs. */
  open(source: SourceRef, as: { name: string; contentType: string; folder?: FolderPlace }): Promise<Source>;
}

export interface Transfer {
  source: Source;
  signal: AbortSignal;
  checkpoint?: Checkpoint;
  /** Resolves when the checkpoint is durable. */
  onCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** Bytes of this attempt handed to the network so far: never more than the size, never fewer than last time. */
  onProgress(sent: number): void;
}

/** A profile made ready to be used: the portable face of a provider's driver. */
export interface Destination {
  upload(transfer: Transfer): Promise<Ref>;
  /** The stored object's size in bytes, or undefined when it is not there. */
  stat(ref: Ref, signal: AbortSignal): Promise<{ size: number } | undefined>;
  link(ref: Ref, signal: AbortSignal): Promise<Link>;
  /** Leaves nothing behind of an unfinished or finished upload. */
  discard(what: { checkpoint: Checkpoint } | { ref: Ref }, signal: AbortSignal): Promise<void>;
}

export interface Destinations {
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
  /** `full`: survives a power cut (accept, done); `normal`: survives a crash of the process (checkpoints, status). */
  save(upload: Upload, sync: 'full' | 'normal'): void;
  /** Takes an upload for this process by compare-and-set; false when another process owns it. */
  claim(id: UploadId): boolean;
  /** Gives it back. */
  release(id: UploadId): void;
  remove(id: UploadId): void;
  get(id: UploadId): Upload | undefined;
  /** Uploads that are not done, failed or canceled and that no living process owns. */
  unowned(): Upload[];
  /** Failed and canceled uploads that still have a checkpoint: something of them may be left at the store. */
  leftovers(): UploadIn<'failed' | 'canceled'>[];
}

export interface Network {
  /** A hint: false means surely offline. */
  online(): boolean;
  /** Calls whenever the network comes back; returns how to stop. */
  onOnline(call: () => void): () => void;
}

export interface Events {
  /** A record changed; `progress` may be coalesced, `status` may not. */
  changed(upload: Upload, what: 'status' | 'progress'): void;
  removed(id: UploadId): void;
  /** Every upload of the batch has ended; `uploads` are those that ended since the last call for it, in drop order. */
  settled(uploads: Upload[]): void;
}

export interface Log {
  /** Writes one redacted line for a failed or finished attempt; returns the diagnostic id that names it. */
  attempt(line: { uploadId: UploadId; attempt: number; profileId: ProfileId; ms: number; bytes: number; outcome: 'stored' | AppError['code']; cause?: unknown }): string;
}

export interface Ports {
  clock: Clock;
  random: Random;
  sources: Sources;
  destinations: Destinations;
  links: Links;
  records: Records;
  network: Network;
  events: Events;
  log: Log;
}

/** A file that was accepted: opened once, its fingerprint taken. Or a stream, of size 0 as yet. */
export interface AcceptedFile<S extends SourceRef = SourceRef> { name: string; size: number; contentType: string; source: S; folder?: FolderPlace }
