/** A sentence that says where new links can be opened; undefined when there is no known restriction. */
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { isClosed, linkReach } from './link-state.ts';

type Limit = 'closed' | 'unreachable' | 'this-computer' | 'this-network';
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
