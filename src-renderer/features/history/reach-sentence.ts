/**
 * A sentence that says who cannot open new links, such as "1 of them opens only on this computer."; about the most
 * severe limit if they have several. Undefined if everyone can open all links.
 */
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { isClosed, linkReach } from './link-state.ts';

type Limit = 'closed' | 'unreachable' | 'this-computer' | 'this-network';
/** The most severe limit first. */
const limits: readonly Limit[] = ['closed', 'unreachable', 'this-computer', 'this-network'];
const hasLimit = (upload: UploadView, limit: Limit): boolean =>
  limit === 'closed' ? isClosed(upload) : linkReach(upload) === limit;

export function reachSentence(uploads: readonly UploadView[]): string | undefined {
  for (const limit of limits) {
    const count = uploads.filter((upload) => hasLimit(upload, limit)).length;
    if (count > 0) return text(`reach.${limit}.${count === uploads.length ? 'all' : 'some'}`, { count });
  }
  return undefined;
}
