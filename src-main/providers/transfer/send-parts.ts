/** Sends several parts of one file at once. */
import { setMaxListeners } from 'node:events';
import { failure } from '../../../src-shared/errors.ts';
import type { AcquireSlot } from './upload-progress.ts';

/**
 * Calls `send` for each part number, as soon as a slot is free. When a part fails, the other parts in flight are
 * aborted. A part keeps its slot until its `send` has finished, including saving the checkpoint.
 * @throws AppFailure canceled; the error of the first failed `send`
 */
export async function sendParts(
  numbers: Iterable<number>,
  { signal, acquireSlot }: { signal: AbortSignal; acquireSlot: AcquireSlot },
  send: (number: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  // Each part in flight adds several listeners. Node would warn about more than ten listeners.
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
  // When this function returns, no part is still being read or sent.
  await Promise.all(inFlight);
  signal.removeEventListener('abort', stopAll);
  if (signal.aborted) throw failure('canceled');
  if (causes.length > 0) throw causes[0];
}

/** 1, 2, 3 … */
export const partNumbersUpTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
