/**
 * The provider contract. A provider has a manifest (data, always loaded, no SDK) and a driver (code, loaded on first
 * use). A driver throws whatever its SDK throws; its module's `errorOf` translates that, and destination/connect.ts
 * wraps it.
 */
import type * as v from 'valibot';
import type { AppError } from '../../../src-shared/errors.ts';
import type { FieldValues, LinkExample } from '../../../src-shared/profile.ts';
import type { CodeRefusal, ProviderInfo, SignInStep } from '../../../src-shared/provider.ts';
import type { TextKey } from '../../../src-shared/text/text.ts';
import type { Checkpoint, Link, LinkOverride, Ref, RestartReason, Visibility } from '../../../src-shared/upload.ts';
import type { FileSource, StreamSource } from '../../engine/ports.ts';
import type { Computer } from '../../platform/computer.ts';
import type { ProxyResolver, Transport } from '../network/transport.ts';

/**
 * Credentials found on this computer. `values` may contain secrets, so it never leaves the main process. `use`
 * says what happens when the user confirms:
 * - `environment`: secrets and sign-in are read from the environment variables on each use and never saved
 * - `reference`: `values` contains no secret, only a setting that says where the secret is
 * - `copy`: secrets are copied to Hoist's own secret store
 */
export interface DiscoveredCredentials {
  /** Stable: the same credentials always have the same id. */
  id: string;
  name: string;
  /** Where the credentials were found, such as the name of a variable. */
  from: string;
  values: FieldValues;
  use: 'environment' | 'reference' | 'copy';
  /** Fields that the user still has to fill in. */
  needs?: string[];
}

export interface Provider<Settings = unknown> extends ProviderInfo {
  /**
   * Parses the form's values (settings and secrets together) into typed settings. The path of an issue names its field.
   * The form shows each issue at its field, so the schema should report all issues at once.
   */
  settings: v.GenericSchema<FieldValues, Settings>;
  /**
   * Returns the values to save, for values that the schema accepts. Parses pasted addresses and trims blanks, for
   * example. If absent, values are saved unchanged.
   */
  normalize?(values: FieldValues): FieldValues;
  /** The link that a file with this path would get; undefined while values are missing. Uses no secrets. */
  exampleLink?(values: FieldValues, path: string, computer: Computer): LinkExample | undefined;
  /**
   * Keys of settings that are not in the form. {@link Driver.measure} determines their values, which are saved with the
   * destination.
   */
  measuredSettings?: readonly string[];
  /** The values that the driver uses for toggles that the user did not set. Uses no secrets. */
  defaultValues?(values: FieldValues, computer: Computer): FieldValues;
  /** Who can open links with these settings, and for how many days. `sentence` describes further restrictions. */
  linkAccess(settings: FieldValues): { visibility: Visibility; days?: number; sentence?: TextKey };
  /** Domains to which a link may redirect an anonymous client. If absent, a link must stay on its own host. */
  linkRedirectDomains?: readonly string[];
  /** The file with additional trusted certificates that these values refer to, in addition to the field `ca`. */
  certificateFile?(values: FieldValues, computer: Computer): CertificateFile | undefined;
  /** The server that gets the requests, such as `https://s3.example.com`. If absent, the provider has fixed servers. */
  requestServer?(values: FieldValues, computer: Computer): string;
  /** Whether these values refer to keys outside Hoist, such as those of an AWS profile. */
  usesExternalKeys?(values: FieldValues): boolean;
  discoverCredentials(computer: Computer): DiscoveredCredentials[];
  load(): Promise<ProviderModule<Settings>>;
}

/** `setting`: the variable or the setting of another program that names the file, for error messages. */
export interface CertificateFile {
  path: string;
  setting: string;
}

/** The functions that the app provides to a driver. */
export interface DriverPorts {
  /** ms since 1970 */
  now(): number;
  /** Cryptographically random bytes. */
  randomBytes(count: number): Uint8Array;
  /** The app's proxy lookup. If absent, the environment variables name the proxy. */
  network?: ProxyResolver;
  /**
   * Asks the user of this destination for a code.
   * @throws AppFailure secret-missing when no user is present or the user does not answer, canceled
   */
  promptForCode?(request: CodeRequest, signal: AbortSignal): Promise<string>;
  /** Whether the user has allowed this command line. If absent, no program may start. */
  isProgramAllowed?(commandLine: string): boolean;
  /**
   * Asks the user whether a program may start. Returns false without a question if the user started no request.
   * @throws AppFailure canceled
   */
  confirmProgram?(request: ProgramRequest, signal: AbortSignal): Promise<boolean>;
  /**
   * Durably saves secrets that the service renewed, and settings that the driver discovered.
   * @throws AppFailure disk-full
   */
  saveRenewed?(values: FieldValues): Promise<void>;
  /**
   * Connections with this destination's network settings. The caller closes the transport. If absent, the driver
   * connects directly.
   */
  transport?: Transport;
  /** The number of Hoist processes that upload to this destination now, this one included. If absent, only this one. */
  sharingProcesses?(): number;
}

/** An anonymous client cannot open the link. The module's `errorOf` names the setting that causes this. */
export class LinkCheckError extends Error {
  readonly link: Link;
  readonly outcome: 'private' | 'unreachable';
  constructor(link: Link, outcome: LinkCheckError['outcome']) {
    super(`the link is ${outcome}`);
    this.name = 'LinkCheckError';
    this.link = link;
    this.outcome = outcome;
  }
}

/** The form for which a sign-in or the suggestions of a field are requested. */
export interface FieldContext {
  field: string;
  /** The current values of the form, with secrets. They may not be normalized yet. */
  values: FieldValues;
  computer: Computer;
  signal: AbortSignal;
}

/** A request for a code that the user's device shows. */
export interface CodeRequest {
  kind: 'mfa';
  /** The service's name of the device. */
  device: string;
  /** Why the service rejected the previous code. */
  refused?: CodeRefusal;
}

/** A program that prints credentials. The settings of other tools name it. */
export interface ProgramRequest {
  commandLine: string;
  /** The AWS profile with the command line. */
  profile: string;
  /** The file with the command line. */
  file: string;
}

/** The functions that the app provides to a sign-in, in addition to those of a driver. */
export interface SignInPorts extends DriverPorts {
  computer: Computer;
  /** Opens the page in the user's browser and shows the user the next action. */
  show(step: SignInStep): void;
  /** For steps with `paste`: resolves with the next text that the user pastes. @throws AppFailure canceled */
  pasted(signal: AbortSignal): Promise<string>;
}

export interface SignInOutcome {
  /** The value of the field, which is a secret. */
  value: string;
  /** Further settings from the sign-in, such as the account's name. */
  settings?: FieldValues;
}

export interface SignOutRequest {
  /** The values of the removed destination, with secrets. */
  values: FieldValues;
  /** The values of the provider's remaining destinations. */
  others: readonly FieldValues[];
  computer: Computer;
  signal: AbortSignal;
}

export interface ProviderModule<Settings = unknown> {
  connect(settings: Settings, ports: DriverPorts): Driver;
  /** Translates a thrown value; undefined for an unknown error. `settings` is undefined during a sign-in. */
  errorOf(cause: unknown, settings: Settings | undefined): AppError | undefined;
  /** For fields with `suggests`: returns suggested values, best first. An AppFailure says why there are none. */
  suggest?(context: FieldContext, ports: DriverPorts): Promise<string[]>;
  /** For fields of kind `sign-in`. Resolves when the user is signed in, or rejects with an AppFailure. */
  signIn?(context: FieldContext, ports: SignInPorts): Promise<SignInOutcome>;
  /**
   * Revokes the credentials that the service issued to Hoist. Keeps credentials that the user obtained elsewhere or
   * that another destination still uses. Credentials that are already invalid are not an error.
   */
  signOut?(request: SignOutRequest, ports: DriverPorts & { transport: Transport }): Promise<void>;
}

/** Builds the object key, relative to the folder or prefix in the provider's settings. */
export interface KeyBuilder {
  /** The key contains at least 96 random bits, so no other upload can have the same key. */
  isUnique: boolean;
  /** What to do when the key is taken. `refuse`: throw name-taken. */
  ifTaken: 'new-name' | 'refuse' | 'replace';
  /**
   * Returns segments separated by slashes. Each segment has 1 to 255 bytes and does not consist of dots only.
   * @param attempt from 1; each further attempt returns another key, because the previous one is taken
   * @param maxBytes the limit of the whole key, at least 511: S3's limit minus the longest prefix that Hoist accepts
   * @throws AppFailure source-changed, source-unreadable, canceled
   */
  path(attempt: number, maxBytes: number): Promise<string>;
}

export type DriverTransfer = TransferFrom<FileSource> | TransferFrom<StreamSource>;

export interface TransferFrom<S> {
  source: S;
  /** If absent, the driver creates a unique key. A key saved in the checkpoint takes precedence. */
  keyBuilder?: KeyBuilder;
  signal: AbortSignal;
  checkpoint?: Checkpoint;
  /** The link kind chosen for this upload, instead of the settings' link kind. */
  linkOverride?: LinkOverride;
  onCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** Bytes that the store already has plus bytes that this attempt sent. Falls when a part has to be sent again. */
  onProgress(sent: number): void;
  /** Bytes that the store has acknowledged and would still have after a crash. */
  onBytesStored?(bytes: number): void;
  /** The checkpoint cannot be resumed: the upload restarts from zero, and progress may fall. */
  onRestart?(why: RestartReason): void;
  /**
   * Resolves when a request with a body may be sent. Call the returned function once the request has its response.
   * @throws AppFailure canceled
   */
  acquireSlot?(signal: AbortSignal): Promise<() => void>;
  /** The service asked for fewer requests, or did not answer one, even if a retry succeeded. */
  onSlowDown?(): void;
}

/** True for a pipe: its length is unknown, and its bytes can be read only once. */
export const isStream = (transfer: DriverTransfer): transfer is TransferFrom<StreamSource> =>
  transfer.source.size === undefined;

/**
 * The data of an upload. `uniqueContent`: its bytes, set only if no other client can have the same bytes. They prove
 * whose object it is if the service keeps no metadata.
 */
export type DiscardTarget = ({ checkpoint: Checkpoint } | { ref: Ref }) & { uniqueContent?: Buffer };

/** `promptMode: 'background'`: no user is present, so the driver asks nothing, and a missing code is an error. */
export interface CheckOptions {
  keyBuilder?: KeyBuilder;
  promptMode?: 'interactive' | 'background';
}

export interface Driver {
  /**
   * Proves that the settings can write. Leaves nothing behind.
   * @returns a warning when the destination works but something is wrong, such as the clock
   */
  check(signal: AbortSignal, options?: CheckOptions): Promise<AppError | undefined>;
  upload(transfer: DriverTransfer): Promise<Ref>;
  /** @param linkOverride the link kind to use instead of the kind in the settings; one of `supportedLinkKinds` */
  link(ref: Ref, signal: AbortSignal, linkOverride?: LinkOverride): Promise<Link>;
  /**
   * Finds out what the service supports by sending requests for the file that a destination test has stored. Saves the
   * result with `saveRenewed`. May overwrite the file with the same
   * `content`.
   */
  measure?(ref: Ref, content: Buffer, signal: AbortSignal): Promise<void>;
  stat(ref: Ref, signal: AbortSignal): Promise<{ size: number } | undefined>;
  /**
   * Makes the public link of a stored object stop working, and keeps the object. Present exactly if the provider's
   * capability `canRevokeLinks` is set. Succeeds when the object no longer exists.
   * @throws AppFailure forbidden when this link cannot be revoked, such as a signed one
   */
  revokeLink?(ref: Ref, signal: AbortSignal): Promise<void>;
  /**
   * Deletes an unfinished upload (by its checkpoint) or a stored object (by its ref). Not an error when it no longer
   * exists.
   */
  discard(target: DiscardTarget, signal: AbortSignal): Promise<void>;
  /** Closes sockets; the driver is not used again. */
  close(): void;
}
