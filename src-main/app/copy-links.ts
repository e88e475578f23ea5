/** Puts the links of a settled batch on the clipboard, once, in drop order, unless the user has copied something else since. */
import type { BatchSettled } from '../../src-shared/ipc/contract.ts';
import type { BatchId, Upload, UploadIn } from '../../src-shared/upload.ts';

/** Electron's clipboard: its functions are promises in newer versions and plain values in older ones. */
export interface Clipboard {
  readText(): string | Promise<string>;
  writeText(text: string): void | Promise<void>;
}

const maxBatches = 500;
/** More links than this at once are hardly meant to be pasted. */
const maxAutoCopiedLinks = 50;

export class CopyLinks {
  readonly #clipboard: Clipboard;
  readonly #clipboardBefore = new Map<BatchId, string>();
  readonly #ignoredBatches = new Set<BatchId>();
  #lastWritten: string | undefined;

  constructor(clipboard: Clipboard) {
    this.#clipboard = clipboard;
  }

  /** What is on the clipboard when the files arrive; if that changes, it is the user's. */
  async onBatchEnqueued(batchId: BatchId): Promise<void> {
    if (this.#clipboardBefore.size >= maxBatches)
      this.#clipboardBefore.delete(this.#clipboardBefore.keys().next().value!);
    this.#clipboardBefore.set(batchId, await this.#clipboard.readText());
  }

  /** Sent from somewhere else, a shell most likely: nobody at this clipboard asked for its links. */
  ignoreBatch(batchId: BatchId): void {
    this.#ignoredBatches.add(batchId);
  }

  /** A link that was not seen to work is never copied by itself. */
  async onBatchSettled(uploads: Upload[]): Promise<BatchSettled> {
    const ready = uploads.filter(
      (u): u is UploadIn<'done'> =>
        u.status === 'done' && u.verification !== 'unreachable' && u.verification !== 'private',
    );
    const failed = uploads.filter((u) => u.status === 'failed').length;
    const result = (clipboard: BatchSettled['clipboard']): BatchSettled => ({
      uploadIds: ready.map((u) => u.id),
      links: ready.length,
      failed,
      clipboard,
    });
    if (ready.length === 0 || this.#ignoredBatches.has(uploads[0]!.batchId)) return result('nothing');
    if (uploads.length > maxAutoCopiedLinks || uploads.some((u) => u.folder)) return result('many');
    const before = this.#clipboardBefore.get(uploads[0]!.batchId);
    const now = await this.#clipboard.readText();
    if (before !== undefined && now !== before && now !== this.#lastWritten) return result('unchanged');
    return result((await this.write(ready.map((u) => u.link.url).join('\n'))) ? 'copied' : 'failed');
  }

  /** @returns whether the text can be read back */
  async write(text: string): Promise<boolean> {
    await this.#clipboard.writeText(text);
    this.#lastWritten = text;
    return (await this.#clipboard.readText()) === text;
  }
}
