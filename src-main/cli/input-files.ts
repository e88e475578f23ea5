/** Opens the files that the user named: paths, folders and `-`, in the order in which the user named them. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppFailure, type AppError } from '../../src-shared/errors.ts';
import type { FileRef, SkippedEntries, Upload } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { mapConcurrent } from '../platform/map-concurrent.ts';
import { systemCodeOf } from '../platform/file-errors.ts';
import { acceptFolder } from '../platform/accept-folder.ts';
import { bytesOf, isExact, textOf } from '../platform/exact-arguments.ts';
import { findDiskPath, mayBeRaw, type DiskPath } from '../platform/raw-path.ts';
import { confirmedFile, pathsOf, type SensitivePathRule } from '../platform/sensitive-paths.ts';
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
export type InputRefusal = AppError | 'sensitive' | 'empty-folder' | 'empty-name' | 'bad-url' | 'interrupted';

export interface OpenInputOptions {
  /** The working folder with the exact bytes of its path, as {@link exactWorkingFolder} returns it. */
  cwd: string;
  /** The name of the file that arrives on standard input. */
  streamName: string;
  isSensitive: SensitivePathRule;
  /** The user allows sensitive files. */
  allowSensitive: boolean;
  /** Receives the numbers of links and special files in a folder, which Hoist does not upload. */
  onSkipped(typed: string, skipped: SkippedEntries): void;
  /** Stops reading a folder. None of its files is uploaded then. */
  stop: AbortSignal;
}

/** Limits open files, so that thousands of files do not use up the process's file handles. */
const concurrency = 16;

/** @param args the arguments with their exact bytes, as {@link exactArguments} returns them */
export async function openInputFiles(args: readonly string[], options: OpenInputOptions): Promise<InputFile[]> {
  return (await mapConcurrent(args, concurrency, (argument) => open(argument, options))).flat();
}

async function open(argument: string, options: OpenInputOptions): Promise<InputFile[]> {
  const typed = textOf(argument);
  if (typed === '-' || (await isStandardInputPipe(typed)))
    return [{ typed, file: acceptStandardInput(options.streamName) }];
  // An empty argument comes from a shell variable that is not set. It must not mean the working directory.
  if (typed === '') return [{ typed, refused: 'empty-name' }];
  const filePath = pathFromUrl(argument);
  if (filePath === undefined) return [{ typed, refused: 'bad-url' }];
  const exactPath = resolveExact(options.cwd, filePath);
  const absolutePath = exactPath?.toString() ?? path.resolve(textOf(options.cwd), filePath);
  let diskPath: DiskPath = absolutePath;
  try {
    diskPath = exactPath ?? (await findDiskPath(absolutePath));
    return [await checkSensitive({ typed, file: await acceptFile(absolutePath, diskPath) }, options)];
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    if (cause.error.code === 'source-is-folder') return openFolder(typed, { absolutePath, diskPath }, options);
    return [{ typed, refused: await explainRefusal(diskPath, cause.error) }];
  }
}

/**
 * The bytes of the absolute path, when they are known and not valid UTF-8. Otherwise undefined, and the path is used as
 * text.
 */
function resolveExact(cwd: string, filePath: string): Buffer | undefined {
  if (mayBeRaw(cwd) || mayBeRaw(filePath) || !(isExact(cwd) || isExact(filePath))) return undefined;
  return Buffer.from(path.resolve(bytesOf(cwd).toString('latin1'), bytesOf(filePath).toString('latin1')), 'latin1');
}

async function openFolder(
  typed: string,
  { absolutePath, diskPath }: { absolutePath: string; diskPath: DiskPath },
  options: OpenInputOptions,
): Promise<InputFile[]> {
  try {
    const { files, skipped, unreadable } = await acceptFolder(absolutePath, Date.now(), {
      signal: options.stop,
      diskPath,
    });
    if (skipped.links + skipped.special > 0) options.onSkipped(typed, skipped);
    if (files.length + unreadable.length === 0) return [{ typed, refused: 'empty-folder' }];
    // Each unreadable file is reported, so that a script learns which files are not uploaded.
    return [
      ...(await Promise.all(
        files.map((file) => checkSensitive({ typed: path.join(typed, pathOnDisk(file)), file }, options)),
      )),
      ...unreadable.map(({ relativePath, error }) => ({ typed: path.join(typed, relativePath), refused: error })),
    ];
  } catch (cause) {
    if (cause === options.stop.reason) return [{ typed, refused: 'interrupted' }];
    if (!(cause instanceof AppFailure)) throw cause;
    return [{ typed, refused: cause.error }];
  }
}

/**
 * The relative path of a file in an added folder, with the names on the disk. `relativePath` is the one for keys, in
 * which a letter and its accent are one character.
 */
const pathOnDisk = ({ source, folder }: AcceptedFile<FileRef>): string =>
  source.path
    .split(path.sep)
    .slice(-(folder?.relativePath.split('/').length ?? 1))
    .join('/');

async function checkSensitive(
  { typed, file }: { typed: string; file: AcceptedFile<FileRef> },
  { isSensitive, allowSensitive }: OpenInputOptions,
): Promise<InputFile> {
  if (!(await isSensitive(...pathsOf(file)))) return { typed, file };
  return allowSensitive ? { typed, file: confirmedFile(file) } : { typed, refused: 'sensitive' };
}

const standardInputPaths = ['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];

/** A file from which standard input is redirected is no pipe: it is uploaded like a file with a path. */
async function isStandardInputPipe(typed: string): Promise<boolean> {
  return standardInputPaths.includes(typed) && (await kindOf(typed)) === 'pipe';
}

/**
 * Says that the path is wrong, because the file did not disappear after the user chose it. Says that a pipe can only be
 * sent through standard input.
 */
async function explainRefusal(diskPath: DiskPath, error: AppError): Promise<AppError> {
  if (error.code !== 'source-missing' && error.code !== 'source-not-a-file') return error;
  const kind = await kindOf(diskPath);
  if (kind === 'pipe') return { ...error, code: 'source-not-a-file', params: { ...error.params, problem: 'pipe' } };
  return kind === 'missing' ? { ...error, params: { ...error.params, problem: 'path' } } : error;
}

async function kindOf(file: DiskPath): Promise<'pipe' | 'missing' | 'other'> {
  try {
    const stats = await stat(file);
    return stats.isFIFO() || stats.isSocket() ? 'pipe' : 'other';
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === undefined) throw cause;
    return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' ? 'missing' : 'other';
  }
}

/**
 * File managers may pass file:// URLs instead of paths. Undefined for a URL that does not name a file of this computer,
 * for example `file:///100%.txt` or `file://server/a.txt`.
 */
function pathFromUrl(typed: string): string | undefined {
  if (!/^file:\/\//i.test(typed)) return typed;
  if (!URL.canParse(typed)) return undefined;
  try {
    return fileURLToPath(typed);
  } catch (cause) {
    if (cause instanceof URIError || (cause instanceof Error && 'code' in cause)) return undefined;
    throw cause;
  }
}
