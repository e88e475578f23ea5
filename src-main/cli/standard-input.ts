/** What comes through a pipe, as a source that is read once. */
import type { Readable } from 'node:stream';
import { failure } from '../../src-shared/errors.ts';
import type { AcceptedFile, Sources, StreamSource } from '../engine/ports.ts';
import { contentTypeOf, fileSources } from '../platform/source-file.ts';

/** The name of a file that has none. */
export const standardInputName = 'standard-input';

export const acceptStandardInput = (name: string): AcceptedFile => ({
  name,
  size: 0,
  contentType: contentTypeOf(name),
  source: { stream: 'standard-input' },
});

/** Files as usual, and this process's own standard input once. */
export function sourcesWith(stdin: Readable): Sources {
  let isTaken = false;
  return {
    ...fileSources,
    async open(ref, as) {
      if (!('stream' in ref)) return fileSources.open(ref, as);
      if (isTaken) throw failure('source-missing');
      isTaken = true;
      return new PipedSource(stdin, as);
    },
  };
}

class PipedSource implements StreamSource {
  readonly size = undefined;
  readonly name: string;
  readonly contentType: string;
  readonly #stdin: Readable;
  #taken = 0;

  constructor(stdin: Readable, { name, contentType }: { name: string; contentType: string }) {
    this.#stdin = stdin;
    this.name = name;
    this.contentType = contentType;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#stdin) {
        const bytes = chunk as Buffer;
        this.#taken += bytes.length;
        yield bytes;
      }
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown) throw failure('source-unreadable', {}, thrown);
      throw thrown;
    }
  }

  bytesRead(): number {
    return this.#taken;
  }

  async close(): Promise<void> {
    this.#stdin.destroy();
  }
}
