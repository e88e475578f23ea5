/** Changes many uploads, such as those of a large folder. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UploadId } from '../../src-shared/upload.ts';
import type { Engine } from '../engine/engine.ts';

/** Uploads per turn of the event loop. Each change writes a record, which takes less than a millisecond. */
const sliceSize = 100;

/** The window stays responsive meanwhile. No other upload starts before all have changed. */
export async function changeMany(
  engine: Pick<Engine, 'holdStarts'>,
  ids: readonly UploadId[],
  change: (id: UploadId) => void,
): Promise<void> {
  const release = engine.holdStarts();
  try {
    for (let from = 0; from < ids.length; from += sliceSize) {
      if (from > 0) await nextTurn();
      for (const id of ids.slice(from, from + sliceSize)) change(id);
    }
  } finally {
    release();
  }
}
