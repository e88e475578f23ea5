import { useState } from 'react';
import { formatBytes } from '../../../src-shared/format/bytes.ts';
import { text } from '../../../src-shared/text/text.ts';
import { readerLocale } from '../../format/locale.ts';
import type { UploadId } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { showToast } from '../../stores/feedback.ts';
import type { Question } from '../../stores/screen.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { useHoist } from '../../use-hoist.ts';
import { told } from './act.ts';
import { doAndTell } from './act-on-many.ts';
import styles from './QuestionDialog.module.css';

/** The dialog has closed and the list is drawn again. */
const drawnMs = 100;

/** Asked before something that cannot be taken back. What is safe has the focus. */
export function QuestionDialog({ question }: { question: Question }) {
  return question.kind === 'unpublish' ? <Unpublish question={question} /> : <CancelMany question={question} />;
}

type Of<K extends Question['kind']> = { question: Extract<Question, { kind: K }> };

function Unpublish({ question }: Of<'unpublish'>) {
  const hoist = useHoist();
  const [isPending, setPending] = useState(false);
  const { name, destination } = question;
  const count = question.ids.length;
  const close = (): void => hoist.screen.setState({ question: undefined });
  const unpublish = async (): Promise<void> => {
    setPending(true);
    const stop = focusNextWhenGone(hoist, question.ids);
    const isDone = await told(hoist, hoist.bridge.uploads.unpublish({ ids: question.ids }));
    close();
    if (!isDone) stop();
    else tellDeleted(hoist, text('ui.delete.deleted', { count, name, destination }));
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

/** What had the focus is deleted with its row: it goes to the row that takes its place. Returns how to leave it where it is. */
function focusNextWhenGone({ uploads }: Hoist, ids: readonly UploadId[]): () => void {
  const stop = uploads.subscribe(({ removed }) => {
    if (!ids.every((id) => removed.has(id))) return;
    stop();
    setTimeout(() => {
      if (document.activeElement === document.body)
        document.querySelector<HTMLElement>('main li[tabindex="0"]')?.focus();
    }, drawnMs);
  });
  return stop;
}

function tellDeleted({ feedback, announcer }: Hoist, sentence: string): void {
  showToast(feedback, { sentence, tone: 'done' });
  announcer.answer(sentence);
}

function CancelMany({ question }: Of<'cancel'>) {
  const hoist = useHoist();
  const { ids, pausable, sent } = question;
  const count = ids.length;
  const close = (): void => hoist.screen.setState({ question: undefined });
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
        {text('ui.all.cancel-detail', { count, sent: sent >= 1 ? formatBytes(sent, readerLocale) : 'none' })}
      </p>
      <div className={styles.buttons}>
        <Button autoFocus onPress={close}>
          {text('ui.all.cancel-keep')}
        </Button>
        {pausable.length > 0 && (
          <Button
            onPress={closeAnd(() => {
              void doAndTell(hoist, 'pause', pausable);
            })}
          >
            {text('ui.all.cancel-pause')}
          </Button>
        )}
        <Button
          tone="danger"
          onPress={closeAnd(() => {
            void doAndTell(hoist, 'cancel', ids);
          })}
        >
          {text('ui.all.cancel')}
        </Button>
      </div>
    </Dialog>
  );
}
