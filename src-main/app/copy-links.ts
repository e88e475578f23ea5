/**
 * Copies the links of a settled batch to the clipboard once, in the order of the files, unless the user has copied
 * something else since then.
 */
import type { BatchSettled } from '../../src-shared/ipc/contract.ts';
import type { BatchId, Upload, UploadIn } from '../../src-shared/upload.ts';

/** Electron's clipboard. Its functions return promises in newer versions and plain values in older ones. */
export interface Clipboard {
  readText(): string | Promise<string>;
  writeText(text: string): void | Promise<void>;
}

/** Batches whose earlier clipboard text is remembered; the oldest are forgotten. */
const maxBatches = 500;
/** Users rarely want to paste more links than this at once. */
const maxAutoCopiedLinks = 50;

/** Whether the link did not open in the check. */
const isClosed = ({ verification }: UploadIn<'done'>): boolean =>
  verification === 'unreachable' || verification === 'private';

export class CopyLinks {
  readonly #clipboard: Clipboard;
  /** The text in the clipboard when the files of a batch arrived. */
  readonly #clipboardBefore = new Map<BatchId, string>();
  readonly #ignoredBatches = new Set<BatchId>();
  #lastWritten: string | undefined;

  constructor(clipboard: Clipboard) {
    this.#clipboard = clipboard;
  }

  /**
   * Records the clipboard when the files arrive. If it changes before the links are ready, the user has copied
   * something.
   */
  async onBatchEnqueued(batchId: BatchId): Promise<void> {
    if (this.#clipboardBefore.size >= maxBatches)
      this.#clipboardBefore.delete(this.#clipboardBefore.keys().next().value!);
    this.#clipboardBefore.set(batchId, await this.#clipboard.readText());
  }

  /**
   * Never copies the links of this batch. Another process enqueued it, usually a command in a shell, so the user of the
   * window does not expect its links.
   */
  ignoreBatch(batchId: BatchId): void {
    this.#ignoredBatches.add(batchId);
  }

  /** Copies only links that verification has opened. */
  async onBatchSettled(uploads: Upload[]): Promise<BatchSettled> {
    const isIgnored = this.#ignoredBatches.has(uploads[0]!.batchId);
    const stored = uploads.filter((upload): upload is UploadIn<'done'> => upload.status === 'done');
    const ready = stored.filter((upload) => !isClosed(upload));
    const closedIds = isIgnored ? [] : stored.filter(isClosed).map(({ id }) => id);
    const failed = uploads.filter(({ status }) => status === 'failed').length;
    const result = (clipboard: BatchSettled['clipboard']): BatchSettled => ({
      uploadIds: ready.map(({ id }) => id),
      links: ready.length,
      failed,
      closedIds,
      clipboard,
    });
    if (ready.length === 0 || isIgnored) return result('nothing');
    if (uploads.length > maxAutoCopiedLinks || uploads.some(({ folder }) => folder)) return result('many');
    const before = this.#clipboardBefore.get(uploads[0]!.batchId);
    const current = await this.#clipboard.readText();
    const hasUserCopied = before !== undefined && current !== before && current !== this.#lastWritten;
    if (hasUserCopied) return result('unchanged');
    return result((await this.write(ready.map(({ link }) => link.url).join('\n'))) ? 'copied' : 'failed');
  }

  /** @returns whether the text can be read back */
  async write(text: string): Promise<boolean> {
    await this.#clipboard.writeText(text);
    this.#lastWritten = text;
    return (await this.#clipboard.readText()) === text;
  }
}
