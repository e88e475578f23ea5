import { failure } from '../../../../src-shared/errors.ts';
import type { Ports } from '../../ports.ts';
import { createSimulatedCleanups, createRecords } from './database.ts';
import { connectSimulatedStore } from './driver.ts';
import { checkChange } from './invariants.ts';
import { createNetwork } from './network.ts';
import type { SimulatedProcess } from './process.ts';
import type { SimulatedProcesses } from './processes.ts';
import type { SimulationHarness } from './simulation-harness.ts';

/** The ports of the engine in one process. A dead process calls them without effect. */
export function createSimulatedPorts(
  harness: SimulationHarness,
  processes: SimulatedProcesses,
  process: SimulatedProcess,
): Ports {
  const { time, random, files, log } = harness;
  const network = createNetwork(harness, processes, process);
  const reportError = (description: string, cause: unknown): void => {
    if (process.state === 'running')
      log.report(`${description}: ${cause instanceof Error ? cause.stack : String(cause)}`);
  };
  return {
    clock: {
      now: time.now,
      after: (ms, callback) => time.after(ms, () => process.run(callback)),
    },
    random: { next: random.next, id: () => `i${harness.nextNumber()}` },
    sources: { open: async (ref) => files.open(ref), refresh: async (ref) => files.refresh(ref) },
    destinations: {
      connect: async (id) => {
        const store = harness.storeOf(id);
        if (!store) throw failure('no-destination');
        return connectSimulatedStore(store, network);
      },
    },
    links: { probe: async () => 'verified' },
    records: createRecords(harness, processes, process),
    pendingCleanups: createSimulatedCleanups(harness, processes, process),
    network: {
      // Without a network, the system sometimes still reports that it is online.
      online: () => harness.isOnline || random.happens(0.5),
      onOnline: (callback) => {
        process.onOnline = callback;
        return () => {
          process.onOnline = () => undefined;
        };
      },
    },
    events: {
      changed: (upload, what) => {
        if (process.state === 'running') checkChange(harness, process, upload, what);
      },
      removed: (id) => log.write(`${id} removed`),
      batchSettled: () => undefined,
      abandonedUploadsExpired: (uploads) => log.write(`expired ${uploads.map(({ name }) => name).join(' ')}`),
    },
    log: {
      attempt: ({ uploadId, outcome, cause }) => {
        if (outcome === 'bug') reportError(uploadId, cause);
        return 'D';
      },
      problem: (where, cause) => {
        reportError(where, cause);
        return 'D';
      },
    },
  };
}
