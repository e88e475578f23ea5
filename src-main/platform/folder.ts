/**
 * A folder that was given as a whole: the files in it, with their places. Links inside are not followed, so that nothing
 * from outside comes along and no circle is walked; what else is no file is passed over.
 */
import { randomBytes } from 'node:crypto';
import { opendir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppFailure, failure, type AppError } from '../../src-shared/errors.ts';
import type { FileRef, FolderPlace } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { mapAtOnce } from './at-once.ts';
import { diskProblem } from './file-errors.ts';
import { acceptFile } from './source-file.ts';

/** More is hardly meant, and would hold up everything else. */
export const folderLimits = { entries: 50_000, depth: 32 };
/** Files opened at once. */
const atOnce = 16;
/** 96 bits, as 16 characters. */
const tokenBytes = 12;

export interface AcceptedFolder {
  name: string;
  /** Sorted by their places. */
  files: AcceptedFile<FileRef>[];
  /** Entries that are not among `files`: links, special files, what cannot be read, what is too deep or too many. */
  passedOver: number;
  /** Those of them that were meant and cannot be read: files and folders inside, by their places. */
  unreadable: Unreadable[];
}

export interface Unreadable {
  below: string;
  error: AppError;
}

/**
 * @param folder a folder, or a link to one
 * @param now ms since 1970
 * @throws AppFailure source-missing, source-unreadable
 */
export async function acceptFolder(folder: string, now: number): Promise<AcceptedFolder> {
  const name = path.basename(path.resolve(folder));
  const root = await reading(() => realpath(folder));
  const walk: Walk = { places: [], passedOver: 0, seen: 0, unreadable: [] };
  await reading(() => collect(walk, root, []));
  const shared = { name, token: randomBytes(tokenBytes).toString('base64url'), at: now };
  const accepted = await mapAtOnce(walk.places.sort(), atOnce, (below) => accept(root, { ...shared, below }));
  const files = accepted.flatMap((one) => ('error' in one ? [] : [one]));
  const unreadable = [...walk.unreadable, ...accepted.flatMap((one) => ('error' in one ? [one] : []))];
  return { name, files, passedOver: walk.passedOver + unreadable.length, unreadable };
}

interface Walk {
  places: string[];
  passedOver: number;
  /** entries looked at */ seen: number;
  /** folders */ unreadable: Unreadable[];
}

async function collect(walk: Walk, root: string, parents: string[]): Promise<void> {
  for await (const entry of await opendir(path.join(root, ...parents))) {
    if (++walk.seen > folderLimits.entries) {
      walk.passedOver++;
      continue;
    }
    const place = [...parents, entry.name];
    if (entry.isFile()) walk.places.push(place.join('/'));
    else if (entry.isDirectory() && place.length < folderLimits.depth) await below(walk, root, place);
    else walk.passedOver++;
  }
}

/** A folder inside that cannot be read does not keep the others from being sent. */
async function below(walk: Walk, root: string, place: string[]): Promise<void> {
  try {
    await collect(walk, root, place);
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause;
    walk.unreadable.push({ below: place.join('/'), error: readFailure(cause).error });
  }
}

async function accept(root: string, folder: FolderPlace): Promise<AcceptedFile<FileRef> | Unreadable> {
  try {
    return { ...(await acceptFile(path.join(root, folder.below))), folder };
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    return { below: folder.below, error: cause.error };
  }
}

async function reading<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause;
    throw readFailure(cause);
  }
}

function readFailure(cause: unknown): AppFailure {
  const code = codeOf(cause);
  return failure(
    code === 'ENOENT' || code === 'ENOTDIR' ? 'source-missing' : 'source-unreadable',
    diskProblem(code ?? ''),
    cause,
  );
}

const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
