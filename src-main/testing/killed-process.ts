/** For tests: creates records that look as if a killed process had left them. */
import { spawnSync } from 'node:child_process';
import { practiceId } from '../../src-shared/profile.ts';
import type { Checkpoint, Upload, UploadId } from '../../src-shared/upload.ts';
import { openStore, type Store } from '../store/open.ts';
import type { CoreFixture } from './core-fixture.ts';

export class KilledProcess {
  readonly store: Store;
  readonly #fixture: CoreFixture;

  private constructor(store: Store, fixture: CoreFixture) {
    this.store = store;
    this.#fixture = fixture;
  }

  static async open(fixture: CoreFixture): Promise<KilledProcess> {
    // The records belong to a process that has ended, which looks the same as one that was killed.
    const { pid } = spawnSync(process.execPath, ['--version']);
    const owner = { pid, startTime: 'long ago' };
    return new KilledProcess(await openStore({ folder: fixture.folder, owner, now: Date.now }), fixture);
  }

  /** Adds an upload of a small file that has the upload's id as its name. By default it is queued for Practice. */
  async insertUpload(
    fields: Partial<Pick<Upload, 'id' | 'status' | 'chain'>> & { id: UploadId; checkpoint?: Checkpoint },
  ): Promise<void> {
    this.store.uploads.insert([
      {
        v: 1,
        batchId: fields.id,
        position: 0,
        ...(await this.#fixture.accept(fields.id)),
        chain: this.#fixture.core.profiles.chains.from(practiceId),
        step: 0,
        attempts: [],
        createdAt: Date.now(),
        status: 'queued',
        failures: 0,
        ...fields,
      } as Upload,
    ]);
  }
}
