/** What one upload may have under way at once, which is what a kill makes it send twice at most. */
import { defaultConcurrencyLimits } from '../src-main/engine/adaptive-concurrency.ts';
import { s3Limits } from '../src-main/engine/plan-parts.ts';

/** Parts at once begin with a few; each window of the pace that carried more adds a quarter. Bytes, so many ms after the upload began. */
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
