/** From what was typed to what is sent: paths, folders and `-`, in the order in which they were typed. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppFailure, type AppError } from '../../src-shared/errors.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { mapAtOnce } from '../platform/at-once.ts';
import { acceptFile } from '../platform/source-file.ts';
import { acceptStandardInput } from './standard-input.ts';

/** `typed` names it for the person who typed it: the path as it was given, below a folder with what follows. */
export type Given = { typed: string; file: AcceptedFile } | { typed: string; refused: Refusal };
export type Refusal = AppError | 'sensitive' | 'empty-folder' | 'empty-name';

export interface GivenOptions {
  cwd: string;
  /** Of what comes through standard input. */
  streamName: string;
  isSensitive(path: string): boolean;
  /** Told how many entries of a folder are neither files nor folders. */
  passedOver(typed: string, count: number): void;
}

/** Files opened at once: thousands must not use up the process's handles. */
const atOnce = 16;

export async function openGiven(typed: readonly string[], options: GivenOptions): Promise<Given[]> {
  const places = await mapAtOnce(typed, atOnce, (one) => placesOf(one, options));
  return mapAtOnce(places.flat(), atOnce, (one) => open(one, options));
}

/** Standard input has no path. */
interface Place { typed: string; path?: string; refused?: Refusal }

async function placesOf(typed: string, { cwd, passedOver }: GivenOptions): Promise<Place[]> {
  if (typed === '-') return [{ typed }];
  // A variable that is not set, and no request for everything here.
  if (typed === '') return [{ typed, refused: 'empty-name' }];
  const at = path.resolve(cwd, fromUrl(typed));
  try {
    const entries = await readdir(at, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const others = entries.filter((entry) => !entry.isFile() && !entry.isDirectory()).length;
    if (others > 0) passedOver(typed, others);
    if (files.length === 0) return [{ typed, path: at, refused: 'empty-folder' }];
    return files.map((entry) => path.relative(at, path.join(entry.parentPath, entry.name))).sort()
      .map((below) => ({ typed: path.join(typed, below), path: path.join(at, below) }));
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    if (code === undefined) throw thrown;
    // No folder: what else may be wrong with it is seen when it is opened.
    return code === 'ENOTDIR' || code === 'ENOENT' ? [{ typed, path: at }] : [{ typed, path: at, refused: { code: 'source-unreadable' } }];
  }
}

/** A file manager may hand over addresses instead of paths. */
function fromUrl(typed: string): string {
  return typed.startsWith('file:///') && URL.canParse(typed) ? fileURLToPath(typed) : typed;
}

async function open({ typed, path: at, refused }: Place, { streamName, isSensitive }: GivenOptions): Promise<Given> {
  if (refused) return { typed, refused };
  if (at === undefined) return { typed, file: acceptStandardInput(streamName) };
  try {
    const file = await acceptFile(at);
    return isSensitive(file.source.path) ? { typed, refused: 'sensitive' } : { typed, file };
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    return { typed, refused: cause.error };
  }
}
