/**
 * Whether each destination can be used. What is saved says much without asking anybody; the stores are asked only when
 * somebody wants to know, all at once and each for a short time; what uploads run into counts too.
 */
import { AppFailure, type AppError, type ErrorCode } from '../../src-shared/errors.ts';
import type { ProfileState, ProfileStatus } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { CheckOptions } from '../providers/contract/provider.ts';

type PromptMode = NonNullable<CheckOptions['promptMode']>;

export interface ProfileStatusTrackerPorts {
  /** What can be said without asking anybody. */
  localStatus(id: ProfileId): ProfileStatus;
  /** Asks the store. `asking`: who is there to enter a code, should it take one. @throws AppFailure */
  checkDestination(id: ProfileId, signal: AbortSignal, promptMode: PromptMode): Promise<void>;
  /** A person is being asked for a code of it: that takes as long as it takes. */
  isPromptOpen(id: ProfileId): boolean;
  name(id: ProfileId): string;
  /** ms since 1970 */
  now(): number;
  changed(): void;
  /** Keeps the raw cause of what nobody expected. @returns its diagnostic id */
  problem(where: string, cause: unknown): string;
  /** ms that a store has for its answer; 10 s unless said otherwise */
  timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;

/** What an error says about the destination; undefined: nothing, it is about the file or this computer. */
const stateForError: Record<ErrorCode, ProfileState | undefined> = {
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

export class ProfileStatusTracker {
  readonly #ports: ProfileStatusTrackerPorts;
  readonly #outcomes = new Map<ProfileId, ProfileStatus & { checkedAt: number }>();
  /** When its settings or its key became others: what was sent before says nothing about them. */
  readonly #changedAt = new Map<ProfileId, number>();
  readonly #reportedStates = new Map<ProfileId, ProfileState>();
  /** `since`: of the settings that are asked about, as in #mendedAt. */
  readonly #checks = new Map<ProfileId, { done: Promise<void>; since: number | undefined; promptMode: PromptMode }>();

  constructor(ports: ProfileStatusTrackerPorts) {
    this.#ports = ports;
  }

  get(id: ProfileId): ProfileStatus {
    const saved = this.#ports.localStatus(id);
    const outcome = this.#outcomes.get(id);
    const status: ProfileStatus = saved.state === 'ready' ? (outcome ?? saved) : saved;
    return this.#checks.has(id) ? { ...status, isChecking: true } : status;
  }

  /** Asks these, all at once; resolves when each has answered or its time is over. What one says is told at once. */
  async check(ids: readonly ProfileId[], promptMode: PromptMode = 'background'): Promise<void> {
    const checks = ids.map((id) => this.#runningCheck(id, promptMode) ?? this.#startCheck(id, promptMode));
    this.#ports.changed();
    await Promise.all(checks);
  }

  /** An upload ran into this there, or stored its file. @param at ms since 1970 */
  recordOutcome(id: ProfileId, at: number, error: AppError | undefined): void {
    const state = error ? stateForError[error.code] : 'ready';
    if (!state || at <= (this.#outcomes.get(id)?.checkedAt ?? this.#changedAt.get(id) ?? -Infinity)) return;
    this.#record(id, { state, checkedAt: at, ...(error ? { error } : {}) });
    if (state === (this.#reportedStates.get(id) ?? 'ready')) return;
    this.#reportedStates.set(id, state);
    this.#ports.changed();
  }

  /** Its settings or its key are others now. */
  onProfileChanged(id: ProfileId): void {
    this.#outcomes.delete(id);
    this.#reportedStates.delete(id);
    // Each time is another one, also within a millisecond.
    this.#changedAt.set(id, Math.max(this.#ports.now(), (this.#changedAt.get(id) ?? -Infinity) + 1e-3));
  }

  /** Whether the key is there is known at any time, and it may come back by itself. That a code is missing nobody knows without asking. */
  #record(id: ProfileId, status: ProfileStatus & { checkedAt: number }): void {
    const { error } = status;
    if (error?.code === 'secret-missing' && error.params?.['why'] !== 'mfa') this.#outcomes.delete(id);
    else this.#outcomes.set(id, status);
  }

  /** One that asks about these settings, and a person if this one would; what another one hears is about others. */
  #runningCheck(id: ProfileId, promptMode: PromptMode): Promise<void> | undefined {
    const check = this.#checks.get(id);
    return check &&
      check.since === this.#changedAt.get(id) &&
      (check.promptMode === promptMode || check.promptMode === 'interactive')
      ? check.done
      : undefined;
  }

  #startCheck(id: ProfileId, promptMode: PromptMode): Promise<void> {
    const since = this.#changedAt.get(id);
    const done = this.#runCheck(id, promptMode).then((error) => {
      if (this.#checks.get(id) === check) this.#checks.delete(id);
      // The answer is about settings that are no longer these.
      if (this.#changedAt.get(id) === since) {
        const state = error ? (stateForError[error.code] ?? 'needs-setup') : 'ready';
        this.#record(id, { state, checkedAt: this.#ports.now(), ...(error ? { error } : {}) });
        this.#reportedStates.set(id, state);
      }
      this.#ports.changed();
    });
    const check = { done, since, promptMode };
    this.#checks.set(id, check);
    return done;
  }

  /** Whatever hangs (key store, code, network) is not waited for any longer than this. */
  async #runCheck(id: ProfileId, promptMode: PromptMode): Promise<AppError | undefined> {
    const { checkDestination, isPromptOpen, timeoutMs = defaultTimeoutMs, name, problem } = this.#ports;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timedOut = new Promise<AppError>((resolve) => {
      const onTimeout = (): void => {
        if (promptMode === 'interactive' && isPromptOpen(id)) {
          timer = setTimeout(onTimeout, timeoutMs);
          return;
        }
        controller.abort('timeout');
        resolve({ code: 'unreachable', params: { host: name(id), destination: name(id) } });
      };
      timer = setTimeout(onTimeout, timeoutMs);
    });
    const outcome = checkDestination(id, controller.signal, promptMode).then(
      () => undefined,
      (cause: unknown): AppError =>
        cause instanceof AppFailure
          ? cause.error
          : { code: 'bug', diagnosticId: problem('check of a destination', cause) },
    );
    try {
      return await Promise.race([outcome, timedOut]);
    } finally {
      clearTimeout(timer);
    }
  }
}
