/** The command line's root: the same core without a window. */
import path from 'node:path';
import { app } from 'electron';

/** Called before `ready`. Ends the process with the command's exit code. */
export function runCommandLine(args: string[]): void {
  // A window and its Chromium may be at work in the other one.
  app.setPath('sessionData', path.join(app.getPath('userData'), 'command-line'));
  void app.whenReady().then(() => {
    process.stdout.write(`${JSON.stringify(args)}\n`, () => app.exit(0));
  });
}
