/** Standard input as a source. Its first bytes stay in memory, so that another destination can get them too. */
import type { Readable } from 'node:stream';
import { failure } from '../../src-shared/errors.ts';
import type { AcceptedFile, Sources, StreamSource } from '../engine/ports.ts';
import { contentTypeOf } from '../platform/content-type.ts';

/** The name of a piped file when the user gives none. */
export const standardInputName = 'standard-input';

/** Hoist keeps at most this many bytes of a pipe for another destination. The user docs and a message name it. */
const maxBufferedBytes = 8 * 1024 * 1024;

export const acceptStandardInput = (name: string): AcceptedFile => ({
  name,
  size: 0,
  contentType: contentTypeOf(name),
  source: { stream: 'standard-input' },
});

/** Opens files with `files`, and this process's standard input for one upload at a time. */
export function sourcesWith(stdin: Readable, files: Sources): Sources {
  const pipe = new RepeatablePipe(stdin);
  let isOpen = false;
  return {
    ...files,
    async open(ref, metadata) {
      if (!('stream' in ref)) return files.open(ref, metadata);
      if (isOpen || !pipe.isRepeatable) throw failure('source-missing');
      isOpen = true;
      return new PipedSource(pipe, metadata, () => {
        isOpen = false;
      });
    },
    canReadAgain: () => pipe.isRepeatable,
  };
}

/** Reads a pipe chunk by chunk. All chunks can be read again until there are too many of them. */
class RepeatablePipe {
  readonly #stdin: Readable;
  #chunks: AsyncIterator<Buffer> | undefined;
  /** Undefined when more bytes were read than Hoist keeps. */
  #buffered: Promise<Buffer | undefined>[] | undefined = [];
  #bufferedBytes = 0;

  constructor(stdin: Readable) {
    this.#stdin = stdin;
  }

  get isRepeatable(): boolean {
    return this.#buffered !== undefined;
  }

  /** @returns undefined at the end. A chunk that is not kept is the one after the previous call. */
  chunk(index: number): Promise<Buffer | undefined> {
    const buffered = this.#buffered?.[index];
    if (buffered) return buffered;
    const next = this.#next();
    this.#buffered?.push(next);
    return next;
  }

  async #next(): Promise<Buffer | undefined> {
    this.#chunks ??= this.#stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const { done, value } = await this.#chunks.next();
    if (done) return undefined;
    this.#bufferedBytes += value.length;
    if (this.#bufferedBytes > maxBufferedBytes) this.#buffered = undefined;
    return value;
  }

  /** Stops the program that writes to the pipe, unless another destination may get the data. */
  close(): void {
    if (!this.isRepeatable) this.#stdin.destroy();
  }
}

class PipedSource implements StreamSource {
  readonly size = undefined;
  readonly name: string;
  readonly contentType: string;
  readonly #pipe: RepeatablePipe;
  readonly #onClosed: () => void;
  #bytesRead = 0;

  constructor(
    pipe: RepeatablePipe,
    { name, contentType }: { name: string; contentType: string },
    onClosed: () => void,
  ) {
    this.#pipe = pipe;
    this.name = name;
    this.contentType = contentType;
    this.#onClosed = onClosed;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (let index = 0; ; index++) {
        const bytes = await this.#pipe.chunk(index);
        if (!bytes) return;
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
    this.#pipe.close();
    this.#onClosed();
  }
}
