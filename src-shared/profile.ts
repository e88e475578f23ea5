/** A profile is a provider that the user has set up under a name. The UI says "destination". */
import type { AppError } from './errors.ts';
import type { ProviderId } from './provider.ts';
import type { TextKey } from './text/text.ts';
import type { LinkOverride, ProfileId, Visibility } from './upload.ts';

/**
 * Values of a form: text for every field, 'true' or 'false' for toggles. A saved profile's settings never contain
 * secrets.
 */
export type FieldValues = Record<string, string>;

/**
 * Where a profile's secrets are: encrypted on disk; in memory until Hoist quits; readable on disk by the user's choice;
 * read at each use from the environment or from the source that a setting names (an AWS profile); built in; missing; or
 * locked, because another key store encrypted them and the user has to enter them again.
 */
export type SecretStorage =
  | 'saved'
  | 'session'
  | 'unprotected'
  | 'environment'
  | 'reference'
  | 'built-in'
  | 'missing'
  | 'locked';

/** The key store of this computer. `name`: its display name, such as "GNOME Keyring". */
export interface KeyStore {
  state: 'available' | 'none';
  name: string;
}

/** Whether a destination can be used, and if not, what it needs. */
const profileStates = ['ready', 'needs-sign-in', 'needs-setup', 'unreachable'] as const;
export type ProfileState = (typeof profileStates)[number];

/**
 * `checkedAt` (ms since 1970): when Hoist last contacted the storage service; absent if it has checked only the saved
 * settings.
 */
export interface ProfileStatus {
  state: ProfileState;
  error?: AppError;
  checkedAt?: number;
  isChecking?: true;
}

/** ID of Practice, the store on this computer. It is used until a destination is set up; its links open only here. */
export const practiceId = 'practice';

export interface Profile {
  id: ProfileId;
  providerId: ProviderId;
  name: string;
  settings: FieldValues;
  /** Set when the settings are not saved, but read from the environment at each use or provided by Practice. */
  source?: 'environment' | 'practice';
  /**
   * An import saved this profile although a value is missing. It becomes the current destination only if the user
   * chooses it.
   */
  incomplete?: true;
  /** ms since 1970 */
  createdAt: number;
}

/** The window's view of a profile. `secrets`: the names of the secret fields that have a value, never the values. */
export interface ProfileView {
  id: ProfileId;
  providerId: ProviderId;
  name: string;
  settings: FieldValues;
  secrets: string[];
  secretStorage: SecretStorage;
  /** The display name of the key store that encrypted the secrets. */
  keyStore?: string;
  visibility: Visibility;
  /** Days until a new link expires; absent if the links of this profile are public or private. */
  linkDays?: number;
  /** Describes the links of this profile; shown instead of visibility and days. */
  linkSentence?: TextKey;
  status: ProfileStatus;
  /** The user signs in on a page of the service instead of entering a key. */
  signsIn?: true;
  /** The settings and the key come from environment variables, so the user can't edit them. */
  isFromEnvironment?: true;
}

/**
 * Credentials that this computer already has. They are used only after the user confirmed. `needs`: fields that the
 * user still has to fill in. `copies`: using them copies the keys into Hoist's key store; otherwise they are read in
 * place.
 */
export interface DiscoveredCredentialsView {
  id: string;
  providerId: ProviderId;
  name: string;
  from: string;
  settings: FieldValues;
  needs: string[];
  copies?: true;
}

/** The destinations that the user allows Hoist to try, in this order, when an upload fails. Used only while `on`. */
export interface Fallback {
  on: boolean;
  order: ProfileId[];
}

/**
 * `profiles`: until the user sets up a destination, only Practice. `current`: the destination of new files.
 * `linkOverride`: the link kind that the user chose for the next files sent to `current`.
 */
export interface ProfilesView {
  profiles: ProfileView[];
  current?: ProfileId;
  linkOverride?: LinkOverride;
  discovered: DiscoveredCredentialsView[];
  fallback: Fallback;
}

/** The contents of Practice. */
export interface PracticeUsage {
  objects: number;
  bytes: number;
  quotaBytes: number;
}

/** The values of a form. With an `id`, omitted secrets keep their saved value. */
export interface ProfileDraft {
  id?: ProfileId;
  providerId: ProviderId;
  name: string;
  settings: FieldValues;
  secrets: FieldValues;
  /** The discovered credentials that the form started with. Their secrets are used where the draft has none. */
  discoveredId?: string;
  /**
   * Where to store the secrets when the computer has no key store; `unprotected` only by the user's explicit choice.
   */
  keep?: 'session' | 'unprotected';
}

/** A setup that the user closed before it was finished, without its secrets. */
export interface SetupDraft {
  providerId: ProviderId;
  name: string;
  preset: string;
  settings: FieldValues;
  discoveredId?: string;
}

/**
 * Unfinished setup forms, without their secrets. `open`: the form of the wizard that is open, or was when the page
 * ended.
 */
export interface SavedSetups {
  closed: SetupDraft | null;
  open: SetupDraft | null;
}

/** A problem of one field, found without network access. */
export interface FieldProblem {
  field: string;
  error: AppError;
}

/**
 * Uploads affected by removing a destination: unfinished ones end; finished links stay, but cannot be renewed or
 * deleted.
 */
export interface RemovalImpact {
  unfinished: number;
  done: number;
}

/**
 * A destination in an imported file. `outcome`: `known` if Hoist already has this destination. `links`: the links that
 * Hoist makes there; present only if the other program made permanent public links. `publicLinkSettings`: the settings
 * that would make public links again; present when Hoist makes expiring links instead. `recipients`: whether the user
 * accepted the proxy, the certificates and the server of the file, whose owners could read requests; present if the
 * file has any.
 */
export interface ImportedDestination {
  name: string;
  from: string;
  outcome: 'added' | 'known' | 'incomplete';
  links?: 'public' | 'expiring';
  publicLinkSettings?: FieldValues;
  recipients?: 'accepted' | 'removed';
}

/** The result of an import: what it added, what it skipped and why. Never a secret. */
export interface ImportReport {
  profiles: ImportedDestination[];
  /** number of imported history entries */
  uploads: number;
  skipped: { name: string; because: 'unknown-kind' | 'unreadable' | 'encrypted' | 'unusable' }[];
}

/**
 * The link that a file named “holiday photo.jpg” would get. `url`: without the signature of an expiring link. `days`:
 * lifetime of an expiring link. `isGuess`: the region in `url` is a guess until Hoist has asked the service. `policy`:
 * the bucket policy that allows public reads.
 */
export interface LinkExample {
  url: string;
  days?: number;
  isGuess?: true;
  policy?: string;
}

/**
 * Facts about a form that need no network access. `parsedFields`: the fields parsed from a pasted address.
 * `defaultValues`: the values that apply to toggles that the user did not set.
 */
export interface FormPreview {
  link?: LinkExample;
  parsedFields: FieldValues;
  defaultValues?: FieldValues;
}

export const checkSteps = ['settings', 'sign-in', 'write', 'link', 'clean-up'] as const;
export type CheckStep = (typeof checkSteps)[number];

/** One step of a destination's test. `link` may pass with a warning: the link opens, but only on this computer. */
export interface CheckResult {
  step: CheckStep;
  outcome: 'ok' | 'warning' | 'failed' | 'skipped';
  error?: AppError;
  note?: 'this-computer' | 'this-network' | 'private' | 'unreachable' | 'left-behind';
}

export interface CheckReport {
  ok: boolean;
  results: CheckResult[];
}
