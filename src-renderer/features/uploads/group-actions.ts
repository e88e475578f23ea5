/** Actions for several uploads, and the uploads that each action applies to. Pure. */
import type { UploadId, UploadView } from '../../../src-shared/upload.ts';
import { cannotRetry, menuActions } from './row-actions.ts';

export type GroupAction = 'pause' | 'resume' | 'retry' | 'cancel' | 'copy' | 'remove' | 'unpublish';

/** Whether an action applies to an upload. */
const applies: Record<GroupAction, (upload: UploadView) => boolean> = {
  pause: (upload) => menuActions(upload).includes('pause'),
  resume: (upload) => menuActions(upload).includes('resume'),
  retry: (upload) => upload.status === 'failed' && !cannotRetry(upload),
  cancel: (upload) => menuActions(upload).includes('cancel'),
  copy: (upload) => upload.status === 'done' && upload.link !== undefined && upload.revokedAt === undefined,
  remove: (upload) => menuActions(upload).includes('remove'),
  unpublish: (upload) => upload.status === 'done',
};

/** The IDs of the uploads that the action applies to. */
export const idsFor = (action: GroupAction, uploads: readonly UploadView[]): UploadId[] =>
  uploads.filter(applies[action]).map(({ id }) => id);

/** The actions of the buttons for all active uploads together. */
export type WorkAction = Extract<GroupAction, 'pause' | 'resume' | 'retry' | 'cancel'>;

/** The available actions, in the order of their buttons. None for a single upload, whose row has the same buttons. */
export function workActions(now: Iterable<UploadView>): WorkAction[] {
  const counts = { pause: 0, resume: 0, retry: 0, cancel: 0 };
  for (const upload of now) {
    for (const action of workOrder) if (applies[action](upload)) counts[action] += 1;
  }
  // Every unfinished upload can be canceled.
  const areMany = counts.cancel > 1;
  const isOffered: Record<WorkAction, boolean> = {
    retry: counts.retry > 1,
    resume: areMany && counts.resume > 0,
    pause: areMany && counts.pause > 0,
    cancel: areMany,
  };
  return workOrder.filter((action) => isOffered[action]);
}

const workOrder: readonly WorkAction[] = ['retry', 'resume', 'pause', 'cancel'];

/** The bytes of the unfinished uploads: sent so far, and those that stay at the destination after a pause. */
export function sumSent(
  uploads: readonly UploadView[],
  ids: readonly UploadId[],
): { sent: number; resumableBytes: number } {
  const included = new Set(ids);
  const total = { sent: 0, resumableBytes: 0 };
  // `sent` of an upload that does not run counts only stored bytes, so all of them can be resumed.
  for (const { id, status, size, sent = 0, resumableBytes = sent } of uploads) {
    if (!included.has(id)) continue;
    total.sent += status === 'verifying' ? size : Math.min(size, sent);
    total.resumableBytes += Math.min(size, resumableBytes);
  }
  return total;
}

/**
 * Those uploads that can still be canceled. `pausable`: those that could be paused instead. `sent`: the bytes that
 * would be deleted. `resumableBytes`: those of them that a pause would keep.
 */
export interface CancelableUploads {
  ids: UploadId[];
  pausable: UploadId[];
  sent: number;
  resumableBytes: number;
}

export function cancelableUploads(
  ids: readonly UploadId[],
  byId: ReadonlyMap<UploadId, UploadView>,
): CancelableUploads {
  const uploads = ids.flatMap((id) => byId.get(id) ?? []);
  const cancelable = idsFor('cancel', uploads);
  return { ids: cancelable, pausable: idsFor('pause', uploads), ...sumSent(uploads, cancelable) };
}

/** From this many files or sent bytes, canceling needs a confirmation, because it cannot be undone. */
const confirmFiles = 10;
const confirmBytes = 50_000_000;

export const needsConfirmation = (count: number, sent: number): boolean =>
  count >= confirmFiles || sent >= confirmBytes;
