/**
 * The entry point of Electron's main process: starts the app with its window, or runs one command without a window.
 * Both first run the steps that Electron requires before its `ready` event.
 */
import { startApp } from './app/main.ts';
import { runCommandLine } from './cli/main.ts';
import { commandLineArguments } from './cli/arguments.ts';
import { refuseSwitches } from './electron/refused-switches.ts';
import { excludeMemoryFromCoreDumps } from './platform/core-dumps.ts';
import { removeRelativeFolders } from './platform/search-path.ts';

excludeMemoryFromCoreDumps();
const args = commandLineArguments(process.argv);
removeRelativeFolders(process.env, process.platform);
if (!refuseSwitches()) {
  if (args) runCommandLine(args);
  else startApp();
}
