/** Actions for all uploads of an error group. */
import type { UploadView } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import type { ErrorGroup } from './error-groups.ts';
import { menuActions, type RowAction, type RowKey } from './row-actions.ts';
import { runAndAnnounce, runGroupAction } from './run-group-action.ts';
import { runRowAction, withErrorToast } from './run-row-action.ts';

/**
 * The actions for a whole group, in the order of the menu. Without `reveal` and `replace`, which make sense only for
 * one file.
 */
const groupActions = [
  'send-anyway',
  'keep-both',
  'retry',
  'fix',
  'empty-practice',
  'pause',
  'cancel',
  'remove',
] as const;
type ErrorGroupAction = (typeof groupActions)[number];

/**
 * Whether the upload has the action. "Try now" counts as `retry`, so that failed and waiting uploads share one action.
 */
const hasAction = (upload: UploadView, action: RowAction): boolean => {
  const actions = menuActions(upload);
  return actions.includes(action) || (action === 'retry' && actions.includes('now'));
};

/** The actions that at least one upload of the group has. */
export const errorGroupActions = ({ uploads }: ErrorGroup): ErrorGroupAction[] =>
  groupActions.filter((action) => uploads.some((upload) => hasAction(upload, action)));

/** The action of a key on a focused error group; Enter opens and closes it. */
export function errorGroupKeyAction(group: ErrorGroup, key: RowKey): ErrorGroupAction | 'toggle' | undefined {
  const actions = errorGroupActions(group);
  switch (key) {
    case 'Enter':
      return 'toggle';
    case 'Space':
      return actions.find((action) => action === 'pause');
    case 'Delete':
      return actions.find((action) => action === 'cancel' || action === 'remove');
    case 'Ctrl+Enter':
      return undefined;
  }
}

/** Runs an action for those uploads of the group that have it. */
export function runErrorGroupAction(hoist: Hoist, { first, uploads }: ErrorGroup, action: RowAction): void {
  const ids = uploads.filter((upload) => hasAction(upload, action)).map(({ id }) => id);
  switch (action) {
    case 'retry':
      void runAndAnnounce(hoist, 'retry', ids);
      return;
    case 'pause':
    case 'cancel':
    case 'remove':
      runGroupAction(hoist, uploads, action, { name: '', destination: first.destination });
      return;
    case 'keep-both':
      void withErrorToast(hoist, hoist.bridge.uploads.resolveCollision({ ids, by: 'new-name' }));
      return;
    case 'send-anyway':
      void sendAllAnyway(hoist, uploads);
      return;
    default:
      // All other actions open the form of the destination or the settings, which apply to all its uploads.
      runRowAction(hoist, first, action);
  }
}

async function sendAllAnyway(hoist: Hoist, uploads: readonly UploadView[]): Promise<void> {
  for (const { id } of uploads) if (!(await withErrorToast(hoist, hoist.bridge.uploads.sendAnyway({ id })))) return;
}
