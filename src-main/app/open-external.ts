/** The one way to the browser: a parsed https address, http for this computer and private networks only, without credentials. */
import { shell } from 'electron';
import { failure } from '../../src-shared/errors.ts';
import { isSafeToOpen } from '../platform/safe-url.ts';

/** @throws AppFailure invalid-input for an address that a browser should not be sent to */
export async function openInBrowser(url: string): Promise<void> {
  if (!isSafeToOpen(url)) throw failure('invalid-input');
  await shell.openExternal(url);
}
