/**
 * Speed and time left of one upload: an exponential moving average with a half-life of two seconds. Pure: the caller
 * passes the time. The time left is hidden until it is reliable.
 */
const halfLifeSeconds = 2;
/** Samples in quicker succession are ignored, because their speed would vary too much. */
const minSampleMs = 50;
/** No time left is shown before this time has passed since the start. */
const warmUpMs = 3000;
/** No time left is shown for uploads that take less than this in total. */
const shortUploadSeconds = 5;

/** The rate of a running upload, published once a second. */
export interface TransferRate {
  /** bytes */
  sent: number;
  bytesPerSecond: number;
  secondsLeft?: number;
}

/**
 * The measurement of an upload until the time `at`. `speed`: the weighted sum of the measured speeds, in which older
 * ones count less. `weight`: the sum of their weights. The average speed is `speed / weight`, which is correct from
 * the first sample on.
 */
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
  const currentSpeed = Math.max(0, sent - meter.sent) / (elapsed / 1000);
  return {
    ...meter,
    at,
    sent,
    speed: meter.speed * decay + currentSpeed * (1 - decay),
    weight: meter.weight * decay + (1 - decay),
  };
}

/** bytes per second */
export const averageSpeed = (meter: Meter): number => (meter.weight > 0 ? meter.speed / meter.weight : 0);

/**
 * Seconds until `remaining` bytes are sent. Undefined in the first three seconds, for uploads that take less than five
 * seconds in total, and while almost no bytes are sent.
 */
export function secondsLeft(meter: Meter, remaining: number, at: number): number | undefined {
  const running = at - meter.startedAt;
  const speed = averageSpeed(meter);
  if (running < warmUpMs || speed < 1) return undefined;
  const left = remaining / speed;
  return running / 1000 + left < shortUploadSeconds ? undefined : left;
}
