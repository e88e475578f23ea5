/** Runs an action on several uploads, and announces how many uploads it affected. */
import { text } from '../../../src-shared/text/text.ts';
import type { UploadId, UploadView } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { withErrorToast } from './run-row-action.ts';
import { copyLinks } from './copy-links.ts';
import { idsFor, needsConfirmation, sumSent, type GroupAction } from './group-actions.ts';

const announcements = {
  pause: 'ui.all.paused',
  resume: 'ui.all.resumed',
  retry: 'ui.all.retried',
  cancel: 'ui.all.canceled',
} as const;

/**
 * Runs the action on those uploads that it applies to.
 *
 * @param subject the name and destination to show in the question before an irreversible action
 */
export function runGroupAction(
  hoist: Hoist,
  uploads: readonly UploadView[],
  action: GroupAction,
  subject: { name: string; destination: string },
): void {
  const ids = idsFor(action, uploads);
  if (ids.length === 0) return;
  switch (action) {
    case 'copy':
      void copyLinks(hoist, ids);
      return;
    case 'remove':
      void withErrorToast(hoist, hoist.bridge.uploads.remove({ ids }));
      return;
    case 'unpublish':
      hoist.screen.setState({ confirmation: { kind: 'unpublish', ids, ...subject } });
      return;
    case 'cancel':
      cancelMany(hoist, uploads, ids);
      return;
    case 'pause':
    case 'resume':
    case 'retry':
      void runAndAnnounce(hoist, action, ids);
  }
}

/** Cancels the uploads, after a question if many files or bytes would be lost. */
function cancelMany(hoist: Hoist, uploads: readonly UploadView[], ids: UploadId[]): void {
  const { sent } = sumSent(uploads, ids);
  if (!needsConfirmation(ids.length, sent)) {
    void runAndAnnounce(hoist, 'cancel', ids);
    return;
  }
  hoist.screen.setState({ confirmation: { kind: 'cancel', ids } });
}

export async function runAndAnnounce(hoist: Hoist, action: keyof typeof announcements, ids: UploadId[]): Promise<void> {
  if (await withErrorToast(hoist, hoist.bridge.uploads[action]({ ids })))
    hoist.announcer.announceNow(text(announcements[action], { count: ids.length }));
}
