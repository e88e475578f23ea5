/** The order of the destinations, which is also the order in which they take over. Pure. */
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { ProfileId } from '../../../src-shared/upload.ts';

/** One step up or down; the ends stay where they are. */
export function moveBy(order: readonly ProfileId[], id: ProfileId, by: 1 | -1): ProfileId[] {
  const from = order.indexOf(id);
  const to = from + by;
  return from < 0 || to < 0 || to >= order.length ? [...order] : order.with(from, order[to] ?? id).with(to, id);
}

/** These are taken out of the list and put before or after another one. */
export function moveTo(
  order: readonly ProfileId[],
  moved: ReadonlySet<unknown>,
  target: unknown,
  side: 'before' | 'after',
): ProfileId[] {
  const rest = order.filter((id) => !moved.has(id));
  const at = rest.findIndex((id) => id === target);
  if (at < 0) return [...order];
  return rest.toSpliced(side === 'before' ? at : at + 1, 0, ...order.filter((id) => moved.has(id)));
}

/** Those that take over, in the order of the list; what was removed from Hoist does not. */
export const fallbackOrder = (profiles: readonly ProfileView[], chosen: readonly ProfileId[]): ProfileId[] =>
  profiles.map(({ id }) => id).filter((id) => chosen.includes(id));

/** The same with one of them switched on or off. */
export const withFallback = (
  profiles: readonly ProfileView[],
  chosen: readonly ProfileId[],
  { id, isOn }: { id: ProfileId; isOn: boolean },
): ProfileId[] => fallbackOrder(profiles, isOn ? [...chosen, id] : chosen.filter((one) => one !== id));
