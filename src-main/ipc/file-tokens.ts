/**
 * The window never names a path. A file or folder that was dropped, pasted or chosen becomes a random token: for one use, by
 * the window it was made for, within ten minutes. What it stands for (real paths, devices, inodes) is fixed when it is made.
 */
import { randomBytes } from 'node:crypto';
import { failure } from '../../src-shared/errors.ts';
import type { FileRef } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';

const lifetimeMs = 10 * 60_000;
const maxTokens = 10_000;

export class FileTokens {
  readonly #now: () => number;
  readonly #tokens = new Map<string, { files: AcceptedFile<FileRef>[]; senderId: number; until: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns 128 random bits as 22 characters; the oldest token dies when there would be more than 10,000 */
  make(files: AcceptedFile<FileRef>[], senderId: number): string {
    this.#expire();
    if (this.#tokens.size >= maxTokens) this.#tokens.delete(this.#tokens.keys().next().value!);
    const token = randomBytes(16).toString('base64url');
    this.#tokens.set(token, { files, senderId, until: this.#now() + lifetimeMs });
    return token;
  }

  /**
   * Uses the tokens up, all or none, in order: what each stands for.
   * @throws AppFailure invalid-input when one is unknown, used, expired, repeated or another window's
   */
  take(tokens: string[], senderId: number): AcceptedFile<FileRef>[][] {
    this.#expire();
    const entries = tokens.map((token) => this.#tokens.get(token));
    if (new Set(tokens).size !== tokens.length || entries.some((f) => f?.senderId !== senderId))
      throw failure('invalid-input');
    for (const token of tokens) this.#tokens.delete(token);
    return entries.map((f) => f!.files);
  }

  #expire(): void {
    const now = this.#now();
    for (const [token, { until }] of this.#tokens) {
      if (until > now) return;
      this.#tokens.delete(token);
    }
  }
}
