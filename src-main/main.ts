/** Where Electron begins: a window, or one command without a window. Each root does first what must happen before `ready`. */
import { startApp } from './app/main.ts';
import { runCommandLine } from './cli/main.ts';
import { commandLineArguments } from './cli/arguments.ts';

const args = commandLineArguments(process.argv);
if (args) runCommandLine(args);
else startApp();
