/** The state that the steps of one upload share: its path, source and progress. */
import type { Dropbox } from 'dropbox';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../../src-shared/errors.ts';
import type { FileSource } from '../../engine/ports.ts';
import { defaultKeyBuilder } from '../keys/object-key.ts';
import { slotAcquirer, UploadProgress, type AcquireSlot } from '../transfer/upload-progress.ts';
import type { KeyBuilder, TransferFrom } from '../contract/provider.ts';
import { KeyAllocator } from '../keys/key-reservation.ts';
import { parentPath, toDropboxPath } from './paths.ts';
import { hasErrorTags } from './api-errors.ts';
import { fileAt, type DropboxFile } from './file-metadata.ts';
import type { DropboxCheckpoint, DropboxStore, SessionState } from './store.ts';

/** A path reserved for one upload, saved before Dropbox gets it. */
export type PathReservation = Pick<DropboxCheckpoint, 'path' | 'at' | 'isUnique' | 'own'>;

export interface DropboxUploadContext {
  store: DropboxStore;
  transfer: TransferFrom<FileSource>;
  client: Dropbox;
  progress: UploadProgress;
  acquireSlot: AcquireSlot;
  keyAllocator: KeyAllocator;
  keyBuilder: KeyBuilder;
}
export interface KeyedDropboxUploadContext extends DropboxUploadContext {
  reservation: PathReservation;
}

export function createDropboxUploadContext(
  store: DropboxStore,
  transfer: TransferFrom<FileSource>,
): DropboxUploadContext {
  const { settings, ports } = store;
  const { source, signal, onSlowDown, keyBuilder = defaultKeyBuilder(source, ports, signal) } = transfer;
  return {
    store,
    transfer,
    keyBuilder,
    client: store.clientFactory.create({ signal, onSlowDown }),
    progress: new UploadProgress(transfer),
    acquireSlot: slotAcquirer(transfer),
    keyAllocator: createPathAllocator(store, keyBuilder, settings.folder),
  };
}

export const createPathAllocator = (
  { ports, reservedPaths }: DropboxStore,
  keyBuilder: KeyBuilder,
  folder: string,
): KeyAllocator =>
  new KeyAllocator(keyBuilder, folder, {
    randomBytes: (count) => ports.randomBytes(count),
    reservedKeys: reservedPaths,
  });

/** @throws AppFailure name-taken, unavailable */
export async function reservePath(context: DropboxUploadContext): Promise<PathReservation> {
  const {
    keyAllocator,
    client,
    store,
    transfer: { source },
    keyBuilder,
  } = context;
  const { key, mark } = await keyAllocator.allocate(
    async (candidate) => (await fileAt(client, toDropboxPath(candidate))) !== undefined,
  );
  const path = toDropboxPath(key);
  const isUnique = mark === undefined;
  return {
    path,
    at: toDropboxTime(store.ports.now()),
    isUnique,
    own: isUnique && source.folder === undefined && (await hasExclusiveFolder(keyBuilder, path)),
  };
}

/**
 * Whether the folder's name has a random part, so that no other upload uses the folder. To find out, builds a second
 * path (attempt 2, with the smallest length limit) and compares the folders.
 */
export async function hasExclusiveFolder(keyBuilder: KeyBuilder, path: string): Promise<boolean> {
  if (parentPath(path) === '') return false;
  // This path is relative to the destination's folder, which `path` contains.
  const otherFolder = parentPath(toDropboxPath(await keyBuilder.path(2, 511)));
  const fileName = path.slice(path.lastIndexOf('/') + 1);
  return !path.endsWith(`${otherFolder}/${fileName}`);
}

/** `2026-11-28T20:15:37Z`: Dropbox accepts no milliseconds. */
export const toDropboxTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export const saveDropboxCheckpoint = (
  { transfer: { source, onCheckpoint } }: DropboxUploadContext,
  reservation: PathReservation,
  session?: SessionState,
): Promise<void> =>
  onCheckpoint({
    v: 1,
    ...reservation,
    size: source.size,
    ...(session === undefined ? {} : { session: { ...session, sums: [...session.sums] } }),
  });

/** The options of a write. It never overwrites a file unless the user chose "replace". */
export function commitInfoOf({
  reservation: { path, at, isUnique },
  keyAllocator,
}: Pick<KeyedDropboxUploadContext, 'reservation' | 'keyAllocator'>) {
  const isReplacing = !isUnique && keyAllocator.ifTaken === 'replace';
  return {
    path,
    client_modified: at,
    mode: { '.tag': isReplacing ? ('overwrite' as const) : ('add' as const) },
    // An existing file under a unique path comes from our own earlier request. Dropbox then accepts the same bytes
    // again without a conflict.
    autorename: isUnique,
    strict_conflict: !isUnique && !isReplacing,
  };
}

/** Whether a file or folder already has this path. A conflict in a parent folder is a different error. */
export const isPathConflict = (cause: unknown): boolean =>
  ['conflict/file', 'conflict/folder', 'conflict/other'].some((tags) => hasErrorTags(cause, tags));

/** Whether this upload created the file: its path is unique, or it has the modification time that the upload set. */
export const matchesReservation = (
  { isUnique, at }: Pick<PathReservation, 'isUnique' | 'at'>,
  existing: DropboxFile,
): boolean => isUnique || existing.clientModified === at;

/** The maximum number of attempts for a write that conflicts with another write. */
const maxBusyAttempts = 6;

/**
 * Retries a write that conflicts with another write, because Dropbox allows one write at a time per account. The delays
 * grow and are random, so that clients do not retry at the same time.
 */
export async function withBackoff<T>(
  {
    store: { busyRetryMs, ports },
    transfer: { signal, onSlowDown },
  }: Pick<DropboxUploadContext, 'store'> & {
    transfer: Pick<DropboxUploadContext['transfer'], 'signal' | 'onSlowDown'>;
  },
  operation: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (cause) {
      if (!hasErrorTags(cause, 'too_many_write_operations') || attempt === maxBusyAttempts) throw cause;
      onSlowDown?.();
      const [jitter = 0] = ports.randomBytes(1);
      await sleep(busyRetryMs * 2 ** (attempt - 1) * (0.5 + jitter / 256), undefined, { signal });
    }
  }
}

/** @throws AppFailure name-taken, unavailable */
export async function reserveNextPath(context: DropboxUploadContext): Promise<PathReservation> {
  context.keyAllocator.markTaken();
  const reservation = await reservePath(context);
  if (context.keyAllocator.isExhausted) throw failure('unavailable');
  return reservation;
}
