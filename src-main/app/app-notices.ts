/** The notices that the window shows at its top, and the facts about this app. */
import { app } from 'electron';
import type { AppInfo, Notice } from '../../src-shared/ipc/contract.ts';
import type { Core } from '../core.ts';
import { isTestRuntime } from '../electron/test-runtime.ts';
import type { Store } from '../store/open.ts';

export class AppNotices {
  readonly #core: Core;
  readonly #store: Store;
  /** Notices about events since the start. */
  readonly #notices: Notice[] = [];

  constructor(core: Core, store: Store) {
    this.#core = core;
    this.#store = store;
  }

  add(notice: Notice): void {
    this.#notices.push(notice);
  }

  info(): AppInfo {
    const notices: Notice[] = [...this.#notices];
    if (isTestRuntime()) notices.push({ kind: 'test-runtime' });
    if (this.#store.replaced)
      notices.push({ kind: 'store-replaced', file: this.#store.replaced.movedTo, from: this.#store.replaced.from });
    const { profiles } = this.#core.profiles.views.all();
    for (const { secretStorage, name } of profiles)
      if (secretStorage === 'missing' || secretStorage === 'locked') notices.push({ kind: 'secrets-locked', name });
    if (profiles.some(({ secretStorage }) => secretStorage === 'session')) notices.push({ kind: 'session-secrets' });
    return { version: app.getVersion(), platform: process.platform as AppInfo['platform'], notices };
  }
}
