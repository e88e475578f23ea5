/** Notes at which destinations the user acts, so that these destinations may ask the user for a permission. */
import type { ProfileId, UploadId } from '../../src-shared/upload.ts';
import type { ProgramPermissions } from '../profiles/program-permissions.ts';
import type { Store } from '../store/open.ts';

export class UserActions {
  readonly #uploads: Pick<Store['uploads'], 'get'>;
  readonly #programs: Pick<ProgramPermissions, 'onUserAction'>;

  constructor(uploads: Pick<Store['uploads'], 'get'>, programs: Pick<ProgramPermissions, 'onUserAction'>) {
    this.#uploads = uploads;
    this.#programs = programs;
  }

  /** Called before the upload continues: it may use each destination of its chain. */
  onUpload(id: UploadId): void {
    this.onDestinations(this.#uploads.get(id)?.chain ?? []);
  }

  onDestinations(steps: readonly { profileId: ProfileId }[]): void {
    for (const { profileId } of steps) this.#programs.onUserAction(profileId);
  }
}
