import { failure, type ErrorCode } from '../../../../src-shared/errors.ts';
import type { ChainStep, Visibility } from '../../../../src-shared/upload.ts';

/** bytes per part */
export const simulatedPartBytes = 10;

interface MultipartSession {
  id: string;
  key: string;
  parts: Map<number, string>;
  /** the name of the file, or 'foreign' */
  createdBy: string;
}

interface StoredObject {
  parts: string[];
  /** the name of the file, or 'foreign' */
  createdBy: string;
}

/** Probabilities of the faults that a request can meet, from 0 to 1. */
export interface FaultRates {
  /** The response is lost. */
  lost: number;
  /** The store is unavailable or unreachable. */
  unavailable: number;
  /** The store asks for fewer requests. */
  limited: number;
  /** The store does not respond. */
  stalled: number;
  /** The store receives another content of a part. */
  damaged: number;
}
export const noFaults: FaultRates = { lost: 0, unavailable: 0, limited: 0, stalled: 0, damaged: 0 };

/** The store does not know the multipart session. */
export class NoSuchSession extends Error {}

/** A simulated remote store, as strict and as unreliable as real ones. An object is a list of words, one per part. */
export class SimulatedStore {
  readonly step: ChainStep;
  readonly objects = new Map<string, StoredObject>();
  readonly sessions = new Map<string, MultipartSession>();
  faultRates: FaultRates = noFaults;
  /** The store rejects every request with this error. */
  rejectsWith: ErrorCode | undefined;
  /** Requests that no correct driver sends; the simulation reports each as a problem. */
  readonly violations: string[] = [];
  #sessionCount = 0;

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

  get profileId(): string {
    return this.step.profileId;
  }

  /** Whether the object and the session that Hoist did not create still exist. */
  get hasForeignData(): boolean {
    return this.objects.has(`${this.profileId}/foreign`) && this.sessions.has(`${this.profileId}-foreign`);
  }

  head(key: string): string[] | undefined {
    return this.objects.get(key)?.parts;
  }

  sessionsOf(key: string): MultipartSession[] {
    return [...this.sessions.values()].filter((session) => session.key === key);
  }

  listParts(sessionId: string): Map<number, string> {
    return new Map(this.#session(sessionId).parts);
  }

  createSession(key: string, createdBy: string): string {
    const id = `${this.profileId}-s${++this.#sessionCount}`;
    this.sessions.set(id, { id, key, parts: new Map(), createdBy });
    return id;
  }

  putPart(sessionId: string, number: number, word: string): string {
    this.#session(sessionId).parts.set(number, word);
    return word;
  }

  complete(sessionId: string, partCount: number): string {
    const { key, parts, createdBy } = this.#session(sessionId);
    if (this.objects.has(key)) this.violations.push(`${key} is overwritten`);
    this.objects.set(key, {
      parts: Array.from({ length: partCount }, (_, number) => parts.get(number) ?? 'missing part'),
      createdBy,
    });
    this.sessions.delete(sessionId);
    return key;
  }

  abort(sessionId: string): void {
    if (this.sessions.get(sessionId)?.createdBy === 'foreign') this.violations.push('a foreign upload is aborted');
    this.sessions.delete(sessionId);
  }

  remove(key: string): void {
    if (this.objects.get(key)?.createdBy === 'foreign') this.violations.push('a foreign object is deleted');
    if (this.step.cannotDelete && this.objects.has(key)) throw failure('rejected');
    this.objects.delete(key);
  }

  /** Drops every unfinished upload, as a lifecycle rule does. */
  expireSessions(): void {
    for (const { id, createdBy } of this.sessions.values()) if (createdBy !== 'foreign') this.sessions.delete(id);
  }

  #session(id: string): MultipartSession {
    const session = this.sessions.get(id);
    if (!session) throw new NoSuchSession();
    return session;
  }
}
