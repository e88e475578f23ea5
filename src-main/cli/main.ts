/**
 * The entry point of the command line: the same core without a window. Steps that must happen before Electron's `ready`
 * event are here, in order.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { app } from 'electron';
import { dataFolder } from '../electron/data-folder.ts';
import { electronNetwork } from '../electron/electron-network.ts';
import { electronSecretBox } from '../electron/electron-secret-box.ts';
import { disableSpellChecker } from '../electron/no-spell-checker.ts';
import { detectKeyStore } from '../platform/chromium-key-store.ts';
import { sessionFolder } from '../platform/session-folder.ts';
import { StopRequests, stopSignals } from '../platform/stop-requests.ts';
import { escapeForTerminal } from '../platform/printable.ts';
import { text } from '../../src-shared/text/text.ts';
import { openingFailure } from '../store/store-failure.ts';
import { formatFailure } from './format.ts';
import { runInProcess } from './run-in-process.ts';
import { exitCodes } from './cli-context.ts';

/** Called before `ready`. Ends the process with the command's exit code. */
export function runCommandLine(args: string[]): void {
  const folder = dataFolder();
  // The Chromium of an open window may be using the default folder.
  const preferred = path.join(folder, 'command-line');
  const session = chromiumFolder(preferred);
  if (session === undefined) return;
  if (session !== preferred) {
    app.setPath('userData', session);
    app.once('quit', () => rmSync(session, { recursive: true, force: true }));
  }
  app.setPath('sessionData', session);
  // Chromium crashes when /dev/shm is full, and containers often have little of it.
  app.commandLine.appendSwitch('disable-dev-shm-usage');
  disableSpellChecker();
  const keyStore = detectKeyStore();
  if (keyStore) app.commandLine.appendSwitch('password-store', keyStore);
  // A signal to the process group also ends Chromium's helper processes, and Chromium crashes when it loses its GPU
  // process.
  app.commandLine.appendSwitch('in-process-gpu');
  const stop = new StopRequests({ exit: () => app.exit(exitCodes.interrupted), now: () => performance.now() });
  // Until `ready`, Chromium turns signals into a request to quit.
  app.on('before-quit', (event) => {
    event.preventDefault();
    stop.request();
  });
  void app
    .whenReady()
    .then(() => {
      for (const signal of stopSignals) process.on(signal, () => stop.request());
      return runInProcess(args, {
        folder,
        home: app.getPath('home'),
        version: app.getVersion(),
        secretBox: electronSecretBox(),
        proxies: electronNetwork('environment'),
        stop: stop.signal,
      });
    })
    .then((code) => app.exit(code))
    .catch(failToStart);
}

/** The folder for Chromium's files. When none can be created, ends the process and returns undefined. */
function chromiumFolder(preferred: string): string | undefined {
  try {
    return sessionFolder(preferred);
  } catch (cause) {
    failToStart(openingFailure(cause, tmpdir()));
    return undefined;
  }
}

function failToStart(cause: unknown): void {
  process.stderr.write(`${escapeForTerminal(text('cli.cannot-start', { reason: describeFailure(cause) }))}\n`);
  app.exit(exitCodes.failed);
}

const describeFailure = (cause: unknown): string =>
  formatFailure(cause) ?? (cause instanceof Error ? cause.message : String(cause));
