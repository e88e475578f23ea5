/** A batch settled: what became of its links, told once. */
import type { Settled } from '../../../src-shared/ipc/contract.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadId } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { markCopied, showToast } from '../../stores/feedback.ts';
import { copiedSentence, copyLinks } from './copy-links.ts';

export function tellSettled(hoist: Hoist, settled: Settled): void {
  const { links, failed, uploadIds } = settled;
  switch (settled.clipboard) {
    case 'nothing':
      return;
    case 'copied': {
      const copied =
        failed > 0 ? text('ui.toast.copied-failed', { links, failed }) : text('ui.toast.copied', { count: links });
      markCopied(hoist.feedback, uploadIds);
      tell(hoist, copiedSentence(hoist, uploadIds, copied));
      return;
    }
    case 'kept':
    case 'many':
    case 'failed': {
      const sentence = uncopiedSentence(settled.clipboard, settled);
      const action = {
        label: text(settled.clipboard === 'many' ? 'ui.folder.copy-all' : 'ui.toast.copy', { count: links }),
        run: () => {
          void copyLinks(hoist, inDropOrder(hoist, uploadIds));
        },
      };
      tell(hoist, { sentence, tone: settled.clipboard === 'failed' ? 'danger' : 'calm', action });
    }
  }
}

/** What became of links that are not on the clipboard. */
function uncopiedSentence(clipboard: 'kept' | 'many' | 'failed', { links, failed }: Settled): string {
  if (clipboard === 'failed') return text('ui.toast.clipboard-failed', { count: links });
  if (clipboard === 'kept') return text('ui.toast.kept');
  return failed > 0 ? text('ui.say.settled-failed', { done: links, failed }) : text('ui.toast.many', { count: links });
}

/** Those that have a link, as main knows them by then. */
function inDropOrder(hoist: Hoist, ids: readonly UploadId[]): UploadId[] {
  const { byId } = hoist.uploads.getState();
  return ids
    .flatMap((id) => byId.get(id) ?? [])
    .filter(({ link }) => link)
    .sort((a, b) => a.position - b.position)
    .map(({ id }) => id);
}

function tell(hoist: Hoist, toast: Parameters<typeof showToast>[1]): void {
  showToast(hoist.feedback, toast);
  hoist.announcer.add(toast.sentence);
}
