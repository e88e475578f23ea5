import { expect, test } from 'vitest';
import { createAnnouncer, type Announcer } from './announcer.ts';
import type { WorkSummary } from './work-session.ts';

function createFixture(): {
  announcer: Announcer;
  announced: { at: number; sentence: string }[];
  /** Moves the clock and runs the timers that are due. */
  advance(ms: number): void;
} {
  let clock = 0;
  let timers: { at: number; run: () => void }[] = [];
  const announced: { at: number; sentence: string }[] = [];
  const announcer = createAnnouncer({
    now: () => clock,
    schedule: (ms, run) => {
      timers.push({ at: clock + ms, run });
    },
    announce: (sentence) => {
      announced.push({ at: clock, sentence });
    },
  });
  return {
    announcer,
    announced,
    advance(ms) {
      const end = clock + ms;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        clock = next.at;
        next.run();
      }
      clock = end;
    },
  };
}
const work = (total: number, done: number, failed: number, sent: number): WorkSummary => ({
  total,
  done,
  failed,
  unfinished: total - done - failed,
  bytes: 100,
  sent,
});

test('announces the start, each quarter and the end of one file', () => {
  const { announcer, announced, advance } = createFixture();
  announcer.updateWork(work(1, 0, 0, 0));
  for (let sent = 0; sent < 100; sent += 1) {
    announcer.updateWork(work(1, 0, 0, sent));
    advance(400);
  }
  announcer.updateWork(work(1, 1, 0, 100));
  advance(10_000);
  expect(announced.map(({ sentence }) => sentence)).toEqual([
    'Uploading 1 file.',
    '25 % uploaded.',
    '50 % uploaded.',
    '75 % uploaded.',
    '1 file uploaded.',
  ]);
});

test('forty files cause at most four messages, at least five seconds apart', () => {
  const { announcer, announced, advance } = createFixture();
  announcer.updateWork(work(40, 0, 0, 0));
  for (let done = 1; done <= 40; done += 1) {
    advance(250);
    announcer.updateWork(work(40, done, 0, done * 2.5));
    announcer.queue('40 links copied');
  }
  advance(20_000);
  expect(announced.length).toBeLessThanOrEqual(4);
  announced.slice(1).forEach(({ at }, index) => expect(at - (announced[index]?.at ?? 0)).toBeGreaterThanOrEqual(5000));
  expect(announced.at(-1)?.sentence).toContain('40 files uploaded.');
});

test('failures and added files are announced', () => {
  const { announcer, announced, advance } = createFixture();
  announcer.updateWork(work(2, 0, 0, 0));
  advance(6000);
  announcer.updateWork(work(2, 0, 1, 10));
  advance(6000);
  announcer.updateWork(work(5, 0, 1, 10));
  advance(6000);
  announcer.updateWork(work(5, 4, 1, 100));
  advance(6000);
  expect(announced.map(({ sentence }) => sentence)).toEqual([
    'Uploading 2 files.',
    '0 of 2 uploaded, 1 failed.',
    'Uploading 3 files.',
    '4 uploaded, 1 failed.',
  ]);
});

test('the response to a user action is announced at once and delays other messages', () => {
  const { announcer, announced, advance } = createFixture();
  announcer.announceNow('Link copied');
  announcer.updateWork(work(1, 0, 0, 0));
  expect(announced).toEqual([{ at: 0, sentence: 'Link copied' }]);
  advance(5000);
  expect(announced[1]).toEqual({ at: 5000, sentence: 'Uploading 1 file.' });
});

test('the end of an upload is announced even if its start was not', () => {
  const { announcer, announced, advance } = createFixture();
  announcer.announceNow('Work is ready.');
  announcer.updateWork(work(2, 0, 0, 0));
  advance(1000);
  announcer.updateWork(work(2, 2, 0, 100));
  announcer.queue('2 links copied');
  advance(10_000);
  expect(announced.map(({ sentence }) => sentence)).toEqual(['Work is ready.', '2 files uploaded. 2 links copied']);
});

test('uploads that finished before the window opened are not announced', () => {
  const { announcer, announced, advance } = createFixture();
  announcer.updateWork(work(0, 0, 0, 0));
  announcer.updateWork({ ...work(3, 3, 0, 100) });
  advance(10_000);
  expect(announced).toEqual([]);
});
