import { failure } from '../../../../src-shared/errors.ts';
import type { Ports } from '../../ports.ts';
import { createPendingCleanups, createRecords } from './database.ts';
import { connectSimulatedStore } from './driver.ts';
import { checkChange } from './invariants.ts';
import { createNetwork } from './network.ts';
import type { SimulatedProcess } from './process.ts';
import type { SimulatedProcesses } from './processes.ts';
import type { SimulatedWorld } from './world.ts';

/** The ports of the engine in one process. A dead process calls them without effect. */
export function createSimulatedPorts(
  world: SimulatedWorld,
  processes: SimulatedProcesses,
  process: SimulatedProcess,
): Ports {
  const { time, random, files, log } = world;
  const network = createNetwork(world, processes, process);
  const reportError = (description: string, cause: unknown): void => {
    if (process.state === 'running')
      log.report(`${description}: ${cause instanceof Error ? cause.stack : String(cause)}`);
  };
  return {
    clock: {
      now: time.now,
      after: (ms, callback) => time.after(ms, () => process.run(callback)),
    },
    random: { next: random.next, id: () => `i${world.nextNumber()}` },
    sources: { open: async (ref) => files.open(ref), refresh: async (ref) => files.refresh(ref) },
    destinations: {
      connect: async (id) => {
        const store = world.storeOf(id);
        if (!store) throw failure('no-destination');
        return connectSimulatedStore(store, network);
      },
    },
    links: { probe: async () => 'verified' },
    records: createRecords(world, processes, process),
    pendingCleanups: createPendingCleanups(world, processes, process),
    network: {
      online: () => world.isOnline || random.happens(0.5),
      onOnline: (callback) => {
        process.onOnline = callback;
        return () => {
          process.onOnline = () => undefined;
        };
      },
    },
    events: {
      changed: (upload, what) => {
        if (process.state === 'running') checkChange(world, process, upload, what);
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
