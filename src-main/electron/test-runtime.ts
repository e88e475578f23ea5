import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * Whether the app runs on the older Electron that is only for development and tests. The setup script puts the file
 * next to it.
 */
export const isTestRuntime = (): boolean => existsSync(path.join(path.dirname(process.execPath), 'HOIST-TEST-RUNTIME'));
