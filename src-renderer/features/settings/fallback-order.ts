/** The destinations that may take over, in order, and how the order changes. Pure. */
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { ProfileId } from '../../../src-shared/upload.ts';

export interface FallbackOrder { order: ProfileView[]; others: ProfileView[] }

/** What was removed from Hoist is in no order. */
export function fallbackOrder(order: readonly ProfileId[], destinations: readonly ProfileView[]): FallbackOrder {
  const chosen = order.flatMap((id) => destinations.find((one) => one.id === id) ?? []);
  return { order: chosen, others: destinations.filter((one) => !chosen.includes(one)) };
}

export type Change = { move: ProfileId; by: 1 | -1 } | { add: ProfileId } | { leaveOut: ProfileId };

export function changedOrder(order: readonly ProfileId[], change: Change): ProfileId[] {
  if ('add' in change) return [...order, change.add];
  if ('leaveOut' in change) return order.filter((id) => id !== change.leaveOut);
  const from = order.indexOf(change.move);
  const to = from + change.by;
  return from < 0 || to < 0 || to >= order.length ? [...order] : order.with(from, order[to] ?? change.move).with(to, change.move);
}
