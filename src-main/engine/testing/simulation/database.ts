import type { Upload, UploadId } from '../../../../src-shared/upload.ts';
import type { PendingCleanups, Records } from '../../ports.ts';
import { slicesOf } from '../slices-of.ts';
import type { SimulatedProcess } from './process.ts';
import type { SimulatedProcesses } from './processes.ts';
import { fromRow, hasEnded, toRow, type SimulationHarness, type SimulatedRow } from './simulation-harness.ts';

/**
 * The database that all processes share, as one process sees it. A process that dies during a write does not learn that
 * nothing was written.
 */
export function createRecords(
  harness: SimulationHarness,
  processes: SimulatedProcesses,
  process: SimulatedProcess,
): Records {
  const { rows, owners } = harness;
  const hasLivingOwner = (id: UploadId): boolean => {
    const owner = owners.get(id);
    return owner !== undefined && !owner.countsAsDead(harness.time.now());
  };
  const canTake = (id: UploadId): boolean => owners.get(id) === process || !hasLivingOwner(id);
  const orphans = (matches: (row: SimulatedRow) => boolean): Upload[] =>
    [...rows].filter(([id, row]) => matches(row) && !hasLivingOwner(id)).map(([, row]) => fromRow(row));
  return {
    insert: (uploads) => {
      if (processes.reachesDisk(process))
        for (const upload of uploads) {
          rows.set(upload.id, toRow(upload));
          owners.set(upload.id, process);
        }
    },
    save: (upload, _sync, cleanups = []) => {
      if (!processes.reachesDisk(process)) return true;
      if (owners.get(upload.id) !== process || !rows.has(upload.id)) return false;
      rows.set(upload.id, toRow(upload));
      for (const cleanup of cleanups) harness.saveCleanup(cleanup);
      return true;
    },
    claim: (id) => {
      if (!processes.reachesDisk(process) || !rows.has(id) || !canTake(id)) return false;
      owners.set(id, process);
      return true;
    },
    owns: (id) => owners.get(id) === process && rows.has(id),
    release: (id) => {
      if (processes.reachesDisk(process) && owners.get(id) === process) owners.delete(id);
    },
    remove: (id, cleanups = []) => {
      if (!processes.reachesDisk(process)) return true;
      if (!canTake(id)) return false;
      rows.delete(id);
      owners.delete(id);
      for (const cleanup of cleanups) harness.saveCleanup(cleanup);
      return true;
    },
    get: (id) => harness.uploadOf(id),
    releaseAll: () => {
      if (!processes.reachesDisk(process)) return;
      for (const [id, owner] of owners) if (owner === process) owners.delete(id);
    },
    orphansInSlices: (sliceSize, statuses) => {
      const matching = orphans((row) => !hasEnded(row)).filter(({ status }) => statuses.includes(status));
      return slicesOf(matching, sliceSize);
    },
    unownedWithCheckpoint: () =>
      orphans(({ status }) => status === 'paused' || status === 'failed' || status === 'canceled').filter(
        (upload) => 'checkpoint' in upload && upload.checkpoint !== undefined,
      ) as never,
  };
}

export function createSimulatedCleanups(
  harness: SimulationHarness,
  processes: SimulatedProcesses,
  process: SimulatedProcess,
): PendingCleanups {
  return {
    add: (cleanup) => {
      if (processes.reachesDisk(process)) harness.saveCleanup(cleanup);
    },
    all: () => harness.pendingCleanups(),
    remove: (id) => {
      if (processes.reachesDisk(process)) harness.removeCleanup(id);
    },
  };
}
