/**
 * Whether each destination can be used: the local state, which needs no request, and the results of checks and uploads.
 * A check contacts all stores concurrently, each with a short timeout.
 */
import { AppFailure, hasSpaceLeft, type AppError, type ErrorCode } from '../../src-shared/errors.ts';
import type { ProfileState, ProfileStatus } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { CheckOptions } from '../providers/contract/provider.ts';

type PromptMode = NonNullable<CheckOptions['promptMode']>;

export interface ProfileStatusTrackerPorts {
  /** The state that is known without a request. */
  localStatus(id: ProfileId): ProfileStatus;
  /** Sends a request to the store. `promptMode`: whether the user can be asked for a code. @throws AppFailure */
  checkDestination(id: ProfileId, signal: AbortSignal, promptMode: PromptMode): Promise<void>;
  /** Whether a prompt for a code of this destination is open. The check then does not time out. */
  isPromptOpen(id: ProfileId): boolean;
  name(id: ProfileId): string;
  /** ms since 1970 */
  now(): number;
  changed(): void;
  /** Logs an unexpected error. @returns its diagnostic id */
  problem(where: string, cause: unknown): string;
  /** How long a check waits for a store, in ms; 10 s by default */
  timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;

/** The state of a destination after an error. Undefined for an error of the file or of this computer. */
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
  /** The latest result of a check or an upload. */
  readonly #outcomes = new Map<ProfileId, ProfileStatus & { checkedAt: number }>();
  /** The time of the last change of the settings or the key. Older results are ignored. */
  readonly #changedAt = new Map<ProfileId, number>();
  /** The states that `changed` has announced. */
  readonly #reportedStates = new Map<ProfileId, ProfileState>();
  /** The running checks. `since`: the value of #changedAt when the check started. */
  readonly #checks = new Map<ProfileId, { done: Promise<void>; since: number | undefined; promptMode: PromptMode }>();

  constructor(ports: ProfileStatusTrackerPorts) {
    this.#ports = ports;
  }

  get(id: ProfileId): ProfileStatus {
    const localStatus = this.#ports.localStatus(id);
    const status: ProfileStatus = localStatus.state === 'ready' ? (this.#outcomes.get(id) ?? localStatus) : localStatus;
    return this.#checks.has(id) ? { ...status, isChecking: true } : status;
  }

  /** Checks the destinations concurrently, and reports each result immediately. Resolves when all checks have ended. */
  async check(ids: readonly ProfileId[], promptMode: PromptMode = 'background'): Promise<void> {
    const checks = ids.map((id) => this.#runningCheck(id, promptMode) ?? this.#startCheck(id, promptMode));
    this.#ports.changed();
    await Promise.all(checks);
  }

  /** Records the error of an upload to this destination, or its success. @param at ms since 1970 */
  recordOutcome(id: ProfileId, at: number, error: AppError | undefined): void {
    // An error that leaves space for smaller files is a problem of the file.
    if (error && hasSpaceLeft(error)) return;
    const state = error ? stateForError[error.code] : 'ready';
    const isOutdated = at <= (this.#outcomes.get(id)?.checkedAt ?? this.#changedAt.get(id) ?? -Infinity);
    if (!state || isOutdated) return;
    this.#record(id, { state, checkedAt: at, ...(error ? { error } : {}) });
    if (state === (this.#reportedStates.get(id) ?? 'ready')) return;
    this.#reportedStates.set(id, state);
    this.#ports.changed();
  }

  /** Called when the settings or the key of this destination have changed. */
  onProfileChanged(id: ProfileId): void {
    this.#outcomes.delete(id);
    this.#reportedStates.delete(id);
    // Two changes within a millisecond also need different times.
    this.#changedAt.set(id, Math.max(this.#ports.now(), (this.#changedAt.get(id) ?? -Infinity) + 1e-3));
  }

  /**
   * A missing key is not recorded, because the local state reports it for as long as the key is missing. A missing MFA
   * code or permission is recorded, because only a check can notice it.
   */
  #record(id: ProfileId, status: ProfileStatus & { checkedAt: number }): void {
    const { error } = status;
    const isOnlyNoticedByCheck = error?.params?.['why'] === 'mfa' || error?.params?.['why'] === 'program';
    if (error?.code === 'secret-missing' && !isOnlyNoticedByCheck) this.#outcomes.delete(id);
    else this.#outcomes.set(id, status);
  }

  /**
   * A running check whose result this check can use: it tests the same settings, and may prompt the user if this check
   * may.
   */
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
      // Ignore the result if the settings changed during the check.
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

  /** Returns an error after the timeout, even if the key store or the network never responds. */
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
