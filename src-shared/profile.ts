/** A Profile is a provider that the user has set up, under a name. People read "destination". */
import type { AppError } from './errors.ts';
import type { ProviderId } from './provider.ts';
import type { TextKey } from './text/text.ts';
import type { LinkOverride, ProfileId, Visibility } from './upload.ts';

/** What a form produces: text for every field, toggles as 'true' / 'false'. Secrets are never among a saved profile's settings. */
export type FieldValues = Record<string, string>;

/**
 * Where a profile's secrets are: encrypted on disk, in memory until Hoist quits, readable on disk because the user chose so,
 * read at each use from the environment or from what a setting names (a profile of the AWS command line), Hoist's own, not
 * there, or there but locked: the key store is another one now, so the key has to be entered again.
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

/** What encrypts keys on this computer. `name` as people know it: "GNOME Keyring". */
export interface KeyStore {
  state: 'available' | 'none';
  name: string;
}

/** Whether a destination can be used, and if not, what it takes. */
export const profileStates = ['ready', 'needs-sign-in', 'needs-setup', 'unreachable'] as const;
export type ProfileState = (typeof profileStates)[number];

/** `checkedAt` (ms since 1970): when the store itself was last asked; without it, only what is saved was looked at. */
export interface ProfileStatus {
  state: ProfileState;
  error?: AppError;
  checkedAt?: number;
  isChecking?: true;
}

/** Of the store on this computer that is there until a destination is set up. Its links open only here. */
export const practiceId = 'practice';

export interface Profile {
  id: ProfileId;
  providerId: ProviderId;
  name: string;
  settings: FieldValues;
  /** Set when its values are not saved: they are read from the environment at each use, or come from Practice. */
  source?: 'environment' | 'practice';
  /** ms since 1970 */
  createdAt: number;
}

/** A profile as the window sees it; `secrets` names the secret fields that have a value, never the values. */
export interface ProfileView {
  id: ProfileId;
  providerId: ProviderId;
  name: string;
  settings: FieldValues;
  secrets: string[];
  secretStorage: SecretStorage;
  /** Of the key store that encrypted them, as people know it. */
  keyStore?: string;
  visibility: Visibility;
  /** days until a new link expires; absent for public and private ones */
  linkDays?: number;
  /** Said of its links instead of what visibility and days say. */
  linkSentence?: TextKey;
  status: ProfileStatus;
  /** Nobody types its key: one signs in on a page of the service. */
  signsIn?: true;
}

/**
 * Credentials that this computer already has; used only after the user confirmed once. `needs`: fields that are still to be
 * filled in. `copies`: using them puts a copy of the keys into Hoist's own key store; without it they are read where they are.
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

/** Where an upload goes on when a destination fails: through these, in this order, if `on`. Only what the user put there. */
export interface Fallback {
  on: boolean;
  order: ProfileId[];
}

/** While nothing is set up, `profiles` is Practice alone. `wish`: of the files that are sent next to `current`, and of no others. */
export interface ProfilesView {
  profiles: ProfileView[];
  current?: ProfileId;
  linkOverride?: LinkOverride;
  discovered: DiscoveredCredentialsView[];
  fallback: Fallback;
}

/** What Practice holds. */
export interface PracticeUsage {
  objects: number;
  bytes: number;
  quotaBytes: number;
}

/** A form as it stands; with an `id`, secrets left out keep their saved value. */
export interface ProfileDraft {
  id?: ProfileId;
  providerId: ProviderId;
  name: string;
  settings: FieldValues;
  secrets: FieldValues;
  /** What was found on this computer that it began with; its secrets count where the draft has none. */
  discoveredId?: string;
  /** Where the secrets go when the computer has no key store; `unprotected` only by an explicit choice. */
  keep?: 'session' | 'unprotected';
}

/** A setup that was begun and closed; secrets are not kept. */
export interface SetupDraft {
  providerId: ProviderId;
  name: string;
  preset: string;
  settings: FieldValues;
  discoveredId?: string;
}

/** What is wrong with one field, found without asking anybody. */
export interface FieldProblem {
  field: string;
  error: AppError;
}

/** What becomes of a destination's uploads when it is removed: unfinished ones end; links of done ones stay, but cannot be renewed or deleted. */
export interface RemovalImpact {
  unfinished: number;
  done: number;
}

/** What an import made, what it left out and why. Never a secret. */
export interface ImportReport {
  profiles: { name: string; from: string; outcome: 'added' | 'known' | 'incomplete' }[];
  /** entries of a foreign history that were taken over */
  uploads: number;
  skipped: { name: string; because: 'unknown-kind' | 'unreadable' | 'encrypted' | 'unusable' }[];
}

/**
 * The link that a file called “holiday photo.jpg” would get. `days`: of one that expires, whose signature is not part of `url`.
 * `isGuess`: the store has not yet said in which region it is. `policy`: what a bucket's owner may paste to let everybody read.
 */
export interface LinkExample {
  url: string;
  days?: number;
  isGuess?: true;
  policy?: string;
}

/** What can be told of a form without asking anybody. `read`: what was pasted, taken apart into the fields where it belongs. */
export interface FormPreview {
  link?: LinkExample;
  parsedFields: FieldValues;
}

export const checkSteps = ['settings', 'sign-in', 'write', 'link', 'clean-up'] as const;
export type CheckStep = (typeof checkSteps)[number];

/** One line of the test of a destination. `link` may pass with a warning: the link opens, but only on this computer. */
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
