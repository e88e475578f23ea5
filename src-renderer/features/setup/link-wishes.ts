/** What the links of the next files can be instead of what their destination makes. */
import type { HoistContract } from '../../../src-shared/ipc/contract.ts';
import type { InputOf } from '../../../src-shared/ipc/define.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { LinkWish } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { currentProfile, isPractice, type Profiles } from '../../stores/profiles.ts';
import { tellError } from '../uploads/act.ts';

type Wish = NonNullable<InputOf<HoistContract['profiles']['wish']>>;
export type WishId = 'as-set' | 'day' | 'week' | 'public';
export interface WishChoice {
  id: WishId;
  label: string;
}

const wishes: Record<Exclude<WishId, 'as-set'>, Wish> = {
  day: { kind: 'expiring', days: 1 },
  week: { kind: 'expiring', days: 7 },
  public: { kind: 'public' },
};

/** None where there is nothing to choose. Never what the destination makes anyway. */
export function wishChoices(state: Profiles): WishChoice[] {
  const profile = currentProfile(state);
  if (!profile || isPractice(profile)) return [];
  const kinds = state.providers.find(({ id }) => id === profile.providerId)?.capabilities.wishes ?? [];
  const isOwn = (wish: Wish): boolean =>
    wish.kind === profile.visibility && (wish.kind === 'public' || wish.days === profile.linkDays);
  const others = (Object.keys(wishes) as (keyof typeof wishes)[]).filter(
    (id) => kinds.includes(wishes[id].kind) && !isOwn(wishes[id]),
  );
  return others.length === 0
    ? []
    : (['as-set', ...others] as const).map((id) => ({ id, label: text(`ui.wish.${id}`) }));
}

export function chosenWish(wish: LinkWish | undefined): WishId {
  if (!wish) return 'as-set';
  if (wish.kind === 'public') return 'public';
  return wish.seconds === 86_400 ? 'day' : 'week';
}

export async function chooseWish(hoist: Hoist, id: WishId): Promise<void> {
  const answer = await hoist.bridge.profiles.wish(id === 'as-set' ? null : wishes[id]);
  if (!answer.ok) tellError(hoist, answer.error);
}
