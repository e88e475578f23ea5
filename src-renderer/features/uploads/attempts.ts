/** What was tried before, in words: why an upload went somewhere else, and each attempt with its time and reason. Pure. */
import type { AppError } from '../../../src-shared/errors.ts';
import { en } from '../../../src-shared/text/en.ts';
import { errorText, text, type TextKey } from '../../../src-shared/text/text.ts';
import type { AttemptView, UploadView } from '../../../src-shared/upload.ts';

/** Why an upload left a destination, as a clause: "Work bucket refused the key". */
export function causeClause({ code }: AppError, destination: string): string {
  const key = `because.${code}`;
  return text(isKey(key) ? key : 'because.other', { destination });
}

const isKey = (key: string): key is TextKey => Object.hasOwn(en, key);

/** "Sent to Dropbox, because Work bucket refused the key"; undefined for what stayed where it was sent. */
export function fallbackText(upload: UploadView): string | undefined {
  const attempt = upload.attempts?.findLast(({ destination }) => destination !== upload.destination);
  if (!attempt) return undefined;
  const because = causeClause(attempt.error, attempt.destination);
  return text(upload.status === 'done' ? 'ui.row.fell-back' : 'ui.row.falling-back', {
    destination: upload.destination,
    because,
  });
}

/** As a sentence of its own. */
export const attemptReason = ({ destination, error }: AttemptView): string =>
  errorText({ ...error, params: { destination, ...error.params } }).what;
