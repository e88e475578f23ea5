/** Updates the status of destinations from the outcomes of their uploads. */
import type { Upload } from '../../src-shared/upload.ts';
import type { ProfileStatusTracker } from '../profiles/profile-status-tracker.ts';

export class OutcomeRecorder {
  readonly #status: ProfileStatusTracker;

  constructor(status: ProfileStatusTracker) {
    this.#status = status;
  }

  /**
   * Records the result of the last attempt that has ended, and the reason why an upload waits before its first attempt.
   */
  record(upload: Upload): void {
    const last = upload.attempts.findLast(({ ended }) => ended !== undefined);
    if (last) this.#status.recordOutcome(last.profileId, last.ended!, last.error);
    const step = upload.chain[upload.step];
    if (upload.status === 'waiting' && upload.until === 'profile-fixed' && step)
      this.#status.recordOutcome(step.profileId, last?.ended ?? upload.createdAt, upload.error);
  }
}
