import { useRef, useState } from 'react';
import type { CodePrompt } from '../../../src-shared/ipc/contract.ts';
import { text } from '../../../src-shared/text/text.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { useHoist } from '../../use-hoist.ts';
import styles from './CodeDialog.module.css';

/** Asks for the device code that a destination's uploads wait for. */
export function CodeDialog({ codePrompt }: { codePrompt: CodePrompt }) {
  const { bridge } = useHoist();
  const [code, setCode] = useState('');
  // The error of the rejected code disappears when the user types a new code.
  const problem = codePrompt.refused && code === '' ? text(`ui.code.refused.${codePrompt.refused}`) : undefined;
  const isAnswered = useRef(false);
  const answer = (value: string | null): void => {
    if (isAnswered.current) return;
    isAnswered.current = true;
    void bridge.app.answerCodePrompt({ id: codePrompt.id, code: value });
  };
  return (
    <Dialog
      title={text('ui.code.title', { destination: codePrompt.destination })}
      size="narrow"
      closeLabel={text('ui.code.cancel')}
      onClose={() => answer(null)}
    >
      <form
        id="code"
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (code.trim() !== '') answer(code.trim());
        }}
      >
        <TextField
          autoFocus
          label={text('ui.code.label')}
          help={text('ui.code.help', { device: codePrompt.device })}
          problem={problem}
          value={code}
          onChange={setCode}
          name="code"
        />
      </form>
      <footer className={styles.foot}>
        <Button onPress={() => answer(null)}>{text('ui.code.cancel')}</Button>
        <Button tone="primary" type="submit" form="code" onPress={() => undefined} isDisabled={code.trim() === ''}>
          {text('ui.code.send')}
        </Button>
      </footer>
    </Dialog>
  );
}
