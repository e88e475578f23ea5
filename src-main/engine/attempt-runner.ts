/** Runs one attempt: opens the file, lets the driver send it, and verifies the stored file and its link. */
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { Checkpoint, Ref, Upload, UploadId, UploadIn } from '../../src-shared/upload.ts';
import type { RunState } from './active-runs.ts';
import { decide, isOverload, type Decision, type OnBlocked } from './decide.ts';
import type { UploadSlots } from './concurrency-limiter.ts';
import type { Ledger } from './ledger.ts';
import { keyOptionsOf } from './key-options.ts';
import type { Destination, Ports, Source } from './ports.ts';
import type { UploadEvent } from './reduce.ts';
import { currentProfileId } from './schedule.ts';
import { verify } from './verify.ts';

export interface AttemptRunnerOptions {
  ports: Ports;
  ledger: Ledger;
  run: RunState;
  slots: UploadSlots;
  onBlocked: OnBlocked;
  /** ms between two checks whether the network is back */
  onlineProbeMs: number;
  /** The store has responded. */
  onReachable(): void;
  onStored(upload: UploadIn<'uploading'>, result: UploadResult): void;
}

/** `size` in bytes. */
export interface UploadResult {
  ref: Ref;
  size: number;
}

export class AttemptRunner {
  readonly #options: AttemptRunnerOptions;
  constructor(options: AttemptRunnerOptions) {
    this.#options = options;
  }

  /** @throws AppFailure */
  async send(upload: UploadIn<'uploading'>, destination: Destination): Promise<void> {
    const {
      ports: { clock, log },
      run,
      slots,
      onStored,
    } = this.#options;
    const { id, attempt } = upload;
    const startedAt = clock.now();
    let source: Source | undefined;
    try {
      source = await this.#open(upload);
      if (source.size !== undefined) slots.setFileBytes(source.size);
      const ref = await destination.upload({
        source,
        signal: run.controller.signal,
        checkpoint: upload.checkpoint,
        keyOptions: keyOptionsOf(upload),
        ...(upload.linkOverride ? { linkOverride: upload.linkOverride } : {}),
        ...this.#callbacks(upload),
      });
      if (run.ignoresReports) return;
      run.ignoresReports = true;
      const size = source.size ?? source.bytesRead();
      log.attempt({
        uploadId: id,
        attempt,
        profileId: currentProfileId(upload),
        ms: clock.now() - startedAt,
        bytes: size,
        outcome: 'stored',
      });
      slots.close();
      onStored(upload, { ref, size });
    } catch (cause) {
      if (cause instanceof AppFailure && isOverload(cause.error.code)) slots.slowDown();
      throw cause;
    } finally {
      slots.close();
      await source?.close();
    }
  }

  #callbacks({ id, attempt, bytesStored = 0 }: UploadIn<'uploading'>) {
    const {
      ports: { clock },
      ledger,
      run,
      slots,
      onReachable,
    } = this.#options;
    const apply = (event: UploadEvent): Upload | undefined =>
      run.ignoresReports ? undefined : ledger.apply(id, event);
    let recordedBytes = bytesStored;
    const recordSent = (sent: number): void => {
      slots.recordBytes(Math.max(0, sent - recordedBytes));
      recordedBytes = sent;
    };
    return {
      acquireSlot: (signal: AbortSignal) => slots.acquire(signal),
      onSlowDown: () => slots.slowDown(),
      onCheckpoint: async (checkpoint: Checkpoint) => {
        const after = apply({ type: 'checkpoint', attempt, checkpoint });
        // The driver must not send data whose checkpoint is not recorded: no process could delete that data later.
        if (!after || !('checkpoint' in after)) throw failure('canceled');
      },
      onProgress: (sent: number) => {
        recordSent(sent);
        if (apply({ type: 'progress', attempt, sent }) && sent > bytesStored) onReachable();
      },
      onBytesStored: (bytes: number) => {
        apply({ type: 'bytes-stored', attempt, bytes, at: clock.now() });
      },
      onRestart: (why: 'file-changed' | 'store-forgot') => {
        apply({ type: 'restarted', attempt, why });
      },
    };
  }

  /** Opens the file. When it changed while its upload waited, opens its current version. */
  async #open(upload: UploadIn<'uploading'>): Promise<Source> {
    const {
      ports: { sources },
      ledger,
    } = this.#options;
    const metadata = {
      name: upload.name,
      contentType: upload.contentType,
      ...(upload.folder ? { folder: upload.folder } : {}),
    };
    try {
      return await sources.open(upload.source, metadata);
    } catch (cause) {
      const hasChanged = cause instanceof AppFailure && cause.error.code === 'source-changed';
      if (!hasChanged || 'stream' in upload.source) throw cause;
      const refreshed = await sources.refresh(upload.source);
      ledger.apply(upload.id, { type: 'source-refreshed', attempt: upload.attempt, ...refreshed });
      return sources.open(refreshed.source, metadata);
    }
  }

  /** Retries the verification without sending the file again. @throws AppFailure */
  async verifyUpload(id: UploadId, destination: Destination): Promise<void> {
    const {
      ports: { clock, links },
      ledger,
      run: {
        controller: { signal },
      },
      onlineProbeMs,
    } = this.#options;
    for (let failures = 0; ;) {
      const upload = ledger.get(id);
      if (upload?.status !== 'verifying') return;
      try {
        const { link, verification } = await verify(destination, links, upload, signal);
        if (signal.aborted) throw failure('canceled');
        ledger.apply(id, { type: 'done', attempt: upload.attempt, link, verification, at: clock.now() });
        return;
      } catch (cause) {
        const decision = this.#decideRetry(cause, upload, failures);
        if (signal.aborted || decision?.do !== 'wait') throw cause;
        failures = decision.failures;
        await this.#sleep(typeof decision.until === 'number' ? decision.until - clock.now() : onlineProbeMs);
      }
    }
  }

  /** Decides after a failed verification; undefined when the file has to be sent again or Hoist has a bug. */
  #decideRetry(cause: unknown, upload: Upload, failures: number): Decision | undefined {
    if (!(cause instanceof AppFailure) || cause.error.code === 'corrupted') return undefined;
    const {
      ports: { clock, random },
      onBlocked,
    } = this.#options;
    return decide(cause.error, {
      source: 'file',
      // The file is already stored at this destination, so no other one is used.
      chain: upload.chain.slice(upload.step, upload.step + 1),
      step: 0,
      failures,
      now: clock.now(),
      random: random.next(),
      onBlocked,
    });
  }

  #sleep(ms: number): Promise<void> {
    const {
      ports: { clock },
      run: {
        controller: { signal },
      },
    } = this.#options;
    return new Promise((resolve) => {
      const stop = (): void => {
        cancelTimer();
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const cancelTimer = clock.after(ms, stop);
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
