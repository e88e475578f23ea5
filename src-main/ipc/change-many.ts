/** Changes many uploads, such as those of a large folder. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UploadId } from '../../src-shared/upload.ts';
import type { Engine } from '../engine/engine.ts';

/** Uploads per turn of the event loop. Each change writes a record, which takes less than a millisecond. */
const sliceSize = 100;
/** On a slow disk a turn ends after this time, in ms. */
const maxSliceMs = 15;

/**
 * The window stays responsive meanwhile. No other upload starts before all changes have begun. Resolves when all have
 * ended: a change that waits, for example for the end of a request, does not hold up the others.
 */
export async function changeMany(
  engine: Pick<Engine, 'holdStarts'>,
  ids: readonly UploadId[],
  change: (id: UploadId) => void | Promise<void>,
): Promise<void> {
  const release = engine.holdStarts();
  const changes: Promise<void>[] = [];
  try {
    let sliceStart = performance.now();
    for (const [index, id] of ids.entries()) {
      if (index > 0 && (index % sliceSize === 0 || performance.now() - sliceStart > maxSliceMs)) {
        await nextTurn();
        sliceStart = performance.now();
      }
      const changing = change(id);
      if (changing) changes.push(changing);
    }
  } finally {
    release();
  }
  await Promise.all(changes);
}
