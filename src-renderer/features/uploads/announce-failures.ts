/** A failed upload interrupts once for each cause: the rest of the same cause is in the count of the polite message. */
import { errorText, text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { displaySafeName } from '../../format/file-name.ts';
import type { Hoist } from '../../hoist.ts';
import { announceUrgently } from '../../stores/feedback.ts';

/** The same cause of the same batch is told once. */
const causeOf = (upload: UploadView): string => `${upload.batchId} ${upload.profileId} ${upload.error?.code ?? ''}`;

export function announceFailures({ uploads, feedback }: Hoist): () => void {
  const announced = new Set<string>();
  return uploads.subscribe((mirror, before) => {
    if (!before.ready || mirror.revision !== before.revision + 1 || mirror.now === before.now) return;
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
