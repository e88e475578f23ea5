/** Announces a failed upload urgently, once per cause. Further failures are only counted in the progress message. */
import { errorText, text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { displaySafeName } from '../../format/file-name.ts';
import type { Hoist } from '../../hoist.ts';
import { announceUrgently } from '../../stores/feedback.ts';

/** Of the failures with the same batch, destination and error code, only the first is announced. */
const causeOf = (upload: UploadView): string => `${upload.batchId} ${upload.profileId} ${upload.error?.code ?? ''}`;

/** Returns a function that stops the announcements. */
export function announceFailures({ uploads, feedback }: Hoist): () => void {
  const announced = new Set<string>();
  return uploads.subscribe((mirror, before) => {
    // A snapshot, which skips revisions, contains failures that are not new.
    const isSingleChange = before.ready && mirror.revision === before.revision + 1;
    if (!isSingleChange || mirror.now === before.now) return;
    for (const id of mirror.now) {
      const upload = mirror.byId.get(id);
      if (upload?.status !== 'failed' || !upload.error || before.byId.get(id)?.status === 'failed') continue;
      if (announced.has(causeOf(upload))) continue;
      announced.add(causeOf(upload));
      const { what, remedy } = errorText({
        ...upload.error,
        params: { destination: upload.destination, ...upload.error.params },
      });
      announceUrgently(feedback, text('ui.say.failed', { name: displaySafeName(upload.name), what, remedy }));
    }
  });
}
