/** What a person can do with an upload: its one primary action, if any, and what is behind ⋯. */
import { actionFor, type ErrorAction } from '../../../src-shared/error-action.ts';
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
  | 'unpublish'
  | 'send-anyway'
  | 'empty'
  | 'keep-both'
  | 'replace';

/** Practice has neither keys nor settings of a person's. */
const hasErrorAction = (upload: UploadView, action: ErrorAction): boolean =>
  upload.error !== undefined && upload.profileId !== practiceId && actionFor(upload.error) === action;
export const isKeyError = (upload: UploadView): boolean => hasErrorAction(upload, 'fix-key');
/** A key that may not do something stays what it is, however often one signs in. */
export const isSignedOut = (upload: UploadView): boolean =>
  isKeyError(upload) && upload.signsIn === true && upload.error?.code !== 'forbidden';
const keyRemedy = (upload: UploadView): RowAction => (isSignedOut(upload) ? 'sign-in' : 'fix-key');
/** What is mended in the destination's form. */
export const isProfileFix = (action: RowAction | undefined): action is 'fix-key' | 'sign-in' | 'fix' =>
  action === 'fix-key' || action === 'sign-in' || action === 'fix';
const isSettingError = (upload: UploadView): boolean => hasErrorAction(upload, 'fix');
/** Practice is full: the one remedy there that a person has. */
const isPracticeFull = (upload: UploadView): boolean =>
  upload.profileId === practiceId && upload.error?.code === 'quota-exceeded';
/** Trying the same again cannot help. */
export const cannotRetry = (upload: UploadView): boolean =>
  upload.piped === true || (upload.error !== undefined && actionFor(upload.error) === 'remove');

function failedAction(upload: UploadView): RowAction {
  if (upload.withheld) return 'send-anyway';
  if (upload.error?.code === 'name-taken') return 'keep-both';
  if (isKeyError(upload)) return keyRemedy(upload);
  if (isSettingError(upload)) return 'fix';
  if (isPracticeFull(upload)) return 'empty';
  return cannotRetry(upload) ? 'remove' : 'retry';
}

/** It can stop, and go on where it stopped: what is read from a pipe is read once. */
const canPause = (upload: UploadView): boolean =>
  !upload.piped && (upload.status === 'queued' || upload.status === 'uploading' || upload.status === 'waiting');

function waitingAction(upload: UploadView): RowAction {
  if (upload.waitingUntil !== 'profile-fixed') return 'now';
  if (isPracticeFull(upload)) return 'empty';
  if (isSettingError(upload)) return 'fix';
  return isKeyError(upload) ? keyRemedy(upload) : 'now';
}

/** None for what another process works on: it can only be watched. */
export function primaryAction(upload: UploadView): RowAction | undefined {
  if (upload.elsewhere) return undefined;
  switch (upload.status) {
    case 'done':
      return 'copy';
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

/** Beside the primary action of what runs: a wrong drop is taken back with one click. */
export const hasCancelButton = (upload: UploadView): boolean =>
  !upload.elsewhere && primaryAction(upload) !== 'cancel' && menuActions(upload).includes('cancel');

/** The whole menu of a row, in order. Of what came through a pipe there is no file to show, and nothing to send again. */
export function menuActions(upload: UploadView): RowAction[] {
  return allActions(upload).filter((action) => !upload.piped || (action !== 'reveal' && action !== 'retry'));
}

function failedActions(upload: UploadView): RowAction[] {
  if (upload.error?.code === 'name-taken') return ['keep-both', 'replace', 'reveal', 'remove'];
  const fix: RowAction[] =
    isKeyError(upload) || isSettingError(upload) ? ['fix'] : isPracticeFull(upload) ? ['empty'] : [];
  return [
    ...(upload.withheld ? ['send-anyway' as const] : []),
    ...(cannotRetry(upload) ? [] : ['retry' as const]),
    ...fix,
    'reveal',
    'remove',
  ];
}

/** A link that ends can be made anew for another time, as often as somebody likes. */
const expiringCopyActions = ({ imported, visibility, profileId }: UploadView): RowAction[] =>
  imported || visibility !== 'expiring' || profileId === practiceId ? [] : ['copy-day', 'copy-week'];

function allActions(upload: UploadView): RowAction[] {
  if (upload.elsewhere) return ['reveal'];
  switch (upload.status) {
    case 'done':
      return [
        'copy',
        ...expiringCopyActions(upload),
        'open',
        'reveal',
        'remove',
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

/** Enter never does what cannot be taken back. */
const notByEnter: readonly (RowAction | undefined)[] = ['pause', 'cancel', 'remove', 'send-anyway'];

/** What a key does on a focused row; undefined: nothing. */
export function keyAction(upload: UploadView, key: RowKey): RowAction | undefined {
  if (upload.elsewhere) return undefined;
  const actions = menuActions(upload);
  switch (key) {
    case 'Enter': {
      const primary = primaryAction(upload);
      return notByEnter.includes(primary) ? undefined : primary;
    }
    case 'Ctrl+Enter':
      return upload.status === 'done' ? 'open' : undefined;
    case 'Space':
      return actions.find((action) => action === 'pause' || action === 'resume');
    case 'Delete':
      return actions.includes('remove') ? 'remove' : 'cancel';
  }
}
