/**
 * Dropbox's content hash (https://www.dropbox.com/developers/reference/content-hash). The server has its own
 * implementation, separate from the client's.
 */
import { createHash } from 'node:crypto';

const blockBytes = 4 * 1024 * 1024;

/** @param chunks the bytes in order, in pieces of any size */
export function dropboxContentHash(chunks: readonly Uint8Array[]): string {
  const whole = createHash('sha256');
  let currentBlock = createHash('sha256');
  let bytesLeftInBlock = blockBytes;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const bytes = chunk.subarray(at, at + bytesLeftInBlock);
      currentBlock.update(bytes);
      at += bytes.length;
      bytesLeftInBlock -= bytes.length;
      if (bytesLeftInBlock > 0) continue;
      whole.update(currentBlock.digest());
      currentBlock = createHash('sha256');
      bytesLeftInBlock = blockBytes;
    }
  }
  if (bytesLeftInBlock < blockBytes) whole.update(currentBlock.digest());
  return whole.digest('hex');
}
