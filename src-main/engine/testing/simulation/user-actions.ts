import { AppFailure } from '../../../../src-shared/errors.ts';
import type { ChainStep, Upload, UploadId } from '../../../../src-shared/upload.ts';
import type { Engine } from '../../engine.ts';
import type { AcceptedFile } from '../../ports.ts';
import type { SimulatedProcess } from './process.ts';
import { simulatedPartBytes } from './store.ts';
import type { SimulationHarness } from './simulation-harness.ts';

export const uploadActions = [
  'pause',
  'resume',
  'cancel',
  'remove',
  'retry',
  'unpublish',
  'send anyway',
  'resolve name conflict',
] as const;
type UploadAction = (typeof uploadActions)[number];

/** Calls the engine for the user. The call may fail with an AppFailure only. */
export function performUserAction({ log }: SimulationHarness, act: () => unknown): void {
  const onError = (cause: unknown): void => {
    if (cause instanceof AppFailure) log.write(`refused: ${cause.error.code}`);
    else log.report(`a user action threw ${String(cause)}`);
  };
  try {
    const result = act();
    if (result instanceof Promise) result.catch(onError);
  } catch (cause) {
    onError(cause);
  }
}

/** Performs the action on a random upload, or 12 random actions at once on the same upload. */
export function actOnRandomUpload(
  harness: SimulationHarness,
  { engine }: SimulatedProcess,
  action: UploadAction | '12 actions at once',
): void {
  const { random } = harness;
  const uploads = harness.uploads();
  if (uploads.length === 0) return;
  const unfinished = uploads.filter(({ status }) => status !== 'done');
  const { id } = random.pick(unfinished.length > 0 && random.happens(0.8) ? unfinished : uploads);
  const chosenActions =
    action === '12 actions at once' ? Array.from({ length: 12 }, () => random.pick(uploadActions)) : [action];
  for (const chosen of chosenActions)
    performUserAction(harness, () => performUploadAction(harness, engine, chosen, id));
}

function performUploadAction(harness: SimulationHarness, engine: Engine, action: UploadAction, id: UploadId): unknown {
  switch (action) {
    case 'pause':
      return engine.pause(id);
    case 'resume':
      return engine.resume(id);
    case 'cancel':
      return engine.cancel(id);
    case 'remove':
      return removeFromList(harness, engine, id);
    case 'retry':
      return engine.retry(id);
    case 'unpublish':
      harness.unpublished.add(id);
      return engine.unpublish(id);
    case 'send anyway':
      harness.approvedFallbacks.add(id);
      return engine.sendAnyway(id);
    case 'resolve name conflict':
      return engine.resolveNameConflict(id, harness.random.pick(['replace', 'new-name']));
  }
}

function removeFromList(harness: SimulationHarness, engine: Engine, id: UploadId): void {
  const upload = harness.uploadOf(id);
  engine.remove(id);
  if (upload?.status === 'done' && !harness.rows.has(id)) harness.removedKeys.add(upload.ref as string);
}

/** Adds new files to the queue, with random destinations. */
export function dropFiles(harness: SimulationHarness, { engine }: SimulatedProcess, count: number): void {
  const files = Array.from({ length: count }, () => createFile(harness));
  const chain = randomChain(harness);
  for (const { name } of files) harness.chains.set(name, chain);
  engine.enqueue(files, chain);
}

function createFile({ random, files, takenNames, nextNumber }: SimulationHarness): AcceptedFile {
  const path = `/f${nextNumber()}`;
  const words = Array.from({ length: 1 + random.integerBelow(5) }, () => files.newWord());
  files.write(path, words);
  if (random.happens(0.1)) takenNames.set(path, random.pick(['before', 'at the end']));
  return {
    name: path,
    size: words.length * simulatedPartBytes,
    contentType: 'text/plain',
    source: files.refOf(path),
    ...(random.happens(0.5) ? { collision: 'ask' } : {}),
  };
}

function randomChain({ random, stores }: SimulationHarness): ChainStep[] {
  if (random.happens(0.5)) return [stores[0]!.step];
  return [...stores]
    .sort(() => random.next() - 0.5)
    .slice(0, 1 + random.integerBelow(4))
    .map(({ step }) => step);
}

/** Resumes the upload when it is paused, and retries it when it failed. */
export function resumeOrRetry(harness: SimulationHarness, engine: Engine, upload: Upload): void {
  const { id, status } = upload;
  if (status === 'paused') engine.resume(id);
  else if (status === 'failed' && upload.error.code === 'name-taken')
    performUserAction(harness, () => engine.resolveNameConflict(id, harness.random.pick(['replace', 'new-name'])));
  else if (status === 'failed') performUserAction(harness, () => engine.retry(id));
}
