/** Copying at the person's wish: one link by main, which makes it again if it has expired; several as one text, a line each. */
import { errorText, text } from '../../../src-shared/text/text.ts';
import type { UploadId } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { markCopied, sayUrgently, showToast } from '../../stores/feedback.ts';
import { copyText } from '../../ui/copy-text.ts';

export async function copyLinks(hoist: Hoist, ids: readonly UploadId[]): Promise<void> {
  const [only] = ids;
  if (only === undefined) return;
  if (ids.length === 1) {
    const answer = await hoist.bridge.uploads.copy({ id: only });
    if (!answer.ok) { tellProblem(hoist, errorText(answer.error).what); return; }
  } else if (!copyText(urlsOf(hoist, ids).join('\n'))) {
    tellProblem(hoist, text('ui.toast.clipboard-failed', { count: ids.length }));
    return;
  }
  markCopied(hoist.feedback, ids);
  const sentence = text('ui.toast.copied', { count: ids.length });
  if (ids.length > 1) showToast(hoist.feedback, { sentence, tone: 'done' });
  hoist.announcer.answer(sentence);
}

function urlsOf(hoist: Hoist, ids: readonly UploadId[]): string[] {
  const { byId } = hoist.uploads.getState();
  return ids.flatMap((id) => byId.get(id)?.link?.url ?? []);
}

function tellProblem(hoist: Hoist, sentence: string): void {
  showToast(hoist.feedback, { sentence, tone: 'danger' });
  sayUrgently(hoist.feedback, sentence);
}
