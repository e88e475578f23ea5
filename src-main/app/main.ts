/**
 * The entry point of the app with a window. Steps that must happen before `ready` are here; the rest is in
 * hoist-app.ts.
 */
import { app } from 'electron';
import { HoistApp } from './hoist-app.ts';
import { disableSpellChecker } from '../electron/no-spell-checker.ts';
import { detectKeyStore } from '../platform/chromium-key-store.ts';
import { lockDown } from './lock-down.ts';
import { registerPageScheme, servePage } from './page.ts';
import { showStartupFailure } from './startup-failure.ts';

/** Called before `ready`. */
export function startApp(): void {
  // Sandboxes every renderer, including one that is opened by mistake. Chromium has no sandbox when it runs as root; it
  // is then started with this switch.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  registerPageScheme();
  disableSpellChecker();
  const keyStore = detectKeyStore();
  if (keyStore) app.commandLine.appendSwitch('password-store', keyStore);

  if (!app.requestSingleInstanceLock()) {
    app.exit(0);
    return;
  }
  void app
    .whenReady()
    .then(async () => {
      servePage();
      lockDown();
      const hoist = await HoistApp.open();
      app.on('second-instance', () => hoist.show());
      app.on('activate', () => hoist.show());
    })
    .catch(showStartupFailure);
}
