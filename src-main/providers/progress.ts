/** How far one upload is, and when it may send: what every driver does alike. */
import type { Restarted } from '../../src-shared/upload.ts';
import { Lanes } from '../engine/lanes.ts';
import { paceLimits } from '../engine/pace.ts';
import type { FileSource } from '../engine/ports.ts';
import type { TransferOf } from './provider.ts';

export type Lane = (signal: AbortSignal) => Promise<() => void>;

/** Where nobody says how many requests at once are good for the store, a few are. */
export function laneOf({ lane }: Pick<TransferOf<FileSource>, 'lane'>): Lane {
  if (lane) return lane;
  const few = new Lanes({ now: Date.now }, { ...paceLimits, start: paceLimits.ofOne, most: paceLimits.ofOne }).enter();
  return (signal) => few.take(signal);
}

/** Bytes that are at the store or on their way, and whether they had to begin from zero. */
export class Progress {
  readonly #transfer: Pick<TransferOf<FileSource>, 'onProgress' | 'onKept' | 'onRestart'>;
  #bytes = 0;
  #kept = 0;
  #restarts = 0;

  constructor(transfer: Pick<TransferOf<FileSource>, 'onProgress' | 'onKept' | 'onRestart'>) {
    this.#transfer = transfer;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** @param count bytes; negative when a part has to be sent again */
  add(count: number): void {
    this.#bytes += count;
    this.#transfer.onProgress(this.#bytes);
  }

  /** @param count bytes of a part that the store has now */
  keep(count: number): void {
    this.#kept += count;
    this.#transfer.onKept?.(this.#kept);
  }

  restart(why: Restarted): void {
    this.#restarts++;
    this.#bytes = this.#kept = 0;
    this.#transfer.onRestart?.(why);
  }
}
