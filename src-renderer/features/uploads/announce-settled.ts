/** Announces the end of a batch and what happened to its links, once. */
import type { BatchSettled } from '../../../src-shared/ipc/contract.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadId } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { markCopied, showToast } from '../../stores/feedback.ts';
import { copiedSentence, copyLinks } from './copy-links.ts';

export function announceSettled(hoist: Hoist, settled: BatchSettled): void {
  const { links, failed, uploadIds } = settled;
  switch (settled.clipboard) {
    case 'nothing':
      return;
    case 'copied': {
      const copied =
        failed > 0 ? text('ui.toast.copied-failed', { links, failed }) : text('ui.toast.copied', { count: links });
      markCopied(hoist.feedback, uploadIds);
      showAndAnnounce(hoist, copiedSentence(hoist, uploadIds, copied));
      return;
    }
    case 'unchanged':
    case 'many':
    case 'failed': {
      const sentence = uncopiedSentence(settled.clipboard, settled);
      const action = {
        label: text(settled.clipboard === 'many' ? 'ui.folder.copy-all' : 'ui.toast.copy', { count: links }),
        run: () => {
          void copyLinks(hoist, inDropOrder(hoist, uploadIds));
        },
      };
      showAndAnnounce(hoist, { sentence, tone: settled.clipboard === 'failed' ? 'danger' : 'calm', action });
    }
  }
}

/** Says why the links were not copied. */
function uncopiedSentence(clipboard: 'unchanged' | 'many' | 'failed', { links, failed }: BatchSettled): string {
  if (clipboard === 'failed') return text('ui.toast.clipboard-failed', { count: links });
  if (clipboard === 'unchanged') return text('ui.toast.clipboard-unchanged');
  return failed > 0 ? text('ui.say.settled-failed', { done: links, failed }) : text('ui.toast.many', { count: links });
}

/** The IDs of the uploads that have a link. */
function inDropOrder(hoist: Hoist, ids: readonly UploadId[]): UploadId[] {
  const { byId } = hoist.uploads.getState();
  return ids
    .flatMap((id) => byId.get(id) ?? [])
    .filter(({ link }) => link)
    .sort((a, b) => a.position - b.position)
    .map(({ id }) => id);
}

function showAndAnnounce(hoist: Hoist, toast: Parameters<typeof showToast>[1]): void {
  showToast(hoist.feedback, toast);
  hoist.announcer.queue(toast.sentence);
}
