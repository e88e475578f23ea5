/** Rejects files that are too large: a file before its first byte is sent, a stream as soon as it exceeds the limit. */
import { failure } from '../../../src-shared/errors.ts';
import type { Source } from '../../engine/ports.ts';

/** In bytes. */
export interface SizeLimits {
  /** The limit of the destination. */
  maxBytes: number;
  /** The limit in the user's settings. */
  userMaxBytes: number | undefined;
}

/** @throws AppFailure too-large; for a stream, when its chunks are read */
export function enforceSizeLimits(source: Source, limits: SizeLimits): Source {
  if (source.size !== undefined) {
    checkSize(source.size, limits);
    return source;
  }
  return {
    name: source.name,
    size: undefined,
    contentType: source.contentType,
    bytesRead: () => source.bytesRead(),
    close: () => source.close(),
    chunks: () => limitedChunks(source.chunks(), limits),
  };
}

/** @throws AppFailure too-large, naming the limit that is exceeded */
function checkSize(bytes: number, { maxBytes, userMaxBytes = Infinity }: SizeLimits): void {
  // The message shows the user's limit in MB with two decimals, and the service's limit in GB.
  if (bytes > userMaxBytes)
    throw failure('too-large', {
      field: 'largestMB',
      params: { why: 'wanted', limit: Math.round(userMaxBytes / 1e4) / 100 },
    });
  if (bytes > maxBytes) throw failure('too-large', { params: { why: 'service', limit: Math.floor(maxBytes / 1e9) } });
}

async function* limitedChunks(chunks: AsyncIterable<Uint8Array>, limits: SizeLimits): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    checkSize(bytes, limits);
    yield chunk;
  }
}
