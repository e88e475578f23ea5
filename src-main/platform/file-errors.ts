/** Maps the system's errors of opening and reading a file to AppErrors. */
import { basename } from 'node:path';
import { failure, type AppFailure, type ErrorCode } from '../../src-shared/errors.ts';

/** `problem` distinguishes causes that have the same code but need different advice (text/en/). */
interface FileErrorMapping {
  code: ErrorCode;
  problem?: string;
}

const unreadable = (problem: string): FileErrorMapping => ({ code: 'source-unreadable', problem });
const missing: FileErrorMapping = { code: 'source-missing' };
const notAFile: FileErrorMapping = { code: 'source-not-a-file' };
/** A network drive that doesn't respond, or a removed drive. */
const share = unreadable('share');
const busy = unreadable('busy');
const disk = unreadable('disk');

/** No file has a longer name on Linux, macOS or Windows. */
const maxNameBytes = 255;

/** Codes that are not listed mean missing permissions: EACCES, EPERM … */
const fileErrors: Readonly<Record<string, FileErrorMapping>> = {
  ENOENT: missing,
  ENOTDIR: missing,
  ENAMETOOLONG: unreadable('path'),
  ELOOP: notAFile,
  ENXIO: notAFile,
  ENODEV: notAFile,
  EOPNOTSUPP: notAFile,
  EISDIR: { code: 'source-is-folder' },
  EBUSY: busy,
  ETXTBSY: busy,
  EAGAIN: busy,
  EDEADLK: busy,
  ENOLCK: busy,
  ESTALE: share,
  ENOTCONN: share,
  ETIMEDOUT: share,
  EHOSTDOWN: share,
  EHOSTUNREACH: share,
  ENETUNREACH: share,
  ECONNRESET: share,
  ECONNABORTED: share,
  EREMOTEIO: share,
  ENOMEDIUM: share,
  EMFILE: unreadable('many'),
  ENFILE: unreadable('many'),
  ENOMEM: unreadable('memory'),
  EIO: disk,
  EUCLEAN: disk,
  EFSCORRUPTED: disk,
  EBADMSG: disk,
  ENOSPC: disk,
  EDQUOT: disk,
};

const mapErrorCode = (code: string): FileErrorMapping =>
  Object.hasOwn(fileErrors, code) ? fileErrors[code]! : { code: 'source-unreadable' };

const toFailure = ({ code, problem }: FileErrorMapping, thrown: unknown): AppFailure =>
  failure(code, problem === undefined ? {} : { params: { problem } }, thrown);

/** The parameter that selects the sentence for an unreadable file. */
export const problemParams = (code: string): { params?: { problem: string } } => {
  const { problem } = mapErrorCode(code);
  return problem === undefined ? {} : { params: { problem } };
};

/** @returns the AppFailure to throw instead; any other thrown value unchanged */
export function openFailure(thrown: unknown, path: string): unknown {
  const code = systemCodeOf(thrown);
  if (code === undefined) return thrown;
  if (code === 'ENAMETOOLONG' && Buffer.byteLength(basename(path)) > maxNameBytes) return toFailure(missing, thrown);
  return toFailure(mapErrorCode(code), thrown);
}

/** Like {@link openFailure}, for a file that is already open: it exists and it is a regular file. */
export function readFailure(thrown: unknown): unknown {
  const code = systemCodeOf(thrown);
  if (code === undefined) return thrown;
  if (code === 'EBADF') return failure('bug', {}, thrown); // Hoist itself closed the file too early.
  const { problem } = mapErrorCode(code);
  return toFailure({ code: 'source-unreadable', ...(problem === undefined ? {} : { problem }) }, thrown);
}

/** The code of a system error, such as `ENOENT`; undefined for any other thrown value. */
export const systemCodeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;

/** Whether a system call failed because the disk, a quota or the file system's limit for one file is full. */
export const isNoSpaceError = (thrown: unknown): boolean => noSpaceCodes.has(systemCodeOf(thrown) ?? '');

const noSpaceCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
