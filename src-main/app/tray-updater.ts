/** Keeps the tray up to date: recent links, progress, and destinations that cannot be used. */
import type { ProfileView } from '../../src-shared/profile.ts';
import type { Core } from '../core.ts';
import type { Store } from '../store/open.ts';
import { HoistTray, type TrayActions } from './tray.ts';

/** Links in the tray's menu. */
const maxRecentLinks = 5;
const trayUpdateMs = 1000;

export class TrayUpdater {
  readonly #core: Core;
  readonly #store: Store;
  #tray: HoistTray | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Cached until a profile changes, because the core reads files to find them. */
  #unusableProfiles: ProfileView[] | undefined;

  constructor(core: Core, store: Store) {
    this.#core = core;
    this.#store = store;
  }

  showTray(actions: TrayActions): void {
    this.#tray = new HoistTray(actions);
    this.schedule();
  }

  profilesChanged(): void {
    this.#unusableProfiles = undefined;
    this.schedule();
  }

  schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#update();
    }, trayUpdateMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#tray?.destroy();
  }

  #update(): void {
    const { unfinished, bytes, sent } = this.#core.engine.workTotals;
    const unusableProfiles = (this.#unusableProfiles ??= this.#core.profiles.views.needingAttention());
    this.#tray?.show({
      recent: this.#store.uploads
        .newestDone(maxRecentLinks)
        .filter(({ revokedAt }) => revokedAt === undefined)
        .map(({ id, name }) => ({ id, name })),
      uploading: unfinished,
      progress: bytes === 0 ? 0 : sent / bytes,
      unusable: unusableProfiles.map((profile) => ({ name: profile.name, needs: neededAction(profile) })),
    });
  }
}

/** What the user has to do before the destination can be used. */
function neededAction({ status, signsIn }: ProfileView): 'key' | 'sign-in' | 'setup' {
  if (status.state !== 'needs-sign-in') return 'setup';
  return signsIn ? 'sign-in' : 'key';
}
