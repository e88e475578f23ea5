/** Limits the size and duration of a response: a server may send bytes without end, or one byte per second. */
import { pipeline, Transform, type Readable } from 'node:stream';

/** The maximum size of an error response in bytes. A real error response has a code and a sentence. */
export const maxErrorBytes = 1024 * 1024;
/** The maximum size of a successful response in bytes. The largest real one is a page of a listing. */
export const maxResponseBytes = 16 * 1024 * 1024;

/** The response is longer than any response of a real store. */
class ResponseTooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`the response has more than ${maxBytes} bytes`);
    this.name = 'ResponseTooLargeError';
  }
}

/** An error with the name TimeoutError, because the SDK retries a request that fails with this name. */
export const timeoutError = (message: string, code: 'ETIMEDOUT' | 'EIDLE' | 'ECONNRESET'): Error =>
  Object.assign(new Error(message), { name: 'TimeoutError', code });

export const slowResponseError = (): Error => timeoutError('the response took too long', 'EIDLE');

/**
 * Returns a stream with the same bytes. It fails with ResponseTooLargeError or a TimeoutError when a limit is exceeded,
 * and then closes the connection.
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
