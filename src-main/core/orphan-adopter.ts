/** Continues uploads that no living process owns. */
import type { Upload } from '../../src-shared/upload.ts';
import type { Engine } from '../engine/engine.ts';
import { isEnvironmentId } from '../profiles/built-ins.ts';
import type { Store } from '../store/open.ts';
import type { Intervals } from './clock.ts';
import type { OutcomeRecorder } from './outcome-recorder.ts';

/** ms between two searches for uploads without an owner: a killed process sends no signal */
const orphanPollMs = 2000;
/** Uploads that are read at once. */
const sliceSize = 100;
/** Paused uploads are not adopted, so that many of them are not read again and again. */
const polledStatuses = ['verifying', 'uploading', 'waiting', 'queued'] as const;

export interface OrphanAdopterPorts {
  engine: Engine;
  store: Store;
  outcomes: OutcomeRecorder;
  intervals: Intervals;
  /** Called before this process continues the uploads of a process that ended. */
  adopted(uploads: Upload[]): void;
}

export class OrphanAdopter {
  readonly #ports: OrphanAdopterPorts;
  /** Many uploads are adopted over several turns of the event loop. */
  #isAdopting = false;

  constructor(ports: OrphanAdopterPorts) {
    this.#ports = ports;
  }

  /** Adopts the uploads without an owner now, and from now on the uploads of each process that is killed. */
  start(): void {
    const { outcomes, intervals } = this.#ports;
    void this.#adopt((upload) => outcomes.record(upload));
    intervals.every(orphanPollMs, 'adopt uploads', () => this.#adoptNew());
  }

  async #adoptNew(): Promise<void> {
    if (this.#isAdopting || !this.#hasAdoptable()) return;
    await this.#adopt((upload) => this.#ports.adopted([upload]));
  }

  #hasAdoptable(): boolean {
    const slices = this.#ports.store.uploads.orphansInSlices(sliceSize, polledStatuses);
    for (let slice = slices.next(); !slice.done; slice = slices.next())
      if (slice.value.some((upload) => this.#canAdopt(upload))) return true;
    return false;
  }

  #canAdopt(upload: Upload): boolean {
    return this.#ports.engine.canAdopt(upload.id) && isAdoptable(upload);
  }

  async #adopt(onAdopt: (upload: Upload) => void): Promise<void> {
    this.#isAdopting = true;
    try {
      await this.#ports.engine.adoptOrphans({
        only: (upload) => {
          const isSelected = this.#canAdopt(upload);
          if (isSelected) onAdopt(upload);
          return isSelected;
        },
      });
    } finally {
      this.#isAdopting = false;
    }
  }
}

/**
 * Paused uploads are not adopted: the user who paused them resumes them. Neither are uploads that use the keys of a
 * shell's environment, because the environment of this process may have other keys.
 */
const isAdoptable = (upload: Upload): boolean =>
  upload.status !== 'paused' && !upload.chain.some(({ profileId }) => isEnvironmentId(profileId));
