import { useState } from 'react';
import { text } from '../../../src-shared/text/text.ts';
import { showToast } from '../../stores/feedback.ts';
import type { Confirmation } from '../../stores/screen.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { useHoist } from '../../use-hoist.ts';
import { showError } from './run-row-action.ts';
import styles from './ConfirmDialog.module.css';

/** Asks before a link is revoked, because Hoist cannot restore it. The safe button has the focus. */
export function RevokeLink({ confirmation }: { confirmation: Extract<Confirmation, { kind: 'revoke' }> }) {
  const hoist = useHoist();
  const [isPending, setPending] = useState(false);
  const { ids, name, destination } = confirmation;
  const close = (): void => hoist.screen.setState({ confirmation: undefined });
  const revoke = async (): Promise<void> => {
    setPending(true);
    const answer = await hoist.bridge.uploads.revokeLinks({ ids });
    close();
    if (!answer.ok) {
      showError(hoist, answer.error);
      return;
    }
    const stillOpens = answer.value.stillOpen > 0;
    const sentence = text(stillOpens ? 'ui.revoke.still-open' : 'ui.revoke.revoked', { name });
    showToast(hoist.feedback, { sentence, tone: stillOpens ? 'calm' : 'done' });
    hoist.announcer.announceNow(sentence);
  };
  return (
    <Dialog
      role="alertdialog"
      size="narrow"
      title={text('ui.revoke.question', { name })}
      closeLabel={text('ui.revoke.keep')}
      onClose={close}
    >
      <p className={styles.detail}>{text('ui.revoke.detail', { destination })}</p>
      <div className={styles.buttons}>
        <Button autoFocus isDisabled={isPending} onPress={close}>
          {text('ui.revoke.keep')}
        </Button>
        <Button
          tone="danger"
          isPending={isPending}
          onPress={() => {
            void revoke();
          }}
        >
          {text('ui.revoke.revoke')}
        </Button>
      </div>
    </Dialog>
  );
}
