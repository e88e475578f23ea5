/**
 * Deletes the file of an upload, but only if Hoist created it and no other client has changed it since. An upload
 * session cannot be deleted. It is invisible, uses no space, and expires after seven days.
 */
import type { Dropbox } from 'dropbox';
import { setTimeout as sleep } from 'node:timers/promises';
import { matchesReservation } from './upload-context.ts';
import { revokeLinks } from './links.ts';
import { fileAt, removeEmptyFolder, removeFile } from './file-metadata.ts';
import type { DropboxCheckpoint, DropboxRef, DropboxStore } from './store.ts';

export async function discardDropboxCheckpoint(
  store: DropboxStore,
  client: Dropbox,
  checkpoint: DropboxCheckpoint,
  signal: AbortSignal,
): Promise<void> {
  const { path, session, own: ownsFolder, size } = checkpoint;
  // If all parts were sent, Dropbox may still be creating the file, possibly for a process that was killed. The file
  // may then appear later, so this function looks for it several times.
  const isFinishing = session?.sums.every((fingerprint) => fingerprint !== '') === true;
  const delaysMs = isFinishing || store.uncertainWrites.has(path) ? [0, ...store.recheckDelaysMs] : [0];
  for (const delayMs of delaysMs) {
    if (delayMs > 0) await sleep(delayMs, undefined, { signal });
    const existing = await fileAt(client, path);
    if (
      typeof existing !== 'object' ||
      !matchesReservation(checkpoint, existing) ||
      (size !== undefined && existing.size !== size)
    )
      continue;
    await removeFile(client, existing);
    if (ownsFolder) await removeEmptyFolder(client, path);
    // One upload creates at most one file.
    break;
  }
  store.uncertainWrites.delete(path);
}

export async function discardDropboxRef(
  client: Dropbox,
  { id, rev, own: ownsFolder, path }: DropboxRef,
): Promise<void> {
  const existing = await fileAt(client, id);
  // If another client changed the file, the file and its links are not ours to delete.
  if (typeof existing !== 'object' || existing.rev !== rev) return;
  await revokeLinks(client, id);
  await removeFile(client, { id, rev });
  // If the user moved the file, its original folder is kept.
  if (ownsFolder && existing.path.toLowerCase() === path.toLowerCase()) await removeEmptyFolder(client, path);
}
