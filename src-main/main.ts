/** Where Electron begins: a window, or one command without a window. Each root does first what must happen before `ready`. */
import { openWindow } from './app/main.ts';
import { runCommandLine } from './cli/main.ts';
import { commandLineOf } from './cli/arguments.ts';

const args = commandLineOf(process.argv);
if (args) runCommandLine(args);
else openWindow();
