/**
 * Practice: a destination that is there without an account. An S3-compatible store in a folder of this user, on an
 * address that only this computer can reach. One process of the user serves it; the others find it, and take over when
 * it is gone. Who serves is decided by a lock on the folder, never by the port: only its holder chooses port and keys.
 */
import { mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { failure } from '../../src-shared/errors.ts';
import type { ObjectStoreUsage } from './object-store.ts';
import { lockFolder, type FolderLock } from './folder-lock.ts';
import { isPracticeServer } from './identity.ts';
import type { RunningServer } from './start-server.ts';

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
  storedSettings: { get(): PracticeSettings | undefined; set(settings: PracticeSettings): void };
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
const startTimeoutMs = 15_000;
const pollIntervalMs = 25;
/** How often an heir asks, and without which it counts as gone: ms. */
export const standbyPollMs = 250;
const standbyTimeoutMs = 4 * standbyPollMs;

interface HostedServer {
  server: RunningServer;
  lock: FolderLock;
  settings: PracticeSettings;
}

export class Practice {
  readonly #ports: PracticePorts;
  #hosted: HostedServer | undefined;
  #ensuring: Promise<{ address: PracticeAddress; isHost: boolean }> | undefined;
  #isClosed = false;

  constructor(ports: PracticePorts) {
    this.#ports = ports;
  }

  /**
   * Makes sure that one Practice answers: starts it here, or finds the one that another Hoist of this user runs. Cheap
   * when it already answers. An `heir` stays and asks again every {@link standbyPollMs}: who serves until then and ends waits for
   * it, so that links go on answering.
   * @throws AppFailure unavailable when another process has the folder and does not answer; canceled after
   * {@link Practice.close}; what the disk throws
   */
  ensure(role: 'client' | 'standby' = 'client'): Promise<{ address: PracticeAddress; isHost: boolean }> {
    this.#ensuring ??= this.#ensure(role).finally(() => {
      this.#ensuring = undefined;
    });
    return this.#ensuring;
  }

  async #ensure(role: 'client' | 'standby'): Promise<{ address: PracticeAddress; isHost: boolean }> {
    if (this.#isClosed) throw failure('canceled');
    if (this.#hosted) return { address: toAddress(this.#hosted.settings), isHost: true };
    const folder = await this.#folder();
    const deadline = performance.now() + startTimeoutMs;
    for (;;) {
      const running = await this.#findRunning(folder, role);
      if (running) return { address: toAddress(running), isHost: false };
      const lock = await lockFolder(folder);
      if (lock) return { address: toAddress(await this.#startServer(folder, lock)), isHost: true };
      if (this.#isClosed) throw failure('canceled');
      if (performance.now() > deadline) throw failure('unavailable');
      await pause(pollIntervalMs);
    }
  }

  async #folder(): Promise<string> {
    await mkdir(this.#ports.folder, { recursive: true, mode: 0o700 });
    return realpath(this.#ports.folder);
  }

  async #findRunning(folder: string, role: 'client' | 'standby'): Promise<PracticeSettings | undefined> {
    const settings = this.#ports.storedSettings.get();
    return settings && (await isPracticeServer({ ...settings, folder }, role)) ? settings : undefined;
  }

  async #startServer(folder: string, lock: FolderLock): Promise<PracticeSettings> {
    const { quotaBytes = defaultQuotaBytes } = this.#ports;
    try {
      // The store is code that not every start needs.
      const { startServer: serve } = await import('./start-server.ts');
      const { server, settings } = await serve({
        ...this.#ports,
        folder,
        quotaBytes,
        bucket: practiceBucket,
        region: practiceRegion,
      });
      this.#hosted = { server, lock, settings };
    } catch (cause) {
      lock.release();
      throw cause;
    }
    if (this.#isClosed) {
      await this.#stop();
      throw failure('canceled');
    }
    return this.#hosted.settings;
  }

  /** @returns what the folder holds, whoever serves it */
  async usage(): Promise<ObjectStoreUsage> {
    if (this.#hosted) return this.#hosted.server.store.usage();
    const { folder, quotaBytes = defaultQuotaBytes } = this.#ports;
    const [objects, sizes] = await Promise.all([listNames(join(folder, 'objects')), fileSizes(join(folder, 'pieces'))]);
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
    if (this.#hosted) return this.#hosted.server.store.empty();
    const { emptyOverS3: emptyByProtocol } = await import('./empty-over-s3.ts');
    await emptyByProtocol(address);
  }

  /** Requests in flight are cut off. Another process may serve as soon as this returns. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#ensuring?.catch(() => undefined); // its outcome is the business of whoever asked for it
    await this.#stop();
  }

  async #stop(): Promise<void> {
    const hosted = this.#hosted;
    this.#hosted = undefined;
    if (!hosted) return;
    const { server, lock, settings } = hosted;
    const hasStandby = performance.now() - server.standbySeenAt() < standbyTimeoutMs;
    await server.close();
    lock.release();
    if (hasStandby) await this.#waitForStandby(settings);
  }

  /** Whoever follows a link that was just printed is answered. */
  async #waitForStandby(settings: PracticeSettings): Promise<void> {
    const folder = await this.#folder();
    const deadline = performance.now() + standbyTimeoutMs;
    while (performance.now() < deadline && !(await isPracticeServer({ ...settings, folder }, 'client')))
      await pause(pollIntervalMs);
  }
}

const toAddress = ({ port, accessKeyId, secretAccessKey }: PracticeSettings): PracticeAddress => ({
  endpoint: `http://127.0.0.1:${port}`,
  region: practiceRegion,
  bucket: practiceBucket,
  accessKeyId,
  secretAccessKey,
});

/** Nothing in a folder that is not there. */
async function listNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    return [];
  }
}

async function fileSizes(folder: string): Promise<number[]> {
  const sizes: number[] = [];
  for (const name of await listNames(folder)) {
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
