/** Reports records that cannot be read or written for another reason than a full disk. */
import { AppFailure, type AppError } from '../../src-shared/errors.ts';
import type { UploadId } from '../../src-shared/upload.ts';
import type { Log } from './ports.ts';

export class RecordProblems {
  readonly #log: Pick<Log, 'problem'>;
  readonly #errors = new Map<UploadId, AppError>();

  constructor(log: Pick<Log, 'problem'>) {
    this.#log = log;
  }

  /** Logs only the first problem of an upload. Returns the error for its row, which names the log line. */
  report(id: UploadId, where: string, cause: unknown): AppError {
    const reported = this.#errors.get(id);
    if (reported) return reported;
    const diagnosticId = this.#log.problem(where, cause);
    const error: AppError = { ...(cause instanceof AppFailure ? cause.error : { code: 'bug' }), diagnosticId };
    this.#errors.set(id, error);
    return error;
  }

  /** Logs a problem that concerns no single upload. */
  reportOther(where: string, cause: unknown): void {
    this.#log.problem(where, cause);
  }

  /** The record could be written again. */
  clear(id: UploadId): void {
    this.#errors.delete(id);
  }
}
