/** Actions for an upload: the primary action, if any, and those in the ⋯ menu. */
import { actionFor, needsPracticeSpace, type ErrorAction } from '../../../src-shared/error-action.ts';
import { practiceId } from '../../../src-shared/profile.ts';
import type { UploadView } from '../../../src-shared/upload.ts';

export type RowAction =
  | 'copy'
  | 'copy-day'
  | 'copy-week'
  | 'open'
  | 'reveal'
  | 'retry'
  | 'now'
  | 'fix-key'
  | 'sign-in'
  | 'fix'
  | 'pause'
  | 'resume'
  | 'cancel'
  | 'remove'
  | 'revoke'
  | 'unpublish'
  | 'send-anyway'
  | 'empty-practice'
  | 'keep-both'
  | 'replace';

/** Whether the error needs this action. Never for Practice, which has no keys and no settings to fix. */
const hasErrorAction = (upload: UploadView, action: ErrorAction): boolean =>
  upload.error !== undefined && upload.profileId !== practiceId && actionFor(upload.error) === action;
export const isKeyError = (upload: UploadView): boolean => hasErrorAction(upload, 'fix-key');
/** Whether a new browser sign-in can fix the error. It cannot fix missing permissions. */
export const isSignedOut = (upload: UploadView): boolean =>
  isKeyError(upload) && upload.signsIn === true && upload.error?.code !== 'forbidden';
const keyRemedy = (upload: UploadView): RowAction => (isSignedOut(upload) ? 'sign-in' : 'fix-key');
/** Whether the action opens the form of the destination, to fix its key, its sign-in or a setting. */
export const isProfileFix = (action: RowAction | undefined): action is 'fix-key' | 'sign-in' | 'fix' =>
  action === 'fix-key' || action === 'sign-in' || action === 'fix';
/** Whether the action changes the destination, for all its uploads. */
export const appliesToDestination = (action: RowAction | undefined): boolean =>
  isProfileFix(action) || action === 'empty-practice';
const isSettingError = (upload: UploadView): boolean => hasErrorAction(upload, 'fix');
/** Whether the upload needs Practice to be emptied, because Practice is full. */
const isPracticeFull = (upload: UploadView): boolean =>
  upload.profileId === practiceId && upload.error !== undefined && needsPracticeSpace(upload.error);
/** Whether a retry cannot succeed: data from a pipe is gone, and some errors are permanent. */
export const cannotRetry = (upload: UploadView): boolean =>
  upload.piped === true || (upload.error !== undefined && actionFor(upload.error) === 'remove');

function failedAction(upload: UploadView): RowAction {
  if (upload.withheld) return 'send-anyway';
  if (upload.error?.code === 'name-taken') return 'keep-both';
  if (isKeyError(upload)) return keyRemedy(upload);
  if (isPracticeFull(upload)) return 'empty-practice';
  if (isSettingError(upload)) return 'fix';
  return cannotRetry(upload) ? 'remove' : 'retry';
}

/** Whether the upload can pause and resume. A pipe cannot, because it can be read only once. */
const canPause = (upload: UploadView): boolean =>
  !upload.piped && (upload.status === 'queued' || upload.status === 'uploading' || upload.status === 'waiting');

function waitingAction(upload: UploadView): RowAction {
  if (upload.waitingUntil !== 'profile-fixed') return 'now';
  if (isPracticeFull(upload)) return 'empty-practice';
  if (isSettingError(upload)) return 'fix';
  return isKeyError(upload) ? keyRemedy(upload) : 'now';
}

/** The action of the row's button. Undefined for an upload of another process, which this window can only show. */
export function primaryAction(upload: UploadView): RowAction | undefined {
  if (upload.elsewhere) return undefined;
  switch (upload.status) {
    case 'done':
      return upload.revokedAt === undefined ? 'copy' : 'remove';
    case 'canceled':
      return upload.piped ? 'remove' : 'retry';
    case 'failed':
      return failedAction(upload);
    case 'waiting':
      return waitingAction(upload);
    case 'paused':
      return 'resume';
    case 'queued':
    case 'uploading':
      return canPause(upload) ? 'pause' : 'cancel';
    case 'verifying':
      return 'cancel';
  }
}

/** Whether a cancel button is shown next to the primary action, so that one click cancels a mistaken drop. */
export const hasCancelButton = (upload: UploadView): boolean =>
  !upload.elsewhere && primaryAction(upload) !== 'cancel' && menuActions(upload).includes('cancel');

/** The whole menu of a row, in order. Data from a pipe has no file to show or to send again. */
export function menuActions(upload: UploadView): RowAction[] {
  return allActions(upload).filter((action) => !upload.piped || (action !== 'reveal' && action !== 'retry'));
}

function failedActions(upload: UploadView): RowAction[] {
  if (upload.error?.code === 'name-taken') return ['keep-both', 'replace', 'reveal', 'remove'];
  const isProfileError = isKeyError(upload) || isSettingError(upload);
  return [
    ...(upload.withheld ? ['send-anyway' as const] : []),
    ...(cannotRetry(upload) ? [] : ['retry' as const]),
    ...(isProfileError ? ['fix' as const] : []),
    ...(isPracticeFull(upload) ? ['empty-practice' as const] : []),
    'reveal',
    'remove',
  ];
}

/** "Copy link for 1 day" and "for 7 days": make a new link, which is possible at any time if the links expire. */
const expiringCopyActions = ({ imported, visibility, profileId }: UploadView): RowAction[] =>
  imported || visibility !== 'expiring' || profileId === practiceId ? [] : ['copy-day', 'copy-week'];

const linkActions = (upload: UploadView): RowAction[] =>
  upload.revokedAt === undefined ? ['copy', ...expiringCopyActions(upload), 'open'] : [];

/** Whether the link can be revoked. A signed link contains the permission to open the file, so it cannot. */
const canRevoke = ({ imported, revokedAt, link }: UploadView): boolean =>
  !imported && revokedAt === undefined && link !== undefined && !link.isSigned && link.visibility !== 'private';

/** The menu of an upload, as if its data came from a file and not from a pipe. */
function allActions(upload: UploadView): RowAction[] {
  if (upload.elsewhere) return ['reveal'];
  switch (upload.status) {
    case 'done':
      return [
        ...linkActions(upload),
        'reveal',
        'remove',
        ...(canRevoke(upload) ? ['revoke' as const] : []),
        ...(upload.imported ? [] : ['unpublish' as const]),
      ];
    case 'canceled':
      return ['retry', 'reveal', 'remove'];
    case 'failed':
      return failedActions(upload);
    case 'paused':
      return ['resume', 'reveal', 'cancel'];
    case 'waiting':
      return [...(waitingAction(upload) === 'now' ? [] : ['fix' as const]), 'now', 'pause', 'reveal', 'cancel'];
    case 'queued':
    case 'uploading':
      return [...(canPause(upload) ? ['pause' as const] : []), 'reveal', 'cancel'];
    case 'verifying':
      return ['reveal', 'cancel'];
  }
}

export type RowKey = 'Enter' | 'Ctrl+Enter' | 'Delete' | 'Space';

/** Primary actions that Enter must not trigger, because one keystroke could stop or publish an upload by mistake. */
const notByEnter: readonly (RowAction | undefined)[] = ['pause', 'cancel', 'remove', 'send-anyway'];

/** The action of a key on a focused row; undefined if the key does nothing. */
export function keyAction(upload: UploadView, key: RowKey): RowAction | undefined {
  if (upload.elsewhere) return undefined;
  const actions = menuActions(upload);
  switch (key) {
    case 'Enter': {
      const primary = primaryAction(upload);
      return notByEnter.includes(primary) ? undefined : primary;
    }
    case 'Ctrl+Enter':
      return actions.includes('open') ? 'open' : undefined;
    case 'Space':
      return actions.find((action) => action === 'pause' || action === 'resume');
    case 'Delete':
      return actions.includes('remove') ? 'remove' : 'cancel';
  }
}
