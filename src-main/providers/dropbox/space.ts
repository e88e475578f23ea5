/** How much room an account has left, before anything large is sent. */
import type { Dropbox } from 'dropbox';
import { failure } from '../../../src-shared/errors.ts';
import { isRefused } from './refusals.ts';
import { oddAnswer } from './stored.ts';

/** @returns bytes; undefined where nothing is said about it */
export async function roomLeft(client: Dropbox): Promise<number | undefined> {
  try {
    const { result } = await client.usersGetSpaceUsage();
    if (typeof result?.used !== 'number' || typeof result.allocation !== 'object') throw oddAnswer();
    const { used, allocation } = result;
    if (allocation['.tag'] === 'individual') return allocation.allocated - used;
    if (allocation['.tag'] !== 'team') return undefined;
    const inTeam = allocation.allocated - allocation.used;
    // 0: this member has no limit of its own.
    const own = allocation.user_within_team_space_allocated;
    return own > 0 ? Math.min(inTeam, own - allocation.user_within_team_space_used_cached) : inTeam;
  } catch (cause) {
    // An app that may not look finds out when it is full.
    if (isRefused(cause, 'missing_scope')) return undefined;
    throw cause;
  }
}

/** @throws AppFailure quota-exceeded */
export async function refuseFull(client: Dropbox, bytes: number): Promise<void> {
  const left = await roomLeft(client);
  if (left === undefined || left >= bytes) return;
  throw failure('quota-exceeded', {
    params: { of: 'dropbox', host: 'Dropbox', left: Math.max(0, Math.floor(left / 1e6)) },
  });
}
