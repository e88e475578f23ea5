/**
 * Announces the end of a batch and what happened to its links, with a toast and to screen readers. A "closed" upload is
 * stored, but its link did not open in the check, so it was not copied.
 */
import type { BatchSettled } from '../../../src-shared/ipc/contract.ts';
import { practiceId } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadId, UploadView } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { markCopied, showToast, type ToastAction, type ToastMessage } from '../../stores/feedback.ts';
import { findProfile } from '../../stores/profiles.ts';
import { copiedSentence, copyLinks } from './copy-links.ts';
import { linkOutcome, type LinkOutcome } from './has-details.ts';
import { runRowAction } from './run-row-action.ts';

type Toast = Omit<ToastMessage, 'sequence'>;

export function announceSettled(hoist: Hoist, settled: BatchSettled): void {
  const { links, failed, uploadIds, closedIds } = settled;
  const closed = closedToast(hoist, settled, { afterCopied: settled.clipboard === 'copied' });
  switch (settled.clipboard) {
    case 'nothing':
      if (closed) showAndAnnounce(hoist, closed);
      return;
    case 'copied': {
      const copied =
        failed > 0 ? text('ui.toast.copied-failed', { links, failed }) : text('ui.toast.copied', { count: links });
      markCopied(hoist.feedback, uploadIds);
      const toast = copiedSentence(hoist, uploadIds, copied);
      showAndAnnounce(hoist, closed ? withCopied(closed, toast.sentence) : toast);
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
      const tone = closedIds.length > 0 ? 'warn' : 'calm';
      showAndAnnounce(hoist, {
        sentence: closed ? `${sentence} ${closed.sentence}` : sentence,
        tone: settled.clipboard === 'failed' ? 'danger' : tone,
        action,
      });
    }
  }
}

/** Says why the links were not copied. */
function uncopiedSentence(clipboard: 'unchanged' | 'many' | 'failed', { links, failed }: BatchSettled): string {
  if (clipboard === 'failed') return text('ui.toast.clipboard-failed', { count: links });
  if (clipboard === 'unchanged') return text('ui.toast.clipboard-unchanged');
  return failed > 0 ? text('ui.say.settled-failed', { done: links, failed }) : text('ui.toast.many', { count: links });
}

/**
 * Says which links were not copied because they did not open, and offers to copy them anyway, together with the other
 * links of the batch. `afterCopied`: the sentence follows one about links that were copied.
 */
function closedToast(
  hoist: Hoist,
  { uploadIds, closedIds }: BatchSettled,
  { afterCopied }: { afterCopied: boolean },
): Toast | undefined {
  const { byId } = hoist.uploads.getState();
  const [first] = closedIds.flatMap((id) => byId.get(id) ?? []);
  const outcome = first && linkOutcome(first);
  if (!first || !outcome || outcome === 'this-computer' || outcome === 'this-network') return undefined;
  const settingsButton = settingsAction(hoist, first);
  const remedySentence = text(`ui.toast.remedy.${outcome}`, { destination: first.destination });
  return {
    sentence: `${notCopiedSentence(outcome, { count: closedIds.length, afterCopied })} ${remedySentence}`,
    tone: outcome === 'private' ? 'calm' : 'warn',
    action: {
      label: text('ui.toast.copy-anyway'),
      run: () => {
        void copyLinks(hoist, inDropOrder(hoist, [...uploadIds, ...closedIds]));
      },
    },
    ...(settingsButton && { remedy: settingsButton }),
  };
}

function notCopiedSentence(
  outcome: Exclude<LinkOutcome, 'this-computer' | 'this-network'>,
  { count, afterCopied }: { count: number; afterCopied: boolean },
): string {
  const reason = outcome === 'private' || outcome === 'unreachable' ? outcome : 'closed';
  return text(`ui.toast.${afterCopied ? 'another-not-copied' : 'not-copied'}.${reason}`, { count });
}

/** The toast about closed links, after the sentence about the links that were copied. */
const withCopied = (closed: Toast, copied: string): Toast => ({
  ...closed,
  // `Link copied` needs a full stop before the next sentence.
  sentence: /[.!?]$/.test(copied)
    ? `${copied} ${closed.sentence}`
    : text('ui.toast.copied-and-closed', { copied, closed: closed.sentence }),
});

/** The button that opens the form of the destination. Practice and a removed destination have no form. */
function settingsAction(hoist: Hoist, upload: UploadView): ToastAction | undefined {
  if (upload.profileId === practiceId || !findProfile(hoist.profiles.getState(), upload.profileId)) return undefined;
  return {
    label: text('ui.menu.fix', { destination: upload.destination }),
    run: () => runRowAction(hoist, upload, 'fix'),
  };
}

/** The IDs of those uploads that have a link, in drop order. */
function inDropOrder(hoist: Hoist, ids: readonly UploadId[]): UploadId[] {
  const { byId } = hoist.uploads.getState();
  return ids
    .flatMap((id) => byId.get(id) ?? [])
    .filter(({ link }) => link)
    .sort((a, b) => a.position - b.position)
    .map(({ id }) => id);
}

function showAndAnnounce(hoist: Hoist, toast: Toast): void {
  showToast(hoist.feedback, toast);
  hoist.announcer.queue(toast.sentence);
}
