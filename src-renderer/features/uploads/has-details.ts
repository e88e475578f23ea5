/** Whether a row has more to tell than its line. Pure. */
import { practiceId } from '../../../src-shared/profile.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { linkReach } from '../history/link-state.ts';

/** How far the link of a done upload reaches, when that is not everywhere. Of Practice the whole window says it. */
export function linkOutcome(
  upload: UploadView,
): 'this-computer' | 'this-network' | 'private' | 'unreachable' | undefined {
  const reach = upload.status === 'done' ? linkReach(upload) : undefined;
  return reach === 'verified' || (reach === 'this-computer' && upload.profileId === practiceId) ? undefined : reach;
}

export const hasDetails = (upload: UploadView): boolean =>
  (upload.status === 'failed' && upload.error !== undefined) ||
  (upload.attempts?.length ?? 0) > 0 ||
  linkOutcome(upload) !== undefined;
