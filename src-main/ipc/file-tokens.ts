/**
 * The window never names a path. A file or folder that the user drops, pastes or chooses becomes a random token, which
 * its window can use once within ten minutes. The files of a token (real paths, devices, inodes) are fixed when it is
 * made.
 */
import { randomBytes } from 'node:crypto';
import { failure } from '../../src-shared/errors.ts';
import { maxDropped } from '../../src-shared/ipc/message-limits.ts';
import type { FileRef } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';

const lifetimeMs = 10 * 60_000;

export class FileTokens {
  readonly #now: () => number;
  readonly #tokens = new Map<string, { files: AcceptedFile<FileRef>[]; senderId: number; expiresAt: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns 128 random bits as 22 characters. At most 100,000 tokens exist: a new one replaces the oldest. */
  make(files: AcceptedFile<FileRef>[], senderId: number): string {
    this.#expire();
    if (this.#tokens.size >= maxDropped) this.#tokens.delete(this.#tokens.keys().next().value!);
    const token = randomBytes(16).toString('base64url');
    this.#tokens.set(token, { files, senderId, expiresAt: this.#now() + lifetimeMs });
    return token;
  }

  /**
   * Consumes all tokens or none. Returns the files of each token in order.
   * @throws AppFailure invalid-input when a token is unknown, used, expired, repeated or belongs to another window
   */
  take(tokens: string[], senderId: number): AcceptedFile<FileRef>[][] {
    this.#expire();
    const entries = tokens.map((token) => this.#tokens.get(token));
    if (new Set(tokens).size !== tokens.length || entries.some((entry) => entry?.senderId !== senderId))
      throw failure('invalid-input', { params: { why: 'drop-expired' } });
    for (const token of tokens) this.#tokens.delete(token);
    return entries.map((entry) => entry!.files);
  }

  /** Deletes the expired tokens. The map is in the order in which they expire. */
  #expire(): void {
    const now = this.#now();
    for (const [token, { expiresAt }] of this.#tokens) {
      if (expiresAt > now) return;
      this.#tokens.delete(token);
    }
  }
}
