/** Limits the size and duration of a response: a server may send bytes without end, or one byte per second. */
import { pipeline, Transform, type Readable } from 'node:stream';

/** The largest error response in bytes. It holds a code and a sentence. */
export const maxErrorBytes = 1024 * 1024;
/** The largest successful response in bytes: a page of a listing. */
export const maxResponseBytes = 16 * 1024 * 1024;

/** A longer response than any store sends. */
class ResponseTooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`the response has more than ${maxBytes} bytes`);
    this.name = 'ResponseTooLargeError';
  }
}

/** The SDK retries errors with this name. */
export const timeoutError = (message: string, code: 'ETIMEDOUT' | 'EIDLE' | 'ECONNRESET'): Error =>
  Object.assign(new Error(message), { name: 'TimeoutError', code });

export const slowResponseError = (): Error => timeoutError('the response took too long', 'EIDLE');

/**
 * Returns the same bytes. Fails with ResponseTooLargeError or a TimeoutError, and then closes the connection.
 * @param limits.ms the remaining time for the whole response
 */
export function limitResponse(body: Readable, { maxBytes, ms }: { maxBytes: number; ms: number }): Readable {
  let bytes = 0;
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new ResponseTooLargeError(maxBytes));
      else done(null, chunk);
    },
  });
  const timer = setTimeout(() => limited.destroy(slowResponseError()), ms);
  pipeline(body, limited, () => clearTimeout(timer));
  return limited;
}
