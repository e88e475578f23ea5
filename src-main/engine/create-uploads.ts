/** Makes the records of files that were added together. */
import type { ChainStep, Upload } from '../../src-shared/upload.ts';
import type { AcceptedFile, Random } from './ports.ts';

export function createUploads(
  files: readonly AcceptedFile[],
  chain: ChainStep[],
  random: Random,
  now: number,
): Upload[] {
  const batchId = random.id();
  return files.map((file, position) => ({
    v: 1,
    id: random.id(),
    batchId,
    position,
    name: file.name,
    size: file.size,
    contentType: file.contentType,
    source: file.source,
    chain,
    step: 0,
    attempts: [],
    createdAt: now,
    ...(file.folder ? { folder: file.folder } : {}),
    ...(file.keyTemplate === undefined ? {} : { keyTemplate: file.keyTemplate }),
    ...(file.collision ? { collision: file.collision } : {}),
    ...(file.linkOverride ? { linkOverride: file.linkOverride } : {}),
    status: 'queued',
    failures: 0,
  }));
}
