/** The second line of a row: the status in words. */
import { errorText, text } from '../../../src-shared/text/text.ts';
import { practiceId } from '../../../src-shared/profile.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { formatBytes, formatSpeed } from '../../../src-shared/format/bytes.ts';
import { joinFacts } from '../../format/join.ts';
import { readerLocale } from '../../format/locale.ts';
import { formatTimeLeft } from '../../../src-shared/format/time-left.ts';
import { fallbackText } from './attempts.ts';
import { isClosed, reachFact } from '../history/link-state.ts';
import { isFinishing } from '../../stores/progress.ts';
import type { TransferRate } from '../../stores/transfer-rate.ts';
import { isKeyError, isSignedOut } from './row-actions.ts';

/**
 * Values besides the upload that its line depends on. `now`: ms since 1970. `isIndeterminate`: the total size is
 * unknown.
 */
export interface LineContext {
  now: number;
  rate?: TransferRate;
  isIndeterminate?: boolean;
}

const bytes = (count: number): string => formatBytes(count, readerLocale);

/**
 * The size of an upload that has not started; undefined for a pipe, whose size is not known yet. The view does not say
 * what is a pipe: only another process reads pipes, and their size is 0.
 */
const pendingSize = (upload: UploadView): string | undefined =>
  upload.elsewhere && upload.size === 0 ? undefined : bytes(upload.size);

/** The bytes that are stored already, so a resumed upload does not send them again. */
const storedBytes = (upload: UploadView): number => (upload.resumable ? (upload.sent ?? 0) : 0);

/** The size of a queued upload; for a resumed upload, also the bytes that are already stored. */
const queuedSize = (upload: UploadView): string | undefined =>
  storedBytes(upload) > 0
    ? text('ui.row.sent-of', { sent: bytes(storedBytes(upload)), size: bytes(upload.size) })
    : pendingSize(upload);

/** The line of an upload whose total size is unknown: without percentage and time left. */
function indeterminateLine(upload: UploadView, rate: TransferRate | undefined): string {
  const sent = rate?.sent ?? upload.sent ?? 0;
  if (sent === 0) return text('ui.row.starting');
  return joinFacts([text('ui.row.sent', { sent: bytes(sent) }), speedFact(rate)]);
}

const speedFact = (rate: TransferRate | undefined): string | undefined =>
  rate && rate.bytesPerSecond >= 1 ? formatSpeed(rate.bytesPerSecond, readerLocale) : undefined;

function uploadingLine(upload: UploadView, { rate, isIndeterminate }: LineContext): string {
  if (isIndeterminate) return indeterminateLine(upload, rate);
  if (isFinishing(upload)) return text('ui.row.finishing');
  const sent = Math.min(upload.size, rate?.sent ?? 0);
  if (sent === 0) return joinFacts([text(upload.sent ? 'ui.row.uploading' : 'ui.row.starting'), pendingSize(upload)]);
  return joinFacts([
    text('ui.row.sent-of', { sent: bytes(sent), size: bytes(upload.size) }),
    speedFact(rate),
    rate?.secondsLeft === undefined ? undefined : formatTimeLeft(rate.secondsLeft),
  ]);
}

function pausedLine(upload: UploadView): string {
  const size = bytes(upload.size);
  if (!upload.resumable) return joinFacts([text('ui.row.paused'), size]);
  const stored = storedBytes(upload);
  return stored > 0
    ? text('ui.row.paused-partly', { sent: bytes(stored), size })
    : text('ui.row.paused-partly-unknown', { size });
}

function retryLine(until: number, now: number): string {
  const seconds = Math.ceil((until - now) / 1000);
  if (seconds < 1) return text('ui.row.again-now');
  return seconds < 100
    ? text('ui.row.again-in', { seconds })
    : text('ui.row.again-minutes', { minutes: Math.ceil(seconds / 60) });
}

/** The texts of the error, with the name of the destination. */
const describeError = (upload: UploadView): { what: string; remedy: string } | undefined =>
  upload.error && errorText({ ...upload.error, params: { destination: upload.destination, ...upload.error.params } });

/** Says what the destination needs before the upload can resume: "Waiting: Work needs a valid key". */
const blockedLine = (upload: UploadView): string =>
  text(`ui.row.needs-${missingFor(upload)}`, { destination: upload.destination });

function missingFor(upload: UploadView): 'space' | 'settings' | 'sign-in' | 'key' {
  if (upload.error?.code === 'quota-exceeded') return 'space';
  const isAboutSettings = upload.error && !isKeyError(upload) && upload.profileId !== practiceId;
  if (isAboutSettings) return 'settings';
  return isSignedOut(upload) ? 'sign-in' : 'key';
}

function waitingLine(upload: UploadView, now: number): string {
  if (upload.waitingUntil === 'online' || upload.waitingUntil === undefined) return text('ui.row.offline');
  if (upload.waitingUntil === 'profile-fixed') return blockedLine(upload);
  const retryText = retryLine(upload.waitingUntil, now);
  const description = describeError(upload);
  return description ? `${description.what} ${retryText}` : retryText;
}

/** Why the destination accepts no uploads, as a sentence, without the remedy, which is the button of the row. */
export const blockedReason = (upload: UploadView): string => describeError(upload)?.what ?? blockedLine(upload);

function failedLine(upload: UploadView): string {
  const description = describeError(upload);
  if (!description) return '';
  const { withheld } = upload;
  const remedy = withheld
    ? text(`ui.row.withheld.${withheld.reason}`, { destination: withheld.destination })
    : description.remedy;
  return `${description.what} ${remedy}`;
}

/** The size; for an imported entry, whose size is unknown, the program that it comes from. */
const doneFact = (upload: UploadView): string =>
  upload.imported ? text('ui.row.imported', { program: upload.destination }) : bytes(upload.size);

/** Says that the link did not open, if it did not. */
const outcomeText = (upload: UploadView): string | undefined => {
  if (upload.revokedAt !== undefined) return undefined;
  if (isClosed(upload)) return text('ui.row.outcome.closed');
  return upload.verification === 'unreachable' ? text('ui.row.outcome.unreachable') : undefined;
};

/** A chip beside the line says where the link opens, so the line itself mentions only a link that did not open. */
const doneLine = (upload: UploadView): string =>
  joinFacts([doneFact(upload), outcomeText(upload), fallbackText(upload)]);

/** Says that the upload restarted or moved to another destination, and why. */
const changeTexts = (upload: UploadView): (string | undefined)[] => [
  upload.restarted && text(`ui.row.restarted.${upload.restarted}`),
  fallbackText(upload),
];

/** Whether the line contains a sentence, which is shown in full; other lines may be cut off. */
export function isSentence(upload: UploadView): boolean {
  switch (upload.status) {
    case 'failed':
    case 'waiting':
      return true;
    case 'canceled':
      return false;
    case 'paused':
      return upload.resumable === true || changeTexts(upload).some(Boolean);
    case 'done':
      return doneLine(upload) !== doneFact(upload);
    case 'queued':
    case 'uploading':
    case 'verifying':
      return changeTexts(upload).some(Boolean);
  }
}

/**
 * The status for screen readers, which read the row once: omits the numbers that change every second, and includes
 * whether the link works.
 */
export function spokenStatus(upload: UploadView, now: number): string {
  const reach = upload.status === 'done' && !outcomeText(upload) ? reachFact(upload, now)?.label : undefined;
  return joinFacts([spokenState(upload), reach, upload.elsewhere && text('ui.row.elsewhere')]);
}

/** The status without the numbers that change every second. */
function spokenState(upload: UploadView): string {
  if (upload.status === 'uploading' && (upload.elsewhere || !isFinishing(upload)))
    return joinFacts([text('ui.row.uploading'), ...changeTexts(upload)]);
  if (upload.status === 'waiting' && typeof upload.waitingUntil === 'number')
    return describeError(upload)?.what ?? text('ui.row.again-now');
  return statusLine(upload, { now: 0 });
}

export function statusLine(upload: UploadView, context: LineContext): string {
  switch (upload.status) {
    case 'queued':
      return joinFacts([text('ui.row.queued'), queuedSize(upload), ...changeTexts(upload)]);
    case 'uploading':
      return joinFacts([uploadingLine(upload, context), ...changeTexts(upload)]);
    case 'waiting':
      return waitingLine(upload, context.now);
    case 'paused':
      return joinFacts([pausedLine(upload), ...changeTexts(upload)]);
    case 'verifying':
      return joinFacts([text('ui.row.checking'), ...changeTexts(upload)]);
    case 'failed':
      return failedLine(upload);
    case 'canceled':
      return joinFacts([text('ui.row.canceled'), bytes(upload.size)]);
    case 'done':
      return doneLine(upload);
  }
}
