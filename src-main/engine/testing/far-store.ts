/**
 * A store far away, as strict and as unreliable as real ones, and the driver for it. A file's content is a list of words,
 * one for each part. Between a request and its answer lies a network, and each of the two can be lost.
 */
import { AppFailure, failure, type ErrorCode } from '../../../src-shared/errors.ts';
import type { ChainStep, Checkpoint, Ref, Visibility } from '../../../src-shared/upload.ts';
import type { Destination, FileSource, Transfer } from '../ports.ts';

/** bytes of a part */
export const partBytes = 10;

export interface Session {
  id: string;
  key: string;
  parts: Map<number, string>;
  madeBy: string;
}
interface Stored {
  parts: string[];
  madeBy: string;
}

/** What a request can meet on its way. */
export interface Weather {
  lost: number;
  unavailable: number;
  limited: number;
  stalled: number;
  damaged: number;
}
export const fairWeather: Weather = { lost: 0, unavailable: 0, limited: 0, stalled: 0, damaged: 0 };

export class FarStore {
  readonly step: ChainStep;
  readonly objects = new Map<string, Stored>();
  readonly sessions = new Map<string, Session>();
  weather: Weather = fairWeather;
  refuses: ErrorCode | undefined;
  /** Wrongs that a test must not see. */
  readonly complaints: string[] = [];
  requests = 0;
  #next = 0;

  constructor(id: string, visibility: Visibility, deleting: 'can-delete' | 'cannot-delete') {
    this.step = { profileId: id, visibility, ...(deleting === 'cannot-delete' ? { cannotDelete: true as const } : {}) };
    this.objects.set(`${id}/foreign`, { parts: ['not ours'], madeBy: 'somebody else' });
    this.sessions.set(`${id}-foreign`, {
      id: `${id}-foreign`,
      key: `${id}/other`,
      parts: new Map([[0, 'not ours']]),
      madeBy: 'somebody else',
    });
  }

  head(key: string): string[] | undefined {
    return this.objects.get(key)?.parts;
  }
  open(key: string): Session[] {
    return [...this.sessions.values()].filter((s) => s.key === key);
  }
  list(id: string): Map<number, string> {
    return new Map(this.#session(id).parts);
  }
  create(key: string, madeBy: string): string {
    const id = `${this.step.profileId}-s${++this.#next}`;
    this.sessions.set(id, { id, key, parts: new Map(), madeBy });
    return id;
  }
  put(id: string, number: number, word: string): string {
    this.#session(id).parts.set(number, word);
    return word;
  }
  complete(id: string, count: number): string {
    const { key, parts, madeBy } = this.#session(id);
    if (this.objects.has(key)) this.complaints.push(`${key} is overwritten`);
    this.objects.set(key, { parts: Array.from({ length: count }, (_, i) => parts.get(i) ?? 'hole'), madeBy });
    this.sessions.delete(id);
    return key;
  }
  abort(id: string): void {
    if (this.sessions.get(id)?.madeBy === 'somebody else') this.complaints.push('a foreign upload is aborted');
    this.sessions.delete(id);
  }
  remove(key: string): void {
    if (this.objects.get(key)?.madeBy === 'somebody else') this.complaints.push('a foreign object is deleted');
    if (this.step.cannotDelete && this.objects.has(key)) throw failure('rejected');
    this.objects.delete(key);
  }
  /** What a lifecycle rule does. */
  forgetSessions(): void {
    for (const s of this.sessions.values()) if (s.madeBy !== 'somebody else') this.sessions.delete(s.id);
  }

  #session(id: string): Session {
    const session = this.sessions.get(id);
    if (!session) throw new NoSuchUpload();
    return session;
  }
}

/** The store's own word for it: only the driver understands it. */
export class NoSuchUpload extends Error {}

/** How a driver's requests get to a store: see simulation.ts. */
export interface Wire {
  ask<T>(store: FarStore, signal: AbortSignal, act: () => T): Promise<T>;
  pause(ms: number): Promise<void>;
  newKey(name: string): string;
  /** Whether there is somebody else's file under its name: seen before anything is sent, or only at the end. */
  isTaken(name: string, when: 'before' | 'at the end'): boolean;
  damaged(store: FarStore, word: string): string;
  /** A request with a part begins; returns what to call when it has ended. */
  sends(store: FarStore, signal: AbortSignal): () => void;
  /** The driver passes on that the store asked for fewer. */
  slowsDown(store: FarStore): void;
  /** Keys whose last request had no clear answer: it may still arrive. */
  doubts: Set<string>;
  /** A driver begins to send; returns what to call when it ends. */
  began(store: FarStore, name: string, checkpoint: Checkpoint | undefined): () => void;
}

interface Kept {
  key: string;
  uploadId?: string;
}
/** A file as the words that its parts are now. */
export interface WordSource extends FileSource {
  words(): string[];
}

/** The latest that a request arrives after nobody waits for it any more, in ms. */
export const latestArrivalMs = 400;

export function connectTo(store: FarStore, wire: Wire): Destination {
  const ask = <T>(signal: AbortSignal, act: () => T): Promise<T> => wire.ask(store, signal, act);
  return {
    upload: async (transfer) => {
      const end = wire.began(store, transfer.source.name, transfer.checkpoint);
      try {
        return await new Sending(store, wire, transfer as Transfer & { source: WordSource }).run();
      } finally {
        end();
      }
    },
    stat: async (ref, signal) => {
      const parts = await ask(signal, () => store.head(ref as string));
      return parts && { size: parts.length * partBytes };
    },
    link: async (ref, signal) => {
      await ask(signal, () => undefined);
      return { url: `https://${store.step.profileId}.test/${ref as string}`, visibility: store.step.visibility };
    },
    discard: async (what, signal) => {
      const key = 'ref' in what ? (what.ref as string) : (what.checkpoint as unknown as Kept).key;
      const once = async (): Promise<void> => {
        if (!('ref' in what)) {
          const open = await ask(signal, () => store.open(key));
          for (const { id } of open) await ask(signal, () => store.abort(id));
        }
        await ask(signal, () => store.remove(key));
      };
      await once();
      if (!wire.doubts.has(key)) return;
      await wire.pause(latestArrivalMs);
      await once();
    },
  };
}

class Sending {
  readonly #store: FarStore;
  readonly #wire: Wire;
  readonly #transfer: Transfer & { source: WordSource };
  readonly #count: number;
  #asking = 0;
  #isInDoubt = false;

  constructor(store: FarStore, wire: Wire, transfer: Transfer & { source: WordSource }) {
    this.#store = store;
    this.#wire = wire;
    this.#transfer = transfer;
    this.#count = transfer.source.size / partBytes;
  }

  async run(): Promise<Ref> {
    let kept = this.#transfer.checkpoint as unknown as Kept | undefined;
    for (let restarts = 0; ; restarts++) {
      try {
        return await this.#from(kept);
      } catch (cause) {
        if (!(cause instanceof NoSuchUpload)) throw cause;
        if (restarts === 1) throw failure('unavailable');
        this.#transfer.onRestart?.('store-forgot');
        kept = undefined;
      }
    }
  }

  async #from(kept: Kept | undefined): Promise<Ref> {
    if (kept?.uploadId === undefined && kept && (await this.#isThere(kept.key))) return kept.key;
    const key = kept?.key ?? (await this.#newKey());
    const id = kept?.uploadId ?? (await this.#openUpload(key));
    try {
      await this.#parts(key, id);
      await this.#transfer.source.check();
      this.#refuseTaken('at the end');
      await this.#ask(key, () => this.#store.complete(id, this.#count));
      if (kept && kept.uploadId === undefined) await this.#abortOthers(key);
      return key;
    } catch (cause) {
      if (cause instanceof NoSuchUpload && (await this.#isThere(key))) return key;
      throw cause;
    }
  }

  /** Whoever said what to do about it gets another key, or this one. */
  #refuseTaken(when: 'before' | 'at the end'): void {
    const { naming, source } = this.#transfer;
    if (naming?.collision === 'ask' && this.#wire.isTaken(source.name, when)) throw failure('name-taken');
  }

  async #newKey(): Promise<string> {
    this.#refuseTaken('before');
    const key = this.#wire.newKey(this.#transfer.source.name);
    await this.#transfer.onCheckpoint({ key });
    return key;
  }

  /** One that was made although its answer was lost is gone on with. */
  async #openUpload(key: string): Promise<string> {
    const [open] = await this.#ask(key, () => this.#store.open(key));
    const uploadId = open?.id ?? (await this.#ask(key, () => this.#store.create(key, this.#transfer.source.name)));
    try {
      await this.#transfer.onCheckpoint({ key, uploadId });
    } catch (cause) {
      // Nobody else can know of it: another process may have been given the file meanwhile.
      if (!open) await this.#wire.ask(this.#store, new AbortController().signal, () => this.#store.abort(uploadId));
      throw cause;
    }
    return uploadId;
  }

  /** Whoever had the key before may have opened another upload under it, too late to be found. */
  async #abortOthers(key: string): Promise<void> {
    for (const { id } of await this.#ask(key, () => this.#store.open(key)))
      await this.#ask(key, () => this.#store.abort(id));
  }

  async #parts(key: string, id: string): Promise<void> {
    const { source, signal, onProgress, onKept } = this.#transfer;
    const listed = await this.#ask(key, () => this.#store.list(id));
    const missing = source.words().flatMap((word, i) => (listed.get(i) === word ? [] : [i]));
    let kept = this.#count - missing.length;
    const told = (): void => {
      onProgress(kept * partBytes);
      onKept?.(kept * partBytes);
    };
    if (kept > 0) told();
    const stop = new AbortController();
    const passOn = (): void => stop.abort();
    signal.addEventListener('abort', passOn, { once: true });
    const causes: unknown[] = [];
    const failed = (cause: unknown): void => {
      causes.push(cause);
      stop.abort();
    };
    const send = async (number: number, release: () => void): Promise<void> => {
      const ended = this.#wire.sends(this.#store, stop.signal);
      try {
        onProgress(kept * partBytes + partBytes / 2);
        await this.#part({ key, id, number, signal: stop.signal });
        kept++;
        told();
      } finally {
        ended();
        release();
      }
    };
    const sending: Promise<void>[] = [];
    for (const number of missing) {
      if (causes.length > 0) break;
      await this.#lane(stop.signal).then((release) => {
        sending.push(send(number, release).catch(failed));
      }, failed);
    }
    await Promise.all(sending);
    signal.removeEventListener('abort', passOn);
    if (causes.length > 0) throw causes[0];
  }

  #lane(signal: AbortSignal): Promise<() => void> {
    const { lane } = this.#transfer;
    if (!lane) throw new Error('nobody says when to send');
    return lane(signal);
  }

  async #part({
    key,
    id,
    number,
    signal,
  }: {
    key: string;
    id: string;
    number: number;
    signal: AbortSignal;
  }): Promise<void> {
    const word = this.#transfer.source.words()[number]!;
    for (let tries = 1; ; tries++) {
      if (
        (await this.#ask(key, () => this.#store.put(id, number, this.#wire.damaged(this.#store, word)), signal)) ===
        word
      )
        return;
      if (tries === 3) throw failure('corrupted');
    }
  }

  /** An object of another content under our key is an older state of the file: it goes, and the file gets another key. */
  async #isThere(key: string): Promise<boolean> {
    const there = await this.#ask(key, () => this.#store.head(key));
    if (!there) return false;
    if (there.join() === this.#transfer.source.words().join()) {
      await this.#transfer.source.check();
      return true;
    }
    if (!this.#store.step.cannotDelete) await this.#ask(key, () => this.#store.remove(key));
    throw new NoSuchUpload();
  }

  async #ask<T>(key: string, act: () => T, signal = this.#transfer.signal): Promise<T> {
    if (signal.aborted) throw failure('canceled');
    // Others of its requests may be under way: only the last one to be answered takes the doubt away.
    this.#asking++;
    this.#wire.doubts.add(key);
    try {
      const answer = await this.#wire.ask(this.#store, signal, act);
      if (this.#asking === 1 && !this.#isInDoubt) this.#wire.doubts.delete(key);
      return answer;
    } catch (cause) {
      if (!(cause instanceof NoSuchUpload)) this.#isInDoubt = true;
      if (cause instanceof AppFailure && (cause.error.code === 'rate-limited' || cause.error.code === 'stalled')) {
        this.#wire.slowsDown(this.#store);
        this.#transfer.onSlowDown?.();
      }
      throw cause;
    } finally {
      this.#asking--;
    }
  }
}
