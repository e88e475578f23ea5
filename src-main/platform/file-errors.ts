/** What the system says when a file cannot be opened or read, in the words of the errors that people read. */
import { basename } from 'node:path';
import { failure, type AppFailure, type ErrorCode } from '../../src-shared/errors.ts';

/** `problem` tells causes apart that have one code but not one remedy (text/en.ts). */
interface FileErrorMapping {
  code: ErrorCode;
  problem?: string;
}

const unreadable = (problem: string): FileErrorMapping => ({ code: 'source-unreadable', problem });
const missing: FileErrorMapping = { code: 'source-missing' };
const notAFile: FileErrorMapping = { code: 'source-not-a-file' };
/** A drive of the network, or one that was pulled out. */
const share = unreadable('share');
const busy = unreadable('busy');
const disk = unreadable('disk');

/** What is not here is a matter of permissions: EACCES, EPERM … */
const fileErrors: Readonly<Record<string, FileErrorMapping>> = {
  ENOENT: missing,
  ENOTDIR: missing,
  ENAMETOOLONG: missing,
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

/** What the sentence of an unreadable file says about the cause. */
export const problemParams = (code: string): { params?: { problem: string } } => {
  const { problem } = mapErrorCode(code);
  return problem === undefined ? {} : { params: { problem } };
};

/** @returns what to throw instead: as it was, where the system said nothing */
export function openFailure(thrown: unknown, path: string): unknown {
  const code = systemCodeOf(thrown);
  if (code === undefined) return thrown;
  // A name that is not valid UTF-8 reaches us with replacement characters in it, and no file has that name.
  if (code === 'ENOENT' && basename(path).includes('\u{FFFD}')) return toFailure(unreadable('name'), thrown);
  return toFailure(mapErrorCode(code), thrown);
}

/** The same for a file that is open already: it was there, and it was a file. */
export function readFailure(thrown: unknown): unknown {
  const code = systemCodeOf(thrown);
  if (code === undefined) return thrown;
  if (code === 'EBADF') return failure('bug', {}, thrown);
  const { problem } = mapErrorCode(code);
  return toFailure({ code: 'source-unreadable', ...(problem === undefined ? {} : { problem }) }, thrown);
}

/** `ENOENT` and the like; undefined for what is no error of the system. */
export const systemCodeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
