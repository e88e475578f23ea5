/**
 * A simulated remote store, as strict and as unreliable as real ones, and its driver. A file's content is a list of
 * words, one per part. The network can lose a request or its response.
 */
import { AppFailure, failure, type ErrorCode } from '../../../src-shared/errors.ts';
import type { ChainStep, Checkpoint, Ref, Visibility } from '../../../src-shared/upload.ts';
import type { Destination, FileSource, Transfer } from '../ports.ts';

/** bytes per part */
export const simulatedPartBytes = 10;

export interface SimulatedSession {
  id: string;
  key: string;
  parts: Map<number, string>;
  createdBy: string;
}
interface SimulatedObject {
  parts: string[];
  createdBy: string;
}

/** The faults that a request can meet. */
export interface FaultRates {
  lost: number;
  unavailable: number;
  limited: number;
  stalled: number;
  damaged: number;
}
export const noFaults: FaultRates = { lost: 0, unavailable: 0, limited: 0, stalled: 0, damaged: 0 };

export class SimulatedStore {
  readonly step: ChainStep;
  readonly objects = new Map<string, SimulatedObject>();
  readonly sessions = new Map<string, SimulatedSession>();
  faultRates: FaultRates = noFaults;
  rejectsWith: ErrorCode | undefined;
  /** Violations of the rules of a store; a test fails on any. */
  readonly violations: string[] = [];
  requests = 0;
  #next = 0;

  constructor(id: string, visibility: Visibility, deleting: 'can-delete' | 'cannot-delete') {
    this.step = { profileId: id, visibility, ...(deleting === 'cannot-delete' ? { cannotDelete: true as const } : {}) };
    this.objects.set(`${id}/foreign`, { parts: ['not ours'], createdBy: 'foreign' });
    this.sessions.set(`${id}-foreign`, {
      id: `${id}-foreign`,
      key: `${id}/other`,
      parts: new Map([[0, 'not ours']]),
      createdBy: 'foreign',
    });
  }

  head(key: string): string[] | undefined {
    return this.objects.get(key)?.parts;
  }
  sessionsOf(key: string): SimulatedSession[] {
    return [...this.sessions.values()].filter((s) => s.key === key);
  }
  list(id: string): Map<number, string> {
    return new Map(this.#session(id).parts);
  }
  create(key: string, createdBy: string): string {
    const id = `${this.step.profileId}-s${++this.#next}`;
    this.sessions.set(id, { id, key, parts: new Map(), createdBy });
    return id;
  }
  put(id: string, number: number, word: string): string {
    this.#session(id).parts.set(number, word);
    return word;
  }
  complete(id: string, count: number): string {
    const { key, parts, createdBy } = this.#session(id);
    if (this.objects.has(key)) this.violations.push(`${key} is overwritten`);
    this.objects.set(key, { parts: Array.from({ length: count }, (_, i) => parts.get(i) ?? 'hole'), createdBy });
    this.sessions.delete(id);
    return key;
  }
  abort(id: string): void {
    if (this.sessions.get(id)?.createdBy === 'foreign') this.violations.push('a foreign upload is aborted');
    this.sessions.delete(id);
  }
  remove(key: string): void {
    if (this.objects.get(key)?.createdBy === 'foreign') this.violations.push('a foreign object is deleted');
    if (this.step.cannotDelete && this.objects.has(key)) throw failure('rejected');
    this.objects.delete(key);
  }
  /** Like a lifecycle rule. */
  expireSessions(): void {
    for (const s of this.sessions.values()) if (s.createdBy !== 'foreign') this.sessions.delete(s.id);
  }

  #session(id: string): SimulatedSession {
    const session = this.sessions.get(id);
    if (!session) throw new NoSuchUpload();
    return session;
  }
}

/** Opaque to everything but the driver. */
class NoSuchUpload extends Error {}

/** Carries a driver's requests to a store; see simulation.ts. */
export interface SimulatedNetwork {
  request<T>(store: SimulatedStore, signal: AbortSignal, act: () => T): Promise<T>;
  pause(ms: number): Promise<void>;
  newKey(name: string): string;
  /** Whether a foreign file has this name, detected before the upload or only at its end. */
  isTaken(name: string, when: 'before' | 'at the end'): boolean;
  maybeDamage(store: SimulatedStore, word: string): string;
  /** A request with a part starts; the returned function is called at its end. */
  onPartStart(store: SimulatedStore, signal: AbortSignal): () => void;
  /** The driver reports that the store asked for fewer requests. */
  onSlowDown(store: SimulatedStore): void;
  /** Keys whose last request has an unknown outcome: it may still arrive. */
  uncertainWrites: Set<string>;
  /** A driver starts to send; the returned function is called at its end. */
  onUploadStart(store: SimulatedStore, name: string, checkpoint: Checkpoint | undefined): () => void;
}

interface StoreCheckpoint {
  key: string;
  uploadId?: string;
}
/** A file, as the current words of its parts. */
export interface WordSource extends FileSource {
  words(): string[];
}

/** ms within which a request may still arrive after its sender gave up. */
export const maxDeliveryMs = 400;

export function connectSimulatedStore(store: SimulatedStore, network: SimulatedNetwork): Destination {
  const request = <T>(signal: AbortSignal, act: () => T): Promise<T> => network.request(store, signal, act);
  return {
    upload: async (transfer) => {
      const end = network.onUploadStart(store, transfer.source.name, transfer.checkpoint);
      try {
        return await new SimulatedUpload(store, network, transfer as Transfer & { source: WordSource }).run();
      } finally {
        end();
      }
    },
    stat: async (ref, signal) => {
      const parts = await request(signal, () => store.head(ref as string));
      return parts && { size: parts.length * simulatedPartBytes };
    },
    link: async (ref, signal) => {
      await request(signal, () => undefined);
      return { url: `https://${store.step.profileId}.test/${ref as string}`, visibility: store.step.visibility };
    },
    discard: async (what, signal) => {
      const key = 'ref' in what ? (what.ref as string) : (what.checkpoint as unknown as StoreCheckpoint).key;
      const once = async (): Promise<void> => {
        if (!('ref' in what)) {
          const open = await request(signal, () => store.sessionsOf(key));
          for (const { id } of open) await request(signal, () => store.abort(id));
        }
        await request(signal, () => store.remove(key));
      };
      await once();
      if (!network.uncertainWrites.has(key)) return;
      await network.pause(maxDeliveryMs);
      await once();
    },
  };
}

class SimulatedUpload {
  readonly #store: SimulatedStore;
  readonly #network: SimulatedNetwork;
  readonly #transfer: Transfer & { source: WordSource };
  readonly #count: number;
  #openRequests = 0;
  #hasUncertainWrite = false;

  constructor(store: SimulatedStore, network: SimulatedNetwork, transfer: Transfer & { source: WordSource }) {
    this.#store = store;
    this.#network = network;
    this.#transfer = transfer;
    this.#count = transfer.source.size / simulatedPartBytes;
  }

  async run(): Promise<Ref> {
    let checkpoint = this.#transfer.checkpoint as unknown as StoreCheckpoint | undefined;
    for (let restarts = 0; ; restarts++) {
      try {
        return await this.#resumeFrom(checkpoint);
      } catch (cause) {
        if (!(cause instanceof NoSuchUpload)) throw cause;
        if (restarts === 1) throw failure('unavailable');
        this.#transfer.onRestart?.('store-forgot');
        checkpoint = undefined;
      }
    }
  }

  async #resumeFrom(checkpoint: StoreCheckpoint | undefined): Promise<Ref> {
    if (checkpoint?.uploadId === undefined && checkpoint && (await this.#isStored(checkpoint.key)))
      return checkpoint.key;
    const key = checkpoint?.key ?? (await this.#newKey());
    const id = checkpoint?.uploadId ?? (await this.#ensureSession(key));
    try {
      await this.#sendParts(key, id);
      await this.#transfer.source.assertUnchanged();
      this.#failIfNameTaken('at the end');
      await this.#request(key, () => this.#store.complete(id, this.#count));
      if (checkpoint && checkpoint.uploadId === undefined) await this.#abortOtherSessions(key);
      return key;
    } catch (cause) {
      if (cause instanceof NoSuchUpload && (await this.#isStored(key))) return key;
      throw cause;
    }
  }

  /** After the user resolved the conflict: another key, or this one. */
  #failIfNameTaken(when: 'before' | 'at the end'): void {
    const { keyOptions, source } = this.#transfer;
    if (keyOptions?.collision === 'ask' && this.#network.isTaken(source.name, when)) throw failure('name-taken');
  }

  async #newKey(): Promise<string> {
    this.#failIfNameTaken('before');
    const key = this.#network.newKey(this.#transfer.source.name);
    await this.#transfer.onCheckpoint({ key });
    return key;
  }

  /** Resumes a session that was created although its response was lost. */
  async #ensureSession(key: string): Promise<string> {
    const [open] = await this.#request(key, () => this.#store.sessionsOf(key));
    const uploadId = open?.id ?? (await this.#request(key, () => this.#store.create(key, this.#transfer.source.name)));
    try {
      await this.#transfer.onCheckpoint({ key, uploadId });
    } catch (cause) {
      // No record refers to it; another process may have sent the file meanwhile.
      if (!open)
        await this.#network.request(this.#store, new AbortController().signal, () => this.#store.abort(uploadId));
      throw cause;
    }
    return uploadId;
  }

  /** An earlier process may have opened another session under the key, too late to be found. */
  async #abortOtherSessions(key: string): Promise<void> {
    for (const { id } of await this.#request(key, () => this.#store.sessionsOf(key)))
      await this.#request(key, () => this.#store.abort(id));
  }

  async #sendParts(key: string, id: string): Promise<void> {
    const { source, signal, onProgress, onBytesStored } = this.#transfer;
    const listed = await this.#request(key, () => this.#store.list(id));
    const missing = source.words().flatMap((word, i) => (listed.get(i) === word ? [] : [i]));
    let storedParts = this.#count - missing.length;
    const reportProgress = (): void => {
      onProgress(storedParts * simulatedPartBytes);
      onBytesStored?.(storedParts * simulatedPartBytes);
    };
    if (storedParts > 0) reportProgress();
    const stop = new AbortController();
    const abortParts = (): void => stop.abort();
    signal.addEventListener('abort', abortParts, { once: true });
    const causes: unknown[] = [];
    const failed = (cause: unknown): void => {
      causes.push(cause);
      stop.abort();
    };
    const send = async (number: number, release: () => void): Promise<void> => {
      const ended = this.#network.onPartStart(this.#store, stop.signal);
      try {
        onProgress(storedParts * simulatedPartBytes + simulatedPartBytes / 2);
        await this.#sendPart({ key, id, number, signal: stop.signal });
        storedParts++;
        reportProgress();
      } finally {
        ended();
        release();
      }
    };
    const sending: Promise<void>[] = [];
    for (const number of missing) {
      if (causes.length > 0) break;
      await this.#acquireSlot(stop.signal).then((release) => {
        sending.push(send(number, release).catch(failed));
      }, failed);
    }
    await Promise.all(sending);
    signal.removeEventListener('abort', abortParts);
    if (causes.length > 0) throw causes[0];
  }

  #acquireSlot(signal: AbortSignal): Promise<() => void> {
    const { acquireSlot } = this.#transfer;
    if (!acquireSlot) throw new Error('no acquireSlot function given');
    return acquireSlot(signal);
  }

  async #sendPart({
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
        (await this.#request(
          key,
          () => this.#store.put(id, number, this.#network.maybeDamage(this.#store, word)),
          signal,
        )) === word
      )
        return;
      if (tries === 3) throw failure('corrupted');
    }
  }

  /** An object with other content under our key is an older state of the file: deletes it and uses another key. */
  async #isStored(key: string): Promise<boolean> {
    const existing = await this.#request(key, () => this.#store.head(key));
    if (!existing) return false;
    if (existing.join() === this.#transfer.source.words().join()) {
      await this.#transfer.source.assertUnchanged();
      return true;
    }
    if (!this.#store.step.cannotDelete) await this.#request(key, () => this.#store.remove(key));
    throw new NoSuchUpload();
  }

  async #request<T>(key: string, act: () => T, signal = this.#transfer.signal): Promise<T> {
    if (signal.aborted) throw failure('canceled');
    // Other requests for the key may be in flight: its state is known only after the last response.
    this.#openRequests++;
    this.#network.uncertainWrites.add(key);
    try {
      const answer = await this.#network.request(this.#store, signal, act);
      if (this.#openRequests === 1 && !this.#hasUncertainWrite) this.#network.uncertainWrites.delete(key);
      return answer;
    } catch (cause) {
      if (!(cause instanceof NoSuchUpload)) this.#hasUncertainWrite = true;
      if (cause instanceof AppFailure && (cause.error.code === 'rate-limited' || cause.error.code === 'stalled')) {
        this.#network.onSlowDown(this.#store);
        this.#transfer.onSlowDown?.();
      }
      throw cause;
    } finally {
      this.#openRequests--;
    }
  }
}
