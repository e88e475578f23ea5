/** The second line of a row: what is happening, in words. */
import { errorText, text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { formatBytes, formatSpeed } from '../../../src-shared/format/bytes.ts';
import { joinFacts } from '../../format/join.ts';
import { readerLocale } from '../../format/locale.ts';
import { formatTimeLeft } from '../../../src-shared/format/time-left.ts';
import { isFinishing } from './progress.ts';

/** What is published once a second about a running upload. */
export interface Pace { sent: number; bytesPerSecond: number; secondsLeft?: number }

/** What a line needs beside the record. `isOpen`: nobody knows how much is to come. */
export interface Moment { now: number; pace?: Pace; isOpen?: boolean }

const bytes = (count: number): string => formatBytes(count, readerLocale);

/** Of an upload that has not begun: what comes through a pipe has no size then. */
const sizeAhead = (upload: UploadView): string | undefined => (upload.elsewhere && upload.size === 0 ? undefined : bytes(upload.size));

/** How much there is to come is not known, so neither are share nor time. */
function openLine(upload: UploadView, pace: Pace | undefined): string {
  const sent = pace?.sent ?? upload.sent ?? 0;
  if (sent === 0) return text('ui.row.starting');
  return joinFacts([text('ui.row.sent', { sent: bytes(sent) }), speedFact(pace)]);
}

const speedFact = (pace: Pace | undefined): string | undefined => (pace && pace.bytesPerSecond >= 1 ? formatSpeed(pace.bytesPerSecond, readerLocale) : undefined);

function uploadingLine(upload: UploadView, { pace, isOpen }: Moment): string {
  if (isOpen) return openLine(upload, pace);
  if (isFinishing(upload)) return text('ui.row.finishing');
  const sent = Math.min(upload.size, pace?.sent ?? 0);
  if (sent === 0) return joinFacts([text(upload.sent ? 'ui.row.uploading' : 'ui.row.starting'), sizeAhead(upload)]);
  return joinFacts([
    text('ui.row.sent-of', { sent: bytes(sent), size: bytes(upload.size) }),
    speedFact(pace),
    pace?.secondsLeft === undefined ? undefined : formatTimeLeft(pace.secondsLeft),
  ]);
}

function againLine(until: number, now: number): string {
  const seconds = Math.ceil((until - now) / 1000);
  if (seconds < 1) return text('ui.row.again-now');
  return seconds < 100 ? text('ui.row.again-in', { seconds }) : text('ui.row.again-minutes', { minutes: Math.ceil(seconds / 60) });
}

function waitingLine(upload: UploadView, now: number): string {
  if (upload.waitingUntil === 'online' || upload.waitingUntil === undefined) return text('ui.row.offline');
  if (upload.waitingUntil === 'mended') return upload.error ? errorText(upload.error).what : text('ui.row.offline');
  const again = againLine(upload.waitingUntil, now);
  return upload.error ? `${errorText(upload.error).what} ${again}` : again;
}

function failedLine(upload: UploadView): string {
  if (!upload.error) return '';
  const { what, remedy } = errorText({ ...upload.error, params: { destination: upload.destination, ...upload.error.params } });
  return `${what} ${remedy}`;
}

/** The same for a screen reader that reads the row once: without the numbers that change every second. */
export function spokenStatus(upload: UploadView): string {
  return joinFacts([spokenState(upload), upload.elsewhere && text('ui.row.elsewhere')]);
}

function spokenState(upload: UploadView): string {
  if (upload.status === 'uploading' && (upload.elsewhere || !isFinishing(upload))) return text('ui.row.uploading');
  if (upload.status === 'waiting' && upload.waitingUntil !== 'online') return upload.error ? errorText(upload.error).what : text('ui.row.again-now');
  return statusLine(upload, { now: 0 });
}

export function statusLine(upload: UploadView, moment: Moment): string {
  switch (upload.status) {
    case 'queued': return joinFacts([text('ui.row.queued'), sizeAhead(upload)]);
    case 'uploading': return uploadingLine(upload, moment);
    case 'waiting': return waitingLine(upload, moment.now);
    case 'paused': return joinFacts([text('ui.row.paused'), bytes(upload.size)]);
    case 'verifying': return text('ui.row.checking');
    case 'failed': return failedLine(upload);
    case 'canceled': return joinFacts([text('ui.row.canceled'), bytes(upload.size)]);
    case 'done': return bytes(upload.size);
  }
}
