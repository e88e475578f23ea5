/**
 * Removes what an upload left. Only paths and ids from our own records are touched, and what is there has to be ours, as it was.
 * An upload session cannot be taken back: nobody sees it, it counts for nothing, and it ends by itself after seven days.
 */
import type { Dropbox } from 'dropbox';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOurs } from './job.ts';
import { revokeLinks } from './links.ts';
import { fileAt, removeEmptyFolder, removeFile } from './stored.ts';
import type { DropboxCheckpoint, DropboxRef, DropboxStore } from './store.ts';

export async function discardCheckpoint(
  store: DropboxStore,
  client: Dropbox,
  checkpoint: DropboxCheckpoint,
  signal: AbortSignal,
): Promise<void> {
  const { path, session, own, size } = checkpoint;
  // Dropbox may be at it, asked by a process that is gone perhaps.
  const isFinishing = session?.sums.every((sum) => sum !== '') === true;
  for (const pause of isFinishing || store.doubts.has(path) ? [0, ...store.lookAgainMs] : [0]) {
    if (pause > 0) await sleep(pause, undefined, { signal });
    const there = await fileAt(client, path);
    if (typeof there !== 'object' || !isOurs(checkpoint, there) || (size !== undefined && there.size !== size))
      continue;
    await removeFile(client, there);
    if (own) await removeEmptyFolder(client, path);
    // One upload becomes one file.
    break;
  }
  store.doubts.delete(path);
}

export async function discardRef(client: Dropbox, { id, rev, own, path }: DropboxRef): Promise<void> {
  const there = await fileAt(client, id);
  // What somebody changed since is theirs, and so are its links.
  if (typeof there !== 'object' || there.rev !== rev) return;
  await revokeLinks(client, id);
  await removeFile(client, { id, rev });
  // Moved elsewhere by hand, its old folder is nothing of ours any more.
  if (own && there.path.toLowerCase() === path.toLowerCase()) await removeEmptyFolder(client, path);
}
