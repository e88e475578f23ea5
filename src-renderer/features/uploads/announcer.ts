/**
 * What a screen reader is told about the work: start, each quarter, done. At most one message in five seconds for the
 * whole app, each made from the newest state, so that forty files are not forty messages. Pure but for its ports.
 */
import { text } from '../../../src-shared/text/text.ts';
import { percentOf, type WorkSummary } from '../../stores/work-session.ts';

export interface AnnouncerPorts {
  /** ms */
  now(): number;
  schedule(ms: number, run: () => void): void;
  announce(sentence: string): void;
}

export interface Announcer {
  /** The work changed. */
  updateWork(work: WorkSummary): void;
  /** Something happened by itself: told with the next message. */
  queue(sentence: string): void;
  /** The answer to something that the person just did: told at once. */
  announceNow(sentence: string): void;
}

const minIntervalMs = 5000;

/** `hasRun`: something ran since the end was last told. */
interface LastAnnounced {
  running: boolean;
  hasRun: boolean;
  total: number;
  ended: number;
  quarter: number;
}

/** What is new in `work` since `told`, in one sentence; undefined when there is nothing worth a message. */
function nextMessage(last: LastAnnounced, work: WorkSummary): string | undefined {
  const { done, failed, total } = work;
  if (work.unfinished === 0) {
    if (!last.hasRun || total === 0) return undefined;
    return failed > 0 ? text('ui.say.settled-failed', { done, failed }) : text('ui.say.settled', { done });
  }
  if (!last.running || total > last.total)
    return text('ui.say.started', { count: total - (last.running ? last.total : done + failed) });
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
