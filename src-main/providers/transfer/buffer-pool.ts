/** Reusable buffers outside the JavaScript heap. */
export class BufferPool {
  readonly #bytes: number;
  readonly #maxFree: number;
  readonly #free: Buffer[] = [];

  constructor(bytes: number, maxFree: number) {
    this.#bytes = bytes;
    this.#maxFree = maxFree;
  }

  acquire(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Call this only if no read and no socket still uses the buffer. Otherwise drop the buffer without releasing it. */
  release(buffer: Buffer): void {
    if (this.#free.length < this.#maxFree) this.#free.push(buffer);
  }
}
