/**
 * The driver of the simulated store. Each request can be lost, and so can each response. The content of a part is one
 * word.
 */
import { AppFailure, failure } from '../../../../src-shared/errors.ts';
import type { Checkpoint, Ref } from '../../../../src-shared/upload.ts';
import type { Destination, FileSource, Transfer } from '../../ports.ts';
import { NoSuchSession, simulatedPartBytes, type SimulatedStore } from './store.ts';

/** Carries the driver's requests to a store. */
export interface DriverNetwork {
  request<T>(store: SimulatedStore, signal: AbortSignal, act: () => T): Promise<T>;
  pause(ms: number): Promise<void>;
  newKey(name: string): string;
  /** Whether a foreign file has this name. The store detects it before the upload, or only at its end. */
  isTaken(name: string, detectedAt: NameCheck): boolean;
  /** Returns the content of a part as the store receives it. */
  maybeDamage(store: SimulatedStore, word: string): string;
  /** A request with a part starts; the driver calls the returned function at its end. */
  onPartStart(store: SimulatedStore, signal: AbortSignal): () => void;
  /** The driver reports that the store asked for fewer requests. */
  onSlowDown(store: SimulatedStore): void;
  /** Keys whose last request has an unknown outcome: it may still arrive. */
  uncertainWrites: Set<string>;
  /** An upload starts; the driver calls the returned function at its end. */
  onUploadStart(store: SimulatedStore, name: string, checkpoint: Checkpoint | undefined): () => void;
}

/** When the store detects that a name is taken. */
export type NameCheck = 'before' | 'at the end';

interface StoreCheckpoint {
  key: string;
  /** The multipart session; missing until the store has created it. */
  uploadId?: string;
}
/** A file that the driver reads part by part. */
export interface WordSource extends FileSource {
  /** The current content of each part. */
  words(): string[];
}

/** ms within which a request may still arrive after the driver stopped waiting for it */
export const maxDeliveryMs = 400;

/** How often the driver sends a part that the store receives damaged. */
const maxTriesPerPart = 3;

export function connectSimulatedStore(store: SimulatedStore, network: DriverNetwork): Destination {
  const request = <T>(signal: AbortSignal, act: () => T): Promise<T> => network.request(store, signal, act);
  return {
    upload: async (transfer) => {
      const onEnd = network.onUploadStart(store, transfer.source.name, transfer.checkpoint);
      try {
        return await new UploadAttempt(store, network, transfer as Transfer & { source: WordSource }).run();
      } finally {
        onEnd();
      }
    },
    stat: async (ref, signal) => {
      const parts = await request(signal, () => store.head(ref as string));
      return parts && { size: parts.length * simulatedPartBytes };
    },
    link: async (ref, signal) => {
      await request(signal, () => undefined);
      return { url: `https://${store.profileId}.test/${ref as string}`, visibility: store.step.visibility };
    },
    discard: async (what, signal) => {
      const key = 'ref' in what ? (what.ref as string) : (what.checkpoint as unknown as StoreCheckpoint).key;
      const removeAll = async (): Promise<void> => {
        if (!('ref' in what)) {
          const sessions = await request(signal, () => store.sessionsOf(key));
          for (const { id } of sessions) await request(signal, () => store.abort(id));
        }
        await request(signal, () => store.remove(key));
      };
      await removeAll();
      if (!network.uncertainWrites.has(key)) return;
      // A delayed request may still create data under the key.
      await network.pause(maxDeliveryMs);
      await removeAll();
    },
  };
}

interface PartRequest {
  key: string;
  sessionId: string;
  number: number;
  signal: AbortSignal;
}

/** One attempt to upload a file. */
class UploadAttempt {
  readonly #store: SimulatedStore;
  readonly #network: DriverNetwork;
  readonly #transfer: Transfer & { source: WordSource };
  readonly #partCount: number;
  #openRequests = 0;
  #hasUncertainWrite = false;

  constructor(store: SimulatedStore, network: DriverNetwork, transfer: Transfer & { source: WordSource }) {
    this.#store = store;
    this.#network = network;
    this.#transfer = transfer;
    this.#partCount = transfer.source.size / simulatedPartBytes;
  }

  async run(): Promise<Ref> {
    let checkpoint = this.#transfer.checkpoint as unknown as StoreCheckpoint | undefined;
    for (let restarts = 0; ; restarts++) {
      try {
        return await this.#resumeFrom(checkpoint);
      } catch (cause) {
        if (!(cause instanceof NoSuchSession)) throw cause;
        if (restarts === 1) throw failure('unavailable');
        this.#transfer.onRestart?.('store-forgot');
        checkpoint = undefined;
      }
    }
  }

  async #resumeFrom(checkpoint: StoreCheckpoint | undefined): Promise<Ref> {
    const hasOnlyKey = checkpoint !== undefined && checkpoint.uploadId === undefined;
    if (hasOnlyKey && (await this.#isStored(checkpoint.key))) return checkpoint.key;
    const key = checkpoint?.key ?? (await this.#reserveKey());
    const sessionId = checkpoint?.uploadId ?? (await this.#ensureSession(key));
    try {
      await this.#sendParts(key, sessionId);
      await this.#transfer.source.assertUnchanged();
      this.#failIfNameTaken('at the end');
      await this.#request(key, () => this.#store.complete(sessionId, this.#partCount));
      if (hasOnlyKey) await this.#abortOtherSessions(key);
      return key;
    } catch (cause) {
      if (cause instanceof NoSuchSession && (await this.#isStored(key))) return key;
      throw cause;
    }
  }

  /** Does not fail once the user has chosen to replace the file or to use a new name. */
  #failIfNameTaken(check: NameCheck): void {
    const { keyOptions, source } = this.#transfer;
    if (keyOptions?.collision === 'ask' && this.#network.isTaken(source.name, check)) throw failure('name-taken');
  }

  async #reserveKey(): Promise<string> {
    this.#failIfNameTaken('before');
    const key = this.#network.newKey(this.#transfer.source.name);
    await this.#transfer.onCheckpoint({ key });
    return key;
  }

  /** Creates a session, or uses the existing one when the response to an earlier request was lost. */
  async #ensureSession(key: string): Promise<string> {
    const [existing] = await this.#request(key, () => this.#store.sessionsOf(key));
    const uploadId =
      existing?.id ?? (await this.#request(key, () => this.#store.createSession(key, this.#transfer.source.name)));
    try {
      await this.#transfer.onCheckpoint({ key, uploadId });
    } catch (cause) {
      // The new session is in no record, and another process may have uploaded the file in the meantime.
      if (!existing)
        await this.#network.request(this.#store, new AbortController().signal, () => this.#store.abort(uploadId));
      throw cause;
    }
    return uploadId;
  }

  /** A delayed request of an earlier process may have created another session for the key. */
  async #abortOtherSessions(key: string): Promise<void> {
    for (const { id } of await this.#request(key, () => this.#store.sessionsOf(key)))
      await this.#request(key, () => this.#store.abort(id));
  }

  async #sendParts(key: string, sessionId: string): Promise<void> {
    const { source, signal, onProgress, onBytesStored } = this.#transfer;
    const listed = await this.#request(key, () => this.#store.listParts(sessionId));
    const missingNumbers = source.words().flatMap((word, number) => (listed.get(number) === word ? [] : [number]));
    let storedParts = this.#partCount - missingNumbers.length;
    const reportProgress = (): void => {
      onProgress(storedParts * simulatedPartBytes);
      onBytesStored?.(storedParts * simulatedPartBytes);
    };
    if (storedParts > 0) reportProgress();
    const stop = new AbortController();
    const abortParts = (): void => stop.abort();
    signal.addEventListener('abort', abortParts, { once: true });
    const errors: unknown[] = [];
    const onError = (cause: unknown): void => {
      errors.push(cause);
      stop.abort();
    };
    const send = async (number: number, release: () => void): Promise<void> => {
      const onEnd = this.#network.onPartStart(this.#store, stop.signal);
      try {
        onProgress(storedParts * simulatedPartBytes + simulatedPartBytes / 2);
        await this.#sendPart({ key, sessionId, number, signal: stop.signal });
        storedParts++;
        reportProgress();
      } finally {
        onEnd();
        release();
      }
    };
    const sending: Promise<void>[] = [];
    for (const number of missingNumbers) {
      if (errors.length > 0) break;
      await this.#acquireSlot(stop.signal).then((release) => {
        sending.push(send(number, release).catch(onError));
      }, onError);
    }
    await Promise.all(sending);
    signal.removeEventListener('abort', abortParts);
    if (errors.length > 0) throw errors[0];
  }

  #acquireSlot(signal: AbortSignal): Promise<() => void> {
    const { acquireSlot } = this.#transfer;
    if (!acquireSlot) throw new Error('no acquireSlot function given');
    return acquireSlot(signal);
  }

  async #sendPart({ key, sessionId, number, signal }: PartRequest): Promise<void> {
    const word = this.#transfer.source.words()[number]!;
    for (let tries = 1; ; tries++) {
      const put = (): string => this.#store.putPart(sessionId, number, this.#network.maybeDamage(this.#store, word));
      const storedWord = await this.#request(key, put, signal);
      if (storedWord === word) return;
      if (tries === maxTriesPerPart) throw failure('corrupted');
    }
  }

  /**
   * Whether the object has the file's content. Deletes an older version of the file and throws NoSuchSession, so that
   * the upload restarts.
   */
  async #isStored(key: string): Promise<boolean> {
    const existing = await this.#request(key, () => this.#store.head(key));
    if (!existing) return false;
    if (existing.join() === this.#transfer.source.words().join()) {
      await this.#transfer.source.assertUnchanged();
      return true;
    }
    if (!this.#store.step.cannotDelete) await this.#request(key, () => this.#store.remove(key));
    throw new NoSuchSession();
  }

  async #request<T>(key: string, act: () => T, signal = this.#transfer.signal): Promise<T> {
    if (signal.aborted) throw failure('canceled');
    // Other requests for the key may be in flight: the state of the key is known only after the last response.
    this.#openRequests++;
    this.#network.uncertainWrites.add(key);
    try {
      const response = await this.#network.request(this.#store, signal, act);
      if (this.#openRequests === 1 && !this.#hasUncertainWrite) this.#network.uncertainWrites.delete(key);
      return response;
    } catch (cause) {
      if (!(cause instanceof NoSuchSession)) this.#hasUncertainWrite = true;
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
