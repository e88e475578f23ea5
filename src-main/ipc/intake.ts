/** How files come in: paths become accepted files behind tokens, tokens become uploads; a file from a sensitive place is asked about first. */
import { AppFailure } from '../../src-shared/errors.ts';
import type { Accepted } from '../../src-shared/ipc/contract.ts';
import type { BatchId, FileRef, ProfileId, Upload, UploadId } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { mapAtOnce } from '../platform/at-once.ts';
import type { FileTokens } from './file-tokens.ts';

export interface IntakePorts {
  tokens: FileTokens;
  /** @throws AppFailure source-… */
  acceptFile(path: string): Promise<AcceptedFile<FileRef>>;
  nameOf(path: string): string;
  isSensitive(path: string): boolean;
  /** Asks the user natively; the page has no part in it. */
  confirmSensitive(path: string): Promise<boolean>;
  enqueue(files: AcceptedFile<FileRef>[], profileId: ProfileId): Upload[];
  /** Right after: what the clipboard holds now is what may be replaced later. */
  arrived(batchId: BatchId): Promise<void>;
}

/** Files opened at once: a drop of thousands must not use up the process's handles. */
const atOnce = 16;

export class Intake {
  readonly #ports: IntakePorts;
  constructor(ports: IntakePorts) { this.#ports = ports; }

  /** In the order of `paths`; a file that cannot be sent has its reason instead of a token. */
  async accept(paths: string[], senderId: number): Promise<Accepted[]> {
    const opened = await this.#open(paths);
    return opened.map((file) => ('error' in file ? file : { name: file.name, size: file.size, token: this.#ports.tokens.make(file, senderId) }));
  }

  async enqueue(tokens: string[], profileId: ProfileId, senderId: number): Promise<UploadId[]> {
    return this.#send(this.#ports.tokens.take(tokens, senderId), profileId);
  }

  /** For files that main itself asked for (tray, menu): no token, the same questions. */
  async send(paths: string[], profileId: ProfileId): Promise<{ ids: UploadId[]; refused: Accepted[] }> {
    const opened = await this.#open(paths);
    const files = opened.filter((f): f is AcceptedFile<FileRef> => !('error' in f));
    return { ids: await this.#send(files, profileId), refused: opened.filter((f) => 'error' in f) };
  }

  async #send(files: AcceptedFile<FileRef>[], profileId: ProfileId): Promise<UploadId[]> {
    const agreed: AcceptedFile<FileRef>[] = [];
    for (const file of files) {
      if (!this.#ports.isSensitive(file.source.path) || await this.#ports.confirmSensitive(file.source.path)) agreed.push(file);
    }
    if (agreed.length === 0) return [];
    const uploads = this.#ports.enqueue(agreed, profileId);
    await this.#ports.arrived(uploads[0]!.batchId);
    return uploads.map((u) => u.id);
  }

  #open(paths: string[]): Promise<(AcceptedFile<FileRef> | Extract<Accepted, { error: unknown }>)[]> {
    return mapAtOnce(paths, atOnce, (path) => this.#openOne(path));
  }

  async #openOne(path: string): Promise<AcceptedFile<FileRef> | Extract<Accepted, { error: unknown }>> {
    try {
      return await this.#ports.acceptFile(path);
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      return { name: this.#ports.nameOf(path), error: cause.error };
    }
  }
}
