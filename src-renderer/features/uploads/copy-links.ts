/** Copying at the person's wish, by main, which makes a link again if it has expired. */
import { errorText, text } from '../../../src-shared/text/text.ts';
import type { UploadId } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { markCopied, sayUrgently, showToast } from '../../stores/feedback.ts';

export async function copyLinks(hoist: Hoist, ids: readonly UploadId[]): Promise<void> {
  if (ids.length === 0) return;
  const answer = await hoist.bridge.uploads.copy({ ids: [...ids] });
  if (!answer.ok) { tellProblem(hoist, errorText(answer.error).what); return; }
  markCopied(hoist.feedback, ids);
  const sentence = text('ui.toast.copied', { count: ids.length });
  if (ids.length > 1) showToast(hoist.feedback, { sentence, tone: 'done' });
  hoist.announcer.answer(sentence);
}

function tellProblem(hoist: Hoist, sentence: string): void {
  showToast(hoist.feedback, { sentence, tone: 'danger' });
  sayUrgently(hoist.feedback, sentence);
}
