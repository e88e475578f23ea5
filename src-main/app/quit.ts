/** Leaving: asks while uploads run, then stops the core, which keeps every checkpoint, and only then lets the app go. */
import { app, type BrowserWindow } from 'electron';
import { confirmQuit } from './dialogs.ts';

export interface QuitPorts {
  window(): BrowserWindow | undefined;
  unfinished(): number;
  close(): Promise<void>;
}

export function guardQuit(ports: QuitPorts): void {
  let state: 'open' | 'confirming' | 'closing' | 'closed' = 'open';

  const confirmAndQuit = async (): Promise<void> => {
    if (state !== 'open') return;
    const count = ports.unfinished();
    if (count > 0) {
      state = 'confirming';
      if (!(await confirmQuit(ports.window(), count))) {
        state = 'open';
        return;
      }
    }
    state = 'closing';
    await ports.close();
    state = 'closed';
    app.quit();
  };

  app.on('before-quit', (event) => {
    if (state === 'closed') return;
    event.preventDefault();
    void confirmAndQuit();
  });
  // On macOS an app outlives its window; elsewhere the window's cross means quit, because the tray may not be there.
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
}
