/** Quitting: confirms while uploads run, closes the core, which keeps every checkpoint, and then quits the app. */
import { app, type BrowserWindow } from 'electron';
import type { Upload } from '../../src-shared/upload.ts';
import { confirmQuit } from './dialogs.ts';
import { quitDetail } from './quit-detail.ts';

export interface QuitPorts {
  window(): BrowserWindow | undefined;
  unfinished(): Upload[];
  close(): Promise<void>;
}

export interface QuitGuard {
  /** Quits without a confirmation, also while one is open. */
  quitNow(): void;
}

export function guardQuit(ports: QuitPorts): QuitGuard {
  let state: 'open' | 'confirming' | 'closing' | 'closed' = 'open';

  /** `quitNow` may change the state while a dialog is open, which tsc does not know. */
  const isStill = (expected: typeof state): boolean => state === expected;

  const quit = async (): Promise<void> => {
    state = 'closing';
    try {
      await ports.close();
    } finally {
      state = 'closed';
      app.quit();
    }
  };

  const confirmAndQuit = async (): Promise<void> => {
    if (state !== 'open') return;
    const uploads = ports.unfinished();
    if (uploads.length > 0) {
      state = 'confirming';
      const isConfirmed = await confirmQuit(ports.window(), uploads.length, quitDetail(uploads));
      if (!isStill('confirming')) return;
      if (!isConfirmed) {
        state = 'open';
        return;
      }
    }
    await quit();
  };

  app.on('before-quit', (event) => {
    if (state === 'closed') return;
    event.preventDefault();
    void confirmAndQuit();
  });
  // On macOS an app keeps running without a window. Elsewhere, closing the window quits, because there may be no tray.
  app.on('browser-window-created', (_event, window) =>
    window.on('close', (event) => {
      if (state === 'closed' || process.platform === 'darwin') return;
      event.preventDefault();
      void confirmAndQuit();
    }),
  );
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  return {
    quitNow() {
      if (state === 'open' || state === 'confirming') void quit();
    },
  };
}
