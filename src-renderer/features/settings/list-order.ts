/** The order of the destinations, which is also the fallback order. Pure. */
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { ProfileId } from '../../../src-shared/upload.ts';

/** Moves an item one position up or down. The first item cannot move up, and the last cannot move down. */
export function moveBy(order: readonly ProfileId[], id: ProfileId, by: 1 | -1): ProfileId[] {
  const from = order.indexOf(id);
  const to = from + by;
  const neighbor = order[to];
  if (from < 0 || neighbor === undefined) return [...order];
  return order.with(from, neighbor).with(to, id);
}

/** Moves the dragged items before or after the item that they were dropped on. */
export function moveTo(
  order: readonly ProfileId[],
  moved: ReadonlySet<unknown>,
  target: unknown,
  side: 'before' | 'after',
): ProfileId[] {
  const remaining = order.filter((id) => !moved.has(id));
  const targetIndex = remaining.findIndex((id) => id === target);
  if (targetIndex < 0) return [...order];
  return remaining.toSpliced(
    side === 'before' ? targetIndex : targetIndex + 1,
    0,
    ...order.filter((id) => moved.has(id)),
  );
}

/** The fallback destinations in the order of the list, without removed ones. */
export const fallbackOrder = (profiles: readonly ProfileView[], chosen: readonly ProfileId[]): ProfileId[] =>
  profiles.map(({ id }) => id).filter((id) => chosen.includes(id));

/** The fallback destinations after one was switched on or off. */
export const withFallback = (
  profiles: readonly ProfileView[],
  chosen: readonly ProfileId[],
  { id, isOn }: { id: ProfileId; isOn: boolean },
): ProfileId[] => fallbackOrder(profiles, isOn ? [...chosen, id] : chosen.filter((chosenId) => chosenId !== id));
