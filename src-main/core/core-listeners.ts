/** Passes the notifications of the core to its own parts and the layers above it, which add their listeners later. */
import type { AppSettings } from '../../src-shared/app-settings.ts';
import type { ProfileId, Upload, UploadId } from '../../src-shared/upload.ts';

export interface CoreEvents {
  /** A record changed. `progress` may be coalesced; `status` may not. `by`: the process that changed it. */
  uploadChanged(upload: Upload, what: 'status' | 'progress', by: 'this-process' | 'another-process'): void;
  uploadRemoved(id: UploadId): void;
  /** As in the engine's `Events`. */
  batchSettled(uploads: Upload[]): void;
  abandonedUploadsExpired(uploads: Upload[]): void;
  /** This process continues the uploads of another process, which ended while this one was running. */
  orphansAdopted(uploads: Upload[]): void;
  /**
   * The view of the destinations changed. `editedId`: this process changed the settings or the key of that destination.
   */
  profilesChanged(editedId?: ProfileId): void;
  /** This process saved renewed secrets or settings of a destination. */
  profileRenewed(id: ProfileId): void;
  environmentChanged(): void;
  /** The user allowed a program that destinations may wait for. */
  programAllowed(): void;
  settingsChanged(settings: AppSettings): void;
}

export class CoreListeners {
  readonly #listeners: Partial<CoreEvents>[] = [];

  add(listeners: Partial<CoreEvents>): void {
    this.#listeners.push(listeners);
  }

  /** Calls the listeners in the order in which they were added. */
  emit<E extends keyof CoreEvents>(event: E, ...args: Parameters<CoreEvents[E]>): void {
    for (const listeners of this.#listeners) {
      const listener = listeners[event] as ((...given: Parameters<CoreEvents[E]>) => void) | undefined;
      listener?.(...args);
    }
  }
}
