/**
 * What other Hoist processes, a window or command lines, do to the shared records: each shows the other's uploads. Asking
 * whether there is something new costs next to nothing, so it is done often.
 */
import type { Upload, UploadId } from '../../src-shared/upload.ts';
import type { Store } from './open.ts';

export interface ExternalChangeWatcherPorts {
  store: Pick<Store, 'hasExternalChanges' | 'uploads'>;
  /** What a window holds besides unfinished uploads. */
  limits: { failed: number; newest: number };
  changed(upload: Upload): void;
  removed(id: UploadId): void;
  /** Something was written, perhaps to destinations or settings. */
  anyWrite(): void;
}

export class ExternalChangeWatcher {
  readonly #ports: ExternalChangeWatcherPorts;
  #known: Map<UploadId, string>;

  constructor(ports: ExternalChangeWatcherPorts) {
    this.#ports = ports;
    this.#known = ports.store.uploads.digests(ports.limits);
  }

  /** This process wrote it, so it is there for others to change or remove. */
  noteOwnWrite(id: UploadId): void {
    if (!this.#known.has(id)) this.#known.set(id, '');
  }

  /** Tells what changed since the last look. */
  poll(): void {
    const { store, limits } = this.#ports;
    if (!store.hasExternalChanges()) return;
    const before = this.#known;
    this.#known = store.uploads.digests(limits);
    for (const [id, digest] of this.#known) {
      const upload = before.get(id) === digest ? undefined : store.uploads.get(id);
      if (upload) this.#ports.changed(upload);
    }
    for (const id of before.keys()) this.#reportIfRemoved(id);
    this.#ports.anyWrite();
  }

  /** It may only have been pushed out of the newest. */
  #reportIfRemoved(id: UploadId): void {
    if (this.#known.has(id)) return;
    const upload = this.#ports.store.uploads.get(id);
    if (upload) this.#ports.changed(upload);
    else this.#ports.removed(id);
  }
}
