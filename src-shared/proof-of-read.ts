/**
 * The evidence that a page can read a file: a keyed digest of parts of its bytes. Chromium lets a page read only the
 * files that the user dropped or pasted, so a page that names another file can't compute it. The preload makes the
 * proof, and main checks it on the file that it opened.
 */

/** Made by main for one message. `key`: base64. `offsets`: positions of the parts, from 0 (start) to below 1 (end). */
export interface ReadChallenge {
  id: string;
  key: string;
  offsets: number[];
}

export const partCount = 4;
const partSize = 1024;
/** The size of the sample in bytes. A smaller file is padded with zeros, so that all checks take the same time. */
export const sampleSize = partCount * partSize;

/** The byte ranges (`to` is exclusive) of a file of this size that the digest covers; all of a small file. */
export function sampleParts(size: number, offsets: readonly number[]): { from: number; to: number }[] {
  if (size <= sampleSize) return size === 0 ? [] : [{ from: 0, to: size }];
  return offsets.map((offset) => {
    const from = Math.floor(offset * (size - partSize + 1));
    return { from, to: from + partSize };
  });
}

const metadataSize = 16;

/** The bytes that the digest covers: size, time of the last change (ms since 1970, rounded down) and sample. */
export function proofInput(size: number, modifiedMs: number, sample: Uint8Array): Uint8Array<ArrayBuffer> {
  const input = new Uint8Array(metadataSize + sampleSize);
  const view = new DataView(input.buffer);
  view.setFloat64(0, size);
  view.setFloat64(8, modifiedMs);
  input.set(sample, metadataSize);
  return input;
}
