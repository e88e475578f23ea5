/**
 * Describes earlier attempts: why an upload moved to another destination, and why each attempt failed. Pure.
 */
import type { AppError } from '../../../src-shared/errors.ts';
import { en } from '../../../src-shared/text/en.ts';
import { errorText, text, type TextKey } from '../../../src-shared/text/text.ts';
import type { AttemptView, UploadView } from '../../../src-shared/upload.ts';

/** Why a destination failed, as a clause: "Work bucket rejected the key". */
function causeClause({ code }: AppError, destination: string): string {
  const key = `because.${code}`;
  return text(isKey(key) ? key : 'because.other', { destination });
}

const isKey = (key: string): key is TextKey => Object.hasOwn(en, key);

/** "Uploaded to Dropbox because Work bucket rejected the key"; undefined if the upload used no fallback. */
export function fallbackText(upload: UploadView): string | undefined {
  // The last failed attempt at another destination than the current one
  const attempt = upload.attempts?.findLast(({ destination }) => destination !== upload.destination);
  if (!attempt) return undefined;
  const because = causeClause(attempt.error, attempt.destination);
  return text(upload.status === 'done' ? 'ui.row.fell-back' : 'ui.row.falling-back', {
    destination: upload.destination,
    because,
  });
}

/** Why an attempt failed, as a sentence. */
export const attemptReason = ({ destination, error }: AttemptView): string =>
  errorText({ ...error, params: { destination, ...error.params } }).what;
