/**
 * The files to upload. A file is opened without following links and without blocking. Its type and its fingerprint are
 * checked on the open handle, so that the uploaded bytes are those of the accepted file and no special file makes Hoist
 * hang.
 */
import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, realpath, stat, statfs, type FileHandle } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { FileRef, Fingerprint, FolderLocation, SourceRef } from '../../src-shared/upload.ts';
import type { AcceptedFile, FileSource, Sources } from '../engine/ports.ts';
import { isReadProven, type ReadEvidence } from './check-read-proof.ts';
import { contentTypeFor, contentTypeOf, needsContent, sampleBytes } from './content-type.ts';
import { openFailure, readFailure, systemCodeOf } from './file-errors.ts';
import { findDiskPath, findRawPaths, type DiskPath } from './raw-path.ts';
import type { SensitivePathRule } from './sensitive-paths.ts';

/**
 * Opens a file that the user dropped, to check that it is a readable regular file. Follows `path` if it is a link.
 * @param path as text: bytes that are not valid UTF-8 are replacement characters
 * @param diskPath the same path with its original bytes, if known
 * @param isProven called with the opened file; returns false to reject it
 * @throws AppFailure source-missing, source-unreadable, source-is-folder, source-not-a-file
 */
export async function acceptFile(
  path: string,
  diskPath?: DiskPath,
  isProven?: (stat: BigIntStats, handle: FileHandle) => Promise<boolean>,
): Promise<AcceptedFile<FileRef>> {
  const name = basename(path);
  const realPath = await realPathOf(diskPath ?? (await findDiskPath(path)), path);
  const { handle, stat } = await openRegularFile(realPath);
  try {
    if (isProven && !(await isProven(stat, handle))) throw unproven();
    const size = Number(stat.size);
    return {
      name,
      size,
      contentType: needsContent(name) ? await contentTypeOfOpen(name, handle, size) : contentTypeOf(name),
      source: { path: realPath.toString(), fingerprint: fingerprintOf(stat) },
      givenPath: resolve(path),
    };
  } catch (thrown) {
    throw thrown instanceof AppFailure ? thrown : openFailure(thrown, path);
  } finally {
    await handle.close();
  }
}

async function realPathOf(file: DiskPath, path: string): Promise<DiskPath> {
  try {
    return typeof file === 'string' ? await realpath(file) : await realpath(file, { encoding: 'buffer' });
  } catch (thrown) {
    throw openFailure(thrown, path);
  }
}

async function contentTypeOfOpen(name: string, handle: FileHandle, size: number): Promise<string> {
  const read = async (position: number): Promise<Uint8Array> => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(sampleBytes), 0, sampleBytes, position);
    return buffer.subarray(0, bytesRead);
  };
  const head = await read(0);
  return contentTypeFor(
    name,
    head,
    size > sampleBytes ? await read(Math.max(sampleBytes, size - sampleBytes)) : undefined,
  );
}

/** The error for every file that the page can't read, so that the page doesn't learn whether the file exists. */
export const unproven = (): AppFailure => failure('source-unreadable', { params: { why: 'unproven' } });

/**
 * Accepts a file that the window names only if the evidence proves that the page can read it. Without proof, the error
 * does not depend on the file.
 * @throws AppFailure source-unreadable; with proof, as {@link acceptFile}
 */
export async function acceptProvenFile(path: string, evidence: ReadEvidence): Promise<AcceptedFile<FileRef>> {
  if (!isAbsolute(path) || path.includes('\0')) throw unproven();
  try {
    return await acceptFile(path, undefined, (stat, handle) => isReadProven(evidence, stat, handle));
  } catch (thrown) {
    if (!(thrown instanceof AppFailure)) throw thrown;
    // The page may get the real error only with proof. For an entry that can't be read, proof needs the size 0.
    const target = await stat(path, { bigint: true }).catch(() => undefined); // Any error means: no proof.
    if (thrown.error.params?.['why'] === 'unproven' || target?.size !== 0n || !(await isReadProven(evidence, target)))
      throw unproven();
    throw thrown;
  }
}

export const fileSources = (isSensitive: SensitivePathRule): Sources => ({
  open: openSource,
  refresh: (source) => refreshSource(source, isSensitive),
});

/**
 * Takes a new fingerprint of the file at the same real path on the same device. Rejects the path if the file or one of
 * its folders was replaced by a link to another place. Rejects a sensitive file that the user did not confirm.
 * @throws AppFailure as {@link acceptFile}; source-changed when the user has to confirm the file
 */
async function refreshSource(
  source: FileRef,
  isSensitive: SensitivePathRule,
): Promise<{ source: FileRef; size: number }> {
  const file = await knownPath(source.path, source.fingerprint);
  const { handle, stat } = await openRegularFile(file);
  await handle.close();
  const realPath = (await realPathOf(file, source.path)).toString();
  const fingerprint = fingerprintOf(stat);
  if (realPath !== source.path || fingerprint.dev !== source.fingerprint.dev) throw failure('source-missing');
  if (!source.confirmed && (await isSensitive(realPath)))
    throw failure('source-changed', { params: { why: 'sensitive' } });
  return { source: { ...source, fingerprint }, size: Number(stat.size) };
}

export interface SourceMetadata {
  name: string;
  contentType: string;
  folder?: FolderLocation;
}

/**
 * @throws AppFailure as {@link acceptFile}; source-changed; source-missing for a stream, because its process has ended
 */
export async function openSource(source: SourceRef, metadata: SourceMetadata): Promise<FileSource> {
  if ('stream' in source) throw failure('source-missing');
  const path = await knownPath(source.path, source.fingerprint);
  const { handle, stat } = await openRegularFile(path);
  if (!sameFingerprint(fingerprintOf(stat), source.fingerprint)) {
    await handle.close();
    throw failure('source-changed');
  }
  return new OpenFile(handle, source, { ...metadata, path, changedNs: stat.ctimeNs });
}

/**
 * The path on the disk. If the path is not valid UTF-8, several files can have the same text, and the fingerprint
 * decides which of them it is. If the fingerprint matches none, returns the only candidate, or the text.
 */
async function knownPath(path: string, { dev, ino }: Fingerprint): Promise<DiskPath> {
  const candidates = await findRawPaths(path);
  const stats = await Promise.all(candidates.map((candidate) => statIfExists(candidate)));
  const index = stats.findIndex((stat) => stat && String(stat.dev) === dev && String(stat.ino) === ino);
  return candidates[index] ?? (candidates.length === 1 ? candidates[0]! : path);
}

class OpenFile implements FileSource {
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
  readonly folder?: FolderLocation;
  readonly #handle: FileHandle;
  readonly #source: FileRef;
  readonly #path: DiskPath;
  /** ctime in ns since 1970. Unlike mtime, programs can't set it back. */
  readonly #changedNs: bigint;

  constructor(handle: FileHandle, source: FileRef, metadata: SourceMetadata & { path: DiskPath; changedNs: bigint }) {
    this.#handle = handle;
    this.#source = source;
    this.#path = metadata.path;
    this.#changedNs = metadata.changedNs;
    this.name = metadata.name;
    this.contentType = metadata.contentType;
    if (metadata.folder) this.folder = metadata.folder;
    this.size = source.fingerprint.size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    // Never reads beyond the accepted size: the file may have grown.
    const length = Math.min(into.length, this.size - position);
    if (length <= 0) return 0;
    const { bytesRead } = await this.#handle.read(into, 0, length, position).catch((thrown: unknown) => {
      throw readFailure(thrown);
    });
    if (bytesRead === 0) throw failure('source-changed');
    return bytesRead;
  }

  async assertUnchanged(): Promise<void> {
    const { fingerprint } = this.#source;
    const openStat = await this.#handle.stat({ bigint: true }).catch((thrown: unknown) => {
      throw readFailure(thrown);
    });
    if (!sameFingerprint(fingerprintOf(openStat), fingerprint)) throw failure('source-changed');
    const pathStat = await statIfExists(this.#path);
    if (pathStat && !sameFingerprint(fingerprintOf(pathStat), fingerprint)) throw failure('source-changed');
  }

  async mayHaveChanged(): Promise<boolean> {
    const { ctimeNs } = await this.#handle.stat({ bigint: true }).catch((thrown: unknown) => {
      throw readFailure(thrown);
    });
    return ctimeNs !== this.#changedNs;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/**
 * Undefined when the path is not accessible: an open file can still be read after it was deleted or its folder became
 * inaccessible.
 */
async function statIfExists(path: DiskPath): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (thrown) {
    if (systemCodeOf(thrown) !== undefined) return undefined;
    throw thrown;
  }
}

const fingerprintOf = (stat: BigIntStats): Fingerprint => ({
  size: Number(stat.size),
  mtimeMs: Number(stat.mtimeNs) / 1e6,
  dev: String(stat.dev),
  ino: String(stat.ino),
});

const sameFingerprint = (a: Fingerprint, b: Fingerprint): boolean =>
  a.size === b.size && a.mtimeMs === b.mtimeMs && a.dev === b.dev && a.ino === b.ino;

/**
 * Without O_NONBLOCK, opening a pipe that has no writer blocks forever, and four such calls block all of Node's file
 * operations. Windows has neither flag, and no pipes in its file system.
 */
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

async function openRegularFile(file: DiskPath): Promise<{ handle: FileHandle; stat: BigIntStats }> {
  const path = file.toString();
  // Check the type before opening: opening a device can have side effects.
  requireRegularFile(
    await lstat(file, { bigint: true }).catch((thrown: unknown) => {
      throw openFailure(thrown, path);
    }),
  );
  const handle = await open(file, openFlags).catch((thrown: unknown) => {
    throw openFailure(thrown, path);
  });
  try {
    const stat = await handle.stat({ bigint: true });
    requireRegularFile(stat);
    await rejectPseudoFile(file, handle, stat);
    return { handle, stat };
  } catch (thrown) {
    await handle.close();
    throw thrown instanceof AppFailure ? thrown : openFailure(thrown, path);
  }
}

function requireRegularFile(stat: BigIntStats): void {
  if (stat.isDirectory()) throw failure('source-is-folder');
  if (!stat.isFile()) throw failure('source-not-a-file');
}

/**
 * Types of Linux file systems that generate file contents on each read: proc, sysfs, debugfs, tracefs, cgroup 1 and 2,
 * securityfs, bpf, pstore, configfs, devpts, efivarfs, nsfs.
 */
const pseudoFileSystems = new Set([
  0x9fa0, 0x6265_6572, 0x6462_6720, 0x7472_6163, 0x0027_e0eb, 0x6367_7270, 0x7363_6673, 0xcafe_4a11, 0x6165_676c,
  0x6265_6570, 0x1cd1, 0xde5e_81e4, 0x6e73_6673,
]);

/**
 * A pseudo file reports that it is a regular file of size 0 (or one page), and returns different bytes on each read.
 */
async function rejectPseudoFile(path: DiskPath, handle: FileHandle, stat: BigIntStats): Promise<void> {
  if (process.platform === 'linux' && pseudoFileSystems.has((await statfs(path)).type >>> 0))
    throw failure('source-not-a-file');
  if (stat.size > 0n) return;
  const { bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, 0);
  if (bytesRead > 0) throw failure((await handle.stat()).size > 0 ? 'source-changed' : 'source-not-a-file');
}
