/** Builds the parts of the engine, each after the parts that it uses. */
import type { UploadId } from '../../src-shared/upload.ts';
import { ActiveRuns } from './active-runs.ts';
import type { ConcurrencyLimits } from './adaptive-concurrency.ts';
import { Attempts } from './attempts.ts';
import { Batches } from './batches.ts';
import { Claims } from './claims.ts';
import { CleanupQueue } from './cleanup-queue.ts';
import type { OnBlocked } from './decide.ts';
import { DestinationAvailability } from './destination-availability.ts';
import { Ledger } from './ledger.ts';
import { LiveUploads } from './live-uploads.ts';
import { Ownership } from './ownership.ts';
import type { Ports } from './ports.ts';
import { Pump } from './pump.ts';
import { RecordProblems } from './record-problems.ts';
import { RemoteLeftovers } from './remote-leftovers.ts';
import { StoredFiles } from './stored-files.ts';

export interface EngineOptions {
  /** uploads at once, at all destinations together; each has a file open */
  parallel: number;
  /** requests with a body at once, per destination */
  concurrency: ConcurrencyLimits;
  /** ms between two checks whether the network is back */
  onlineProbeMs: number;
  /**
   * What happens to the other uploads of a destination that refuses the key: they wait until the user fixes the key, or
   * fail with the same error.
   */
  blocked: OnBlocked;
}

export interface EngineParts {
  ports: Ports;
  runs: ActiveRuns;
  /** Uploads for which the user pressed "Try again" or "Try now". */
  urgent: Set<UploadId>;
  batches: Batches;
  claims: Claims;
  cleanups: CleanupQueue;
  ledger: Ledger;
  /** The uploads in the ledger. */
  live: LiveUploads;
  availability: DestinationAvailability;
  leftovers: RemoteLeftovers;
  ownership: Ownership;
  storedFiles: StoredFiles;
  pump: Pump;
}

export function buildEngineParts(ports: Ports, options: EngineOptions): EngineParts {
  const runs = new ActiveRuns();
  const urgent = new Set<UploadId>();
  const live = new LiveUploads(urgent);
  const batches = new Batches((ended) => ports.events.batchSettled(ended));
  const problems = new RecordProblems(ports.log);
  const claims = new Claims(ports.records, problems);
  const cleanups = new CleanupQueue({ ...ports, whenIdle: (id) => runs.whenEnded(id) });
  const ledger = new Ledger(
    { ports, live, problems, claims, cleanups },
    {
      ended: (upload) => {
        urgent.delete(upload.id);
        batches.end(upload);
      },
      lost: (upload) => {
        urgent.delete(upload.id);
        runs.abort(upload.id, 'lost');
        batches.end(upload);
      },
    },
  );
  const availability = new DestinationAvailability({ ports, live, ledger }, options);
  const attempts = new Attempts({ ports, live, ledger, runs, cleanups, availability }, options);
  const leftovers = new RemoteLeftovers({ ports, ledger, claims, runs, cleanups });
  const ownership = new Ownership(
    { ports, ledger, claims, batches, cleanups, availability, leftovers },
    options.blocked,
  );
  const pump = new Pump(
    { clock: ports.clock, live, ledger, runs, attempts, cleanups, availability, ownership, urgent },
    options.parallel,
  );
  const storedFiles = new StoredFiles(ports, ledger);
  return {
    ports,
    runs,
    urgent,
    batches,
    claims,
    cleanups,
    ledger,
    live,
    availability,
    leftovers,
    ownership,
    storedFiles,
    pump,
  };
}
