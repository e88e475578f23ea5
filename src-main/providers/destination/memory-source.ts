import type { FileSource } from '../../engine/ports.ts';

/** A small text file that exists only in memory. */
export function memorySource(content: Buffer, name: string): FileSource {
  return {
    name,
    size: content.length,
    contentType: 'text/plain',
    read: async (into, position) => content.copy(into, 0, position, Math.min(content.length, position + into.length)),
    assertUnchanged: async () => undefined,
    close: async () => undefined,
  };
}
