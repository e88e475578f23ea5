/** A sentence that says where new links can be opened; undefined when there is no known restriction. */
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { linkReach } from './link-state.ts';

export function reachSentence(uploads: readonly UploadView[]): string | undefined {
  for (const reach of ['this-computer', 'this-network'] as const) {
    const count = uploads.filter((upload) => linkReach(upload) === reach).length;
    if (count > 0) return text(`reach.${reach}.${count === uploads.length ? 'all' : 'some'}`, { count });
  }
  return undefined;
}
