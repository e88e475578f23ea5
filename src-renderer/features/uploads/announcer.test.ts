import { expect, test } from 'vitest';
import { createAnnouncer, type Announcer } from './announcer.ts';
import type { Work } from './work.ts';

function world(): { announcer: Announcer; said: { at: number; sentence: string }[]; pass(ms: number): void } {
  let clock = 0;
  let timers: { at: number; run: () => void }[] = [];
  const said: { at: number; sentence: string }[] = [];
  const announcer = createAnnouncer({
    now: () => clock,
    later: (ms, run) => {
      timers.push({ at: clock + ms, run });
    },
    say: (sentence) => {
      said.push({ at: clock, sentence });
    },
  });
  return {
    announcer,
    said,
    pass(ms) {
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
const work = (total: number, done: number, failed: number, sent: number): Work => ({
  total,
  done,
  failed,
  unfinished: total - done - failed,
  bytes: 100,
  sent,
});

test('start, quarters and end of one file', () => {
  const { announcer, said, pass } = world();
  announcer.work(work(1, 0, 0, 0));
  for (let sent = 0; sent < 100; sent += 1) {
    announcer.work(work(1, 0, 0, sent));
    pass(400);
  }
  announcer.work(work(1, 1, 0, 100));
  pass(10_000);
  expect(said.map(({ sentence }) => sentence)).toEqual([
    'Uploading 1 file.',
    '25 % uploaded.',
    '50 % uploaded.',
    '75 % uploaded.',
    '1 file uploaded.',
  ]);
});

test('forty files are a handful of messages, five seconds apart', () => {
  const { announcer, said, pass } = world();
  announcer.work(work(40, 0, 0, 0));
  for (let done = 1; done <= 40; done += 1) {
    pass(250);
    announcer.work(work(40, done, 0, done * 2.5));
    announcer.add('40 links copied');
  }
  pass(20_000);
  expect(said.length).toBeLessThanOrEqual(4);
  said.slice(1).forEach(({ at }, index) => expect(at - (said[index]?.at ?? 0)).toBeGreaterThanOrEqual(5000));
  expect(said.at(-1)?.sentence).toContain('40 files uploaded.');
});

test('failures are counted, and more files are told', () => {
  const { announcer, said, pass } = world();
  announcer.work(work(2, 0, 0, 0));
  pass(6000);
  announcer.work(work(2, 0, 1, 10));
  pass(6000);
  announcer.work(work(5, 0, 1, 10));
  pass(6000);
  announcer.work(work(5, 4, 1, 100));
  pass(6000);
  expect(said.map(({ sentence }) => sentence)).toEqual([
    'Uploading 2 files.',
    '0 of 2 uploaded, 1 failed.',
    'Uploading 3 files.',
    '4 uploaded, 1 failed.',
  ]);
});

test('an answer is immediate and holds the others back', () => {
  const { announcer, said, pass } = world();
  announcer.answer('Link copied');
  announcer.work(work(1, 0, 0, 0));
  expect(said).toEqual([{ at: 0, sentence: 'Link copied' }]);
  pass(5000);
  expect(said[1]).toEqual({ at: 5000, sentence: 'Uploading 1 file.' });
});

test('an end within the pause is told, even when its start was not', () => {
  const { announcer, said, pass } = world();
  announcer.answer('Work is ready.');
  announcer.work(work(2, 0, 0, 0));
  pass(1000);
  announcer.work(work(2, 2, 0, 100));
  announcer.add('2 links copied');
  pass(10_000);
  expect(said.map(({ sentence }) => sentence)).toEqual(['Work is ready.', '2 files uploaded. 2 links copied']);
});

test('what was finished before the window opened is not told', () => {
  const { announcer, said, pass } = world();
  announcer.work(work(0, 0, 0, 0));
  announcer.work({ ...work(3, 3, 0, 100) });
  pass(10_000);
  expect(said).toEqual([]);
});
