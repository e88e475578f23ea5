/** Opens the files that the user named: paths, folders and `-`, in the order in which the user named them. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppFailure, type AppError } from '../../src-shared/errors.ts';
import type { FileRef, SkippedEntries, Upload } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { mapConcurrent } from '../platform/map-concurrent.ts';
import { acceptFolder } from '../platform/accept-folder.ts';
import { acceptFile } from '../platform/source-file.ts';
import { acceptStandardInput } from './standard-input.ts';

/**
 * `typed`: the name of the file in messages. It is the path that the user typed, plus the relative path of a file in a
 * folder. `upload`: an upload of an earlier command.
 */
export type InputFile =
  | { typed: string; file: AcceptedFile }
  | { typed: string; refused: InputRefusal }
  | { typed: string; upload: Upload };
export type InputRefusal = AppError | 'sensitive' | 'empty-folder' | 'empty-name' | 'interrupted';

export interface OpenInputOptions {
  cwd: string;
  /** The name of the file that arrives on standard input. */
  streamName: string;
  isSensitive(path: string): boolean;
  /** Receives the numbers of links and special files in a folder, which Hoist does not upload. */
  onSkipped(typed: string, skipped: SkippedEntries): void;
  /** Stops reading a folder. None of its files is uploaded then. */
  stop: AbortSignal;
}

/** Limits open files, so that thousands of files do not use up the process's file handles. */
const concurrency = 16;

export async function openInputFiles(typed: readonly string[], options: OpenInputOptions): Promise<InputFile[]> {
  return (await mapConcurrent(typed, concurrency, (argument) => open(argument, options))).flat();
}

async function open(typed: string, options: OpenInputOptions): Promise<InputFile[]> {
  if (typed === '-') return [{ typed, file: acceptStandardInput(options.streamName) }];
  // An empty argument comes from a shell variable that is not set. It must not mean the working directory.
  if (typed === '') return [{ typed, refused: 'empty-name' }];
  const absolutePath = path.resolve(options.cwd, pathFromUrl(typed));
  try {
    return [checkSensitive({ typed, file: await acceptFile(absolutePath) }, options)];
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    if (cause.error.code === 'source-is-folder') return openFolder(typed, absolutePath, options);
    return [{ typed, refused: cause.error }];
  }
}

async function openFolder(typed: string, absolutePath: string, options: OpenInputOptions): Promise<InputFile[]> {
  try {
    const { files, skipped, unreadable } = await acceptFolder(absolutePath, Date.now(), options.stop);
    if (skipped.links + skipped.special > 0) options.onSkipped(typed, skipped);
    if (files.length + unreadable.length === 0) return [{ typed, refused: 'empty-folder' }];
    // Each unreadable file is reported, so that a script learns which files are not uploaded.
    return [
      ...files.map((file) =>
        checkSensitive({ typed: path.join(typed, file.folder?.relativePath ?? ''), file }, options),
      ),
      ...unreadable.map(({ relativePath, error }) => ({ typed: path.join(typed, relativePath), refused: error })),
    ];
  } catch (cause) {
    if (cause === options.stop.reason) return [{ typed, refused: 'interrupted' }];
    if (!(cause instanceof AppFailure)) throw cause;
    return [{ typed, refused: cause.error }];
  }
}

const checkSensitive = (
  { typed, file }: { typed: string; file: AcceptedFile<FileRef> },
  { isSensitive }: OpenInputOptions,
): InputFile => (isSensitive(file.source.path) ? { typed, refused: 'sensitive' } : { typed, file });

/** File managers may pass file:// URLs instead of paths. */
function pathFromUrl(typed: string): string {
  return typed.startsWith('file:///') && URL.canParse(typed) ? fileURLToPath(typed) : typed;
}
