/**
 * Practice: a destination that needs no account. It is an S3-compatible store in a folder of the user, on a loopback
 * address. One process of the user serves it. The others use it, and one of them takes over when the server ends.
 * A lock on the folder decides which process serves, not the port: only the holder of the lock chooses port and keys.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { failure } from '../../src-shared/errors.ts';
import type { PracticeUsage } from '../../src-shared/profile.ts';
import { systemCodeOf } from '../platform/file-errors.ts';
import { makeFolder } from '../platform/make-folder.ts';
import { freeBytesIn, reservedBytes } from './free-space.ts';
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

/** Stored between runs, so that earlier links keep working. */
export interface PracticeSettings {
  port: number;
  accessKeyId: string;
  secretAccessKey: string;
}

export interface PracticePorts {
  folder: string;
  /** Shared by all processes of the user. */
  storedSettings: { get(): PracticeSettings | undefined; set(settings: PracticeSettings): void };
  /** ms since 1970 */
  now(): number;
  randomBytes(count: number): Buffer;
  /** bytes; default 5 GiB */
  quotaBytes?: number;
  /** Free space of the disk, in bytes; by default the system is queried */
  freeBytes?(): Promise<number>;
  /** Called with unexpected errors of requests. */
  onProblem?(cause: unknown): void;
}

export const practiceBucket = 'practice';
export const practiceRegion = 'us-east-1';
const defaultQuotaBytes = 5 * 1024 ** 3;

/** How long to wait for another process that is starting or ending, in ms. */
const startTimeoutMs = 15_000;
/** How often to check whether another process serves, in ms. */
const pollIntervalMs = 25;
/** How often a standby process sends a request to the serving process, in ms. */
export const standbyPollMs = 250;
/** A standby process counts as ended when it has sent no request for this time, in ms. */
const standbyTimeoutMs = 4 * standbyPollMs;

interface HostedServer {
  server: RunningServer;
  lock: FolderLock;
  settings: PracticeSettings;
}

export class Practice {
  readonly #ports: PracticePorts;
  /** Set while this process serves. */
  #hosted: HostedServer | undefined;
  /** The call of `ensure` in progress, which concurrent callers share. */
  #ensuring: Promise<{ address: PracticeAddress; isHost: boolean }> | undefined;
  #isClosed = false;

  constructor(ports: PracticePorts) {
    this.#ports = ports;
  }

  /**
   * Makes sure that a Practice server is running: finds the server of another process, or starts one here. Fast when a
   * server is already running. A `standby` process calls this again every {@link standbyPollMs}. When the serving
   * process ends, it waits until the standby has taken over, so that links keep working.
   * @throws AppFailure unavailable when another process has locked the folder and does not respond; canceled after
   * {@link Practice.close}; errors of the disk
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
    makeFolder(this.#ports.folder);
    return realpath(this.#ports.folder);
  }

  async #findRunning(folder: string, role: 'client' | 'standby'): Promise<PracticeSettings | undefined> {
    const settings = this.#ports.storedSettings.get();
    return settings && (await isPracticeServer({ ...settings, folder }, role)) ? settings : undefined;
  }

  async #startServer(folder: string, lock: FolderLock): Promise<PracticeSettings> {
    const { quotaBytes = defaultQuotaBytes } = this.#ports;
    try {
      // Loaded on first use, because not every start needs the server.
      const { startServer } = await import('./start-server.ts');
      const { server, settings } = await startServer({
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

  /** @returns the usage of the folder, also when another process serves it */
  async usage(): Promise<PracticeUsage> {
    if (this.#hosted) return this.#hosted.server.store.usage();
    const { folder, quotaBytes = defaultQuotaBytes } = this.#ports;
    const [objects, sizes] = await Promise.all([listNames(join(folder, 'objects')), fileSizes(join(folder, 'pieces'))]);
    return {
      objects: objects.filter((name) => name.endsWith('.json')).length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      quotaBytes,
    };
  }

  /** @returns bytes: the capacity, and the space for new files on a disk that other programs also use */
  async space(): Promise<{ capacity: number; available: number }> {
    const { freeBytes = () => freeBytesIn(this.#ports.folder) } = this.#ports;
    const [{ bytes, quotaBytes }, free] = await Promise.all([this.usage(), freeBytes()]);
    return { capacity: quotaBytes, available: Math.min(quotaBytes - bytes, free - reservedBytes) };
  }

  /**
   * Removes every object and every unfinished upload, also when another process serves them.
   * @throws errors of {@link Practice.ensure} and of the S3 client
   */
  async empty(): Promise<void> {
    const { address } = await this.ensure();
    if (this.#hosted) return this.#hosted.server.store.empty();
    const { emptyOverS3 } = await import('./empty-over-s3.ts');
    await emptyOverS3(address);
  }

  /** Aborts the running requests. Another process can serve the folder when this returns. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#ensuring?.catch(() => undefined); // The caller of `ensure` handles the error.
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

  /** Waits until the standby serves, so that a link that was just printed works. */
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

/** The names in a folder; none when it does not exist. */
async function listNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (systemCodeOf(cause) !== 'ENOENT') throw cause;
    return [];
  }
}

async function fileSizes(folder: string): Promise<number[]> {
  const sizes: number[] = [];
  for (const name of await listNames(folder)) {
    try {
      sizes.push((await stat(join(folder, name))).size);
    } catch (cause) {
      // Removed after the folder was read.
      if (systemCodeOf(cause) !== 'ENOENT') throw cause;
    }
  }
  return sizes;
}
