/** The attempts that this process runs now: at most one per upload. */
import type { UploadId } from '../../src-shared/upload.ts';

/**
 * Why an attempt is aborted. When the store completes the file nevertheless, the file is deleted after `canceled` and
 * kept otherwise. `woken`: the computer slept, so the connections may be dead. `lost`: another process owns the record
 * and resumes from the checkpoint.
 */
export type StopReason = 'canceled' | 'paused' | 'shutdown' | 'woken' | 'lost';

export interface RunState {
  controller: AbortController;
  /** The driver has returned, or another process owns the upload, so later reports of the driver are ignored. */
  ignoresReports: boolean;
}

interface ActiveRun extends RunState {
  ended: Promise<void>;
}

export class ActiveRuns {
  readonly #runs = new Map<UploadId, ActiveRun>();

  get size(): number {
    return this.#runs.size;
  }

  has(id: UploadId): boolean {
    return this.#runs.has(id);
  }

  ids(): UploadId[] {
    return [...this.#runs.keys()];
  }

  /** Starts `work`, which must not reject, and calls `onEnd` after it has ended. */
  start(id: UploadId, work: (run: RunState) => Promise<void>, onEnd: () => void): void {
    const run: ActiveRun = { controller: new AbortController(), ended: Promise.resolve(), ignoresReports: false };
    this.#runs.set(id, run);
    run.ended = work(run).then(() => {
      this.#runs.delete(id);
      onEnd();
    });
  }

  abort(id: UploadId, reason: StopReason): void {
    const run = this.#runs.get(id);
    if (run && reason === 'lost') run.ignoresReports = true;
    run?.controller.abort(reason);
  }

  /** Resolves when this process no longer works on the upload. */
  async whenEnded(id: UploadId): Promise<void> {
    await this.#runs.get(id)?.ended;
  }

  async whenAllEnded(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended));
  }
}
