/** The uploads as the window and the command line show them. */
import type { HistoryPage, Leftovers, Snapshot, Totals } from '../../src-shared/ipc/contract.ts';
import { isTerminal, toUploadView, type Upload, type UploadId, type UploadView } from '../../src-shared/upload.ts';
import type { Engine } from '../engine/engine.ts';
import type { ProfileCatalog } from '../profiles/profile-catalog.ts';
import type { ProfileViews } from '../profiles/profile-views.ts';
import type { Store } from '../store/open.ts';

/**
 * The rows of a snapshot in addition to the unfinished uploads. Failed uploads stay listed until the user handles them.
 */
export const snapshotLimits = { failed: 1000, newest: 200 } as const;
/** Uploads that are read and sent to the window at once. */
const sliceSize = 500;
/** The maximum length of the list of leftovers; the sums include all leftovers. */
const maxListedLeftovers = 100;

export interface UploadViewsPorts {
  engine: Engine;
  store: Store;
  catalog: ProfileCatalog;
  profileViews: ProfileViews;
}

export class UploadViews {
  readonly #ports: UploadViewsPorts;
  constructor(ports: UploadViewsPorts) {
    this.#ports = ports;
  }

  of(upload: Upload): UploadView {
    const { catalog, profileViews } = this.#ports;
    const plain = toUploadView(upload, (id) => catalog.name(id));
    const view: UploadView = plain.error && profileViews.signsIn(plain.profileId) ? { ...plain, signsIn: true } : plain;
    return this.#isElsewhere(upload) ? { ...view, elsewhere: true } : view;
  }

  /** @returns the rows that the window shows first, and the other unfinished uploads, if there are many, in slices */
  snapshot(revision: number): { snapshot: Snapshot; later: Iterator<Upload[], void> } {
    const { engine, store } = this.#ports;
    const later = this.#unfinishedInSlices();
    const unfinished: Upload[] = [];
    while (unfinished.length < sliceSize) {
      const slice = later.next();
      if (slice.done) break;
      unfinished.push(...slice.value);
    }
    const uploads = [
      ...engine.active(),
      ...engine.endedUnsaved(),
      ...unfinished,
      ...store.uploads.failed(snapshotLimits.failed),
      ...store.uploads.newest(snapshotLimits.newest),
    ];
    const firstById = new Map<UploadId, Upload>();
    for (const upload of uploads) if (!firstById.has(upload.id)) firstById.set(upload.id, upload);
    // The engine's progress is newer than the stored progress.
    const rows = [...firstById.values()].map((upload) => this.of(engine.get(upload.id) ?? upload));
    return { snapshot: { revision, uploads: rows, totals: this.totals() }, later };
  }

  /** Each upload is in its state when its slice is made. */
  *#unfinishedInSlices(): Generator<Upload[], void> {
    const { engine, store } = this.#ports;
    const ids = engine.unfinished().map(({ id }) => id);
    for (let from = 0; from < ids.length; from += sliceSize)
      yield ids.slice(from, from + sliceSize).flatMap((id) => engine.get(id) ?? []);
    for (const slice of store.uploads.unfinishedElsewhere(sliceSize)) yield slice.filter(({ id }) => !engine.has(id));
  }

  /** The unfinished uploads of all processes. */
  unfinished(): UploadView[] {
    return this.#ports.store.uploads.unfinished().map((upload) => this.of(upload));
  }

  history(query: { text?: string; before?: string; limit: number }): HistoryPage {
    const page = this.#ports.store.uploads.query(query);
    return { uploads: page.uploads.map((upload) => this.of(upload)), next: page.next };
  }

  /** The remote data of failed and paused uploads. */
  leftovers(): Leftovers {
    const { engine, catalog } = this.#ports;
    const { list, ...sums } = engine.leftovers();
    return {
      ...sums,
      list: list.slice(0, maxListedLeftovers).map((upload) => ({
        id: upload.id,
        name: upload.name,
        destination: catalog.name(upload.chain[upload.step]?.profileId ?? ''),
        bytes: upload.bytesStored ?? 0,
      })),
    };
  }

  totals(): Totals {
    return this.#ports.store.uploads.totals();
  }

  /** Another process works on this upload. */
  #isElsewhere(upload: Upload): boolean {
    const { engine, store } = this.#ports;
    return !isTerminal(upload) && !engine.has(upload.id) && !store.uploads.isUnowned(upload.id);
  }
}
