/**
 * Keys that the user chose to keep readable, because this computer encrypts none: apart from the records and their backups,
 * in a file that only this user may read. It is there only while something is in it.
 */
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { failure } from '../../src-shared/errors.ts';
import type { FieldValues } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';

export interface UnprotectedKeys {
  get(profileId: ProfileId): FieldValues;
  /** No values forget the profile. @throws AppFailure disk-full */
  set(profileId: ProfileId, values: FieldValues): void;
}

const Content = v.object({ v: v.literal(1), keys: v.record(v.string(), v.record(v.string(), v.string())) });
type Keys = v.InferOutput<typeof Content>['keys'];

/** @param folder where Hoist keeps what is its own */
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

/** Read each time: another process may have written. What cannot be read now holds no keys, and the user is asked for them. */
function read(file: string): Keys {
  try {
    return parse(readFileSync(file, 'utf8')) ?? {};
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause;
    return {};
  }
}

/**
 * The keys of the others stay: a disk that does not give them now may do so later. What is damaged is put aside.
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

/** Undefined when it is damaged. */
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
    // Made anew, so that it never had other permissions; a crash leaves the old keys or the new ones.
    writeFileSync(tempFile, JSON.stringify({ v: 1, keys }), { mode: 0o600, flag: 'wx', flush: true });
    renameSync(tempFile, file);
  } catch (cause) {
    rmSync(tempFile, { force: true });
    throw errorCode(cause) === 'ENOSPC' || errorCode(cause) === 'EDQUOT' ? failure('disk-full', {}, cause) : cause;
  }
}

const errorCode = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
