/**
 * The store's folder. Bytes lie in `pieces/`; a record in `objects/` or `uploads/` makes them an object or a part, in one
 * rename. What no record names is a leftover of a process that was killed, and goes at the next start. No name in the
 * folder comes from outside.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OneAtATime } from './one-at-a-time.ts';
import { Pieces, type Room } from './pieces.ts';
import {
  readObject,
  readPart,
  readUpload,
  writeRecord,
  type ObjectRecord,
  type PartRecord,
  type Piece,
  type UploadRecord,
} from './records.ts';
import { refuse } from './refusal.ts';
import { SortedKeys } from './sorted-keys.ts';

export interface Upload {
  record: UploadRecord;
  parts: Map<number, PartRecord>;
}

export interface Usage {
  objects: number;
  /** of objects and of parts that wait for their upload to be completed */
  bytes: number;
  quotaBytes: number;
}

/** Looks at what is there at the very moment of a change, and throws when the change must not happen. */
export type Guard = (there: ObjectRecord | undefined) => void;

/** Files that are read at once when the folder is opened. */
const atOnce = 64;

export class Depot {
  readonly pieces: Pieces;
  readonly #folder: string;
  readonly #objects = new Map<string, ObjectRecord>();
  readonly #keys = new SortedKeys();
  readonly #uploads = new Map<string, Upload>();
  readonly #objectTurns = new OneAtATime();
  readonly #uploadTurns = new OneAtATime();

  private constructor(folder: string, room: Room) {
    this.#folder = folder;
    this.pieces = new Pieces(join(folder, 'pieces'), room);
  }

  /** Reads what is there and tidies up. Only one process may have a folder open. */
  static async open(folder: string, room: Room): Promise<Depot> {
    for (const each of [folder, ...['pieces', 'objects', 'uploads'].map((name) => join(folder, name))]) {
      await mkdir(each, { recursive: true, mode: 0o700 });
      await chmod(each, 0o700);
    }
    const depot = new Depot(folder, room);
    await depot.#load();
    return depot;
  }

  // ---------------------------------------------------------------- looking

  object(key: string): ObjectRecord | undefined {
    return this.#objects.get(key);
  }
  /** In the order of their bytes, as S3 lists them. */
  get keys(): SortedKeys {
    return this.#keys;
  }
  upload(id: string): Upload | undefined {
    return this.#uploads.get(id);
  }
  get uploads(): Upload[] {
    return [...this.#uploads.values()];
  }
  usage(): Usage {
    return { objects: this.#objects.size, bytes: this.pieces.bytes, quotaBytes: this.pieces.quotaBytes };
  }

  // ---------------------------------------------------------------- objects

  /** Takes over the holds on the object's pieces, also when it fails. */
  async putObject(record: ObjectRecord, guard: Guard): Promise<void> {
    try {
      await this.#objectTurns.turn(record.key, () => this.#putInTurn(record, guard));
    } catch (cause) {
      if (this.#objects.get(record.key) !== record) await this.#releaseAll(record.pieces);
      throw cause;
    }
  }

  /** From the moment that the folder has the record it counts, whatever fails afterwards: else the next start finds another truth. */
  async #putInTurn(record: ObjectRecord, guard: Guard): Promise<void> {
    const before = this.#objects.get(record.key);
    guard(before);
    await writeRecord(this.#objectFile(record.key), record, () => {
      this.#objects.set(record.key, record);
      this.#keys.add(record.key);
    });
    await this.#releaseAll(before?.pieces ?? []);
  }

  /** Nothing to do is no error. */
  removeObject(key: string): Promise<void> {
    return this.#objectTurns.turn(key, async () => {
      const there = this.#objects.get(key);
      if (!there) return;
      await rm(this.#objectFile(key), { force: true });
      this.#objects.delete(key);
      this.#keys.remove(key);
      await this.#releaseAll(there.pieces);
    });
  }

  // ---------------------------------------------------------------- uploads

  async openUpload(record: UploadRecord): Promise<void> {
    try {
      await mkdir(this.#uploadFolder(record.id), { mode: 0o700 });
      await writeRecord(this.#uploadFile(record.id), record);
    } catch (cause) {
      // Nobody has heard of it, so nobody could ever take it away.
      await rm(this.#uploadFolder(record.id), { recursive: true, force: true });
      throw cause;
    }
    this.#uploads.set(record.id, { record, parts: new Map() });
  }

  /**
   * Takes over the hold on the part's piece, also when it fails. A part of the same number is replaced.
   * @throws Refusal NoSuchUpload when it was completed or aborted meanwhile
   */
  async putPart(uploadId: string, part: PartRecord): Promise<void> {
    let isThere = false;
    try {
      await this.#uploadTurns.turn(uploadId, async () => {
        const upload = this.#uploads.get(uploadId);
        if (!upload) throw refuse('NoSuchUpload');
        const before = upload.parts.get(part.number);
        await writeRecord(join(this.#uploadFolder(uploadId), `${part.number}.json`), part, () => {
          isThere = true;
          upload.parts.set(part.number, part);
        });
        if (before) await this.pieces.release(before.piece);
      });
    } catch (cause) {
      if (!isThere) await this.pieces.release(part.piece);
      throw cause;
    }
  }

  /**
   * Makes the upload an object, without moving a byte.
   * @param compose chooses the parts; called when no part can change any more, with undefined when the upload is gone
   */
  completeUpload(
    id: string,
    compose: (upload: Upload | undefined) => Promise<ObjectRecord>,
    guard: Guard,
  ): Promise<ObjectRecord> {
    return this.#uploadTurns.turn(id, async () => {
      const upload = this.#uploads.get(id);
      const record = await compose(upload);
      if (!upload) return record;
      for (const piece of record.pieces) this.pieces.hold(piece);
      await this.putObject(record, guard);
      await this.#forget(upload);
      return record;
    });
  }

  /** @throws Refusal NoSuchUpload */
  abortUpload(id: string): Promise<void> {
    return this.#uploadTurns.turn(id, async () => {
      const upload = this.#uploads.get(id);
      if (!upload) throw refuse('NoSuchUpload');
      await this.#forget(upload);
    });
  }

  async #forget({ record: { id }, parts }: Upload): Promise<void> {
    // Without this file the folder is a leftover, even if the rest cannot be removed now.
    await rm(this.#uploadFile(id), { force: true });
    this.#uploads.delete(id);
    await rm(this.#uploadFolder(id), { recursive: true, force: true });
    await this.#releaseAll([...parts.values()].map((part) => part.piece));
  }

  // ---------------------------------------------------------------- all of it

  /** Removes every object and every unfinished upload. */
  async empty(): Promise<void> {
    for (const key of Array.from(this.#objects.keys())) await this.removeObject(key);
    for (const id of Array.from(this.#uploads.keys())) {
      await this.#uploadTurns.turn(id, async () => {
        const upload = this.#uploads.get(id);
        if (upload) await this.#forget(upload);
      });
    }
  }

  async #releaseAll(pieces: readonly Piece[]): Promise<void> {
    for (const piece of pieces) await this.pieces.release(piece);
  }

  // ---------------------------------------------------------------- the folder

  async #load(): Promise<void> {
    const completed = await this.#loadObjects();
    const names = await readdir(join(this.#folder, 'uploads'));
    await inBatches(names, (name) => this.#loadUpload(name, completed));
    await inBatches(await readdir(join(this.#folder, 'pieces')), async (name) => {
      if (!this.pieces.has(name)) await rm(join(this.#folder, 'pieces', name), { recursive: true, force: true });
    });
  }

  async #loadObjects(): Promise<Set<string>> {
    const completed = new Set<string>();
    const names = await readdir(join(this.#folder, 'objects'));
    await inBatches(names, async (name) => {
      const file = join(this.#folder, 'objects', name);
      const record = await readObject(file);
      if (!record || this.#objectFile(record.key) !== file) return rm(file, { recursive: true, force: true });
      this.#objects.set(record.key, record);
      if (record.uploadId !== undefined) completed.add(record.uploadId);
      for (const piece of record.pieces) this.pieces.hold(piece);
    });
    this.#keys.replaceAll(this.#objects.keys());
    return completed;
  }

  /** An upload that was completed just before the process ended is an object already. */
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
        this.pieces.hold(part.piece);
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
  for (let i = 0; i < names.length; i += atOnce) await Promise.all(names.slice(i, i + atOnce).map(work));
}
