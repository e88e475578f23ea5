/**
 * Speed and time left of one upload: an exponential moving average with a half-life of two seconds. Pure: the caller
 * passes the time. The time left is hidden until it is reliable.
 */
const halfLifeSeconds = 2;
const minSampleMs = 50;
const warmUpMs = 3000;
const shortJobSeconds = 5;

/** The rate of a running upload, published once a second. */
export interface TransferRate {
  /** bytes */
  sent: number;
  bytesPerSecond: number;
  secondsLeft?: number;
}

/** `speed` and `weight` are running sums; the average is their quotient, which is correct from the first sample on. */
export interface Meter {
  startedAt: number;
  at: number;
  sent: number;
  speed: number;
  weight: number;
}

export const startMeter = (sent: number, at: number): Meter => ({ startedAt: at, at, sent, speed: 0, weight: 0 });

/** Adds the bytes sent until `at`. Bytes sent a second time count as no progress, never as negative speed. */
export function sample(meter: Meter, sent: number, at: number): Meter {
  const elapsed = at - meter.at;
  if (elapsed < minSampleMs) return meter;
  const decay = 0.5 ** (elapsed / 1000 / halfLifeSeconds);
  const current = Math.max(0, sent - meter.sent) / (elapsed / 1000);
  return {
    ...meter,
    at,
    sent,
    speed: meter.speed * decay + current * (1 - decay),
    weight: meter.weight * decay + (1 - decay),
  };
}

/** bytes per second */
export const averageSpeed = (meter: Meter): number => (meter.weight > 0 ? meter.speed / meter.weight : 0);

/**
 * Seconds until `remaining` bytes are sent; undefined in the first three seconds, for jobs under five, and when
 * stalled.
 */
export function secondsLeft(meter: Meter, remaining: number, at: number): number | undefined {
  const running = at - meter.startedAt;
  const speed = averageSpeed(meter);
  if (running < warmUpMs || speed < 1) return undefined;
  const left = remaining / speed;
  return running / 1000 + left < shortJobSeconds ? undefined : left;
}
