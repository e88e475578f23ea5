/**
 * How files come in: paths become accepted files behind tokens, tokens become uploads; a file from a sensitive place is
 * asked about first. A folder is one token for all its files.
 */
import { AppFailure, type AppError } from '../../src-shared/errors.ts';
import type { Accepted } from '../../src-shared/ipc/contract.ts';
import type { BatchId, FileRef, ProfileId, Upload, UploadId } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { mapAtOnce } from '../platform/at-once.ts';
import type { AcceptedFolder } from '../platform/folder.ts';
import { renamed } from '../platform/rename.ts';
import type { FileTokens } from './file-tokens.ts';

export interface IntakePorts {
  tokens: FileTokens;
  /** @throws AppFailure source-… */
  acceptFile(path: string): Promise<AcceptedFile<FileRef>>;
  /** @throws AppFailure source-… */
  acceptFolder(path: string): Promise<AcceptedFolder>;
  nameOf(path: string): string;
  isSensitive(path: string): boolean;
  /** Asks the user natively; the page has no part in it. `more`: so many others of the same folder are as sensitive. */
  confirmSensitive(path: string, more: number): Promise<boolean>;
  enqueue(files: AcceptedFile<FileRef>[], profileId: ProfileId): Upload[];
  /** Right after: what the clipboard holds now is what may be replaced later. */
  arrived(batchId: BatchId): Promise<void>;
}

/** Files opened at once: a drop of thousands must not use up the process's handles. */
const atOnce = 16;

export class Intake {
  readonly #ports: IntakePorts;
  constructor(ports: IntakePorts) {
    this.#ports = ports;
  }

  /** In the order of `paths`; what cannot be sent has its reason instead of a token. */
  async accept(paths: string[], senderId: number): Promise<Accepted[]> {
    const opened = await mapAtOnce(paths, atOnce, (path) => this.#open(path));
    return opened.map((one) =>
      one.files
        ? { ...shownOf(one), token: this.#ports.tokens.make(one.files, senderId) }
        : { name: one.name, error: one.error },
    );
  }

  /** @param names what the files are called where they go, in the order of the tokens; null, or none: as they are */
  async enqueue(
    tokens: string[],
    profileId: ProfileId,
    senderId: number,
    names: readonly (string | null)[] = [],
  ): Promise<UploadId[]> {
    const files = this.#ports.tokens.take(tokens, senderId).flatMap((given, i) => named(given, names[i] ?? null));
    return this.#send(files, profileId);
  }

  /** For files that main itself asked for (tray, menu): no token, the same questions. */
  async send(paths: string[], profileId: ProfileId): Promise<{ ids: UploadId[]; refused: Accepted[] }> {
    const opened = await mapAtOnce(paths, atOnce, (path) => this.#open(path));
    const files = opened.flatMap((one) => one.files ?? []);
    return {
      ids: await this.#send(files, profileId),
      refused: opened.flatMap((one) => (one.error ? [{ name: one.name, error: one.error }] : [])),
    };
  }

  async #send(files: AcceptedFile<FileRef>[], profileId: ProfileId): Promise<UploadId[]> {
    const refused = await this.#refused(files);
    const agreed = files.filter((file) => !refused.has(file));
    if (agreed.length === 0) return [];
    const uploads = this.#ports.enqueue(agreed, profileId);
    await this.#ports.arrived(uploads[0]!.batchId);
    return uploads.map((u) => u.id);
  }

  /** Asked once a file, and once a folder: whoever drops a home folder is not asked a hundred times. */
  async #refused(files: AcceptedFile<FileRef>[]): Promise<Set<AcceptedFile<FileRef>>> {
    const groups = new Map<string, AcceptedFile<FileRef>[]>();
    for (const file of files) {
      if (!this.#ports.isSensitive(file.source.path)) continue;
      const group = file.folder?.token ?? file.source.path;
      groups.set(group, [...(groups.get(group) ?? []), file]);
    }
    const refused = new Set<AcceptedFile<FileRef>>();
    for (const group of groups.values()) {
      if (await this.#ports.confirmSensitive(group[0]!.source.path, group.length - 1)) continue;
      for (const file of group) refused.add(file);
    }
    return refused;
  }

  async #open(path: string): Promise<Opened> {
    try {
      const file = await this.#ports.acceptFile(path);
      return { name: file.name, size: file.size, files: [file] };
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      return cause.error.code === 'source-is-folder'
        ? this.#openFolder(path)
        : { name: this.#ports.nameOf(path), error: cause.error };
    }
  }

  async #openFolder(path: string): Promise<Opened> {
    try {
      const { name, files, passedOver } = await this.#ports.acceptFolder(path);
      if (files.length === 0) return { name, error: { code: 'source-is-folder' } };
      return { name, size: files.reduce((sum, file) => sum + file.size, 0), files, passedOver };
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      return { name: this.#ports.nameOf(path), error: cause.error };
    }
  }
}

/** A folder keeps its name, and what is in it too. */
const named = (given: AcceptedFile<FileRef>[], name: string | null): AcceptedFile<FileRef>[] =>
  name === null ? given : given.map((file) => (file.folder ? file : renamed(file, name)));

/** `passedOver` is there for a folder only. */
interface OpenedFiles {
  name: string;
  size: number;
  files: AcceptedFile<FileRef>[];
  passedOver?: number;
  error?: undefined;
}
type Opened = OpenedFiles | { name: string; error: AppError; files?: undefined };

const shownOf = ({
  name,
  size,
  files,
  passedOver,
}: OpenedFiles): { name: string; size: number; files?: number; passedOver?: number } =>
  passedOver === undefined
    ? { name, size }
    : { name, size, files: files.length, ...(passedOver > 0 ? { passedOver } : {}) };
