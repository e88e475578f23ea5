/**
 * Makes the n-th call of Node's file functions in this process fail. It counts all calls for files below one folder or
 * in /proc. It does not count SQLite's own calls, because they do not go through JavaScript.
 */
import fs, { type Dir, type Dirent } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** The system's errors: the disk is broken or full, permission is denied, too many files are open. */
export const fileFaults = ['EIO', 'ENOSPC', 'EACCES', 'EMFILE'] as const;
type FileFault = (typeof fileFaults)[number];

const errorNumbers: Record<FileFault, number> = { EIO: -5, ENOSPC: -28, EACCES: -13, EMFILE: -24 };

export interface FaultPlan {
  fault: FileFault;
  /** The number of the call that fails, from 1. */
  nth: number;
  /** `once`: only this call fails. `on`: every later call fails too. */
  duration: 'once' | 'on';
}

export interface CallCount {
  calls: number;
  /** The calls that failed, each as the function name and the file. */
  failed: string[];
}

type Call = (...args: unknown[]) => unknown;

const syncNames = [
  'accessSync',
  'chmodSync',
  'closeSync',
  'existsSync',
  'fstatSync',
  'fsyncSync',
  'lstatSync',
  'mkdirSync',
  'openSync',
  'readFileSync',
  'readSync',
  'readdirSync',
  'realpathSync',
  'renameSync',
  'rmSync',
  'statSync',
  'statfsSync',
  'unlinkSync',
  'writeFileSync',
  'writeSync',
  'copyFileSync',
  'ftruncateSync',
] as const;
const promiseNames = [
  'access',
  'chmod',
  'copyFile',
  'lstat',
  'mkdir',
  'open',
  'opendir',
  'readFile',
  'readdir',
  'realpath',
  'rename',
  'rm',
  'stat',
  'statfs',
  'unlink',
  'writeFile',
] as const;
const handleNames = [
  'close',
  'datasync',
  'read',
  'readFile',
  'stat',
  'sync',
  'truncate',
  'write',
  'writeFile',
] as const;

/**
 * Replaces Node's file functions between {@link install} and {@link uninstall}. Between {@link begin} and {@link end},
 * counts calls and makes the planned call fail.
 */
export class FileFaults {
  readonly #undo: (() => void)[] = [];
  readonly #fds = new Map<number, string>();
  readonly #handles = new WeakMap<object, string>();
  #folder: string | undefined;
  #isCounted: (file: string) => boolean = () => true;
  #plan: FaultPlan | undefined;
  #callCount: CallCount = { calls: 0, failed: [] };

  /** @param handle any open file; the only way to get Node's FileHandle class */
  install(handle: FileHandle): void {
    for (const name of syncNames)
      this.#replace(
        fs,
        name,
        (original) =>
          (...args) =>
            this.#sync(name, original, args),
      );
    for (const name of promiseNames)
      this.#replace(
        fs.promises,
        name,
        (original) =>
          (...args) =>
            this.#async(name, original, args),
      );
    const onHandle = (name: string, original: Call, at: FileHandle, args: unknown[]): unknown =>
      this.#onHandle(name, original, at, args);
    const prototype = Object.getPrototypeOf(handle) as object;
    for (const name of handleNames)
      this.#replace(
        prototype,
        name,
        (original) =>
          function intercepted(this: FileHandle, ...args: unknown[]) {
            return onHandle(name, original, this, args);
          },
      );
    // Named imports of `node:fs` now use the replaced functions too.
    syncBuiltinESMExports();
  }

  uninstall(): void {
    for (const undo of this.#undo.splice(0)) undo();
    syncBuiltinESMExports();
  }

  /**
   * From now on counts the calls for files below `folder`. Without a plan no call fails.
   * @param isCounted selects the files to count; all by default
   */
  begin(folder: string, plan?: FaultPlan, isCounted: (file: string) => boolean = () => true): void {
    this.#folder = folder;
    this.#isCounted = isCounted;
    this.#plan = plan;
    this.#callCount = { calls: 0, failed: [] };
    this.#fds.clear();
  }

  end(): CallCount {
    this.#folder = undefined;
    return this.#callCount;
  }

  #replace(owner: object, name: string, make: (original: Call) => Call): void {
    const original = Reflect.get(owner, name) as Call;
    // Some functions have properties, such as `realpathSync.native`, which the replacement keeps.
    Reflect.set(owner, name, Object.assign(make(original), original));
    this.#undo.push(() => {
      Reflect.set(owner, name, original);
    });
  }

  /** Counts a call and returns its error; undefined when the call must succeed. */
  #countCall(name: string, file: string): Error | undefined {
    const { fault, nth, duration } = this.#plan ?? { fault: 'EIO', nth: Infinity, duration: 'once' };
    const count = ++this.#callCount.calls;
    if (duration === 'once' ? count !== nth : count < nth) return undefined;
    this.#callCount.failed.push(`${name} ${file}`);
    return Object.assign(new Error(`${fault}: injected by the test, ${name} '${file}'`), {
      code: fault,
      errno: errorNumbers[fault],
      syscall: name.replace(/Sync$/u, ''),
      path: file,
    });
  }

  #fileOf(target: unknown): string | undefined {
    if (this.#folder === undefined) return undefined;
    if (typeof target === 'number') return this.#fds.get(target);
    if (typeof target !== 'string') return undefined;
    const isOurs = target === this.#folder || target.startsWith(`${this.#folder}/`) || target.startsWith('/proc/');
    return isOurs && this.#isCounted(target) ? target : undefined;
  }

  #sync(name: string, original: Call, args: unknown[]): unknown {
    const file = this.#fileOf(args[0]);
    if (file === undefined) return original.apply(fs, args);
    const error = this.#countCall(name, file);
    // The system closes the file even when it reports an error.
    if (name === 'closeSync') {
      this.#fds.delete(args[0] as number);
      original.apply(fs, args);
    }
    if (error && name === 'existsSync') return false;
    if (error) throw error;
    if (name === 'closeSync') return undefined;
    const result = original.apply(fs, args);
    if (name === 'openSync') this.#fds.set(result as number, file);
    return result;
  }

  async #async(name: string, original: Call, args: unknown[]): Promise<unknown> {
    const file = this.#fileOf(args[0]);
    if (file === undefined) return original.apply(fs.promises, args);
    const error = this.#countCall(name, file);
    if (error) throw error;
    const result = await original.apply(fs.promises, args);
    if (name === 'open') this.#handles.set(result as object, file);
    return name === 'opendir' ? this.#entries(result as Dir, file) : result;
  }

  async #onHandle(name: string, original: Call, handle: FileHandle, args: unknown[]): Promise<unknown> {
    const file = this.#folder === undefined ? undefined : this.#handles.get(handle);
    const error = file === undefined ? undefined : this.#countCall(`FileHandle.${name}`, file);
    if (error && name === 'close') await original.apply(handle, args);
    if (error) throw error;
    return original.apply(handle, args);
  }

  /** Each read of the next entry is a separate call. */
  async *#entries(folder: Dir, file: string): AsyncGenerator<Dirent> {
    try {
      for (;;) {
        const error = this.#countCall('Dir.read', file);
        if (error) throw error;
        const entry = await folder.read();
        if (!entry) return;
        yield entry;
      }
    } finally {
      await folder.close();
    }
  }
}
