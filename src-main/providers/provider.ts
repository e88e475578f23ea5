/**
 * The provider contract. A provider is a manifest (data, always loaded, no SDK) and a driver (code, loaded on first use).
 * A driver throws whatever its SDK throws; its module's `errorCode` says what that means, and connect.ts wraps it.
 */
import type * as v from 'valibot';
import type { AppError } from '../../src-shared/errors.ts';
import type { FieldValues } from '../../src-shared/profile.ts';
import type { ProviderInfo } from '../../src-shared/provider.ts';
import type { Checkpoint, Link, Ref, Restarted, Visibility } from '../../src-shared/upload.ts';
import type { FileSource, StreamSource } from '../engine/ports.ts';

/** Credentials that this computer already has. `values` may hold secrets: it never leaves main. */
export interface Found { id: string; name: string; from: string; values: FieldValues }

export interface Provider<Settings = unknown> extends ProviderInfo {
  /** Types and normalises what a form produced (settings and secrets together); an issue's path names the field. */
  settings: v.GenericSchema<FieldValues, Settings>;
  /** What is saved of values that the schema takes: pasted addresses taken apart, blanks removed. Without it, the values as they are. */
  tidy?(values: FieldValues): FieldValues;
  /** Who will be able to open links made with these settings, and for how many days. */
  links(settings: FieldValues): { visibility: Visibility; days?: number };
  credentials(env: Record<string, string | undefined>): Found[];
  load(): Promise<ProviderModule<Settings>>;
}

/** What a driver may use of the world; everything else it brings with it. */
export interface DriverPorts {
  /** ms since 1970 */
  now(): number;
  /** Cryptographically random bytes. */
  randomBytes(count: number): Uint8Array;
}

export interface ProviderModule<Settings = unknown> {
  connect(settings: Settings, ports: DriverPorts): Driver;
  /** What a thrown value means, or undefined when this provider does not know it. */
  errorOf(cause: unknown, settings: Settings): AppError | undefined;
}

export type DriverTransfer = TransferOf<FileSource> | TransferOf<StreamSource>;

export interface TransferOf<S> {
  source: S;
  signal: AbortSignal;
  checkpoint?: Checkpoint;
  onCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** Bytes that the store has already or that this attempt handed to the network; may fall when a part is sent again. */
  onProgress(sent: number): void;
  /** Bytes that the store has acknowledged and would still have after a crash. */
  onKept?(bytes: number): void;
  /** Nothing of what the checkpoint names can be gone on with: the sending begins from zero, and progress may fall. */
  onRestart?(why: Restarted): void;
}

/** Whether what is sent comes through a pipe: its length is not known, and a second try has nothing to send. */
export const isStream = (transfer: DriverTransfer): transfer is TransferOf<StreamSource> => transfer.source.size === undefined;

export interface Driver {
  /** Proves that the settings can write, leaving nothing behind. */
  check(signal: AbortSignal): Promise<void>;
  upload(transfer: DriverTransfer): Promise<Ref>;
  link(ref: Ref, signal: AbortSignal): Promise<Link>;
  stat(ref: Ref, signal: AbortSignal): Promise<{ size: number } | undefined>;
  /** Of a checkpoint: the unfinished upload. Of a ref: the stored object. Something already gone is no error. */
  discard(what: { checkpoint: Checkpoint } | { ref: Ref }, signal: AbortSignal): Promise<void>;
  /** Closes sockets; the driver is not used again. */
  close(): void;
}
