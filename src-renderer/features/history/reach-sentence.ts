/** How far links that were just made reach, as a sentence; undefined when nothing is known to hold them back. */
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { linkReach } from './link-state.ts';

export function reachSentence(uploads: readonly UploadView[]): string | undefined {
  for (const where of ['this-computer', 'this-network'] as const) {
    const count = uploads.filter((upload) => linkReach(upload) === where).length;
    if (count > 0) return text(`reach.${where}.${count === uploads.length ? 'all' : 'some'}`, { count });
  }
  return undefined;
}
