/** A world for the engine: virtual time, records in memory, a store whose answers a test chooses. Nothing sleeps. */
import { AppFailure, failure, type ErrorCode } from '../../../src-shared/errors.ts';
import { isTerminal, type Checkpoint, type Upload, type Verification } from '../../../src-shared/upload.ts';
import { Engine, type EngineOptions } from '../engine.ts';
import type { AcceptedFile, Destination, Ports, Transfer } from '../ports.ts';

/** What the next attempt at the store does. `late`: the bytes are stored, then the error comes (the answer was lost). */
export type Answer = { ok: true } | { fail: ErrorCode; retryAfterMs?: number; after?: number; late?: boolean } | { throw: Error };

export class VirtualClock {
  time = 1_700_000_000_000;
  #timers: { at: number; call: () => void }[] = [];
  now = (): number => this.time;
  after = (ms: number, call: () => void): (() => void) => {
    const timer = { at: this.time + Math.max(0, ms), call };
    this.#timers.push(timer);
    return () => { this.#timers = this.#timers.filter((t) => t !== timer); };
  };
  /** Runs every timer due within `ms`, in order, letting promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const next = this.#timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((t) => t !== next);
      this.time = Math.max(this.time, next.at);
      next.call();
      await settle();
    }
    this.time = end;
  }
}

const settle = async (): Promise<void> => { for (let i = 0; i < 60; i++) await Promise.resolve(); };

export interface StoredObject { uploadName: string; size: number }

export class World {
  clock = new VirtualClock();
  answers: Answer[] = [];
  verification: Verification = 'verified';
  /** ms until a new link expires */
  linkLife: number | undefined;
  /** ms an attempt takes */
  attemptMs = 1000;
  sourceError: ErrorCode | undefined;
  statSize: number | undefined;
  objects = new Map<string, StoredObject>();
  sessions = new Set<string>();
  /** order in which uploads started, by name */
  started: string[] = [];
  running = 0;
  mostAtOnce = 0;
  changes: Upload[] = [];
  settled: Upload[][] = [];
  logged: string[] = [];
  rows = new Map<string, Upload>();
  owned = new Set<string>();
  diskFull = false;
  goOnline: () => void = () => undefined;
  #next = 0;

  engine(options: Partial<EngineOptions> = {}): Engine { return new Engine(this.ports(), options); }

  ports(): Ports {
    return {
      clock: this.clock,
      random: { next: () => 0.5, id: () => `id${++this.#next}` },
      sources: { open: async (_source, as) => {
        if (this.sourceError) throw failure(this.sourceError);
        return { name: as.name, size: 100, contentType: as.contentType, read: async () => 1, check: async () => undefined, close: async () => undefined };
      } },
      destinations: { connect: async () => this.#destination() },
      links: { probe: async () => this.verification },
      records: {
        insert: (uploads) => { this.#full(); for (const u of uploads) { this.rows.set(u.id, u); this.owned.add(u.id); } },
        save: (upload) => { this.#full(); this.rows.set(upload.id, upload); },
        claim: (id) => { if (this.owned.has(id)) return false; this.owned.add(id); return true; },
        release: (id) => { this.owned.delete(id); },
        remove: (id) => { this.rows.delete(id); },
        get: (id) => this.rows.get(id),
        unowned: () => [...this.rows.values()].filter((u) => !isTerminal(u) && !this.owned.has(u.id)),
        leftovers: () => [...this.rows.values()].filter((u) => (u.status === 'failed' || u.status === 'canceled') && u.checkpoint !== undefined) as never,
      },
      network: { online: () => true, onOnline: (call) => { this.goOnline = call; return () => undefined; } },
      events: {
        changed: (upload) => { this.changes.push(upload); },
        removed: () => undefined,
        settled: (uploads) => { this.settled.push(uploads); },
      },
      log: { attempt: (line) => { this.logged.push(line.outcome); return `D${this.logged.length}`; } },
    };
  }

  file(name: string, size = 100): AcceptedFile {
    return { name, size, contentType: 'text/plain', source: { path: `/files/${name}`, fingerprint: { size, mtimeMs: 1, dev: '1', ino: '1' } } };
  }

  #full(): void { if (this.diskFull) throw failure('disk-full'); }

  #destination(): Destination {
    return {
      upload: (transfer) => this.#upload(transfer),
      stat: async (ref) => { const o = this.objects.get(ref as string); return o && { size: this.statSize ?? o.size }; },
      link: async (ref) => ({ url: `https://store.test/${ref as string}`, visibility: 'expiring', ...(this.linkLife === undefined ? {} : { expiresAt: this.clock.time + this.linkLife }) }),
      discard: async (what) => {
        if ('ref' in what) this.objects.delete(what.ref as string);
        else { this.sessions.delete(what.checkpoint as string); this.objects.delete(what.checkpoint as string); }
      },
    };
  }

  async #upload({ source, signal, checkpoint, onCheckpoint, onProgress }: Transfer): Promise<string> {
    const answer = this.answers.shift() ?? { ok: true };
    this.started.push(source.name);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.running);
    try {
      if (checkpoint !== undefined) { this.sessions.delete(checkpoint as string); this.objects.delete(checkpoint as string); }
      const key = `${source.name}-${++this.#next}`;
      this.sessions.add(key);
      await onCheckpoint(key satisfies Checkpoint);
      const size = source.size ?? 0;
      onProgress(size / 2);
      await this.#wait(this.attemptMs, signal);
      if ('throw' in answer) throw answer.throw;
      if ('fail' in answer && !answer.late) throw failure(answer.fail, answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs });
      this.sessions.delete(key);
      this.objects.set(key, { uploadName: source.name, size });
      if ('fail' in answer) throw failure(answer.fail);
      onProgress(size);
      return key;
    } finally {
      this.running--;
    }
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const takeBack = this.clock.after(ms, resolve);
      const abort = (): void => { takeBack(); reject(new AppFailure({ code: 'canceled' })); };
      if (signal.aborted) abort(); else signal.addEventListener('abort', abort, { once: true });
    });
  }
}

export const chain = [{ profileId: 'p1', visibility: 'expiring' as const }];
