/** Starts attempts and turns their outcomes into events for `reduce`. */
import { AppFailure, failure, type AppError } from '../../src-shared/errors.ts';
import type { ProfileId, SourceRef, Upload, UploadId, UploadIn } from '../../src-shared/upload.ts';
import type { ActiveRuns, RunState } from './active-runs.ts';
import { failingSince } from './attempt-list.ts';
import { AttemptRunner, type UploadResult } from './attempt-runner.ts';
import type { CleanupQueue } from './cleanup-queue.ts';
import { decide, isRefusal, type Decision, type FailureContext, type OnBlocked } from './decide.ts';
import type { DestinationAvailability } from './destination-availability.ts';
import type { Ledger } from './ledger.ts';
import type { LiveUploads } from './live-uploads.ts';
import type { Ports } from './ports.ts';
import { isProgress } from './reduce.ts';
import { currentProfileId } from './schedule.ts';

export interface AttemptsParts {
  ports: Ports;
  live: LiveUploads;
  ledger: Ledger;
  runs: ActiveRuns;
  cleanups: CleanupQueue;
  availability: DestinationAvailability;
}

export interface AttemptsOptions {
  blocked: OnBlocked;
  onlineProbeMs: number;
}

/** Called when another upload may start. */
type OnChange = () => void;

type RunningUpload = UploadIn<'uploading' | 'verifying'>;

export class Attempts {
  readonly #parts: AttemptsParts;
  readonly #options: AttemptsOptions;

  constructor(parts: AttemptsParts, options: AttemptsOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  start(id: UploadId, onChange: OnChange): void {
    this.#parts.runs.start(id, (run) => this.#runSafely(id, run, onChange), onChange);
  }

  /**
   * An unexpected error, such as a listener that throws, ends only this attempt. Quitting and waiting for the attempt
   * still succeed.
   */
  async #runSafely(id: UploadId, run: RunState, onChange: OnChange): Promise<void> {
    try {
      await this.#run(id, run, onChange);
    } catch (cause) {
      this.#logBug(id, cause);
    }
  }

  #logBug(uploadId: UploadId, cause: unknown): void {
    const { ports, ledger } = this.#parts;
    const attempt = ledger.get(uploadId)?.attempts.at(-1)?.number ?? 0;
    ports.log.attempt({ uploadId, attempt, profileId: '', ms: 0, bytes: 0, outcome: 'bug', cause });
  }

  async #run(id: UploadId, run: RunState, onChange: OnChange): Promise<void> {
    const { ports, ledger, availability } = this.#parts;
    const { signal } = run.controller;
    const startedAt = ports.clock.now();
    try {
      const upload = ledger.apply(id, { type: 'start', at: startedAt });
      if (upload?.status !== 'uploading' && upload?.status !== 'verifying') return;
      const profileId = currentProfileId(upload);
      const runner = new AttemptRunner({
        ports,
        ledger,
        run,
        slots: availability.limiter(profileId).createUploadSlots(),
        onBlocked: this.#options.blocked,
        onlineProbeMs: this.#options.onlineProbeMs,
        onReachable: () => this.#onReachable(profileId, onChange),
        onStored: (sent, result) => this.#onStored(sent, result, signal, onChange),
      });
      const destination = await ports.destinations.connect(profileId);
      if (signal.aborted) throw failure('canceled');
      if (upload.status === 'uploading') await runner.send(upload, destination);
      await runner.verifyUpload(id, destination);
    } catch (cause) {
      run.ignoresReports = true;
      this.#onFailed(id, cause, signal, startedAt);
    }
  }

  #onReachable(profileId: ProfileId, onChange: OnChange): void {
    if (!this.#parts.availability.markReachable(profileId)) return;
    this.#parts.cleanups.run();
    onChange();
  }

  /**
   * After a pause, the stored file still counts. After a cancel, it is deleted. When another process owns the upload or
   * this process is stopping, the next owner finds the file through the checkpoint.
   */
  #onStored(upload: UploadIn<'uploading'>, { ref, size }: UploadResult, signal: AbortSignal, onChange: OnChange): void {
    const { ports, ledger, cleanups, availability } = this.#parts;
    const { id, attempt } = upload;
    const profileId = currentProfileId(upload);
    const after = ledger.apply(id, { type: 'stored', attempt, ref, size, at: ports.clock.now() });
    if (!after && signal.reason === 'canceled')
      cleanups.add({ id: ports.random.id(), uploadId: id, profileId, what: { ref } });
    this.#onReachable(profileId, onChange);
    availability.markAccepting(profileId);
    onChange();
  }

  #onFailed(id: UploadId, cause: unknown, signal: AbortSignal, startedAt: number): void {
    const { ports, ledger, availability } = this.#parts;
    const upload = ledger.get(id);
    if (upload?.status !== 'uploading' && upload?.status !== 'verifying') return;
    const at = ports.clock.now();
    if (signal.aborted) {
      ledger.apply(id, { type: 'stopped', at });
      return;
    }
    const error = this.#logFailure(upload, cause, at - startedAt);
    const decision = this.#decide(error, upload);
    const profileId = currentProfileId(upload);
    if (decision.do === 'wait' && decision.until === 'online') availability.markOffline(profileId);
    const after = ledger.apply(id, { type: 'attempt-failed', attempt: upload.attempt, error, decision, at });
    if (isRefusal(error)) this.#onRefused(profileId, error, after);
  }

  /** Logs the raw cause. The returned error, for the row, carries the id of the log line. */
  #logFailure(upload: RunningUpload, cause: unknown, ms: number): AppError {
    const error: AppError = cause instanceof AppFailure ? cause.error : { code: 'bug' };
    // The ledger has already logged this error.
    if (error.diagnosticId !== undefined) return error;
    const raw = cause instanceof AppFailure ? (cause.cause ?? cause) : cause;
    const diagnosticId = this.#parts.ports.log.attempt({
      uploadId: upload.id,
      attempt: upload.attempt,
      profileId: currentProfileId(upload),
      ms,
      bytes: upload.status === 'uploading' ? upload.sent : upload.size,
      outcome: error.code,
      cause: raw,
    });
    return { ...error, diagnosticId };
  }

  #decide(error: AppError, upload: Exclude<Upload, { status: 'done' | 'failed' | 'canceled' }>): Decision {
    const { clock, random } = this.#parts.ports;
    return decide(error, {
      source: this.#sourceKind(upload.source),
      chain: upload.chain,
      step: upload.step,
      failures: upload.failures,
      now: clock.now(),
      failingSince: failingSince(upload),
      lastProgressAt: isProgress(upload) ? upload.lastProgressAt : undefined,
      random: random.next(),
      onBlocked: this.#options.blocked,
    });
  }

  #sourceKind(source: SourceRef): FailureContext['source'] {
    if (!('stream' in source)) return 'file';
    return this.#parts.ports.sources.canReadAgain?.(source) ? 'repeatable-stream' : 'stream';
  }

  /**
   * Applies the refusal to all uploads that wait for this destination. A file that is added later makes its own
   * attempt.
   */
  #onRefused(profileId: ProfileId, error: AppError, refused: Upload | undefined): void {
    const { ports, live, ledger, runs, availability } = this.#parts;
    availability.markRefusing(profileId, refused?.status === 'failed' ? refused.id : undefined);
    const at = ports.clock.now();
    for (const upload of live.next(profileId)) {
      if (runs.has(upload.id)) continue;
      const decision = this.#decide(error, upload);
      // These uploads have not failed themselves, so they wait until the user fixes the profile.
      const waits = decision.do === 'fail' && this.#options.blocked === 'wait';
      ledger.apply(upload.id, {
        type: 'refused',
        error,
        decision: waits ? { do: 'wait', until: 'profile-fixed', failures: upload.failures } : decision,
        at,
      });
    }
  }
}
