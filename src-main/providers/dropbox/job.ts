/** What the steps of one upload share: where it goes, what it carries, how far it is. */
import type { Dropbox } from 'dropbox';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../../src-shared/errors.ts';
import type { FileSource } from '../../engine/ports.ts';
import { usualPlace } from '../place.ts';
import { laneOf, Progress, type Lane } from '../progress.ts';
import type { Place, TransferOf } from '../provider.ts';
import { Names } from '../claim.ts';
import { parentOf, pathOf } from './paths.ts';
import { isRefused } from './refusals.ts';
import { fileAt, type Stored } from './stored.ts';
import type { DropboxCheckpoint, DropboxStore, SessionState } from './store.ts';

/** A path that an upload has for itself, durable before Dropbox hears of it. */
export type Claim = Pick<DropboxCheckpoint, 'path' | 'at' | 'isUnique' | 'own'>;

export interface Draft {
  store: DropboxStore;
  transfer: TransferOf<FileSource>;
  client: Dropbox;
  progress: Progress;
  lane: Lane;
  names: Names;
  place: Place;
}
export interface Job extends Draft {
  claim: Claim;
}

export function draftOf(store: DropboxStore, transfer: TransferOf<FileSource>): Draft {
  const { settings, ports } = store;
  const { source, signal, onSlowDown, place = usualPlace(source, ports, signal) } = transfer;
  return {
    store,
    transfer,
    place,
    client: store.clients.for({ signal, onSlowDown }),
    progress: new Progress(transfer),
    lane: laneOf(transfer),
    names: namesIn(store, place, settings.folder),
  };
}

export const namesIn = ({ ports, claimed }: DropboxStore, place: Place, folder: string): Names =>
  new Names(place, folder, { randomBytes: (count) => ports.randomBytes(count), claimed });

/** @throws AppFailure name-taken, unavailable */
export async function newClaim(draft: Draft): Promise<Claim> {
  const {
    names,
    client,
    store,
    transfer: { source },
    place,
  } = draft;
  const { key, mark } = await names.find(async (one) => (await fileAt(client, pathOf(one))) !== undefined);
  const path = pathOf(key);
  const isUnique = mark === undefined;
  return {
    path,
    at: secondsOf(store.ports.now()),
    isUnique,
    own: isUnique && source.folder === undefined && (await isAlone(place, path)),
  };
}

/** Whether the folder has a name of its own each time, so that nobody else's file can be in it. */
export async function isAlone(place: Place, path: string): Promise<boolean> {
  const another = pathOf(await place.path(2, 511));
  return parentOf(path) !== '' && !path.endsWith(`${parentOf(another)}/${path.slice(path.lastIndexOf('/') + 1)}`);
}

/** `2026-11-28T20:15:37Z`: Dropbox takes no milliseconds. */
export const secondsOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export const keepClaim = (
  { transfer: { source, onCheckpoint } }: Draft,
  claim: Claim,
  session?: SessionState,
): Promise<void> =>
  onCheckpoint({
    v: 1,
    ...claim,
    size: source.size,
    ...(session === undefined ? {} : { session: { ...session, sums: [...session.sums] } }),
  });

/** How a file is written: never over another one, unless that is what the user chose. */
export function commitOf({ claim: { path, at, isUnique }, names }: Pick<Job, 'claim' | 'names'>) {
  const isReplacing = !isUnique && names.onTaken === 'replace';
  return {
    path,
    client_modified: at,
    mode: { '.tag': isReplacing ? ('overwrite' as const) : ('add' as const) },
    // Where nobody else can be, what is there is our own, heard before: the same bytes again are no conflict.
    autorename: isUnique,
    strict_conflict: !isUnique && !isReplacing,
  };
}

/** Someone else's file, or a folder, has the name; something in the way further up is another matter. */
export const isTaken = (cause: unknown): boolean =>
  ['conflict/file', 'conflict/folder', 'conflict/other'].some((tags) => isRefused(cause, tags));

/** A file is ours when nobody else can have its path, or by the time that it was given. */
export const isOurs = ({ isUnique, at }: Pick<Claim, 'isUnique' | 'at'>, there: Stored): boolean =>
  isUnique || there.clientModified === at;

const busyTries = 6;

/** One write at a time is what Dropbox allows in an account: who meets another one waits, longer each time, and never in step with others. */
export async function patiently<T>(
  {
    store: { busyMs, ports },
    transfer: { signal, onSlowDown },
  }: Pick<Draft, 'store'> & { transfer: Pick<Draft['transfer'], 'signal' | 'onSlowDown'> },
  act: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (cause) {
      if (!isRefused(cause, 'too_many_write_operations') || tries === busyTries) throw cause;
      onSlowDown?.();
      const [chance = 0] = ports.randomBytes(1);
      await sleep(busyMs * 2 ** (tries - 1) * (0.5 + chance / 256), undefined, { signal });
    }
  }
}

/** @throws AppFailure name-taken, unavailable */
export async function anotherClaim(draft: Draft): Promise<Claim> {
  draft.names.wasTaken();
  const claim = await newClaim(draft);
  if (draft.names.isHopeless) throw failure('unavailable');
  return claim;
}
