/** From what was typed to what is sent: paths, folders and `-`, in the order in which they were typed. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppFailure, type AppError } from '../../src-shared/errors.ts';
import type { FileRef, Upload } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { mapConcurrent } from '../platform/map-concurrent.ts';
import { acceptFolder } from '../platform/accept-folder.ts';
import { acceptFile } from '../platform/source-file.ts';
import { acceptStandardInput } from './standard-input.ts';

/**
 * `typed` names it for the person who typed it: the path as it was given, below a folder with what follows. An `upload` was
 * given to an earlier command.
 */
export type InputFile =
  | { typed: string; file: AcceptedFile }
  | { typed: string; refused: InputRefusal }
  | { typed: string; upload: Upload };
export type InputRefusal = AppError | 'sensitive' | 'empty-folder' | 'empty-name';

export interface OpenInputOptions {
  cwd: string;
  /** Of what comes through standard input. */
  streamName: string;
  isSensitive(path: string): boolean;
  /** Told how many entries of a folder cannot be sent: links, special files, what cannot be read. */
  onSkipped(typed: string, count: number): void;
}

/** Files opened at once: thousands must not use up the process's handles. */
const concurrency = 16;

export async function openInputFiles(typed: readonly string[], options: OpenInputOptions): Promise<InputFile[]> {
  return (await mapConcurrent(typed, concurrency, (one) => open(one, options))).flat();
}

async function open(typed: string, options: OpenInputOptions): Promise<InputFile[]> {
  if (typed === '-') return [{ typed, file: acceptStandardInput(options.streamName) }];
  // A variable that is not set, and no request for everything here.
  if (typed === '') return [{ typed, refused: 'empty-name' }];
  const at = path.resolve(options.cwd, pathFromUrl(typed));
  try {
    return [checkSensitive({ typed, file: await acceptFile(at) }, options)];
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    return cause.error.code === 'source-is-folder' ? openFolder(typed, at, options) : [{ typed, refused: cause.error }];
  }
}

async function openFolder(typed: string, at: string, options: OpenInputOptions): Promise<InputFile[]> {
  try {
    const { files, skippedCount: passedOver, unreadable } = await acceptFolder(at, Date.now());
    if (passedOver > unreadable.length) options.onSkipped(typed, passedOver - unreadable.length);
    if (files.length + unreadable.length === 0) return [{ typed, refused: 'empty-folder' }];
    // A script has to hear of each file that was meant and is not sent.
    return [
      ...files.map((file) =>
        checkSensitive({ typed: path.join(typed, file.folder?.relativePath ?? ''), file }, options),
      ),
      ...unreadable.map(({ relativePath: below, error }) => ({ typed: path.join(typed, below), refused: error })),
    ];
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    return [{ typed, refused: cause.error }];
  }
}

const checkSensitive = (
  { typed, file }: { typed: string; file: AcceptedFile<FileRef> },
  { isSensitive }: OpenInputOptions,
): InputFile => (isSensitive(file.source.path) ? { typed, refused: 'sensitive' } : { typed, file });

/** A file manager may hand over addresses instead of paths. */
function pathFromUrl(typed: string): string {
  return typed.startsWith('file:///') && URL.canParse(typed) ? fileURLToPath(typed) : typed;
}
