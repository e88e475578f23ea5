/**
 * A request body: a range of an open file, read while it is sent and again when the request is retried. It is not a
 * stream, so the SDK may retry it; it is not a buffer, so a part of 5 GiB needs no memory. Only our own request handler
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
  /** Called with the number of bytes passed to the network; negative when a failed attempt subtracts its bytes. */
  onBytes(count: number): void;
  /** Runs before the last byte is sent. If it throws, the request stays incomplete and the store keeps nothing. */
  beforeEnd?(): Promise<void>;
}

export class FilePart {
  readonly source: Pick<FileSource, 'read'>;
  readonly start: number;
  /** The property from which the SDK takes the content length. */
  readonly byteLength: number;
  readonly beforeEnd: (() => Promise<void>) | undefined;
  /** One attempt sent every byte, so the store may have stored the part whatever its response was. */
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

  /** Bytes of the current attempt passed to the network. */
  get sent(): number {
    return this.#sent;
  }

  addSent(count: number): void {
    this.#sent += count;
    this.#onBytes(count);
  }

  /** Subtracts the bytes of a failed attempt. */
  resetSent(): void {
    if (this.#sent > 0) this.addSent(-this.#sent);
  }

  /**
   * The SDK's types accept strings, buffers and streams only; at run time it reads `byteLength` and passes the rest on.
   */
  asBody(): PutObjectCommandInput['Body'] {
    return this as unknown as PutObjectCommandInput['Body'];
  }
}
