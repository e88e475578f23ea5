/** Checks of the requests that a process sends, while it sends them. */
import type { SimulatedProcess } from './process.ts';
import type { SimulatedStore } from './store.ts';
import type { SimulationHarness } from './simulation-harness.ts';

/** ms within which a canceled request has to end */
const cancelLimitMs = 500;

/**
 * Checks the number of requests with a part in flight: at most the configured maximum, and at most half of the previous
 * maximum after a slow-down. Returns a function to call when the request ends.
 */
export function recordPartStart(
  { time, log }: SimulationHarness,
  process: SimulatedProcess,
  store: SimulatedStore,
  signal: AbortSignal,
): () => void {
  const requests = process.partRequestsTo(store);
  const { max, windowMs } = process.concurrency;
  const sender = `process ${process.number} at ${store.profileId}`;
  requests.inFlight++;
  if (requests.inFlight > max) log.report(`${sender} sends ${requests.inFlight} requests at once`);
  if (time.now() < requests.slowedDownAt + windowMs && requests.inFlight > requests.bound)
    log.report(`${sender} sends ${requests.inFlight} requests at once although the store asked for fewer`);
  requests.max = Math.max(requests.max, requests.inFlight);
  log.count(`${Math.min(9, requests.inFlight)} at once`); // 9 stands for 9 or more
  let hasEnded = false;
  // A frozen process notices the cancel only after it thaws.
  const checkEnded = (): void => {
    if (!hasEnded && process.state === 'running' && process.frozenAt === 0)
      log.report(`${sender} still sends a part ${cancelLimitMs} ms after the cancel`);
  };
  const onAbort = (): void => {
    time.after(cancelLimitMs, checkEnded);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    hasEnded = true;
    signal.removeEventListener('abort', onAbort);
    requests.inFlight--;
  };
}

export function recordSlowDown(
  { time, log }: SimulationHarness,
  process: SimulatedProcess,
  store: SimulatedStore,
): void {
  const requests = process.partRequestsTo(store);
  const now = time.now();
  // Further slow-downs within the window do not lower the bound again.
  if (now < requests.slowedDownAt + process.concurrency.windowMs) return;
  requests.slowedDownAt = now;
  requests.bound = requests.inFlight === 0 ? Infinity : Math.max(1, Math.floor(requests.max / 2));
  log.count('asked for fewer');
}

/** Checks that an upload restarts from zero only when its earlier remote data is pending cleanup. */
export function checkRestart(harness: SimulationHarness, store: SimulatedStore, name: string): void {
  // After a full disk, a pending cleanup may exist only in the memory of a process.
  if (harness.wasDiskFull) return;
  const keysToCleanUp = new Set(
    harness
      .pendingCleanups()
      .flatMap(({ what }) => ('checkpoint' in what ? [(what.checkpoint as { key: string }).key] : [])),
  );
  for (const { key, createdBy } of store.sessions.values())
    if (createdBy === name && !keysToCleanUp.has(key))
      harness.log.report(`${name} restarts from zero although the session of ${key} exists`);
}

/**
 * Checks that a process never runs two attempts of one upload at once. Returns a function to call when the attempt
 * ends.
 */
export function recordUploadStart(
  { log }: SimulationHarness,
  { runningUploads }: SimulatedProcess,
  name: string,
): () => void {
  if (runningUploads.has(name)) log.report(`two attempts of ${name} run at once`);
  runningUploads.add(name);
  return () => {
    runningUploads.delete(name);
  };
}
