/** Continues uploads that no living process owns. */
import type { Upload, UploadId } from '../../src-shared/upload.ts';
import type { Engine } from '../engine/engine.ts';
import { isEnvironmentId } from '../profiles/built-ins.ts';
import type { Store } from '../store/open.ts';
import type { Intervals } from './clock.ts';
import type { OutcomeRecorder } from './outcome-recorder.ts';

/** A killed process sends no signal, so its uploads are looked for. */
const orphanPollMs = 2000;

export interface OrphanAdopterPorts {
  engine: Engine;
  store: Store;
  outcomes: OutcomeRecorder;
  intervals: Intervals;
  /** Called before uploads of a process that ended while this one ran are continued. */
  adopted(uploads: Upload[]): void;
}

export class OrphanAdopter {
  readonly #ports: OrphanAdopterPorts;
  constructor(ports: OrphanAdopterPorts) {
    this.#ports = ports;
  }

  /** Adopts the uploads that are left now, and from now on those of every process that is killed. */
  start(): void {
    const { engine, outcomes, intervals } = this.#ports;
    engine.adoptOrphans({ only: isAdoptable });
    for (const upload of engine.unfinished()) outcomes.record(upload);
    intervals.every(orphanPollMs, () => this.#adoptNew());
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
 * A paused upload is left alone: the user who paused it resumes it. So is an upload with the keys of a shell's
 * environment: the environment of this process may hold other keys.
 */
const isAdoptable = (upload: Upload): boolean =>
  upload.status !== 'paused' && !upload.chain.some(({ profileId }) => isEnvironmentId(profileId));
