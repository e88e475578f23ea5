/**
 * Practice: a destination that is there without an account. An S3-compatible store in a folder of this user, on an
 * address that only this computer can reach. One process of the user serves it; the others find it, and take over when
 * it is gone. Who serves is decided by a lock on the folder, never by the port: only its holder chooses port and keys.
 */
import { mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { failure } from '../../src-shared/errors.ts';
import type { Usage } from './depot.ts';
import { lockFolder, type FolderLock } from './folder-lock.ts';
import { isOurs } from './identity.ts';
import type { Served } from './serving.ts';

export interface PracticeAddress {
  endpoint: string;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** Kept between runs, so that links made earlier answer again. */
export interface PracticeSettings {
  port: number;
  accessKeyId: string;
  secretAccessKey: string;
}

export interface PracticePorts {
  folder: string;
  /** Shared by all processes of the user: what one sets the others get. */
  kept: { get(): PracticeSettings | undefined; set(settings: PracticeSettings): void };
  /** ms since 1970 */
  now(): number;
  randomBytes(count: number): Buffer;
  /** bytes; 5 GiB when left out */
  quotaBytes?: number;
  /** bytes that the disk still takes; asked of the system when left out */
  freeBytes?(): Promise<number>;
  /** Told of what nobody foresaw while a request was served. */
  onProblem?(cause: unknown): void;
}

export const practiceBucket = 'practice';
export const practiceRegion = 'us-east-1';
const defaultQuotaBytes = 5 * 1024 ** 3;

/** How long to wait for another Hoist that is just starting or ending, and how often to look: ms. */
const patienceMs = 15_000;
const lookEveryMs = 25;
/** How often an heir asks, and without which it counts as gone: ms. */
export const heirMs = 250;
const heirGoneMs = 4 * heirMs;

interface Here {
  served: Served;
  lock: FolderLock;
  settings: PracticeSettings;
}

export class Practice {
  readonly #ports: PracticePorts;
  #here: Here | undefined;
  #ensuring: Promise<{ address: PracticeAddress; here: boolean }> | undefined;
  #isClosed = false;

  constructor(ports: PracticePorts) {
    this.#ports = ports;
  }

  /**
   * Makes sure that one Practice answers: starts it here, or finds the one that another Hoist of this user runs. Cheap
   * when it already answers. An `heir` stays and asks again every {@link heirMs}: who serves until then and ends waits for
   * it, so that links go on answering.
   * @throws AppFailure unavailable when another process has the folder and does not answer; canceled after
   * {@link Practice.close}; what the disk throws
   */
  ensure(as: 'guest' | 'heir' = 'guest'): Promise<{ address: PracticeAddress; here: boolean }> {
    this.#ensuring ??= this.#ensure(as).finally(() => {
      this.#ensuring = undefined;
    });
    return this.#ensuring;
  }

  async #ensure(as: 'guest' | 'heir'): Promise<{ address: PracticeAddress; here: boolean }> {
    if (this.#isClosed) throw failure('canceled');
    if (this.#here) return { address: addressOf(this.#here.settings), here: true };
    const folder = await this.#folder();
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const elsewhere = await this.#elsewhere(folder, as);
      if (elsewhere) return { address: addressOf(elsewhere), here: false };
      const lock = await lockFolder(folder);
      if (lock) return { address: addressOf(await this.#serve(folder, lock)), here: true };
      if (this.#isClosed) throw failure('canceled');
      if (performance.now() > deadline) throw failure('unavailable');
      await pause(lookEveryMs);
    }
  }

  async #folder(): Promise<string> {
    await mkdir(this.#ports.folder, { recursive: true, mode: 0o700 });
    return realpath(this.#ports.folder);
  }

  async #elsewhere(folder: string, as: 'guest' | 'heir'): Promise<PracticeSettings | undefined> {
    const settings = this.#ports.kept.get();
    return settings && (await isOurs({ ...settings, folder }, as)) ? settings : undefined;
  }

  async #serve(folder: string, lock: FolderLock): Promise<PracticeSettings> {
    const { quotaBytes = defaultQuotaBytes } = this.#ports;
    try {
      // The store is code that not every start needs.
      const { serve } = await import('./serving.ts');
      const { served, settings } = await serve({
        ...this.#ports,
        folder,
        quotaBytes,
        bucket: practiceBucket,
        region: practiceRegion,
      });
      this.#here = { served, lock, settings };
    } catch (cause) {
      lock.release();
      throw cause;
    }
    if (this.#isClosed) {
      await this.#stop();
      throw failure('canceled');
    }
    return this.#here.settings;
  }

  /** @returns what the folder holds, whoever serves it */
  async usage(): Promise<Usage> {
    if (this.#here) return this.#here.served.depot.usage();
    const { folder, quotaBytes = defaultQuotaBytes } = this.#ports;
    const [objects, sizes] = await Promise.all([namesIn(join(folder, 'objects')), sizesIn(join(folder, 'pieces'))]);
    return {
      objects: objects.filter((name) => name.endsWith('.json')).length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      quotaBytes,
    };
  }

  /**
   * Removes every object and every unfinished upload, whoever serves them.
   * @throws as {@link Practice.ensure}; what the S3 client throws
   */
  async empty(): Promise<void> {
    const { address } = await this.ensure();
    if (this.#here) return this.#here.served.depot.empty();
    const { emptyByProtocol } = await import('./empty-by-protocol.ts');
    await emptyByProtocol(address);
  }

  /** Requests in flight are cut off. Another process may serve as soon as this returns. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#ensuring?.catch(() => undefined); // its outcome is the business of whoever asked for it
    await this.#stop();
  }

  async #stop(): Promise<void> {
    const here = this.#here;
    this.#here = undefined;
    if (!here) return;
    const { served, lock, settings } = here;
    const hasHeir = performance.now() - served.heirSeenAt() < heirGoneMs;
    await served.close();
    lock.release();
    if (hasHeir) await this.#untilTakenOver(settings);
  }

  /** Whoever follows a link that was just printed is answered. */
  async #untilTakenOver(settings: PracticeSettings): Promise<void> {
    const folder = await this.#folder();
    const deadline = performance.now() + heirGoneMs;
    while (performance.now() < deadline && !(await isOurs({ ...settings, folder }, 'guest'))) await pause(lookEveryMs);
  }
}

const addressOf = ({ port, accessKeyId, secretAccessKey }: PracticeSettings): PracticeAddress => ({
  endpoint: `http://127.0.0.1:${port}`,
  region: practiceRegion,
  bucket: practiceBucket,
  accessKeyId,
  secretAccessKey,
});

/** Nothing in a folder that is not there. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    return [];
  }
}

async function sizesIn(folder: string): Promise<number[]> {
  const sizes: number[] = [];
  for (const name of await namesIn(folder)) {
    try {
      sizes.push((await stat(join(folder, name))).size);
    } catch (cause) {
      // Removed while we look.
      if (!isMissing(cause)) throw cause;
    }
  }
  return sizes;
}

const isMissing = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
