/**
 * Dropbox's own checksum (https://www.dropbox.com/developers/reference/content-hash): SHA-256 over the SHA-256 of each block of
 * 4 MiB. Because parts are made of whole blocks, what a file amounts to follows from what its parts did.
 */
import { createHash } from 'node:crypto';
import { failure } from '../../../src-shared/errors.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { BufferPool } from '../sending/request-handler.ts';

export const blockBytes = 4 * 1024 * 1024;

/** SHA-256 of each block, in order: 32 bytes each. */
export type Blocks = readonly Buffer[];

export const hashOf = (blocks: Blocks): string => {
  const hash = createHash('sha256');
  for (const block of blocks) hash.update(block);
  return hash.digest('hex');
};

export const blocksOf = (bytes: Uint8Array): Blocks =>
  Array.from({ length: Math.ceil(bytes.length / blockBytes) }, (_, i) =>
    createHash('sha256')
      .update(bytes.subarray(i * blockBytes, (i + 1) * blockBytes))
      .digest(),
  );

export interface Range {
  /** first byte, a multiple of 4 MiB */ start: number;
  /** bytes */ length: number;
}

/** @throws AppFailure source-changed, canceled; what reading throws */
export async function blocksOfRange(
  source: Pick<FileSource, 'read'>,
  { start, length }: Range,
  { buffers, signal }: { buffers: BufferPool; signal: AbortSignal },
): Promise<Blocks> {
  const buffer = buffers.take();
  const blocks: Buffer[] = [];
  let hash = createHash('sha256');
  for (let done = 0; done < length;) {
    if (signal.aborted) throw failure('canceled');
    const room = Math.min(buffer.length, length - done, blockBytes - (done % blockBytes));
    const count = await source.read(buffer.subarray(0, room), start + done);
    if (count <= 0) throw failure('source-changed');
    hash.update(buffer.subarray(0, count));
    done += count;
    if (done % blockBytes !== 0 && done < length) continue;
    blocks.push(hash.digest());
    hash = createHash('sha256');
  }
  // Only a buffer that no read can still be filling goes back.
  buffers.give(buffer);
  return blocks;
}
