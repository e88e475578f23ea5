/**
 * The entry point of the app with a window. Steps that must happen before `ready` are here; the rest is in
 * hoist-app.ts.
 */
import { tmpdir } from 'node:os';
import { app } from 'electron';
import { HoistApp } from './hoist-app.ts';
import { dataFolder } from '../electron/data-folder.ts';
import { disableSpellChecker } from '../electron/no-spell-checker.ts';
import { detectKeyStore } from '../platform/chromium-key-store.ts';
import { systemCodeOf } from '../platform/file-errors.ts';
import { hasLittleSharedMemory } from '../platform/shared-memory.ts';
import { checkFolder, checkTemporaryFolder } from '../store/prepare-folder.ts';
import { surviveGpuCrashes } from './gpu-crashes.ts';
import { lockDown } from './lock-down.ts';
import { isWindowOpen } from './open-window.ts';
import { lockSessions, pageSession } from './page-session.ts';
import { registerPageScheme, servePage } from './page.ts';
import { failBeforeReady, showStartupFailure } from './startup-failure.ts';
import { quitOnSignals } from './stop-signals.ts';

/** Called before `ready`. */
export function startApp(): void {
  // Sandboxes every renderer, including one that is opened by mistake. As root, Chromium has no sandbox and must be
  // started with the switch `no-sandbox`.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  registerPageScheme();
  // The page must not read the clipboard by itself. Old versions of Electron have no permission for this.
  app.commandLine.appendSwitch('blink-settings', 'DOMPasteAllowed=false');
  disableSpellChecker();
  if (hasLittleSharedMemory()) app.commandLine.appendSwitch('disable-dev-shm-usage');
  const keyStore = detectKeyStore();
  if (keyStore) app.commandLine.appendSwitch('password-store', keyStore);
  leaveDeletedFolder();

  // Without these folders, Chromium crashes, or cannot create its lock and assumes that a window is open. When a window
  // really is open, the disk may be full, which that window reports.
  try {
    checkFolder(dataFolder());
    checkTemporaryFolder(tmpdir());
  } catch (cause) {
    if (!isWindowOpen(dataFolder())) {
      failBeforeReady(cause);
      return;
    }
  }
  if (!app.requestSingleInstanceLock()) {
    app.exit(0);
    return;
  }
  void app
    .whenReady()
    .then(async () => {
      servePage(pageSession());
      lockDown();
      await lockSessions();
      surviveGpuCrashes();
      const hoist = await HoistApp.open();
      quitOnSignals(() => hoist.quitNow());
      app.on('second-instance', () => hoist.show());
      app.on('activate', () => hoist.show());
    })
    .catch(showStartupFailure);
}

/** From a deleted working folder, a second start can't reach the open window. */
function leaveDeletedFolder(): void {
  try {
    process.cwd();
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    process.chdir('/');
  }
}
