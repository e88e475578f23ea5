/**
 * Whether each destination can be used. What is saved says much without asking anybody; the stores are asked only when
 * somebody wants to know, all at once and each for a short time; what uploads run into counts too.
 */
import { AppFailure, type AppError, type ErrorCode } from '../../src-shared/errors.ts';
import type { ProfileState, ProfileStatus } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { CheckHow } from '../providers/provider.ts';

type Asking = NonNullable<CheckHow['asking']>;

export interface StatusPorts {
  /** What can be said without asking anybody. */
  saved(id: ProfileId): ProfileStatus;
  /** Asks the store. `asking`: who is there to enter a code, should it take one. @throws AppFailure */
  ask(id: ProfileId, signal: AbortSignal, asking: Asking): Promise<void>;
  /** A person is being asked for a code of it: that takes as long as it takes. */
  isAsked(id: ProfileId): boolean;
  name(id: ProfileId): string;
  /** ms since 1970 */
  now(): number;
  changed(): void;
  /** Keeps the raw cause of what nobody expected. @returns its diagnostic id */
  problem(where: string, cause: unknown): string;
  /** ms that a store has for its answer; 10 s unless said otherwise */
  limit?: number;
}

const limitMs = 10_000;

/** What an error says about the destination; undefined: nothing, it is about the file or this computer. */
const says: Record<ErrorCode, ProfileState | undefined> = {
  unauthorized: 'needs-sign-in',
  'session-expired': 'needs-sign-in',
  'secret-missing': 'needs-sign-in',
  forbidden: 'needs-setup',
  'no-bucket': 'needs-setup',
  'wrong-region': 'needs-setup',
  'wrong-service': 'needs-setup',
  'tls-untrusted': 'needs-setup',
  'clock-skewed': 'needs-setup',
  'quota-exceeded': 'needs-setup',
  'invalid-input': 'needs-setup',
  'provider-broken': 'needs-setup',
  'no-destination': 'needs-setup',
  offline: 'unreachable',
  unreachable: 'unreachable',
  stalled: 'unreachable',
  unavailable: 'unreachable',
  'rate-limited': 'unreachable',
  canceled: undefined,
  'name-taken': undefined,
  'source-missing': undefined,
  'source-unreadable': undefined,
  'source-changed': undefined,
  'source-is-folder': undefined,
  'source-not-a-file': undefined,
  corrupted: undefined,
  'too-large': undefined,
  rejected: undefined,
  'disk-full': undefined,
  bug: undefined,
};

export class Statuses {
  readonly #ports: StatusPorts;
  readonly #learned = new Map<ProfileId, ProfileStatus & { checkedAt: number }>();
  /** When its settings or its key became others: what was sent before says nothing about them. */
  readonly #mendedAt = new Map<ProfileId, number>();
  readonly #told = new Map<ProfileId, ProfileState>();
  /** `since`: of the settings that are asked about, as in #mendedAt. */
  readonly #checks = new Map<ProfileId, { done: Promise<void>; since: number | undefined; asking: Asking }>();

  constructor(ports: StatusPorts) {
    this.#ports = ports;
  }

  of(id: ProfileId): ProfileStatus {
    const saved = this.#ports.saved(id);
    const learned = this.#learned.get(id);
    const status: ProfileStatus = saved.state === 'ready' ? (learned ?? saved) : saved;
    return this.#checks.has(id) ? { ...status, isChecking: true } : status;
  }

  /** Asks these, all at once; resolves when each has answered or its time is over. What one says is told at once. */
  async check(ids: readonly ProfileId[], asking: Asking = 'nobody'): Promise<void> {
    const checks = ids.map((id) => this.#running(id, asking) ?? this.#begin(id, asking));
    this.#ports.changed();
    await Promise.all(checks);
  }

  /** An upload ran into this there, or stored its file. @param at ms since 1970 */
  learn(id: ProfileId, at: number, error: AppError | undefined): void {
    const state = error ? says[error.code] : 'ready';
    if (!state || at <= (this.#learned.get(id)?.checkedAt ?? this.#mendedAt.get(id) ?? -Infinity)) return;
    this.#keep(id, { state, checkedAt: at, ...(error ? { error } : {}) });
    if (state === (this.#told.get(id) ?? 'ready')) return;
    this.#told.set(id, state);
    this.#ports.changed();
  }

  /** Its settings or its key are others now. */
  mended(id: ProfileId): void {
    this.#learned.delete(id);
    this.#told.delete(id);
    // Each time is another one, also within a millisecond.
    this.#mendedAt.set(id, Math.max(this.#ports.now(), (this.#mendedAt.get(id) ?? -Infinity) + 1e-3));
  }

  /** Whether the key is there is known at any time, and it may come back by itself. That a code is missing nobody knows without asking. */
  #keep(id: ProfileId, status: ProfileStatus & { checkedAt: number }): void {
    const { error } = status;
    if (error?.code === 'secret-missing' && error.params?.['why'] !== 'mfa') this.#learned.delete(id);
    else this.#learned.set(id, status);
  }

  /** One that asks about these settings, and a person if this one would; what another one hears is about others. */
  #running(id: ProfileId, asking: Asking): Promise<void> | undefined {
    const check = this.#checks.get(id);
    return check && check.since === this.#mendedAt.get(id) && (check.asking === asking || check.asking === 'person')
      ? check.done
      : undefined;
  }

  #begin(id: ProfileId, asking: Asking): Promise<void> {
    const since = this.#mendedAt.get(id);
    const done = this.#ask(id, asking).then((error) => {
      if (this.#checks.get(id) === check) this.#checks.delete(id);
      // The answer is about settings that are no longer these.
      if (this.#mendedAt.get(id) === since) {
        const state = error ? (says[error.code] ?? 'needs-setup') : 'ready';
        this.#keep(id, { state, checkedAt: this.#ports.now(), ...(error ? { error } : {}) });
        this.#told.set(id, state);
      }
      this.#ports.changed();
    });
    const check = { done, since, asking };
    this.#checks.set(id, check);
    return done;
  }

  /** Whatever hangs (key store, code, network) is not waited for any longer than this. */
  async #ask(id: ProfileId, asking: Asking): Promise<AppError | undefined> {
    const { ask, isAsked, limit = limitMs, name, problem } = this.#ports;
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<AppError>((resolve) => {
      const look = (): void => {
        if (asking === 'person' && isAsked(id)) {
          timer = setTimeout(look, limit);
          return;
        }
        over.abort('timeout');
        resolve({ code: 'unreachable', params: { host: name(id), destination: name(id) } });
      };
      timer = setTimeout(look, limit);
    });
    const answer = ask(id, over.signal, asking).then(
      () => undefined,
      (cause: unknown): AppError =>
        cause instanceof AppFailure
          ? cause.error
          : { code: 'bug', diagnosticId: problem('check of a destination', cause) },
    );
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
