/**
 * Cuts a file into parts of the smallest allowed size that keeps the count within the store's limit. All parts but
 * the last are equal.
 */

export interface PartLimits {
  /** bytes; used unless it leads to too many parts */
  preferredPartBytes: number;
  /** bytes */
  maxPartBytes: number;
  maxParts: number;
}

export interface PartPlan {
  partSize: number;
  count: number;
}

const MiB = 1024 * 1024;

/** Returns undefined when the file exceeds the limits. A file of 0 bytes is one empty part. */
export function planParts(size: number, limits: PartLimits): PartPlan | undefined {
  const smallestPartSize = Math.ceil(size / limits.maxParts / MiB) * MiB; // whole MiB
  const partSize = Math.max(limits.preferredPartBytes, smallestPartSize);
  if (partSize > limits.maxPartBytes) return undefined;
  return { partSize, count: Math.max(1, Math.ceil(size / partSize)) };
}

/** Byte range of a part; `number` counts from 1. */
export function partRange(number: number, plan: PartPlan, size: number): { start: number; length: number } {
  const start = (number - 1) * plan.partSize;
  return { start, length: Math.min(plan.partSize, size - start) };
}
