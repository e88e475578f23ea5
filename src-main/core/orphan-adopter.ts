/** Continues uploads that no living process owns. */
import type { Upload, UploadId } from '../../src-shared/upload.ts';
import type { Engine } from '../engine/engine.ts';
import { isEnvironmentId } from '../profiles/built-ins.ts';
import type { Store } from '../store/open.ts';
import type { Intervals } from './clock.ts';
import type { OutcomeRecorder } from './outcome-recorder.ts';

/** ms between two searches for uploads without an owner: a killed process sends no signal */
const orphanPollMs = 2000;

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
  constructor(ports: OrphanAdopterPorts) {
    this.#ports = ports;
  }

  /** Adopts the uploads without an owner now, and from now on the uploads of each process that is killed. */
  start(): void {
    const { engine, outcomes, intervals } = this.#ports;
    engine.adoptOrphans({ only: isAdoptable });
    for (const upload of engine.unfinished()) outcomes.record(upload);
    intervals.every(orphanPollMs, 'adopt uploads', () => this.#adoptNew());
  }

  /** The user acts on these uploads in this window, so this process adopts those that no living process owns. */
  claim(ids: readonly UploadId[]): void {
    const { engine, store } = this.#ports;
    const free = new Set(ids.filter((id) => !engine.has(id) && store.uploads.isUnowned(id)));
    if (free.size > 0) engine.adoptOrphans({ only: ({ id }) => free.has(id) });
  }

  #adoptNew(): void {
    const { engine, store, adopted } = this.#ports;
    const orphans = new Map(
      store.uploads
        .orphans()
        .filter((upload) => engine.canAdopt(upload.id) && isAdoptable(upload))
        .map((upload) => [upload.id, upload]),
    );
    if (orphans.size === 0) return;
    adopted([...orphans.values()]);
    engine.adoptOrphans({ only: ({ id }) => orphans.has(id) });
  }
}

/**
 * Paused uploads are not adopted: the user who paused them resumes them. Neither are uploads that use the keys of a
 * shell's environment, because the environment of this process may have other keys.
 */
const isAdoptable = (upload: Upload): boolean =>
  upload.status !== 'paused' && !upload.chain.some(({ profileId }) => isEnvironmentId(profileId));
