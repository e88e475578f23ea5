/** The most bytes that one upload has in flight, which is the most that it sends again after a kill. */
import { defaultConcurrencyLimits } from '../src-main/engine/adaptive-concurrency.ts';
import { s3Limits } from '../src-main/engine/plan-parts.ts';

/**
 * Concurrency starts low, and each faster measurement window raises it by a quarter. Bytes, `ms` after the start of the
 * upload.
 */
export function maxInFlightBytes(ms: number): number {
  let parts = defaultConcurrencyLimits.perUpload;
  for (
    let windows = Math.floor(ms / defaultConcurrencyLimits.windowMs);
    windows > 0 && parts < defaultConcurrencyLimits.max;
    windows--
  )
    parts = Math.min(defaultConcurrencyLimits.max, parts + Math.ceil(parts / 4));
  return parts * s3Limits.preferredPartBytes;
}
