/**
 * Earlier attempts in words: why an upload went to another destination, and each attempt with its time and reason.
 * Pure.
 */
import type { AppError } from '../../../src-shared/errors.ts';
import { en } from '../../../src-shared/text/en.ts';
import { errorText, text, type TextKey } from '../../../src-shared/text/text.ts';
import type { AttemptView, UploadView } from '../../../src-shared/upload.ts';

/** Why an upload left a destination, as a clause: "Work bucket refused the key". */
function causeClause({ code }: AppError, destination: string): string {
  const key = `because.${code}`;
  return text(isKey(key) ? key : 'because.other', { destination });
}

const isKey = (key: string): key is TextKey => Object.hasOwn(en, key);

/** "Sent to Dropbox, because Work bucket refused the key"; undefined when it did not change the destination. */
export function fallbackText(upload: UploadView): string | undefined {
  const attempt = upload.attempts?.findLast(({ destination }) => destination !== upload.destination);
  if (!attempt) return undefined;
  const because = causeClause(attempt.error, attempt.destination);
  return text(upload.status === 'done' ? 'ui.row.fell-back' : 'ui.row.falling-back', {
    destination: upload.destination,
    because,
  });
}

/** The same as a separate sentence. */
export const attemptReason = ({ destination, error }: AttemptView): string =>
  errorText({ ...error, params: { destination, ...error.params } }).what;
