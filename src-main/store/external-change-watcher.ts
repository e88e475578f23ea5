/**
 * Reports changes that other Hoist processes (a window or command lines) make to the shared records, so that each
 * process shows the uploads of all processes. The check for changes is cheap, so it can run often.
 */
import type { Upload, UploadId } from '../../src-shared/upload.ts';
import type { Store } from './open.ts';

export interface ExternalChangeWatcherPorts {
  store: Pick<Store, 'hasExternalChanges' | 'uploads'>;
  /** How many failed and newest uploads are watched in addition to the unfinished ones. */
  limits: { failed: number; newest: number };
  changed(upload: Upload): void;
  removed(id: UploadId): void;
  /** Another process wrote something, perhaps destinations or settings. */
  anyWrite(): void;
}

export class ExternalChangeWatcher {
  readonly #ports: ExternalChangeWatcherPorts;
  /** The digest of each watched upload at the last comparison; '' for an upload that this process added since then. */
  #digests: Map<UploadId, string>;

  constructor(ports: ExternalChangeWatcherPorts) {
    this.#ports = ports;
    this.#digests = ports.store.uploads.digests(ports.limits);
  }

  /** Watches an upload of this process: other processes may change or remove it. */
  noteOwnWrite(id: UploadId): void {
    if (!this.#digests.has(id)) this.#digests.set(id, '');
  }

  /** Reports the changes since the last call. */
  poll(): void {
    const { store, limits } = this.#ports;
    if (!store.hasExternalChanges()) return;
    const before = this.#digests;
    this.#digests = store.uploads.digests(limits);
    for (const [id, digest] of this.#digests) {
      const upload = before.get(id) === digest ? undefined : store.uploads.get(id);
      if (upload) this.#ports.changed(upload);
    }
    for (const id of before.keys()) this.#reportIfRemoved(id);
    this.#ports.anyWrite();
  }

  /** An upload that is no longer among the newest uploads may still exist. */
  #reportIfRemoved(id: UploadId): void {
    if (this.#digests.has(id)) return;
    const upload = this.#ports.store.uploads.get(id);
    if (upload) this.#ports.changed(upload);
    else this.#ports.removed(id);
  }
}
