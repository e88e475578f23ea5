import type { AppLog } from '../platform/log.ts';
import type { ProfileViews } from '../profiles/profile-views.ts';

/** Logs the destinations that need attention, so that the log explains later why files were not uploaded. */
export function logUnusableProfiles(views: ProfileViews, log: AppLog): void {
  for (const { id, secretStorage, status } of views.needingAttention())
    log.note('destination needs attention', {
      profileId: id,
      state: status.state,
      error: status.error?.code ?? '',
      secretStorage,
    });
}
