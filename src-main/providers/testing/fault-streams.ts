/** Streams of the fault proxy that change bytes, end early or limit the rate. */
import { Transform, type Readable } from 'node:stream';
import type { Fault } from './fault-proxy.ts';

export function responseTransforms(fault: Fault | undefined, cut: () => void): Transform[] {
  if (fault?.kind === 'flip-bit' && fault.of === 'answer') return [flipBit(fault.at)];
  if (fault?.kind === 'cut-answer') return [cutAfterBytes(fault.afterBytes, cut)];
  return fault?.kind === 'slow' ? [throttled(new Bandwidth(fault.bytesPerSecond))] : [];
}

export const pipeThrough = (from: Readable, transforms: readonly Transform[]): Readable =>
  transforms.reduce<Readable>((stream, next) => stream.pipe(next), from);

/** A stream that flips the lowest bit of the byte at this position. */
export function flipBit(at = 0): Transform {
  let position = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const isInChunk = at >= position && at < position + chunk.length;
      const sent = isInChunk ? Buffer.from(chunk) : chunk;
      if (isInChunk) sent[at - position] = (sent[at - position] ?? 0) ^ 1;
      position += chunk.length;
      done(null, sent);
    },
  });
}

function cutAfterBytes(bytes: number, cut: () => void): Transform {
  let remaining = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const sent = chunk.subarray(0, remaining);
      remaining -= sent.length;
      this.push(sent);
      // The pushed bytes are sent before the connection is closed. Without `done`, no further chunk arrives.
      if (remaining === 0) setImmediate(cut);
      else done();
    },
  });
}

/** A bandwidth limit shared by several streams. */
export class Bandwidth {
  bytesPerSecond: number;
  #freeAt = 0;

  constructor(bytesPerSecond: number) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /**
   * Reserves the time that sending these bytes takes.
   * @returns the time in ms that the caller has to wait before it sends them
   */
  reserve(bytes: number): number {
    const now = performance.now();
    if (this.bytesPerSecond === Infinity) this.#freeAt = now;
    else this.#freeAt = Math.max(now, this.#freeAt) + (bytes / this.bytesPerSecond) * 1000;
    return this.#freeAt - now;
  }
}

const maxSliceBytes = 4096;
/** At a low rate, slices are small enough for this many writes per second. */
const writesPerSecond = 20;

/** A stream that passes its bytes on in small slices, at the rate of the bandwidth limit. */
export function throttled(bandwidth: Bandwidth): Transform {
  const slowSliceBytes = Math.max(1, Math.min(maxSliceBytes, Math.ceil(bandwidth.bytesPerSecond / writesPerSecond)));
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const pass = (rest: Buffer): void => {
        if (rest.length === 0) {
          done();
          return;
        }
        const slice = rest.subarray(0, slowSliceBytes);
        setTimeout(() => {
          this.push(slice);
          pass(rest.subarray(slice.length));
        }, bandwidth.reserve(slice.length));
      };
      pass(chunk);
    },
  });
}
