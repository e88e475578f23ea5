/** Hoist's data folder. */
import path from 'node:path';
import { app } from 'electron';

/** Electron's own `userData` path throws when the folder can't be created. */
export const dataFolder = (): string =>
  app.commandLine.getSwitchValue('user-data-dir') || path.join(app.getPath('appData'), app.getName());
