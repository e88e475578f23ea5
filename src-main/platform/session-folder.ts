/** The folder for Chromium's files. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeFolder } from './make-folder.ts';

/**
 * Creates and returns the preferred folder. If that fails, creates and returns a temporary folder, which the caller
 * removes. Without a folder, Electron throws before Hoist can report why it can't open its records.
 */
export function sessionFolder(preferred: string): string {
  try {
    makeFolder(preferred);
    return preferred;
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
  }
  return mkdtempSync(path.join(tmpdir(), 'hoist-'));
}
