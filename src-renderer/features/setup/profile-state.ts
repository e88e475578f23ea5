/** The status of a destination in words, with its remedy. Pure. */
import { actionFor } from '../../../src-shared/error-action.ts';
import type { ProfileState, ProfileStatus, ProfileView } from '../../../src-shared/profile.ts';
import { errorText, text } from '../../../src-shared/text/text.ts';
import type { LinkOverride } from '../../../src-shared/upload.ts';
import type { GlyphName } from '../../ui/glyph.ts';
import type { EditReason } from '../../stores/screen.ts';
import { currentProfile, findProfile, type ProfilesState } from '../../stores/profiles.ts';
import { linkKindLabel } from './link-kind.ts';

export interface StateDisplay {
  state: ProfileState | 'checking';
  label: string;
  glyph: GlyphName;
  tone: 'ok' | 'warn' | 'plain';
}

const glyphs: Record<ProfileState | 'checking', GlyphName> = {
  ready: 'check',
  'needs-sign-in': 'lock',
  'needs-setup': 'alert',
  unreachable: 'broken',
  checking: 'more',
};

/** What a destination in the state `needs-sign-in` needs: a key, a device code, a permission, or a sign-in. */
type MissingRequirement = 'needs-sign-in' | 'needs-code' | 'needs-permission' | 'signed-out';

export function missingRequirement({ status, signsIn }: ProfileView): MissingRequirement {
  // The settings are correct, so another check only asks for the code or the permission again.
  if (status.error !== undefined && actionFor(status.error) === 'retry')
    return status.error.params?.['why'] === 'program' ? 'needs-permission' : 'needs-code';
  return signsIn ? 'signed-out' : 'needs-sign-in';
}

/** The badge of a destination: one or two words with an icon. */
export function stateDisplay(profile: ProfileView): StateDisplay {
  const { status } = profile;
  const state = status.isChecking ? 'checking' : status.state;
  return {
    state,
    label: text(`ui.status.${state === 'needs-sign-in' ? missingRequirement(profile) : state}`),
    glyph: glyphs[state],
    tone: toneOf(state, status),
  };
}

/** Green only after the storage service has accepted the settings: complete settings may still be wrong. */
function toneOf(state: StateDisplay['state'], { checkedAt }: ProfileStatus): StateDisplay['tone'] {
  if (state === 'checking') return 'plain';
  if (state !== 'ready') return 'warn';
  return checkedAt === undefined ? 'plain' : 'ok';
}

/**
 * The error that the form shows when it opens to fix the destination. A key that is missing is not an error of a field.
 */
export function editReason({ status, secretStorage }: ProfileView): { reason?: EditReason } {
  const hasKey = secretStorage !== 'missing' && secretStorage !== 'locked';
  return status.state !== 'ready' && status.error && hasKey
    ? { reason: { error: status.error, needsKey: status.state === 'needs-sign-in' } }
    : {};
}

/** Why the destination cannot be used, and what to do; undefined if it can be used. */
export function stateSentence(profile: ProfileView): string | undefined {
  const { status, secretStorage, name, signsIn } = profile;
  if (status.state === 'ready') return undefined;
  if (secretStorage === 'locked') return text(signsIn ? 'ui.status.signed-out-locked' : 'ui.status.locked');
  if (secretStorage === 'missing') return text(signsIn ? 'ui.status.signed-out-missing' : 'ui.status.missing');
  if (!status.error) return undefined;
  const { what, remedy } = errorText({ ...status.error, params: { destination: name, ...status.error.params } });
  // If only a code or a permission is missing, the button next to the sentence is the remedy.
  const isPromptedAgain = ['needs-code', 'needs-permission'].includes(missingRequirement(profile));
  return status.error.code === 'secret-missing' && isPromptedAgain ? what : `${what} ${remedy}`;
}

export type StateRemedy = 'enter-key' | 'enter-code' | 'allow-program' | 'sign-in' | 'edit' | 'check';

/** Whether the remedy checks the destination again, which may ask the user for a device code or a permission. */
export const isRecheck = (remedy: StateRemedy): boolean =>
  remedy === 'check' || remedy === 'enter-code' || remedy === 'allow-program';

const remedies: Record<MissingRequirement, StateRemedy> = {
  'needs-code': 'enter-code',
  'needs-permission': 'allow-program',
  'signed-out': 'sign-in',
  'needs-sign-in': 'enter-key',
};

/** The action that makes the destination usable; undefined if it can be used. */
export function stateRemedy(profile: ProfileView): StateRemedy | undefined {
  switch (profile.status.state) {
    case 'ready':
      return undefined;
    case 'needs-sign-in':
      return remedies[missingRequirement(profile)];
    case 'needs-setup':
      return 'edit';
    case 'unreachable':
      return 'check';
  }
}

/** The text next to a destination's name: its link kind, or the missing requirement. */
export const nameDetail = (profile: ProfileView, linkOverride?: LinkOverride): string => {
  const {
    status: { state },
  } = profile;
  if (state === 'ready') return linkKindLabel(profile, linkOverride);
  return text(`ui.status.in-menu.${state === 'needs-sign-in' ? missingRequirement(profile) : state}`);
};

/**
 * The first destination that new files go to, directly or as a fallback, and that cannot be used until the user acts.
 */
export function profileNeedingAttention(state: ProfilesState): ProfileView | undefined {
  const chain = [
    currentProfile(state),
    ...(state.fallback.on ? state.fallback.order.map((id) => findProfile(state, id)) : []),
  ];
  return chain.find((profile) => profile?.status.state === 'needs-sign-in' || profile?.status.state === 'needs-setup');
}
