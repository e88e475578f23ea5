/**
 * The files that are sent. A file is opened without following links and without waiting, asked on the open handle what it
 * is, and compared with its fingerprint: what is read is what was accepted, and nothing can make Hoist hang.
 */
import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, realpath, statfs, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import mime from 'mime';
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { FileRef, Fingerprint, FolderLocation, SourceRef } from '../../src-shared/upload.ts';
import type { AcceptedFile, FileSource, Sources } from '../engine/ports.ts';
import { openFailure, readFailure, systemCodeOf } from './file-errors.ts';

/**
 * Opens a file that the user gave, once, to see that it can be read and what it is. A link that was given is followed.
 * @throws AppFailure source-missing, source-unreadable, source-is-folder, source-not-a-file
 */
export async function acceptFile(path: string): Promise<AcceptedFile<FileRef>> {
  const name = basename(path);
  const realPath = await realpath(path).catch((thrown: unknown) => {
    throw openFailure(thrown, path);
  });
  const { handle, stat } = await openRegularFile(realPath);
  try {
    const size = Number(stat.size);
    return {
      name,
      size,
      contentType: contentTypeOf(name),
      source: { path: realPath, fingerprint: fingerprintOf(stat) },
    };
  } finally {
    await handle.close();
  }
}

/** From the name, as a web server would. */
export const contentTypeOf = (name: string): string => mime.getType(name) ?? 'application/octet-stream';

export const fileSources: Sources = { open: openSource, refresh: renewSource };

/** The file at the same place as it is now. @throws AppFailure as {@link acceptFile} */
async function renewSource({ path }: FileRef): Promise<{ source: FileRef; size: number }> {
  const { handle, stat } = await openRegularFile(path);
  await handle.close();
  return { source: { path, fingerprint: fingerprintOf(stat) }, size: Number(stat.size) };
}

export interface SourceMetadata {
  name: string;
  contentType: string;
  folder?: FolderLocation;
}

/** @throws AppFailure as {@link acceptFile}; source-changed; source-missing for a stream, which went with its process */
export async function openSource(source: SourceRef, metadata: SourceMetadata): Promise<FileSource> {
  if ('stream' in source) throw failure('source-missing');
  const { handle, stat } = await openRegularFile(source.path);
  if (!sameFingerprint(fingerprintOf(stat), source.fingerprint)) {
    await handle.close();
    throw failure('source-changed');
  }
  return new OpenFile(handle, source, { ...metadata, changedNs: stat.ctimeNs });
}

class OpenFile implements FileSource {
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
  readonly folder?: FolderLocation;
  readonly #handle: FileHandle;
  readonly #source: FileRef;
  /** ns since 1970 of the last change of anything about it, which nobody can set back */
  readonly #changedNs: bigint;

  constructor(handle: FileHandle, source: FileRef, metadata: SourceMetadata & { changedNs: bigint }) {
    this.#handle = handle;
    this.#source = source;
    this.#changedNs = metadata.changedNs;
    this.name = metadata.name;
    this.contentType = metadata.contentType;
    if (metadata.folder) this.folder = metadata.folder;
    this.size = source.fingerprint.size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    // Not a byte more than was promised: the file may have grown.
    const length = Math.min(into.length, this.size - position);
    if (length <= 0) return 0;
    const { bytesRead } = await this.#handle.read(into, 0, length, position).catch((thrown: unknown) => {
      throw readFailure(thrown);
    });
    if (bytesRead === 0) throw failure('source-changed');
    return bytesRead;
  }

  async assertUnchanged(): Promise<void> {
    const { path, fingerprint } = this.#source;
    const openStat = await this.#handle.stat({ bigint: true }).catch((thrown: unknown) => {
      throw readFailure(thrown);
    });
    if (!sameFingerprint(fingerprintOf(openStat), fingerprint)) throw failure('source-changed');
    const pathStat = await statIfExists(path);
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

/** A file that was deleted, or whose folder was closed to us, while it is open can still be read to its end. */
async function statIfExists(path: string): Promise<BigIntStats | undefined> {
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
 * Opening the plain way waits for ever at a pipe nobody writes to, and four of those stop all of Node's file work. Windows
 * has neither flag, and no pipes among its files.
 */
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

async function openRegularFile(path: string): Promise<{ handle: FileHandle; stat: BigIntStats }> {
  // Even opening can do something to a device: look first.
  requireRegularFile(
    await lstat(path, { bigint: true }).catch((thrown: unknown) => {
      throw openFailure(thrown, path);
    }),
  );
  const handle = await open(path, openFlags).catch((thrown: unknown) => {
    throw openFailure(thrown, path);
  });
  try {
    const stat = await handle.stat({ bigint: true });
    requireRegularFile(stat);
    await rejectPseudoFile(path, handle, stat);
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

/** Types of Linux file systems whose files are made up while they are read: proc, sysfs, debugfs, tracefs, cgroup 1 and 2, securityfs, bpf, pstore, configfs, devpts, efivarfs, nsfs. */
const pseudoFileSystems = new Set([
  0x9fa0, 0x6265_6572, 0x6462_6720, 0x7472_6163, 0x0027_e0eb, 0x6367_7270, 0x7363_6673, 0xcafe_4a11, 0x6165_676c,
  0x6265_6570, 0x1cd1, 0xde5e_81e4, 0x6e73_6673,
]);

/** Such a file says that it is regular and empty (or a page long), and gives other bytes each time. */
async function rejectPseudoFile(path: string, handle: FileHandle, stat: BigIntStats): Promise<void> {
  if (process.platform === 'linux' && pseudoFileSystems.has((await statfs(path)).type >>> 0))
    throw failure('source-not-a-file');
  if (stat.size > 0n) return;
  const { bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, 0);
  if (bytesRead > 0) throw failure((await handle.stat()).size > 0 ? 'source-changed' : 'source-not-a-file');
}
