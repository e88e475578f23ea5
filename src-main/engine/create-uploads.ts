/** Makes the records of files that were added together. */
import type { BatchId, ChainStep, Upload } from '../../src-shared/upload.ts';
import type { AcceptedFile, Random } from './ports.ts';

/** `createdAt` in ms since 1970 */
interface Batch {
  batchId: BatchId;
  createdAt: number;
  firstPosition: number;
}

export function createUploads(
  files: readonly AcceptedFile[],
  chain: ChainStep[],
  { batchId, createdAt, firstPosition }: Batch,
  random: Random,
): Upload[] {
  return files.map((file, index) => ({
    v: 1,
    id: random.id(),
    batchId,
    position: firstPosition + index,
    name: file.name,
    size: file.size,
    contentType: file.contentType,
    source: file.source,
    chain,
    step: 0,
    attempts: [],
    createdAt,
    ...(file.folder ? { folder: file.folder } : {}),
    ...(file.keyTemplate === undefined ? {} : { keyTemplate: file.keyTemplate }),
    ...(file.collision ? { collision: file.collision } : {}),
    ...(file.linkOverride ? { linkOverride: file.linkOverride } : {}),
    status: 'queued',
    failures: 0,
  }));
}
