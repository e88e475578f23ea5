/** Uploads from the tray or the menu: directly to the current destination, without a question in the window. */
import path from 'node:path';
import type { BrowserWindow } from 'electron';
import { AppFailure, type Result } from '../../src-shared/errors.ts';
import type { IntakeResult } from '../../src-shared/ipc/contract.ts';
import type { Core } from '../core.ts';
import type { Intake } from '../ipc/intake.ts';
import type { Store } from '../store/open.ts';
import { showOpenFilesDialog } from './dialogs.ts';

export interface QuickUploadPorts {
  core: Core;
  store: Store;
  intake: Intake;
  window(): BrowserWindow | undefined;
  /** Opens the setup in the window when no destination is set up. */
  setUp(): void;
  /** Shows in the window which files were refused. */
  showRefused(result: Result<IntakeResult[]>): void;
}

export class QuickUpload {
  readonly #ports: QuickUploadPorts;

  constructor(ports: QuickUploadPorts) {
    this.#ports = ports;
  }

  choosePaths(): Promise<string[]> {
    const { settings } = this.#ports.store;
    return showOpenFilesDialog(
      this.#ports.window(),
      { get: () => settings.get('lastFolder'), set: (folder) => settings.set('lastFolder', folder) },
      path.dirname,
    );
  }

  async start(): Promise<void> {
    const { core, intake } = this.#ports;
    const profile = core.profiles.catalog.current();
    if (!profile) {
      this.#ports.setUp();
      return;
    }
    const paths = await this.choosePaths();
    if (paths.length === 0) return;
    try {
      const { refused } = await intake.send(paths, profile.id);
      if (refused.length > 0) this.#ports.showRefused({ ok: true, value: refused });
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      this.#ports.showRefused({ ok: false, error: cause.error });
    }
  }
}
