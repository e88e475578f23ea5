/**
 * The folder of the store. `pieces/` holds the blobs. Renaming a record into `objects/` or `uploads/` turns blobs into
 * an object or a part in one step. Blobs without a record are left over from a killed process and are removed at the
 * next start. File names never contain text from a client.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PracticeUsage } from '../../src-shared/profile.ts';
import { makeFolder } from '../platform/make-folder.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import { BlobStore, type StorageLimits } from './blob-store.ts';
import {
  readObject,
  readPart,
  readUpload,
  writeRecord,
  type ObjectRecord,
  type PartRecord,
  type BlobRef,
  type UploadRecord,
} from './records.ts';
import { s3Error } from './s3-error.ts';
import { SortedKeys } from './sorted-keys.ts';

export interface MultipartUpload {
  record: UploadRecord;
  parts: Map<number, PartRecord>;
}

/** Checks the existing object immediately before a change. Throws when the change must not happen. */
export type WritePrecondition = (existing: ObjectRecord | undefined) => void;

/** Number of files that are read concurrently when the folder is opened. */
const loadConcurrency = 64;

export class ObjectStore {
  readonly blobs: BlobStore;
  readonly #folder: string;
  readonly #objects = new Map<string, ObjectRecord>();
  readonly #keys = new SortedKeys();
  readonly #uploads = new Map<string, MultipartUpload>();
  readonly #objectLocks = new KeyedMutex();
  readonly #uploadLocks = new KeyedMutex();

  private constructor(folder: string, limits: StorageLimits) {
    this.#folder = folder;
    this.blobs = new BlobStore(join(folder, 'pieces'), limits);
  }

  /** Reads the existing records and removes leftovers. Only one process may have a folder open. */
  static async open(folder: string, limits: StorageLimits): Promise<ObjectStore> {
    for (const path of [folder, ...['pieces', 'objects', 'uploads'].map((name) => join(folder, name))]) {
      makeFolder(path);
      await chmod(path, 0o700);
    }
    const store = new ObjectStore(folder, limits);
    await store.#load();
    return store;
  }

  // ---------------------------------------------------------------- reading

  object(key: string): ObjectRecord | undefined {
    return this.#objects.get(key);
  }
  /** Sorted by UTF-8 bytes, as S3 lists them. */
  get keys(): SortedKeys {
    return this.#keys;
  }
  upload(id: string): MultipartUpload | undefined {
    return this.#uploads.get(id);
  }
  get uploads(): MultipartUpload[] {
    return [...this.#uploads.values()];
  }
  usage(): PracticeUsage {
    return { objects: this.#objects.size, bytes: this.blobs.bytes, quotaBytes: this.blobs.quotaBytes };
  }

  // ---------------------------------------------------------------- objects

  /** Stores an object. The caller gives up its references to the blobs, even when this fails. */
  async putObject(record: ObjectRecord, precondition: WritePrecondition): Promise<void> {
    try {
      await this.#objectLocks.runExclusive(record.key, () => this.#putExclusive(record, precondition));
    } catch (cause) {
      const isStored = this.#objects.get(record.key) === record;
      if (!isStored) await this.#releaseAll(record.blobs);
      throw cause;
    }
  }

  /**
   * Once the record is in the folder, the object exists even if a later step fails: the next start will find the
   * record.
   */
  async #putExclusive(record: ObjectRecord, precondition: WritePrecondition): Promise<void> {
    const previous = this.#objects.get(record.key);
    precondition(previous);
    await writeRecord(this.#objectFile(record.key), record, () => {
      this.#objects.set(record.key, record);
      this.#keys.add(record.key);
    });
    await this.#releaseAll(previous?.blobs ?? []);
  }

  /** Succeeds when the object does not exist. */
  removeObject(key: string): Promise<void> {
    return this.#objectLocks.runExclusive(key, async () => {
      const existing = this.#objects.get(key);
      if (!existing) return;
      await rm(this.#objectFile(key), { force: true });
      this.#objects.delete(key);
      this.#keys.remove(key);
      await this.#releaseAll(existing.blobs);
    });
  }

  // ---------------------------------------------------------------- uploads

  async createUpload(record: UploadRecord): Promise<void> {
    try {
      await mkdir(this.#uploadFolder(record.id), { mode: 0o700 });
      await writeRecord(this.#uploadFile(record.id), record);
    } catch (cause) {
      // No client knows the id of this upload, so no client could abort it.
      await rm(this.#uploadFolder(record.id), { recursive: true, force: true });
      throw cause;
    }
    this.#uploads.set(record.id, { record, parts: new Map() });
  }

  /**
   * Stores a part, and replaces a part with the same number. The caller gives up its reference to the blob, even when
   * this fails.
   * @throws S3Error NoSuchUpload when the upload has been completed or aborted
   */
  async putPart(uploadId: string, part: PartRecord): Promise<void> {
    let isWritten = false;
    try {
      await this.#uploadLocks.runExclusive(uploadId, async () => {
        const upload = this.#uploads.get(uploadId);
        if (!upload) throw s3Error('NoSuchUpload');
        const previous = upload.parts.get(part.number);
        await writeRecord(join(this.#uploadFolder(uploadId), `${part.number}.json`), part, () => {
          isWritten = true;
          upload.parts.set(part.number, part);
        });
        if (previous) await this.blobs.release(previous.blob);
      });
    } catch (cause) {
      if (!isWritten) await this.blobs.release(part.blob);
      throw cause;
    }
  }

  /**
   * Turns the upload into an object without copying bytes.
   * @param compose selects the parts; called while no part can change, with undefined when the upload does not exist
   */
  completeUpload(
    id: string,
    compose: (upload: MultipartUpload | undefined) => Promise<ObjectRecord>,
    precondition: WritePrecondition,
  ): Promise<ObjectRecord> {
    return this.#uploadLocks.runExclusive(id, async () => {
      const upload = this.#uploads.get(id);
      const record = await compose(upload);
      if (!upload) return record; // The object of an earlier completion.
      for (const blob of record.blobs) this.blobs.retain(blob);
      await this.putObject(record, precondition);
      await this.#dropUpload(upload);
      return record;
    });
  }

  /** @throws S3Error NoSuchUpload */
  abortUpload(id: string): Promise<void> {
    return this.#uploadLocks.runExclusive(id, async () => {
      const upload = this.#uploads.get(id);
      if (!upload) throw s3Error('NoSuchUpload');
      await this.#dropUpload(upload);
    });
  }

  async #dropUpload({ record: { id }, parts }: MultipartUpload): Promise<void> {
    // Remove upload.json first. If removing the folder fails, the next start removes it: it has no upload.json.
    await rm(this.#uploadFile(id), { force: true });
    this.#uploads.delete(id);
    await rm(this.#uploadFolder(id), { recursive: true, force: true });
    await this.#releaseAll([...parts.values()].map((part) => part.blob));
  }

  // ---------------------------------------------------------------- everything

  /** Removes every object and every unfinished upload. */
  async empty(): Promise<void> {
    for (const key of Array.from(this.#objects.keys())) await this.removeObject(key);
    for (const id of Array.from(this.#uploads.keys())) {
      await this.#uploadLocks.runExclusive(id, async () => {
        const upload = this.#uploads.get(id);
        if (upload) await this.#dropUpload(upload);
      });
    }
  }

  async #releaseAll(blobs: readonly BlobRef[]): Promise<void> {
    for (const blob of blobs) await this.blobs.release(blob);
  }

  // ---------------------------------------------------------------- the folder

  async #load(): Promise<void> {
    const completed = await this.#loadObjects();
    const names = await readdir(join(this.#folder, 'uploads'));
    await inBatches(names, (name) => this.#loadUpload(name, completed));
    await inBatches(await readdir(join(this.#folder, 'pieces')), async (name) => {
      if (!this.blobs.has(name)) await rm(join(this.#folder, 'pieces', name), { recursive: true, force: true });
    });
  }

  /** @returns the ids of the multipart uploads that were completed to these objects */
  async #loadObjects(): Promise<Set<string>> {
    const completed = new Set<string>();
    const names = await readdir(join(this.#folder, 'objects'));
    await inBatches(names, async (name) => {
      const file = join(this.#folder, 'objects', name);
      const record = await readObject(file);
      if (!record || this.#objectFile(record.key) !== file) return rm(file, { recursive: true, force: true });
      this.#objects.set(record.key, record);
      if (record.uploadId !== undefined) completed.add(record.uploadId);
      for (const blob of record.blobs) this.blobs.retain(blob);
    });
    this.#keys.replaceAll(this.#objects.keys());
    return completed;
  }

  /** An upload in `completed` is already an object: the process ended before it removed the upload's folder. */
  async #loadUpload(id: string, completed: ReadonlySet<string>): Promise<void> {
    const folder = join(this.#folder, 'uploads', id);
    const record = completed.has(id) ? undefined : await readUpload(join(folder, 'upload.json'));
    if (record?.id !== id) return rm(folder, { recursive: true, force: true });
    const parts = new Map<number, PartRecord>();
    for (const name of await readdir(folder)) {
      if (name === 'upload.json') continue;
      const part = await readPart(join(folder, name));
      if (part && name === `${part.number}.json`) {
        parts.set(part.number, part);
        this.blobs.retain(part.blob);
      } else {
        await rm(join(folder, name), { force: true });
      }
    }
    this.#uploads.set(id, { record, parts });
  }

  #objectFile(key: string): string {
    return join(this.#folder, 'objects', `${createHash('sha256').update(key).digest('hex')}.json`);
  }
  #uploadFolder(id: string): string {
    return join(this.#folder, 'uploads', id);
  }
  #uploadFile(id: string): string {
    return join(this.#uploadFolder(id), 'upload.json');
  }
}

async function inBatches(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  for (let i = 0; i < names.length; i += loadConcurrency)
    await Promise.all(names.slice(i, i + loadConcurrency).map(work));
}
