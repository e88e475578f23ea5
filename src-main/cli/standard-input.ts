/** Standard input as a source that can be read once. */
import type { Readable } from 'node:stream';
import { failure } from '../../src-shared/errors.ts';
import type { AcceptedFile, Sources, StreamSource } from '../engine/ports.ts';
import { contentTypeOf } from '../platform/content-type.ts';

/** The name of a piped file when the user gives none. */
export const standardInputName = 'standard-input';

export const acceptStandardInput = (name: string): AcceptedFile => ({
  name,
  size: 0,
  contentType: contentTypeOf(name),
  source: { stream: 'standard-input' },
});

/** Opens files with `files`, and this process's standard input once. */
export function sourcesWith(stdin: Readable, files: Sources): Sources {
  let isOpened = false;
  return {
    ...files,
    async open(ref, metadata) {
      if (!('stream' in ref)) return files.open(ref, metadata);
      if (isOpened) throw failure('source-missing');
      isOpened = true;
      return new PipedSource(stdin, metadata);
    },
  };
}

class PipedSource implements StreamSource {
  readonly size = undefined;
  readonly name: string;
  readonly contentType: string;
  readonly #stdin: Readable;
  #bytesRead = 0;

  constructor(stdin: Readable, { name, contentType }: { name: string; contentType: string }) {
    this.#stdin = stdin;
    this.name = name;
    this.contentType = contentType;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#stdin) {
        const bytes = chunk as Buffer;
        this.#bytesRead += bytes.length;
        yield bytes;
      }
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause) throw failure('source-unreadable', {}, cause);
      throw cause;
    }
  }

  bytesRead(): number {
    return this.#bytesRead;
  }

  async close(): Promise<void> {
    this.#stdin.destroy();
  }
}
