/**
 * Opens the browser. Only https URLs are allowed, and http URLs for this computer and private networks, always without
 * credentials. No other module opens the browser.
 */
import { shell } from 'electron';
import { failure } from '../../src-shared/errors.ts';
import { isSafeToOpen } from '../platform/safe-url.ts';

/** @throws AppFailure invalid-input for a URL that is not allowed */
export async function openInBrowser(url: string): Promise<void> {
  if (!isSafeToOpen(url)) throw failure('invalid-input');
  await shell.openExternal(url);
}
