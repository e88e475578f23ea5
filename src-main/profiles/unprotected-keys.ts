/**
 * Keys that the user chose to store unencrypted, because this computer has no key store. They are in a file that only
 * this user may read, outside the database and its backups. The file exists only while it contains a key.
 */
import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { failure } from '../../src-shared/errors.ts';
import { isNoSpaceError } from '../platform/file-errors.ts';
import type { FieldValues } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';

export interface UnprotectedKeys {
  get(profileId: ProfileId): FieldValues;
  /** Empty values delete the profile. @throws AppFailure disk-full */
  set(profileId: ProfileId, values: FieldValues): void;
  /** As `set` for many profiles, with one write of the file. @throws AppFailure disk-full */
  setAll(changes: ReadonlyMap<ProfileId, FieldValues>): void;
}

const Content = v.object({ v: v.literal(1), keys: v.record(v.string(), v.record(v.string(), v.string())) });
type Keys = v.InferOutput<typeof Content>['keys'];

/** @param folder Hoist's data folder */
export function unprotectedKeys(folder: string): UnprotectedKeys {
  const file = path.join(folder, 'unprotected-keys.json');
  const readKeys = createReader(file);
  const setAll = (changes: ReadonlyMap<ProfileId, FieldValues>): void => {
    const keys = readForUpdate(file);
    const hasKeys = (id: ProfileId): boolean => Object.keys(changes.get(id) ?? {}).length > 0;
    const changedIds = [...changes.keys()].filter((id) => hasKeys(id) || keys[id]);
    if (changedIds.length === 0) return;
    const others = Object.entries(keys).filter(([id]) => !changes.has(id));
    write(file, Object.fromEntries([...others, ...[...changes].filter(([id]) => hasKeys(id))]));
  };
  return {
    get: (profileId) => readKeys()[profileId] ?? {},
    set: (profileId, values) => setAll(new Map([[profileId, values]])),
    setAll,
  };
}

/**
 * Returns a function that reads the file if it has changed since the last call, because another process may have
 * replaced it. An unreadable file counts as empty, so the form asks for the keys.
 */
function createReader(file: string): () => Keys {
  let last: { version: string; keys: Keys } | undefined;
  return () => {
    const version = fileVersion(file);
    if (version === undefined) return {};
    if (last?.version !== version) last = { version, keys: read(file) };
    return last.keys;
  };
}

/** Differs after each write, because each write creates a new file. Undefined when there is no file. */
function fileVersion(file: string): string | undefined {
  try {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stat && [stat.ino, stat.mtimeNs, stat.ctimeNs, stat.size].join(' ');
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause;
    return undefined;
  }
}

function read(file: string): Keys {
  try {
    return parse(readFileSync(file, 'utf8')) ?? {};
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause;
    return {};
  }
}

/**
 * The keys to which a change is added. An update must not lose the keys of other profiles, so it stops when the file
 * can't be read now. A damaged file is renamed and counts as empty.
 * @throws AppFailure disk-full when the file cannot be read
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
    // A new file has the right permissions from the start. After a crash the file has either the old or the new keys.
    writeFileSync(tempFile, JSON.stringify({ v: 1, keys }), { mode: 0o600, flag: 'wx', flush: true });
    renameSync(tempFile, file);
  } catch (cause) {
    rmSync(tempFile, { force: true });
    throw isNoSpaceError(cause) ? failure('disk-full', {}, cause) : cause;
  }
}

const errorCode = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
