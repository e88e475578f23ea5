/** The progress and the slots of one upload. All drivers use this module. */
import type { RestartReason } from '../../../src-shared/upload.ts';
import { ConcurrencyLimiter } from '../../engine/concurrency-limiter.ts';
import { defaultConcurrencyLimits } from '../../engine/adaptive-concurrency.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { TransferFrom } from '../contract/provider.ts';

export type AcquireSlot = (signal: AbortSignal) => Promise<() => void>;

/** If the engine provides no slots, the upload gets the default number of slots for one upload. */
export function slotAcquirer({ acquireSlot }: Pick<TransferFrom<FileSource>, 'acquireSlot'>): AcquireSlot {
  if (acquireSlot) return acquireSlot;
  const limiter = new ConcurrencyLimiter(
    { now: Date.now },
    {
      ...defaultConcurrencyLimits,
      initial: defaultConcurrencyLimits.perUpload,
      max: defaultConcurrencyLimits.perUpload,
    },
  ).createUploadSlots();
  return (signal) => limiter.acquire(signal);
}

/** Counts the bytes sent and stored, and the restarts from zero. */
export class UploadProgress {
  readonly #transfer: Pick<TransferFrom<FileSource>, 'onProgress' | 'onBytesStored' | 'onRestart'>;
  #bytesSent = 0;
  #bytesStored = 0;
  #restarts = 0;

  constructor(transfer: Pick<TransferFrom<FileSource>, 'onProgress' | 'onBytesStored' | 'onRestart'>) {
    this.#transfer = transfer;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** @param count bytes; negative when a part has to be sent again */
  addSent(count: number): void {
    this.#bytesSent += count;
    this.#transfer.onProgress(this.#bytesSent);
  }

  /** @param count bytes of a part that the store has acknowledged */
  addStored(count: number): void {
    this.#bytesStored += count;
    this.#transfer.onBytesStored?.(this.#bytesStored);
  }

  restart(why: RestartReason): void {
    this.#restarts++;
    this.#bytesSent = this.#bytesStored = 0;
    this.#transfer.onRestart?.(why);
  }
}
