import { useEffect, useState } from 'react';
import { formatBytes } from '../../../src-shared/format/bytes.ts';
import { text } from '../../../src-shared/text/text.ts';
import { readerLocale } from '../../format/locale.ts';
import type { UploadId } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { showToast } from '../../stores/feedback.ts';
import type { Confirmation } from '../../stores/screen.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { useHoist, useUploads } from '../../use-hoist.ts';
import { cancelableUploads } from './group-actions.ts';
import { withErrorToast } from './run-row-action.ts';
import { RevokeLink } from './RevokeLink.tsx';
import { runAndAnnounce } from './run-group-action.ts';
import styles from './ConfirmDialog.module.css';

/** Time in which the dialog closes and the list renders without the removed rows. */
const renderMs = 100;

/** Asks before an irreversible action. The safe button has the focus. */
export function ConfirmDialog({ confirmation }: { confirmation: Confirmation }) {
  switch (confirmation.kind) {
    case 'unpublish':
      return <Unpublish confirmation={confirmation} />;
    case 'revoke':
      return <RevokeLink confirmation={confirmation} />;
    case 'cancel':
      return <CancelMany confirmation={confirmation} />;
  }
}

type ConfirmProps<K extends Confirmation['kind']> = { confirmation: Extract<Confirmation, { kind: K }> };

/** Asks before stored files are deleted. */
function Unpublish({ confirmation }: ConfirmProps<'unpublish'>) {
  const hoist = useHoist();
  const [isPending, setPending] = useState(false);
  const { name, destination } = confirmation;
  const count = confirmation.ids.length;
  const close = (): void => hoist.screen.setState({ confirmation: undefined });
  const unpublish = async (): Promise<void> => {
    setPending(true);
    const cancelFocus = focusNextAfterRemoval(hoist, confirmation.ids);
    const isDone = await withErrorToast(hoist, hoist.bridge.uploads.unpublish({ ids: confirmation.ids }));
    close();
    if (!isDone) cancelFocus();
    else announceDeleted(hoist, text('ui.delete.deleted', { count, name, destination }));
  };
  return (
    <Dialog
      role="alertdialog"
      size="narrow"
      title={text('ui.delete.question', { count, name, destination })}
      closeLabel={text('ui.delete.keep')}
      onClose={close}
    >
      <p className={styles.detail}>{text('ui.delete.detail', { count })}</p>
      <div className={styles.buttons}>
        <Button autoFocus isDisabled={isPending} onPress={close}>
          {text('ui.delete.keep')}
        </Button>
        <Button
          tone="danger"
          isPending={isPending}
          label={text('ui.delete.delete-label', { destination })}
          onPress={() => {
            void unpublish();
          }}
        >
          {text('ui.delete.delete')}
        </Button>
      </div>
    </Dialog>
  );
}

/**
 * When the deleted rows are gone, focuses the row that took their position. Returns a function that cancels this.
 */
function focusNextAfterRemoval({ uploads }: Hoist, ids: readonly UploadId[]): () => void {
  const stop = uploads.subscribe(({ removed }) => {
    if (!ids.every((id) => removed.has(id))) return;
    stop();
    setTimeout(() => {
      // Only if the focus was lost: the user may have moved it in the meantime.
      if (document.activeElement === document.body)
        document.querySelector<HTMLElement>('main li[tabindex="0"]')?.focus();
    }, renderMs);
  });
  return stop;
}

function announceDeleted({ feedback, announcer }: Hoist, sentence: string): void {
  showToast(feedback, { sentence, tone: 'done' });
  announcer.announceNow(sentence);
}

/**
 * Asks before several uploads are canceled, and offers to pause them instead. The uploads continue while it asks, so
 * its numbers change, and it closes when all of them have ended.
 */
function CancelMany({ confirmation }: ConfirmProps<'cancel'>) {
  const hoist = useHoist();
  const byId = useUploads((state) => state.byId);
  const { ids, pausable, sent, resumableBytes } = cancelableUploads(confirmation.ids, byId);
  const count = ids.length;
  const sentText = formatBytes(sent, readerLocale);
  const resumableText = formatBytes(resumableBytes, readerLocale);
  /** How many of the sent bytes a pause would keep. Compares the texts, because only they are shown. */
  const pauseOutcome = (): 'none-resumable' | 'all-resumable' | 'some-resumable' => {
    if (resumableBytes < 1) return 'none-resumable';
    return resumableText === sentText ? 'all-resumable' : 'some-resumable';
  };
  const close = (): void => hoist.screen.setState({ confirmation: undefined });
  useEffect(() => {
    if (count > 0 || hoist.screen.getState().confirmation !== confirmation) return;
    hoist.screen.setState({ confirmation: undefined });
    const sentence = text('ui.all.cancel-ended', { count: confirmation.ids.length });
    showToast(hoist.feedback, { sentence, tone: 'calm' });
    hoist.announcer.queue(sentence);
  }, [hoist, confirmation, count]);
  // The effect above closes the dialog.
  if (count === 0) return null;
  /** An action of a button: closes the dialog, then runs `run`. */
  const closeAnd = (run: () => void) => (): void => {
    close();
    run();
  };
  return (
    <Dialog
      role="alertdialog"
      size="narrow"
      title={text('ui.all.cancel-question', { count })}
      closeLabel={text('ui.all.cancel-keep')}
      onClose={close}
    >
      <p className={styles.detail}>
        {text('ui.all.cancel-detail', { sent: sent >= 1 ? sentText : 'none' })}{' '}
        {pausable.length > 0 && text(`ui.all.cancel-${pauseOutcome()}`, { resumableBytes: resumableText })}
      </p>
      <div className={styles.buttons}>
        <Button autoFocus onPress={close}>
          {text('ui.all.cancel-keep')}
        </Button>
        {pausable.length > 0 && (
          <Button
            onPress={closeAnd(() => {
              void runAndAnnounce(hoist, 'pause', pausable);
            })}
          >
            {text('ui.all.cancel-pause')}
          </Button>
        )}
        <Button
          tone="danger"
          onPress={closeAnd(() => {
            void runAndAnnounce(hoist, 'cancel', ids);
          })}
        >
          {text('ui.all.cancel')}
        </Button>
      </div>
    </Dialog>
  );
}
