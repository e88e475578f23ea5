/** Makes a cancel take effect at once, even if a service or an SDK ignores the signal. */
import { failure } from '../../../src-shared/errors.ts';

/**
 * Rejects as soon as `signal` aborts; the result of `work` is then ignored.
 * @throws AppFailure canceled; whatever `work` throws
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(failure('canceled'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
