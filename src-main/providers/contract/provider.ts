/**
 * The provider contract. A provider is a manifest (data, always loaded, no SDK) and a driver (code, loaded on first use).
 * A driver throws whatever its SDK throws; its module's `errorCode` says what that means, and connect.ts wraps it.
 */
import type * as v from 'valibot';
import type { AppError } from '../../../src-shared/errors.ts';
import type { FieldValues, LinkExample } from '../../../src-shared/profile.ts';
import type { CodeRefusal, ProviderInfo, SignInStep } from '../../../src-shared/provider.ts';
import type { TextKey } from '../../../src-shared/text/text.ts';
import type { Checkpoint, Link, LinkOverride, Ref, RestartReason, Visibility } from '../../../src-shared/upload.ts';
import type { FileSource, StreamSource } from '../../engine/ports.ts';
import type { ProxyResolver, Transport } from '../network/transport.ts';

/** What a manifest may look at without asking anybody, and without waiting. */
export interface Computer {
  env: Readonly<Record<string, string | undefined>>;
  /** The user's own folder; '' when it is not known. */
  home: string;
  platform: NodeJS.Platform;
  /** Text of a small file; undefined when it is not there, cannot be read, or is too large to be what it should be. Never throws. */
  read(path: string): string | undefined;
}

/**
 * Credentials that this computer already has. `values` may hold secrets: it never leaves main. What becomes of them when the
 * user confirms is in `use`:
 * - `environment`: secrets and sign-in are read from the variables at each use, and never saved
 * - `reference`: there is no secret in `values`, but a setting that names where it is
 * - `copy`: secrets go to Hoist's own key store
 */
export interface DiscoveredCredentials {
  /** Stays the same as long as it is the same thing. */
  id: string;
  name: string;
  from: string;
  values: FieldValues;
  use: 'environment' | 'reference' | 'copy';
  /** Fields that are still to be filled in. */
  needs?: string[];
}

export interface Provider<Settings = unknown> extends ProviderInfo {
  /**
   * Types and normalises what a form produced (settings and secrets together). An issue's path names the field; the more
   * fields it can name at once, the better, because each is shown in its place.
   */
  settings: v.GenericSchema<FieldValues, Settings>;
  /** What is saved of values that the schema takes: pasted addresses taken apart, blanks removed. Without it, the values as they are. */
  normalize?(values: FieldValues): FieldValues;
  /** The link that a file would get at this path, while the values make one; only addresses, so nothing of the secrets is needed. */
  exampleLink?(values: FieldValues, path: string): LinkExample | undefined;
  /** Who will be able to open links made with these settings, and for how many days; `sentence` where that is not all there is to say. */
  linkAccess(settings: FieldValues): { visibility: Visibility; days?: number; sentence?: TextKey };
  /** Domains to whose hosts a link may send strangers on for the file itself; without them, a link stays on its own host. */
  linkRedirectDomains?: readonly string[];
  discoverCredentials(computer: Computer): DiscoveredCredentials[];
  load(): Promise<ProviderModule<Settings>>;
}

/** What a driver may use of the world; everything else it brings with it. */
export interface DriverPorts {
  /** ms since 1970 */
  now(): number;
  /** Cryptographically random bytes. */
  randomBytes(count: number): Uint8Array;
  /** What the app knows of the way through the network; without it, the environment's variables. */
  network?: ProxyResolver;
  /** Asks the person who uses this destination for a code. @throws AppFailure secret-missing when nobody is there or they do not answer, canceled */
  promptForCode?(request: CodeRequest, signal: AbortSignal): Promise<string>;
  /** Replaces secrets of this destination by newer ones that its service gave out, and settings that were left open by what was found, durably. @throws AppFailure disk-full */
  saveRenewed?(values: FieldValues): Promise<void>;
  /** The way that this destination's settings ask for; it belongs to whoever opened it. A driver that is given none goes directly. */
  transport?: Transport;
}

/** A link that did not open for a stranger: a module's `errorOf` says which setting that is about. */
export class LinkCheckError extends Error {
  readonly link: Link;
  readonly verdict: 'private' | 'unreachable';
  constructor(link: Link, verdict: LinkCheckError['verdict']) {
    super(`the link is ${verdict}`);
    this.name = 'LinkCheckError';
    this.link = link;
    this.verdict = verdict;
  }
}

/** Which values can this field have? `values` is the form so far, tidy or not; secrets are among them. */
export interface FieldContext {
  field: string;
  values: FieldValues;
  computer: Computer;
  signal: AbortSignal;
}

/** A code of a device that the person has: `device` says which, as the service names it; `refused`, why the one before was not taken. */
export interface CodeRequest {
  kind: 'mfa';
  device: string;
  refused?: CodeRefusal;
}

/** What leading a person through a sign-in takes besides the network. */
export interface SignInPorts extends DriverPorts {
  computer: Computer;
  /** Opens the page in the person's browser and tells them what to do there. */
  show(step: SignInStep): void;
  /** What they pasted, each time that they paste something; for steps with `paste`. @throws AppFailure canceled */
  pasted(signal: AbortSignal): Promise<string>;
}

/** What came of a sign-in: the field's value, a secret, and what it tells about other settings (an account's name …). */
export interface SignInOutcome {
  value: string;
  settings?: FieldValues;
}

/** `values`: of a destination that is gone, secrets among them. `others`: of those of its kind that stay. */
export interface SignOutRequest {
  values: FieldValues;
  others: readonly FieldValues[];
  computer: Computer;
  signal: AbortSignal;
}

export interface ProviderModule<Settings = unknown> {
  connect(settings: Settings, ports: DriverPorts): Driver;
  /** What a thrown value means, or undefined when this provider does not know it. Without settings: during a sign-in. */
  errorOf(cause: unknown, settings: Settings | undefined): AppError | undefined;
  /** For fields that have `suggests`. Best first; an AppFailure says why there is nothing to suggest. */
  suggest?(context: FieldContext, ports: DriverPorts): Promise<string[]>;
  /** For fields of kind `sign-in`. Ends when the person is signed in, or with an AppFailure that says why not. */
  signIn?(context: FieldContext, ports: SignInPorts): Promise<SignInOutcome>;
  /**
   * Ends at the service what a sign-in here gave out. What a person brought from elsewhere is theirs, and what one of the
   * others still uses stays; what is over already is no error.
   */
  signOut?(request: SignOutRequest, ports: DriverPorts & { transport: Transport }): Promise<void>;
}

/** Where a file goes, below what the provider's own settings say. */
export interface KeyBuilder {
  /** Nobody else can have the same: at least 96 random bits are in it. */
  isUnique: boolean;
  /** What to do when something is there. `refuse`: throw name-taken. */
  ifTaken: 'new-name' | 'refuse' | 'replace';
  /**
   * Segments with slashes between them, each of 1 to 255 bytes, never dots alone.
   * @param attempt from 1; the next one is another name, because the one before was taken
   * @param maxBytes of all of them together, at least 511
   * @throws AppFailure source-changed, source-unreadable, canceled
   */
  path(attempt: number, maxBytes: number): Promise<string>;
}

export type DriverTransfer = TransferFrom<FileSource> | TransferFrom<StreamSource>;

export interface TransferFrom<S> {
  source: S;
  /** Without it: a new place of its own. What a checkpoint names stays, whatever this says. */
  keyBuilder?: KeyBuilder;
  signal: AbortSignal;
  checkpoint?: Checkpoint;
  /** What its link will be, instead of what the settings say. */
  linkOverride?: LinkOverride;
  onCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** Bytes that the store has already or that this attempt handed to the network; may fall when a part is sent again. */
  onProgress(sent: number): void;
  /** Bytes that the store has acknowledged and would still have after a crash. */
  onBytesStored?(bytes: number): void;
  /** Nothing of what the checkpoint names can be gone on with: the sending begins from zero, and progress may fall. */
  onRestart?(why: RestartReason): void;
  /** Resolves when a request with a body may be sent; what it gives is called when that request has been answered. @throws AppFailure canceled */
  acquireSlot?(signal: AbortSignal): Promise<() => void>;
  /** The service asked for fewer requests, or left one unanswered, even if a second sending healed it. */
  onSlowDown?(): void;
}

/** Whether what is sent comes through a pipe: its length is not known, and a second try has nothing to send. */
export const isStream = (transfer: DriverTransfer): transfer is TransferFrom<StreamSource> =>
  transfer.source.size === undefined;

/** `asking`: whom `ports.ask` would reach; where it is nobody, it is not called, and what would have been asked for is missing. */
export interface CheckOptions {
  keyBuilder?: KeyBuilder;
  promptMode?: 'interactive' | 'background';
}

export interface Driver {
  /**
   * Proves that the settings can write, leaving nothing behind.
   * @returns what is not right although it works
   */
  check(signal: AbortSignal, options?: CheckOptions): Promise<AppError | undefined>;
  upload(transfer: DriverTransfer): Promise<Ref>;
  /** `wish`: what is wanted instead of what the settings say; only of a kind in the capabilities' `wishes`. */
  link(ref: Ref, signal: AbortSignal, linkOverride?: LinkOverride): Promise<Link>;
  stat(ref: Ref, signal: AbortSignal): Promise<{ size: number } | undefined>;
  /** Of a checkpoint: the unfinished upload. Of a ref: the stored object. Something already gone is no error. */
  discard(what: { checkpoint: Checkpoint } | { ref: Ref }, signal: AbortSignal): Promise<void>;
  /** Closes sockets; the driver is not used again. */
  close(): void;
}
