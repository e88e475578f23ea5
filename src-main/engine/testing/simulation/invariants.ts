/** Rules that must hold after any events. The log of the simulation reports each violation as a problem. */
import { errorTable } from '../../../../src-shared/errors.ts';
import { isTerminal, visibilities, type Upload } from '../../../../src-shared/upload.ts';
import type { SimulatedProcess } from './process.ts';
import type { SimulatedStore } from './store.ts';
import type { SimulationHarness } from './simulation-harness.ts';

/** Checks an upload when the engine reports a change: it is done only when its object and its record are stored. */
export function checkChange(
  harness: SimulationHarness,
  process: SimulatedProcess,
  upload: Upload,
  what: 'status' | 'progress',
): void {
  const { log } = harness;
  const { name, status } = upload;
  if (what === 'status') {
    const code = status === 'waiting' || status === 'failed' ? upload.error.code : '';
    log.write(`@${process.number} ${name} ${status} ${code} ${upload.step}`);
  }
  if (status !== 'done' || harness.unpublished.has(upload.id)) return;
  log.count('became done');
  if (!harness.hasCorrectObject(upload))
    log.report(`${name} is done, but the content of its object is ${harness.storedContentOf(upload) ?? 'missing'}`);
  if (harness.rows.get(upload.id)?.text !== JSON.stringify(upload))
    log.report(`${name} is reported as done before its record is saved`);
}

/** Checks the state after all faults have ended and nothing happens any more. */
export function checkSettledState(harness: SimulationHarness): void {
  const { log, stores } = harness;
  for (const { violations } of stores) for (const violation of violations) log.report(violation);
  for (const store of stores) if (!store.hasForeignData) log.report(`foreign data at ${store.profileId} was deleted`);
  for (const upload of harness.uploads()) checkUpload(harness, upload);
  for (const cleanup of harness.runnableCleanups()) log.report(`cleanup not done: ${JSON.stringify(cleanup)}`);
  for (const store of stores) checkStore(harness, store);
}

/** Checks the state after every upload was resumed or retried without faults. */
export function checkFinalState(harness: SimulationHarness): void {
  const { log } = harness;
  checkSettledState(harness);
  for (const upload of harness.uploads()) {
    const { name, status } = upload;
    log.count(`at the end ${status}`);
    if (status === 'paused') log.report(`${name} cannot be resumed`);
    if (status === 'failed' && !upload.error.code.startsWith('source-'))
      log.report(`${name} fails without a fault: ${upload.error.code}`);
    if (status === 'failed' && upload.error.code === 'source-changed')
      log.report(`${name} does not accept the changed file after a retry`);
    if ('checkpoint' in upload && upload.checkpoint) log.report(`${name} still has a checkpoint`);
  }
}

function checkUpload(harness: SimulationHarness, upload: Upload): void {
  const { log } = harness;
  const { name, status, id } = upload;
  if (!isTerminal(upload) && status !== 'paused')
    log.report(`${name} is still ${status} ${status === 'waiting' ? `${upload.until} ${upload.error.code}` : ''}`);
  const owner = harness.owners.get(id);
  if (owner && isTerminal(upload) && !owner.isDead()) log.report(`${name} is ${status} but still has an owner`);
  if (status === 'canceled' && 'checkpoint' in upload) log.report(`${name} is canceled but has a checkpoint`);
  if (status === 'failed' && (!(upload.error.code in errorTable) || upload.error.code === 'bug'))
    log.report(`${name} failed with ${upload.error.code}`);
  if (status !== 'done') return;
  if (!harness.unpublished.has(id) && !harness.hasCorrectObject(upload))
    log.report(`${name} is done, but the content of its object is ${harness.storedContentOf(upload) ?? 'missing'}`);
  if (!harness.approvedFallbacks.has(id)) checkFallback(harness, upload);
}

/** Checks that a fallback destination is no riskier than the first destination. */
function checkFallback({ log, chains }: SimulationHarness, { name, chain, step }: Upload): void {
  const chosen = chains.get(name)![0]!;
  const used = chain[step]!;
  if (visibilities.indexOf(used.visibility) > visibilities.indexOf(chosen.visibility))
    log.report(`${name} was uploaded where more people can open it`);
  if (used.cannotDelete && used.profileId !== chosen.profileId)
    log.report(`${name} was uploaded where it cannot be deleted`);
}

/** Checks that the store has only data that a record refers to, and at most one object per upload. */
function checkStore(harness: SimulationHarness, { profileId, step, objects, sessions }: SimulatedStore): void {
  const { log, removedKeys } = harness;
  const uploads = harness.uploads().filter((upload) => upload.chain[upload.step]?.profileId === profileId);
  const doneKeys = new Set(uploads.flatMap((upload) => (upload.status === 'done' ? [upload.ref as string] : [])));
  const checkpointKeys = new Set(
    uploads.flatMap((upload) =>
      'checkpoint' in upload && upload.checkpoint ? [(upload.checkpoint as { key: string }).key] : [],
    ),
  );
  for (const [key, { createdBy }] of objects) {
    const isExpected =
      createdBy === 'foreign' ||
      doneKeys.has(key) ||
      checkpointKeys.has(key) ||
      removedKeys.has(key) ||
      step.cannotDelete;
    if (!isExpected) log.report(`object ${key} at ${profileId} has no record`);
  }
  for (const { key, createdBy } of sessions.values())
    if (createdBy !== 'foreign' && !checkpointKeys.has(key))
      log.report(`unfinished upload of ${key} at ${profileId} has no record`);
}
