/** The maximum number of bytes that one upload has in flight, and so may send again after a kill. */
import { defaultConcurrencyLimits } from '../src-main/engine/adaptive-concurrency.ts';
import { customService } from '../src-main/providers/s3/presets.ts';

/**
 * Returns the maximum at the time `ms` after the start of the upload. Concurrency starts low, and each measurement
 * window with a higher speed raises it by a quarter.
 */
export function maxInFlightBytes(ms: number): number {
  let parts = defaultConcurrencyLimits.perUpload;
  const windowCount = Math.floor(ms / defaultConcurrencyLimits.windowMs);
  for (let i = 0; i < windowCount && parts < defaultConcurrencyLimits.max; i++)
    parts = Math.min(defaultConcurrencyLimits.max, parts + Math.ceil(parts / 4));
  return parts * customService.preferredPartBytes;
}
