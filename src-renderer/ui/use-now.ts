import { useSyncExternalStore } from 'react';

/** A clock that ticks at an interval, only while a component uses it. All components share one clock per interval. */
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
        listeners.forEach((notify) => notify());
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
      // Without listeners, the clock does not tick, so its time may be old.
      if (listeners.size === 0) now = Date.now();
      return now;
    },
  };
  clocks.set(everyMs, clock);
  return clock;
}

const stoppedClock: Clock = { subscribe: () => () => undefined, read: () => 0 };

/** ms since 1970, updated at this interval; 0 without an interval. */
export function useNow(everyMs: number | undefined): number {
  const clock = everyMs === undefined ? stoppedClock : getClock(everyMs);
  return useSyncExternalStore(clock.subscribe, clock.read);
}
