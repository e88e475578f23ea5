/**
 * Checks that the page can read a file. The page sends a digest of parts of the file (proof-of-read.ts), and main
 * computes the same digest from the file that it opened.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { proofInput, sampleParts, sampleSize, type ReadChallenge } from '../../src-shared/proof-of-read.ts';

export interface ReadEvidence {
  challenge: ReadChallenge;
  /** HMAC-SHA-256 as base64. */
  proof: string;
}

/** Chromium reports 1 January 1601 for a file whose modification time is 0 (1 January 1970). In ms since 1970. */
const chromiumZeroMs = -11_644_473_600_000;

/** @param handle undefined for an entry that can't be opened; then only an empty sample is proof */
export async function isReadProven(
  { challenge, proof }: ReadEvidence,
  stat: BigIntStats,
  handle?: FileHandle,
): Promise<boolean> {
  const size = Number(stat.size);
  const sample = Buffer.alloc(sampleSize);
  let filled = 0;
  for (const { from, to } of handle ? sampleParts(size, challenge.offsets) : []) {
    const { bytesRead } = await handle!.read(sample, filled, to - from, from);
    filled += bytesRead;
  }
  const modifiedMs = Number(stat.mtimeNs / 1_000_000n);
  // Chromium and the file system may round the time differently.
  const acceptedTimes = [modifiedMs - 1, modifiedMs, modifiedMs + 1, ...(modifiedMs === 0 ? [chromiumZeroMs] : [])];
  return acceptedTimes.map((time) => isEqual(digest(challenge, proofInput(size, time, sample)), proof)).includes(true);
}

const digest = ({ key }: ReadChallenge, input: Uint8Array): Buffer =>
  createHmac('sha256', Buffer.from(key, 'base64')).update(input).digest();

function isEqual(expected: Buffer, proof: string): boolean {
  const given = Buffer.from(proof, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
