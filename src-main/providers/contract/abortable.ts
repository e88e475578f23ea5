/** A cancel waits for nobody: neither for a service nor for an SDK to notice. */
import { failure } from '../../../src-shared/errors.ts';

/** How `work` ends interests nobody then. @throws AppFailure canceled; what `work` throws */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(failure('canceled'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
