/**
 * Dropbox's content hash (https://www.dropbox.com/developers/reference/content-hash): SHA-256 over the SHA-256 hashes
 * of all blocks of 4 MiB. Parts consist of whole blocks, so the hash of a file can be computed from the hashes of its
 * parts.
 */
import { createHash } from 'node:crypto';
import { failure } from '../../../src-shared/errors.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { BufferPool } from '../transfer/buffer-pool.ts';

export const blockBytes = 4 * 1024 * 1024;

/** SHA-256 of each block, in order: 32 bytes each. */
export type BlockHashes = readonly Buffer[];

export const combineBlockHashes = (blocks: BlockHashes): string => {
  const hash = createHash('sha256');
  for (const block of blocks) hash.update(block);
  return hash.digest('hex');
};

export const hashBlocks = (bytes: Uint8Array): BlockHashes =>
  Array.from({ length: Math.ceil(bytes.length / blockBytes) }, (_, i) =>
    createHash('sha256')
      .update(bytes.subarray(i * blockBytes, (i + 1) * blockBytes))
      .digest(),
  );

/** A range of a file that starts at a block, and ends at a block or at the end of the file. */
export interface BlockAlignedRange {
  /** The position of the first byte, a multiple of 4 MiB. */
  start: number;
  /** The number of bytes. */
  length: number;
}

/** The hash of each block in a range of a file. @throws AppFailure source-changed, canceled; whatever reading throws */
export async function hashBlocksInRange(
  source: Pick<FileSource, 'read'>,
  { start, length }: BlockAlignedRange,
  { buffers, signal }: { buffers: BufferPool; signal: AbortSignal },
): Promise<BlockHashes> {
  const buffer = buffers.acquire();
  const blocks: Buffer[] = [];
  let hash = createHash('sha256');
  for (let hashedBytes = 0; hashedBytes < length;) {
    if (signal.aborted) throw failure('canceled');
    const chunkBytes = Math.min(buffer.length, length - hashedBytes, blockBytes - (hashedBytes % blockBytes));
    const count = await source.read(buffer.subarray(0, chunkBytes), start + hashedBytes);
    if (count <= 0) throw failure('source-changed');
    hash.update(buffer.subarray(0, count));
    hashedBytes += count;
    if (hashedBytes % blockBytes !== 0 && hashedBytes < length) continue;
    blocks.push(hash.digest());
    hash = createHash('sha256');
  }
  // After an error, the buffer is not reused, because a read may still write to it.
  buffers.release(buffer);
  return blocks;
}
