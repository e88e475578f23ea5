/** Formats the line that shows the progress of a command. */
import { formatBytes, formatSpeed } from '../../src-shared/format/bytes.ts';
import { errorText, text } from '../../src-shared/text/text.ts';
import { isTerminal, type Upload, type UploadId } from '../../src-shared/upload.ts';
import { printable } from './format.ts';

const barWidth = 20;
/** The speed is an average of the last 3 seconds. */
const speedWindowMs = 3000;

export class ProgressLine {
  readonly #uploads = new Map<UploadId, Upload>();
  /** How many bytes were sent at earlier times; `at` is ms since 1970. */
  readonly #samples: { at: number; sent: number }[] = [];

  changed(upload: Upload): void {
    this.#uploads.set(upload.id, upload);
  }

  /** @param now ms since 1970 */
  line(now: number): string {
    const uploads = [...this.#uploads.values()];
    const total = sum(uploads, (upload) => upload.size);
    const sent = sum(uploads, sentBytes);
    const amounts = {
      sent: formatBytes(sent),
      total: formatBytes(total),
      percent: total === 0 ? 0 : Math.floor((sent / total) * 100),
      speed: formatSpeed(this.#speed(now, sent)),
    };
    const isStream = uploads.some((upload) => 'stream' in upload.source && !isTerminal(upload));
    const parts = isStream
      ? [text('cli.progress.stream', amounts)]
      : [bar(amounts.percent), text('cli.progress', amounts)];
    if (uploads.length > 1)
      parts.push(text('cli.progress.files', { done: uploads.filter(isTerminal).length, count: uploads.length }));
    const waiting = waitingMessage(uploads);
    if (waiting) parts.push(waiting);
    return parts.join('  ');
  }

  /** Bytes per second. */
  #speed(now: number, sent: number): number {
    this.#samples.push({ at: now, sent });
    while (this.#samples.length > 2 && now - this.#samples[0]!.at > speedWindowMs) this.#samples.shift();
    const first = this.#samples[0]!;
    return now === first.at ? 0 : Math.max(0, ((sent - first.sent) * 1000) / (now - first.at));
  }
}

const sum = (uploads: Upload[], value: (upload: Upload) => number): number =>
  uploads.reduce((total, upload) => total + value(upload), 0);

function sentBytes(upload: Upload): number {
  if (upload.status === 'uploading') return upload.sent;
  return upload.status === 'verifying' || isTerminal(upload) ? upload.size : 0;
}

/** Undefined while any upload makes progress. */
function waitingMessage(uploads: Upload[]): string | undefined {
  const unfinished = uploads.filter((upload) => !isTerminal(upload));
  const waiting = unfinished.filter((upload) => upload.status === 'waiting');
  const [first] = waiting;
  if (!first || unfinished.some(({ status }) => status === 'uploading' || status === 'verifying')) return undefined;
  if (waiting.some(({ until }) => until === 'online')) return text('cli.progress.offline');
  return text('cli.progress.waiting', { reason: printable(errorText(first.error, 'shell').what) });
}

function bar(percent: number): string {
  const full = Math.round((percent / 100) * barWidth);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`;
}
