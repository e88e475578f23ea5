/** A Profile is a provider that the user has set up, under a name. People read "destination". */
import type { AppError } from './errors.ts';
import type { ProviderId } from './provider.ts';
import type { ProfileId, Visibility } from './upload.ts';

/** What a form produces: text for every field, toggles as 'true' / 'false'. Secrets are never among a saved profile's settings. */
export type FieldValues = Record<string, string>;

/** Where a profile's secrets are: encrypted on disk, in memory until Hoist quits, read from the environment at each use, or Hoist's own. */
export type SecretsKept = 'saved' | 'session' | 'environment' | 'built-in' | 'missing';

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
  kept: SecretsKept;
  visibility: Visibility;
  /** days until a new link expires; absent for public and private ones */
  linkDays?: number;
}

/** Credentials that this computer already has; used only after the user confirmed once. */
export interface FoundView { id: string; providerId: ProviderId; name: string; from: string; settings: FieldValues }

/** Where an upload goes on when a destination fails: through these, in this order, if `on`. Only what the user put there. */
export interface Fallback { on: boolean; order: ProfileId[] }

/** While nothing is set up, `profiles` is Practice alone. */
export interface ProfilesView { profiles: ProfileView[]; current?: ProfileId; found: FoundView[]; fallback: Fallback }

/** What Practice holds. */
export interface PracticeUsage { objects: number; bytes: number; quotaBytes: number }

/** A form as it stands; with an `id`, secrets left out keep their saved value. */
export interface ProfileDraft { id?: ProfileId; providerId: ProviderId; name: string; settings: FieldValues; secrets: FieldValues }

export const checkSteps = ['settings', 'sign-in', 'write', 'link', 'clean-up'] as const;
export type CheckStep = (typeof checkSteps)[number];

/** One line of the test of a destination. `link` may pass with a warning: the link opens, but only on this computer. */
export interface CheckResult { step: CheckStep; outcome: 'ok' | 'warning' | 'failed' | 'skipped'; error?: AppError; note?: 'this-computer' | 'this-network' | 'private' | 'unreachable' | 'left-behind' }

export interface CheckReport { ok: boolean; results: CheckResult[] }
