/** The window's root. What must happen before `ready` is here, in order; everything else is in hoist.ts. */
import { app } from 'electron';
import { Hoist } from './hoist.ts';
import { ownKeyStore } from '../platform/key-store.ts';
import { lockDown } from './lock-down.ts';
import { registerPageScheme, servePage } from './page.ts';
import { refuseToStart } from './refuse.ts';

/** Called before `ready`. */
export function openWindow(): void {
  // Every renderer, also one that a mistake opens. A superuser's Chromium cannot have it and is started with the switch.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  registerPageScheme();
  const keyStore = ownKeyStore();
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
      const hoist = await Hoist.open();
      app.on('second-instance', () => hoist.show());
      app.on('activate', () => hoist.show());
    })
    .catch(refuseToStart);
}
