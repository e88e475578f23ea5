/** Link kinds that the user can choose for the next files instead of the destination's setting. */
import type { HoistContract } from '../../../src-shared/ipc/contract.ts';
import type { InputOf } from '../../../src-shared/ipc/define.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { LinkOverride } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { currentProfile, isPractice, type ProfilesState } from '../../stores/profiles.ts';
import { showError } from '../uploads/run-row-action.ts';

type LinkOverrideInput = NonNullable<InputOf<HoistContract['profiles']['setNextLinkOverride']>>;
export type LinkOverrideId = 'as-set' | 'day' | 'week' | 'public';
export interface LinkOverrideChoice {
  id: LinkOverrideId;
  label: string;
}

const overrides: Record<Exclude<LinkOverrideId, 'as-set'>, LinkOverrideInput> = {
  day: { kind: 'expiring', days: 1 },
  week: { kind: 'expiring', days: 7 },
  public: { kind: 'public' },
};

/** The choices of the menu; empty if there is no alternative to the destination's setting. */
export function linkOverrideChoices(state: ProfilesState): LinkOverrideChoice[] {
  const profile = currentProfile(state);
  if (!profile || isPractice(profile)) return [];
  const kinds = state.providers.find(({ id }) => id === profile.providerId)?.capabilities.supportedLinkKinds ?? [];
  /** Whether this is already the setting of the destination. */
  const isDefault = (override: LinkOverrideInput): boolean =>
    override.kind === profile.visibility && (override.kind === 'public' || override.days === profile.linkDays);
  const others = (Object.keys(overrides) as (keyof typeof overrides)[]).filter(
    (id) => kinds.includes(overrides[id].kind) && !isDefault(overrides[id]),
  );
  return others.length === 0
    ? []
    : (['as-set', ...others] as const).map((id) => ({ id, label: text(`ui.link-override.${id}`) }));
}

const secondsPerDay = 86_400;

/** The choice that the menu marks as selected. */
export function chosenLinkOverride(linkOverride: LinkOverride | undefined): LinkOverrideId {
  if (!linkOverride) return 'as-set';
  if (linkOverride.kind === 'public') return 'public';
  return linkOverride.seconds === secondsPerDay ? 'day' : 'week';
}

export async function chooseLinkOverride(hoist: Hoist, id: LinkOverrideId): Promise<void> {
  const answer = await hoist.bridge.profiles.setNextLinkOverride(id === 'as-set' ? null : overrides[id]);
  if (!answer.ok) showError(hoist, answer.error);
}
