/**
 * Announces progress to screen readers: the start, each quarter and the end. Announces at most one message in five
 * seconds for the whole app, made from the newest state, so that forty files do not cause forty messages. Pure apart
 * from its ports.
 */
import { text } from '../../src-shared/text/text.ts';
import { percentOf, type WorkSummary } from './work-session.ts';

export interface AnnouncerPorts {
  /** ms */
  now(): number;
  schedule(ms: number, run: () => void): void;
  announce(sentence: string): void;
}

export interface Announcer {
  /** Reports the current work. The change is announced if it is a start, a new quarter, a failure or the end. */
  updateWork(work: WorkSummary): void;
  /** Announces a sentence with the next message. For events that the user did not trigger. */
  queue(sentence: string): void;
  /** Announces a sentence at once. For responses to user actions. */
  announceNow(sentence: string): void;
}

const minIntervalMs = 5000;

/**
 * The work at the last announcement. `running`: an upload was unfinished. `hasRun`: an upload was unfinished then or
 * later. `ended`: the number of uploads that were done or failed. `quarter`: the progress, rounded down to 25 percent.
 */
interface LastAnnounced {
  running: boolean;
  hasRun: boolean;
  total: number;
  ended: number;
  quarter: number;
}

/** The changes in `work` since the last announcement, in one sentence; undefined when there is nothing to announce. */
function nextMessage(last: LastAnnounced, work: WorkSummary): string | undefined {
  const { done, failed, total } = work;
  if (work.unfinished === 0) {
    if (!last.hasRun || total === 0) return undefined;
    return failed > 0 ? text('ui.say.settled-failed', { done, failed }) : text('ui.say.settled', { done });
  }
  if (!last.running) return text('ui.say.started', { count: total - (done + failed) });
  if (total > last.total) return text('ui.say.started', { count: total - last.total });
  if (failed > 0 && done + failed > last.ended) return text('ui.say.progress-failed', { done, failed, total });
  if (done + failed > last.ended) return text('ui.say.progress', { done, total });
  return quarterOf(work) > last.quarter ? text('ui.say.percent', { percent: quarterOf(work) }) : undefined;
}

const quarterOf = (work: WorkSummary): number => Math.floor(percentOf(work) / 25) * 25;

export function createAnnouncer({ now, schedule, announce }: AnnouncerPorts): Announcer {
  let lastAt = -Infinity;
  let last: LastAnnounced = { running: false, hasRun: false, total: 0, ended: 0, quarter: 0 };
  let latest: WorkSummary | undefined;
  let queued: string[] = [];
  let isScheduled = false;

  /**
   * Announces the newest state and the queued sentences, now or when five seconds have passed since the last message.
   */
  const flush = (): void => {
    const message = latest && nextMessage(last, latest);
    if (message === undefined && queued.length === 0) return;
    if (now() - lastAt < minIntervalMs) {
      if (isScheduled) return;
      isScheduled = true;
      schedule(lastAt + minIntervalMs - now(), () => {
        isScheduled = false;
        flush();
      });
      return;
    }
    lastAt = now();
    if (latest)
      last = {
        running: latest.unfinished > 0,
        hasRun: latest.unfinished > 0,
        total: latest.total,
        ended: latest.done + latest.failed,
        quarter: quarterOf(latest),
      };
    const sentences = message === undefined ? queued : [message, ...queued];
    queued = [];
    announce(sentences.join(' '));
  };

  return {
    updateWork(work) {
      latest = work;
      if (work.unfinished > 0) last = { ...last, hasRun: true };
      flush();
    },
    queue(sentence) {
      if (!queued.includes(sentence)) queued.push(sentence);
      flush();
    },
    announceNow(sentence) {
      lastAt = now();
      announce(sentence);
    },
  };
}
