/**
 * A request body that is a range of an open file. The range is read while it is sent, and read again when the request
 * is retried. Unlike a stream, this body can be sent again by the SDK. Unlike a buffer, it does not hold its bytes in
 * memory, even if it has 5 GiB. Only Hoist's request handler can send it.
 */
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { FileSource } from '../../engine/ports.ts';

export interface FilePartOptions {
  source: Pick<FileSource, 'read'>;
  /** The position of the first byte. */
  start: number;
  /** The number of bytes. */
  length: number;
  /** Called with the number of bytes passed to the network; negative to subtract the bytes of a failed attempt. */
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
  /** True when an attempt sent every byte: the store may have stored the part even if the request failed. */
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

  /** Bytes that the current attempt has passed to the network. */
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
   * Returns this part with the type of an SDK body. The SDK only reads `byteLength` and passes the object unchanged to
   * Hoist's request handler.
   */
  asBody(): PutObjectCommandInput['Body'] {
    return this as unknown as PutObjectCommandInput['Body'];
  }
}
