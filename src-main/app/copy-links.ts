/** Puts the links of a settled batch on the clipboard, once, in drop order, unless the user has copied something else since. */
import type { Settled } from '../../src-shared/ipc/contract.ts';
import type { BatchId, Upload, UploadIn } from '../../src-shared/upload.ts';

/** Electron's clipboard: its functions are promises in newer versions and plain values in older ones. */
export interface Clipboard {
  readText(): string | Promise<string>;
  writeText(text: string): void | Promise<void>;
}

const most = 500;
/** More links than this at once are hardly meant to be pasted. */
const manyLinks = 50;

export class CopyLinks {
  readonly #clipboard: Clipboard;
  readonly #before = new Map<BatchId, string>();
  readonly #unasked = new Set<BatchId>();
  #ours: string | undefined;

  constructor(clipboard: Clipboard) {
    this.#clipboard = clipboard;
  }

  /** What is on the clipboard when the files arrive; if that changes, it is the user's. */
  async arrived(batchId: BatchId): Promise<void> {
    if (this.#before.size >= most) this.#before.delete(this.#before.keys().next().value!);
    this.#before.set(batchId, await this.#clipboard.readText());
  }

  /** Sent from somewhere else, a shell most likely: nobody at this clipboard asked for its links. */
  leaveAlone(batchId: BatchId): void {
    this.#unasked.add(batchId);
  }

  /** A link that was not seen to work is never copied by itself. */
  async settled(uploads: Upload[]): Promise<Settled> {
    const ready = uploads.filter(
      (u): u is UploadIn<'done'> =>
        u.status === 'done' && u.verification !== 'unreachable' && u.verification !== 'private',
    );
    const failed = uploads.filter((u) => u.status === 'failed').length;
    const told = (clipboard: Settled['clipboard']): Settled => ({
      uploadIds: ready.map((u) => u.id),
      links: ready.length,
      failed,
      clipboard,
    });
    if (ready.length === 0 || this.#unasked.has(uploads[0]!.batchId)) return told('nothing');
    if (uploads.length > manyLinks || uploads.some((u) => u.folder)) return told('many');
    const before = this.#before.get(uploads[0]!.batchId);
    const now = await this.#clipboard.readText();
    if (before !== undefined && now !== before && now !== this.#ours) return told('kept');
    return told((await this.write(ready.map((u) => u.link.url).join('\n'))) ? 'copied' : 'failed');
  }

  /** @returns whether the text can be read back */
  async write(text: string): Promise<boolean> {
    await this.#clipboard.writeText(text);
    this.#ours = text;
    return (await this.#clipboard.readText()) === text;
  }
}
