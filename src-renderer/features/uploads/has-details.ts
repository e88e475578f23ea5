/** Whether a row has details to show below its line, and what they say about its link. Pure. */
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
 * Why not everyone can open the link of a finished upload; undefined if everyone can. Also undefined for a link of
 * Practice that opens on this computer, because the window explains that already.
 */
export function linkOutcome(upload: UploadView): LinkOutcome | undefined {
  if (upload.status !== 'done' || upload.revokedAt !== undefined) return undefined;
  if (isClosed(upload)) return `closed-${upload.visibility === 'public' ? 'public' : 'expiring'}`;
  const reach = linkReach(upload);
  return reach === 'verified' || (reach === 'this-computer' && upload.profileId === practiceId) ? undefined : reach;
}

/** Failed uploads, uploads with failed attempts, and links that not everyone can open have details. */
export const hasDetails = (upload: UploadView): boolean =>
  (upload.status === 'failed' && upload.error !== undefined) ||
  (upload.attempts?.length ?? 0) > 0 ||
  linkOutcome(upload) !== undefined;
