import { Check, CircleAlert, Ellipsis, ExternalLink } from 'lucide-react';
import { useState } from 'react';
import type { Field, SignInStep } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { Button } from '../../ui/Button.tsx';
import { copyText } from '../../ui/copy-text.ts';
import { TextField } from '../../ui/TextField.tsx';
import { isKnownSecret } from './draft.ts';
import styles from './SignInField.module.css';
import type { DraftForm } from './use-draft.ts';
import { useSignIn, type SignIn } from './use-sign-in.ts';

/** A button instead of a key: the service asks the person on its own page, in their browser. */
export function SignInField({ field, form }: { field: Field; form: DraftForm }) {
  const signIn = useSignIn(field, form);
  const isNew = (form.draft.values[field.key] ?? '') !== '';
  const isIn = isNew || isKnownSecret(field, form.known);
  const label = text(field.label);
  const problem = signIn.problem ?? form.problems[field.key];
  return (
    <div role="group" aria-label={label} className={styles.field}>
      <span className={styles.label} aria-hidden="true">{label}</span>
      {signIn.running ? <Running signIn={signIn} step={signIn.running.step} /> : (
        <div className={styles.state}>
          {isIn && <span className={styles.in}><Check size={14} aria-hidden />{text('ui.sign-in.done')}</span>}
          <Button tone={isIn ? 'default' : 'primary'} onPress={signIn.begin}>{text(isIn ? 'ui.sign-in.again' : 'ui.sign-in.begin')}<ExternalLink size={13} aria-hidden /></Button>
        </div>
      )}
      <span className={styles.help}>{text(field.help)}</span>
      {problem !== undefined && <p role="alert" className={styles.problem}><CircleAlert size={14} aria-hidden />{problem}</p>}
    </div>
  );
}

function Running({ signIn, step }: { signIn: SignIn; step: SignInStep | undefined }) {
  return (
    <div className={styles.running} aria-live="polite">
      <p className={styles.waiting}><Ellipsis size={14} aria-hidden />{text('ui.sign-in.waiting')}</p>
      {step?.code !== undefined && <p className={styles.words}>{text('ui.sign-in.code')}<strong className={styles.code}>{step.code}</strong></p>}
      {step?.paste && <Paste onPaste={signIn.paste} />}
      <div className={styles.buttons}>
        <Button onPress={signIn.cancel}>{text('ui.setup.cancel')}</Button>
        {step && <Button tone="quiet" onPress={() => { void copyText(step.url); }}>{text('ui.sign-in.copy')}</Button>}
      </div>
    </div>
  );
}

function Paste({ onPaste }: { onPaste: (code: string) => void }) {
  const [code, setCode] = useState('');
  return (
    <div className={styles.paste}>
      <TextField label={text('ui.sign-in.paste')} value={code} onChange={setCode} name="sign-in-code" />
      <Button isDisabled={code.trim() === ''} onPress={() => onPaste(code)}>{text('ui.sign-in.use')}</Button>
    </div>
  );
}
