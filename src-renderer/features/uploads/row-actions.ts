/** What a person can do with an upload: its one primary action, if any, and what is behind ⋯. */
import type { ErrorCode } from '../../../src-shared/errors.ts';
import { practiceId } from '../../../src-shared/profile.ts';
import type { UploadView } from '../../../src-shared/upload.ts';

export type RowAction = 'copy' | 'open' | 'reveal' | 'retry' | 'fix-key' | 'fix' | 'cancel' | 'remove' | 'empty';

/** The remedy is in the keys, in the other settings of the destination, or elsewhere. */
const keyErrors: readonly ErrorCode[] = ['unauthorized', 'forbidden', 'session-expired', 'secret-missing'];
const settingErrors: readonly ErrorCode[] = ['no-bucket', 'wrong-region', 'not-s3', 'tls-untrusted', 'invalid-input'];
/** Trying the same again cannot help. */
const hopeless: readonly ErrorCode[] = ['source-is-folder', 'source-not-a-file', 'too-large'];

/** Practice has neither keys nor settings of a person's. */
const isOneOf = (upload: UploadView, codes: readonly ErrorCode[]): boolean =>
  upload.error !== undefined && upload.profileId !== practiceId && codes.includes(upload.error.code);
const isKeyError = (upload: UploadView): boolean => isOneOf(upload, keyErrors);
const isSettingError = (upload: UploadView): boolean => isOneOf(upload, settingErrors);
/** Practice is full: the one remedy there that a person has. */
const isPracticeFull = (upload: UploadView): boolean => upload.profileId === practiceId && upload.error?.code === 'quota-exceeded';
const isHopeless = (upload: UploadView): boolean => upload.piped === true || (upload.error !== undefined && hopeless.includes(upload.error.code));

function failedAction(upload: UploadView): RowAction {
  if (isKeyError(upload)) return 'fix-key';
  if (isSettingError(upload)) return 'fix';
  if (isPracticeFull(upload)) return 'empty';
  return isHopeless(upload) ? 'remove' : 'retry';
}

/** None for what another process works on: it can only be watched. */
export function primaryAction(upload: UploadView): RowAction | undefined {
  if (upload.elsewhere) return undefined;
  switch (upload.status) {
    case 'done': return 'copy';
    case 'canceled': return upload.piped ? 'remove' : 'retry';
    case 'failed': return failedAction(upload);
    case 'queued': case 'uploading': case 'waiting': case 'paused': case 'verifying': return 'cancel';
  }
}

/** The whole menu of a row, in order. Of what came through a pipe there is no file to show, and nothing to send again. */
export function menuActions(upload: UploadView): RowAction[] {
  return actionsOf(upload).filter((action) => !upload.piped || (action !== 'reveal' && action !== 'retry'));
}

function actionsOf(upload: UploadView): RowAction[] {
  if (upload.elsewhere) return ['reveal'];
  switch (upload.status) {
    case 'done': return ['copy', 'open', 'reveal', 'remove'];
    case 'canceled': return ['retry', 'reveal', 'remove'];
    case 'failed': {
      const fix: RowAction[] = isKeyError(upload) || isSettingError(upload) ? ['fix'] : isPracticeFull(upload) ? ['empty'] : [];
      return [...(isHopeless(upload) ? [] : ['retry' as const]), ...fix, 'reveal', 'remove'];
    }
    case 'queued': case 'uploading': case 'waiting': case 'paused': case 'verifying': return ['reveal', 'cancel'];
  }
}

export type RowKey = 'Enter' | 'Ctrl+Enter' | 'Delete';

/** What a key does on a focused row; undefined: nothing. */
export function keyAction(upload: UploadView, key: RowKey): RowAction | undefined {
  if (upload.elsewhere) return undefined;
  const primary = primaryAction(upload);
  if (key === 'Enter') return primary === 'cancel' || primary === 'remove' ? undefined : primary;
  if (key === 'Ctrl+Enter') return upload.status === 'done' ? 'open' : undefined;
  return menuActions(upload).includes('remove') ? 'remove' : 'cancel';
}
