/** Copying at the person's wish, by main, which makes a link again if it has expired or is wanted for another time. And what is said of a copied link. */
import { errorText, text } from '../../../src-shared/text/text.ts';
import type { UploadId } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { markCopied, sayUrgently, showToast, type Toast } from '../../stores/feedback.ts';
import { reachSentence } from '../history/reach-sentence.ts';

/** @param wish new links that work for so many days; without it, those that there are */
export async function copyLinks(hoist: Hoist, ids: readonly UploadId[], wish: { days?: number } = {}): Promise<void> {
  if (ids.length === 0) return;
  const answer = await hoist.bridge.uploads.copy({ ids: [...ids], ...wish });
  if (!answer.ok) {
    tellProblem(hoist, errorText(answer.error).what);
    return;
  }
  markCopied(hoist.feedback, ids);
  const toast = copiedSentence(hoist, ids, text('ui.toast.copied', { count: ids.length }));
  if (ids.length > 1) showToast(hoist.feedback, toast);
  hoist.announcer.answer(toast.sentence);
}

/** Where the links open, when that is not everywhere: nobody should believe that they shared what they did not. */
export function copiedSentence(
  { uploads }: Pick<Hoist, 'uploads'>,
  ids: readonly UploadId[],
  copied: string,
): Pick<Toast, 'sentence' | 'tone'> {
  const { byId } = uploads.getState();
  const reach = reachSentence(ids.flatMap((id) => byId.get(id) ?? []));
  return reach === undefined
    ? { sentence: copied, tone: 'done' }
    : { sentence: text('ui.toast.with-reach', { copied, reach }), tone: 'calm' };
}

function tellProblem(hoist: Hoist, sentence: string): void {
  showToast(hoist.feedback, { sentence, tone: 'danger' });
  sayUrgently(hoist.feedback, sentence);
}
