/** What one upload may have under way at once, which is what a kill makes it send twice at most. */
import { paceLimits } from '../src-main/engine/pace.ts';
import { s3Limits } from '../src-main/engine/plan-parts.ts';

/** Parts at once begin with a few; each window of the pace that carried more adds a quarter. Bytes, so many ms after the upload began. */
export function onTheirWay(ms: number): number {
  let parts = paceLimits.ofOne;
  for (let windows = Math.floor(ms / paceLimits.windowMs); windows > 0 && parts < paceLimits.most; windows--)
    parts = Math.min(paceLimits.most, parts + Math.ceil(parts / 4));
  return parts * s3Limits.preferredPartBytes;
}
