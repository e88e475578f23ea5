/** Files that are too large for a destination are refused before the first byte; a stream as soon as it turns out to be. */
import { failure } from '../../src-shared/errors.ts';
import type { Source } from '../engine/ports.ts';

/** bytes; `most`: what the destination can take; `wanted`: what the user lets it take */
export interface SizeLimits {
  most: number;
  wanted: number | undefined;
}

/** @throws AppFailure too-large; of a stream, its chunks do */
export function refuseLarge(source: Source, limits: SizeLimits): Source {
  if (source.size !== undefined) {
    refuse(source.size, limits);
    return source;
  }
  return {
    name: source.name,
    size: undefined,
    contentType: source.contentType,
    taken: () => source.taken(),
    close: () => source.close(),
    chunks: () => limited(source.chunks(), limits),
  };
}

function refuse(bytes: number, { most, wanted = Infinity }: SizeLimits): void {
  if (bytes > wanted)
    throw failure('too-large', {
      field: 'largestMB',
      params: { why: 'wanted', limit: Math.round(wanted / 1e4) / 100 },
    });
  if (bytes > most) throw failure('too-large');
}

async function* limited(chunks: AsyncIterable<Uint8Array>, limits: SizeLimits): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    refuse(bytes, limits);
    yield chunk;
  }
}
