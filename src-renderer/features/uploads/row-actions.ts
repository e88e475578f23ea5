/** What a person can do with an upload: its one primary action, and what is behind ⋯. */
import type { ErrorCode } from '../../../src-shared/errors.ts';
import type { UploadView } from '../../../src-shared/upload.ts';

export type RowAction = 'copy' | 'open' | 'reveal' | 'retry' | 'fix-key' | 'fix' | 'cancel' | 'remove';

/** The remedy is in the keys, in the other settings of the destination, or elsewhere. */
const keyErrors: readonly ErrorCode[] = ['unauthorized', 'forbidden', 'session-expired', 'secret-missing'];
const settingErrors: readonly ErrorCode[] = ['no-bucket', 'wrong-region', 'not-s3', 'tls-untrusted', 'invalid-input'];
/** Trying the same again cannot help. */
const hopeless: readonly ErrorCode[] = ['source-is-folder', 'source-not-a-file', 'too-large'];

export const isKeyError = (upload: UploadView): boolean => upload.error !== undefined && keyErrors.includes(upload.error.code);
const isSettingError = (upload: UploadView): boolean => upload.error !== undefined && settingErrors.includes(upload.error.code);
const isHopeless = (upload: UploadView): boolean => upload.error !== undefined && hopeless.includes(upload.error.code);

export function primaryAction(upload: UploadView): RowAction {
  switch (upload.status) {
    case 'done': return 'copy';
    case 'canceled': return 'retry';
    case 'failed':
      if (isKeyError(upload)) return 'fix-key';
      if (isSettingError(upload)) return 'fix';
      return isHopeless(upload) ? 'remove' : 'retry';
    case 'queued': case 'uploading': case 'waiting': case 'paused': case 'verifying': return 'cancel';
  }
}

/** The whole menu of a row, in order. */
export function menuActions(upload: UploadView): RowAction[] {
  switch (upload.status) {
    case 'done': return ['copy', 'open', 'reveal', 'remove'];
    case 'canceled': return ['retry', 'reveal', 'remove'];
    case 'failed': {
      const fix: RowAction[] = isKeyError(upload) || isSettingError(upload) ? ['fix'] : [];
      return [...(isHopeless(upload) ? [] : ['retry' as const]), ...fix, 'reveal', 'remove'];
    }
    case 'queued': case 'uploading': case 'waiting': case 'paused': case 'verifying': return ['reveal', 'cancel'];
  }
}

export type RowKey = 'Enter' | 'Ctrl+Enter' | 'Delete';

/** What a key does on a focused row; undefined: nothing. */
export function keyAction(upload: UploadView, key: RowKey): RowAction | undefined {
  const primary = primaryAction(upload);
  if (key === 'Enter') return primary === 'cancel' || primary === 'remove' ? undefined : primary;
  if (key === 'Ctrl+Enter') return upload.status === 'done' ? 'open' : undefined;
  return menuActions(upload).includes('remove') ? 'remove' : 'cancel';
}
