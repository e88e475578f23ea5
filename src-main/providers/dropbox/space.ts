/** Checks the free space of the account before a large upload. */
import type { Dropbox } from 'dropbox';
import { failure } from '../../../src-shared/errors.ts';
import { hasErrorTags } from './api-errors.ts';
import { unexpectedResponse } from './file-metadata.ts';

/** @returns bytes; undefined when it is unknown */
async function availableSpace(client: Dropbox): Promise<number | undefined> {
  try {
    const { result } = await client.usersGetSpaceUsage();
    if (typeof result?.used !== 'number' || typeof result.allocation !== 'object') throw unexpectedResponse();
    const { used, allocation } = result;
    if (allocation['.tag'] === 'individual') return allocation.allocated - used;
    if (allocation['.tag'] !== 'team') return undefined;
    const availableInTeam = allocation.allocated - allocation.used;
    // 0 means that this member has no separate limit.
    const memberLimit = allocation.user_within_team_space_allocated;
    return memberLimit > 0
      ? Math.min(availableInTeam, memberLimit - allocation.user_within_team_space_used_cached)
      : availableInTeam;
  } catch (cause) {
    // Without permission to read the free space, the check is skipped. The upload itself then reports a full account.
    if (hasErrorTags(cause, 'missing_scope')) return undefined;
    throw cause;
  }
}

/** @throws AppFailure quota-exceeded */
export async function ensureSpace(client: Dropbox, bytes: number): Promise<void> {
  const available = await availableSpace(client);
  if (available === undefined || available >= bytes) return;
  throw failure('quota-exceeded', {
    params: { of: 'dropbox', host: 'Dropbox', left: Math.max(0, Math.floor(available / 1e6)) },
  });
}
