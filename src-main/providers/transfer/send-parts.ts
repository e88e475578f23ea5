/** Parts of one file, several at once. */
import { setMaxListeners } from 'node:events';
import { failure } from '../../../src-shared/errors.ts';
import type { AcquireSlot } from './upload-progress.ts';

/**
 * The first part that fails stops the others; parts in flight are cut off, not waited for. Each has a lane until it is sent
 * and what `send` does besides is done.
 * @throws AppFailure canceled; what the first `send` that failed threw
 */
export async function sendParts(
  numbers: Iterable<number>,
  { signal, acquireSlot }: { signal: AbortSignal; acquireSlot: AcquireSlot },
  send: (number: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  // Each part in flight listens more than once; ten is only where Node begins to suspect a leak.
  setMaxListeners(0, stop.signal);
  const stopAll = (): void => stop.abort();
  signal.addEventListener('abort', stopAll, { once: true });
  if (signal.aborted) stop.abort();
  const causes: unknown[] = [];
  const failed = (cause: unknown): void => {
    causes.push(cause);
    stop.abort();
  };
  const inFlight: Promise<void>[] = [];
  for (const number of numbers) {
    if (stop.signal.aborted) break;
    await acquireSlot(stop.signal).then((release) => {
      inFlight.push(send(number, stop.signal).finally(release).catch(failed));
    }, failed);
  }
  // Nobody reads the file or sends a byte of it after this function.
  await Promise.all(inFlight);
  signal.removeEventListener('abort', stopAll);
  if (signal.aborted) throw failure('canceled');
  if (causes.length > 0) throw causes[0];
}

/** 1, 2, 3 … */
export const partNumbersUpTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
