/**
 * The body of an upload: a range of an open file that is read when it is sent, and again when a part is sent again. It
 * is no stream, so the SDK may retry it; it is no buffer, so a part of 5 GiB takes no memory. Only our request handler
 * can send it.
 */
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { FileSource } from '../../engine/ports.ts';

export interface FilePartOptions {
  source: Pick<FileSource, 'read'>;
  /** first byte */
  start: number;
  /** bytes */
  length: number;
  /** Bytes that were handed to the network; negative when an attempt failed and gives its bytes back. */
  onBytes(count: number): void;
  /** Runs before the last byte leaves: what throws here makes the request fail unfinished, so the store keeps nothing. */
  beforeEnd?(): Promise<void>;
}

export class FilePart {
  readonly source: Pick<FileSource, 'read'>;
  readonly start: number;
  /** The name by which the SDK finds the content length. */
  readonly byteLength: number;
  readonly beforeEnd: (() => Promise<void>) | undefined;
  /** Some attempt handed over every byte: from here on the store may have kept it, whatever the answer was. */
  wasFullySent = false;
  readonly #onBytes: (count: number) => void;
  #sent = 0;

  constructor({ source, start, length, onBytes, beforeEnd }: FilePartOptions) {
    this.source = source;
    this.start = start;
    this.byteLength = length;
    this.beforeEnd = beforeEnd;
    this.#onBytes = onBytes;
  }

  /** Bytes of the running attempt that were handed to the network. */
  get sent(): number {
    return this.#sent;
  }

  addSent(count: number): void {
    this.#sent += count;
    this.#onBytes(count);
  }

  /** The attempt failed: its bytes do not count. */
  resetSent(): void {
    if (this.#sent > 0) this.addSent(-this.#sent);
  }

  /** The SDK's types know strings, buffers and streams only; it looks at `byteLength` and passes the rest on. */
  asBody(): PutObjectCommandInput['Body'] {
    return this as unknown as PutObjectCommandInput['Body'];
  }
}
