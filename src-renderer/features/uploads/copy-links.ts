/**
 * Copies links when the user asks for it, and shows a message. Main renews expired links, or makes new links of another
 * lifetime.
 */
import { errorText, text } from '../../../src-shared/text/text.ts';
import type { UploadId } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { markCopied, announceUrgently, showToast, type ToastMessage } from '../../stores/feedback.ts';
import { reachSentence } from '../history/reach-sentence.ts';

/** @param options `days`: makes new links that work for this many days; without it, copies the existing links */
export async function copyLinks(
  hoist: Hoist,
  ids: readonly UploadId[],
  options: { days?: number } = {},
): Promise<void> {
  if (ids.length === 0) return;
  const answer = await hoist.bridge.uploads.copy({ ids: [...ids], ...options });
  if (!answer.ok) {
    showProblem(hoist, errorText(answer.error).what);
    return;
  }
  markCopied(hoist.feedback, ids);
  const toast = copiedSentence(hoist, ids, text('ui.toast.copied', { count: ids.length }));
  if (ids.length > 1) showToast(hoist.feedback, toast);
  hoist.announcer.announceNow(toast.sentence);
}

/**
 * The message about copied links. If they do not open everywhere, it says where: users must not believe that they do.
 */
export function copiedSentence(
  { uploads }: Pick<Hoist, 'uploads'>,
  ids: readonly UploadId[],
  copied: string,
): Pick<ToastMessage, 'sentence' | 'tone'> {
  const { byId } = uploads.getState();
  const reach = reachSentence(ids.flatMap((id) => byId.get(id) ?? []));
  return reach === undefined
    ? { sentence: copied, tone: 'done' }
    : { sentence: text('ui.toast.with-reach', { copied, reach }), tone: 'calm' };
}

function showProblem(hoist: Hoist, sentence: string): void {
  showToast(hoist.feedback, { sentence, tone: 'danger' });
  announceUrgently(hoist.feedback, sentence);
}
