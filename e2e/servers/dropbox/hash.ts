/** Dropbox's content hash (https://www.dropbox.com/developers/reference/content-hash), for the server alone: whoever uploads has one of their own. */
import { createHash } from 'node:crypto';

const block = 4 * 1024 * 1024;

/** @param chunks the bytes in order, cut anywhere */
export function contentHash(chunks: readonly Uint8Array[]): string {
  const whole = createHash('sha256');
  let part = createHash('sha256');
  let room = block;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const bytes = chunk.subarray(at, at + room);
      part.update(bytes);
      at += bytes.length;
      room -= bytes.length;
      if (room > 0) continue;
      whole.update(part.digest());
      part = createHash('sha256');
      room = block;
    }
  }
  if (room < block) whole.update(part.digest());
  return whole.digest('hex');
}
