/** The command line's root: the same core without a window. What must happen before `ready` is here, in order. */
import path from 'node:path';
import { app } from 'electron';
import { electronNetwork } from '../app/electron-network.ts';
import { electronSecretBox } from '../app/electron-secret-box.ts';
import { detectKeyStore } from '../platform/chromium-key-store.ts';
import { runInProcess } from './run-in-process.ts';
import { exitCodes } from './cli-context.ts';

/** Called before `ready`. Ends the process with the command's exit code. */
export function runCommandLine(args: string[]): void {
  const folder = app.getPath('userData');
  // A window and its Chromium may be at work in the other one.
  app.setPath('sessionData', path.join(folder, 'command-line'));
  const keyStore = detectKeyStore();
  if (keyStore) app.commandLine.appendSwitch('password-store', keyStore);
  const stop = new AbortController();
  // Chromium answers the signals that ask a process to end by asking the app to quit. Who asks twice does not want to wait.
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (stop.signal.aborted) app.exit(exitCodes.interrupted);
    stop.abort();
  });
  void app
    .whenReady()
    .then(() =>
      runInProcess(args, {
        folder,
        home: app.getPath('home'),
        version: app.getVersion(),
        secretBox: electronSecretBox(),
        proxies: electronNetwork('environment'),
        stop: stop.signal,
      }),
    )
    .then((code) => app.exit(code));
}
