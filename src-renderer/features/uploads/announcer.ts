/**
 * What a screen reader is told about the work: start, each quarter, done. At most one message in five seconds for the
 * whole app, each made from the newest state, so that forty files are not forty messages. Pure but for its ports.
 */
import { text } from '../../../src-shared/text/text.ts';
import { percentOf, type Work } from './work.ts';

export interface AnnouncerPorts {
  /** ms */
  now(): number;
  later(ms: number, run: () => void): void;
  say(sentence: string): void;
}

export interface Announcer {
  /** The work changed. */
  work(work: Work): void;
  /** Something happened by itself: told with the next message. */
  add(sentence: string): void;
  /** The answer to something that the person just did: told at once. */
  answer(sentence: string): void;
}

const pauseMs = 5000;

/** `hasRun`: something ran since the end was last told. */
interface Told {
  running: boolean;
  hasRun: boolean;
  total: number;
  ended: number;
  quarter: number;
}

/** What is new in `work` since `told`, in one sentence; undefined when there is nothing worth a message. */
function newsOf(told: Told, work: Work): string | undefined {
  const { done, failed, total } = work;
  if (work.unfinished === 0) {
    if (!told.hasRun || total === 0) return undefined;
    return failed > 0 ? text('ui.say.settled-failed', { done, failed }) : text('ui.say.settled', { done });
  }
  if (!told.running || total > told.total)
    return text('ui.say.started', { count: total - (told.running ? told.total : done + failed) });
  if (failed > 0 && done + failed > told.ended) return text('ui.say.progress-failed', { done, failed, total });
  if (done + failed > told.ended) return text('ui.say.progress', { done, total });
  return quarterOf(work) > told.quarter ? text('ui.say.percent', { percent: quarterOf(work) }) : undefined;
}

const quarterOf = (work: Work): number => Math.floor(percentOf(work) / 25) * 25;

export function createAnnouncer({ now, later, say }: AnnouncerPorts): Announcer {
  let lastAt = -Infinity;
  let told: Told = { running: false, hasRun: false, total: 0, ended: 0, quarter: 0 };
  let latest: Work | undefined;
  let extras: string[] = [];
  let waiting = false;

  const flush = (): void => {
    const news = latest && newsOf(told, latest);
    if (news === undefined && extras.length === 0) return;
    if (now() - lastAt < pauseMs) {
      if (waiting) return;
      waiting = true;
      later(lastAt + pauseMs - now(), () => {
        waiting = false;
        flush();
      });
      return;
    }
    lastAt = now();
    if (latest)
      told = {
        running: latest.unfinished > 0,
        hasRun: latest.unfinished > 0,
        total: latest.total,
        ended: latest.done + latest.failed,
        quarter: quarterOf(latest),
      };
    const sentences = news === undefined ? extras : [news, ...extras];
    extras = [];
    say(sentences.join(' '));
  };

  return {
    work(work) {
      latest = work;
      if (work.unfinished > 0) told = { ...told, hasRun: true };
      flush();
    },
    add(sentence) {
      if (!extras.includes(sentence)) extras.push(sentence);
      flush();
    },
    answer(sentence) {
      lastAt = now();
      say(sentence);
    },
  };
}
