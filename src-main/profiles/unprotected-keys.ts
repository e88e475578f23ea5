/**
 * Keys that the user chose to store readable, because this computer has no key store. They are in a file that only this
 * user may read, separate from the records and their backups. The file exists only while it holds a key.
 */
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { failure } from '../../src-shared/errors.ts';
import type { FieldValues } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';

export interface UnprotectedKeys {
  get(profileId: ProfileId): FieldValues;
  /** Without values the profile is deleted. @throws AppFailure disk-full */
  set(profileId: ProfileId, values: FieldValues): void;
}

const Content = v.object({ v: v.literal(1), keys: v.record(v.string(), v.record(v.string(), v.string())) });
type Keys = v.InferOutput<typeof Content>['keys'];

/** @param folder Hoist's own folder */
export function unprotectedKeys(folder: string): UnprotectedKeys {
  const file = path.join(folder, 'unprotected-keys.json');
  return {
    get: (profileId) => read(file)[profileId] ?? {},
    set(profileId, values) {
      const { [profileId]: previous, ...others } = readForUpdate(file);
      const isEmpty = Object.keys(values).length === 0;
      if (!previous && isEmpty) return;
      write(file, isEmpty ? others : { ...others, [profileId]: values });
    },
  };
}

/**
 * Read each time, because another process may have written it. An unreadable file counts as empty, and the form asks
 * for the keys.
 */
function read(file: string): Keys {
  try {
    return parse(readFileSync(file, 'utf8')) ?? {};
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause;
    return {};
  }
}

/**
 * Must not lose the keys of other profiles: a disk that fails now may work later. A damaged file is moved aside.
 * @throws AppFailure disk-full when they cannot be read
 */
function readForUpdate(file: string): Keys {
  try {
    const keys = parse(readFileSync(file, 'utf8'));
    if (!keys) {
      chmodSync(file, 0o600);
      renameSync(file, `${file}.damaged`);
    }
    return keys ?? {};
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return {};
    throw errorCode(cause) === undefined ? cause : failure('disk-full', { params: { problem: 'broken' } }, cause);
  }
}

/** Undefined when the file is damaged. */
function parse(content: string): Keys | undefined {
  try {
    const parsed = v.safeParse(Content, JSON.parse(content));
    return parsed.success ? parsed.output.keys : undefined;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return undefined;
  }
}

function write(file: string, keys: Keys): void {
  if (Object.keys(keys).length === 0) {
    rmSync(file, { force: true });
    return;
  }
  const tempFile = `${file}.${process.pid}`;
  try {
    rmSync(tempFile, { force: true });
    // A new file never had other permissions. A crash leaves either the old keys or the new ones.
    writeFileSync(tempFile, JSON.stringify({ v: 1, keys }), { mode: 0o600, flag: 'wx', flush: true });
    renameSync(tempFile, file);
  } catch (cause) {
    rmSync(tempFile, { force: true });
    throw errorCode(cause) === 'ENOSPC' || errorCode(cause) === 'EDQUOT' ? failure('disk-full', {}, cause) : cause;
  }
}

const errorCode = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
