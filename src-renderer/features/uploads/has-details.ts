/** Whether a row has details beyond its line. Pure. */
import { practiceId } from '../../../src-shared/profile.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { isClosed, linkReach } from '../history/link-state.ts';

export type LinkOutcome =
  | 'this-computer'
  | 'this-network'
  | 'private'
  | 'closed-public'
  | 'closed-expiring'
  | 'unreachable';

/**
 * The limit of a finished upload's link, if it has one. Links of Practice are excluded: the window explains their
 * limit.
 */
export function linkOutcome(upload: UploadView): LinkOutcome | undefined {
  if (upload.status !== 'done' || upload.revokedAt !== undefined) return undefined;
  if (isClosed(upload)) return `closed-${upload.visibility === 'public' ? 'public' : 'expiring'}`;
  const reach = linkReach(upload);
  return reach === 'verified' || (reach === 'this-computer' && upload.profileId === practiceId) ? undefined : reach;
}

export const hasDetails = (upload: UploadView): boolean =>
  (upload.status === 'failed' && upload.error !== undefined) ||
  (upload.attempts?.length ?? 0) > 0 ||
  linkOutcome(upload) !== undefined;
