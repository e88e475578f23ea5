import { useSyncExternalStore } from 'react';

/** One clock for each pace, which runs only while someone looks at it. */
interface Clock {
  subscribe: (listener: () => void) => () => void;
  read: () => number;
}

const clocks = new Map<number, Clock>();

function getClock(everyMs: number): Clock {
  const existing = clocks.get(everyMs);
  if (existing) return existing;
  const listeners = new Set<() => void>();
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const clock: Clock = {
    subscribe(listener) {
      listeners.add(listener);
      timer ??= setInterval(() => {
        now = Date.now();
        listeners.forEach((tell) => tell());
      }, everyMs);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      };
    },
    read() {
      if (listeners.size === 0) now = Date.now();
      return now;
    },
  };
  clocks.set(everyMs, clock);
  return clock;
}

const stoppedClock: Clock = { subscribe: () => () => undefined, read: () => 0 };

/** ms since 1970, renewed at this pace; 0 without a pace. */
export function useNow(everyMs: number | undefined): number {
  const clock = everyMs === undefined ? stoppedClock : getClock(everyMs);
  return useSyncExternalStore(clock.subscribe, clock.read);
}
