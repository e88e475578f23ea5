/** A world for the engine: virtual time, records in memory, stores whose answers a test chooses. Nothing sleeps. */
import { AppFailure, failure, type AppError, type ErrorCode } from '../../../src-shared/errors.ts';
import {
  isTerminal,
  type ChainStep,
  type ProfileId,
  type Upload,
  type UploadId,
  type Verification,
} from '../../../src-shared/upload.ts';
import { Engine, type EngineOptions } from '../engine.ts';
import type { AcceptedFile, Debt, Destination, Ports, Transfer } from '../ports.ts';
import { VirtualTime } from './virtual-time.ts';

/** What the next attempt at a store does. `late`: the bytes are stored, then the error comes (the answer was lost). `hang`: not even a cancel ends it. */
export type Answer =
  | { ok: true }
  | { fail: ErrorCode; retryAfterMs?: number; late?: boolean }
  | { throw: Error }
  | { hang: true };

export interface StoredObject {
  uploadName: string;
  size: number;
  profileId: ProfileId;
}

export class World {
  clock = new VirtualTime();
  answers: Answer[] = [];
  /** Destinations that refuse everything, after so many ms. */
  refuses = new Map<ProfileId, ErrorCode>();
  refusalMs = 0;
  /** Whether what is sent now, or under way, finds no network. */
  withoutNetwork = (): boolean => false;
  verification: Verification = 'verified';
  /** ms until a new link expires */
  linkLife: number | undefined;
  linkError: ErrorCode | undefined;
  /** ms an attempt takes */
  attemptMs = 1000;
  sourceError: ErrorCode | undefined;
  /** The file as it is now, when it is another one than was accepted. */
  changedTo: number | undefined;
  statSize: number | undefined;
  discardError: ErrorCode | AppError | undefined;
  objects = new Map<string, StoredObject>();
  sessions = new Set<string>();
  /** order in which uploads started, by name */
  started: string[] = [];
  /** and where, and when in ms */
  asked: ProfileId[] = [];
  askedAt: number[] = [];
  /** What each attempt got to go on with, and to make a place of. */
  given: unknown[] = [];
  namings: Transfer['naming'][] = [];
  discards = 0;
  running = 0;
  mostAtOnce = 0;
  /** requests with a body under way now, and the most since a test last looked, of each destination */
  busy = new Map<ProfileId, number>();
  busiest = new Map<ProfileId, number>();
  /** Destinations that ask for fewer requests, although they take each of them. */
  asksForLess = new Set<ProfileId>();
  /** Each upload asks for so many lanes at once. */
  lanesEach = 1;
  changes: Upload[] = [];
  removed: UploadId[] = [];
  settled: Upload[][] = [];
  forgotten: Upload[] = [];
  logged: string[] = [];
  rows = new Map<string, Upload>();
  owned = new Map<UploadId, unknown>();
  debts = new Map<string, Debt>();
  diskFull = false;
  online = true;
  goOnline: () => void = () => undefined;
  /** Requests under way. */
  readonly #sockets = new Set<() => void>();
  #next = 0;

  engine(options: Partial<EngineOptions> = {}): Engine {
    return new Engine(this.ports(), options);
  }

  ports(): Ports {
    const self = {};
    return {
      clock: this.clock,
      random: { next: () => 0.5, id: () => `id${++this.#next}` },
      sources: {
        open: async (source, as) => {
          if (this.sourceError) throw failure(this.sourceError);
          const size = 'path' in source ? source.fingerprint.size : 0;
          if (this.changedTo !== undefined && this.changedTo !== size) throw failure('source-changed');
          return {
            name: as.name,
            size,
            contentType: as.contentType,
            read: async () => 1,
            check: async () => undefined,
            close: async () => undefined,
          };
        },
        renew: async (source) => ({
          source: { ...source, fingerprint: { ...source.fingerprint, size: this.changedTo ?? 0 } },
          size: this.changedTo ?? 0,
        }),
      },
      destinations: { connect: async (id) => this.#destination(id) },
      links: { probe: async () => this.verification },
      records: {
        insert: (uploads) => {
          this.#full();
          for (const u of uploads) {
            this.rows.set(u.id, u);
            this.owned.set(u.id, self);
          }
        },
        save: (upload, _, owed = []) => {
          this.#full();
          if (this.owned.get(upload.id) !== self) return false;
          this.rows.set(upload.id, upload);
          for (const debt of owed) this.debts.set(debt.id, debt);
          return true;
        },
        claim: (id) => {
          if (this.owned.has(id) && this.owned.get(id) !== self) return false;
          this.owned.set(id, self);
          return true;
        },
        owns: (id) => this.owned.get(id) === self,
        release: (id) => {
          if (this.owned.get(id) === self) this.owned.delete(id);
        },
        remove: (id, owed = []) => {
          this.#full();
          if (this.owned.has(id) && this.owned.get(id) !== self) return false;
          this.rows.delete(id);
          this.owned.delete(id);
          for (const debt of owed) this.debts.set(debt.id, debt);
          return true;
        },
        get: (id) => this.rows.get(id),
        unowned: () => [...this.rows.values()].filter((u) => !isTerminal(u) && !this.owned.has(u.id)),
        leftovers: () =>
          [...this.rows.values()].filter(
            (u) => (u.status === 'failed' || u.status === 'canceled') && u.checkpoint !== undefined,
          ) as never,
      },
      debts: {
        add: (debt) => {
          this.#full();
          this.debts.set(debt.id, debt);
        },
        all: () => [...this.debts.values()],
        remove: (id) => {
          this.debts.delete(id);
        },
      },
      network: {
        online: () => this.online,
        onOnline: (call) => {
          this.goOnline = call;
          return () => undefined;
        },
      },
      events: {
        changed: (upload) => {
          this.changes.push(upload);
        },
        removed: (id) => {
          this.removed.push(id);
        },
        settled: (uploads) => {
          this.settled.push(uploads);
        },
        forgotten: (uploads) => {
          this.forgotten.push(...uploads);
        },
      },
      log: {
        attempt: (line) => {
          this.logged.push(line.outcome);
          return `D${this.logged.length}`;
        },
      },
    };
  }

  file(name: string, size = 100): AcceptedFile {
    return {
      name,
      size,
      contentType: 'text/plain',
      source: { path: `/files/${name}`, fingerprint: { size, mtimeMs: 1, dev: '1', ino: '1' } },
    };
  }

  /** What is under way now is never answered. */
  cutSockets(): void {
    for (const takeBack of this.#sockets) takeBack();
    this.#sockets.clear();
  }

  /** What is kill -9 for a process: whatever it does from now on, its records are free. */
  abandon(): void {
    this.owned.clear();
  }

  full(): AppFailure {
    return failure('disk-full');
  }

  #full(): void {
    if (this.diskFull) throw this.full();
  }

  #destination(id: ProfileId): Destination {
    return {
      upload: (transfer) => this.#upload(id, transfer),
      stat: async (ref) => {
        const o = this.objects.get(ref as string);
        return o && { size: this.statSize ?? o.size };
      },
      link: async (ref) => {
        if (this.linkError) throw failure(this.linkError);
        return {
          url: `https://store.test/${ref as string}`,
          visibility: 'expiring',
          ...(this.linkLife === undefined ? {} : { expiresAt: this.clock.now() + this.linkLife }),
        };
      },
      discard: async (what) => {
        this.discards++;
        if (typeof this.discardError === 'object') throw failure(this.discardError.code, this.discardError);
        if (this.discardError) throw failure(this.discardError);
        const key = ('ref' in what ? what.ref : what.checkpoint) as string;
        this.sessions.delete(key);
        this.objects.delete(key);
      },
    };
  }

  async #upload(profileId: ProfileId, transfer: Transfer): Promise<string> {
    const releases: (() => void)[] = [];
    try {
      await Promise.all(
        Array.from({ length: this.lanesEach }, async () => {
          releases.push(await this.#takeLane(profileId, transfer));
        }),
      );
      if (this.asksForLess.has(profileId)) transfer.onSlowDown?.();
      return await this.#send(profileId, transfer);
    } finally {
      for (const release of releases) release();
    }
  }

  async #takeLane(profileId: ProfileId, { lane, signal }: Transfer): Promise<() => void> {
    const release = await lane?.(signal);
    const count = (by: number): number => {
      const busy = (this.busy.get(profileId) ?? 0) + by;
      this.busy.set(profileId, busy);
      return busy;
    };
    this.busiest.set(profileId, Math.max(this.busiest.get(profileId) ?? 0, count(1)));
    return () => {
      count(-1);
      release?.();
    };
  }

  async #send(
    profileId: ProfileId,
    { source, naming, signal, checkpoint, onCheckpoint, onProgress, onKept, onRestart }: Transfer,
  ): Promise<string> {
    const answer = this.answers.shift() ?? { ok: true };
    this.started.push(source.name);
    this.asked.push(profileId);
    this.askedAt.push(this.clock.now());
    this.given.push(checkpoint);
    this.namings.push(naming);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.running);
    try {
      const refusal = this.refuses.get(profileId);
      if (refusal && this.refusalMs > 0) await this.#wait(this.refusalMs, signal, answer);
      if (refusal) throw failure(refusal);
      if (this.withoutNetwork()) throw failure('offline');
      const size = source.size ?? 0;
      if (this.objects.has(checkpoint as string)) return checkpoint as string;
      const goesOn = this.sessions.has(checkpoint as string);
      if (checkpoint !== undefined && !goesOn) onRestart?.('store-forgot');
      const key = goesOn ? (checkpoint as string) : `${source.name}-${++this.#next}`;
      if (goesOn) onProgress(size / 2);
      else await onCheckpoint(key);
      this.sessions.add(key);
      await this.#wait(this.attemptMs / 2, signal, answer);
      onProgress(size / 2);
      onKept?.(size / 2);
      await this.#wait(this.attemptMs / 2, signal, answer);
      if (this.withoutNetwork()) throw failure('offline');
      if ('throw' in answer) throw answer.throw;
      if ('fail' in answer && !answer.late)
        throw failure(answer.fail, answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs });
      this.sessions.delete(key);
      this.objects.set(key, { uploadName: source.name, size, profileId });
      if ('fail' in answer) throw failure(answer.fail);
      onProgress(size);
      return key;
    } finally {
      this.running--;
    }
  }

  #wait(ms: number, signal: AbortSignal, answer: Answer): Promise<void> {
    if ('hang' in answer) return new Promise(() => undefined);
    return new Promise((resolve, reject) => {
      const takeBack = this.clock.after(ms, () => {
        this.#sockets.delete(takeBack);
        resolve();
      });
      this.#sockets.add(takeBack);
      const abort = (): void => {
        takeBack();
        this.#sockets.delete(takeBack);
        reject(new AppFailure({ code: 'canceled' }));
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }
}

export const chain: ChainStep[] = [{ profileId: 'p1', visibility: 'expiring' }];
