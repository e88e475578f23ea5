import { Check, CircleAlert, Ellipsis, ExternalLink } from 'lucide-react';
import { useEffect, useRef, useState, type RefObject } from 'react';
import type { Field, SignInStep } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { Button } from '../../ui/Button.tsx';
import { copyText } from '../../ui/copy-text.ts';
import { TextField } from '../../ui/TextField.tsx';
import { isKnownSecret } from './form-draft.ts';
import { stateSentence } from './profile-state.ts';
import styles from './SignInField.module.css';
import type { SetupFormState } from './use-setup-form.ts';
import { useSignIn, type SignInState } from './use-sign-in.ts';

/** A button that opens the service's sign-in page in the browser, instead of a key field. */
export function SignInField({ field, form }: { field: Field; form: SetupFormState }) {
  const signIn = useSignIn(field, form);
  const hasSignedIn = isSignedIn(field, form);
  const label = text(field.label);
  const problem = findProblem(field, form, signIn);
  const group = useRef<HTMLDivElement>(null);
  useRestoredFocus(group, signIn.running !== undefined);
  useScrollIntoView(group, signIn.running?.step);
  return (
    <div
      ref={group}
      role="group"
      aria-label={label}
      className={styles.field}
      data-signed-out={field.required && !hasSignedIn ? '' : undefined}
      data-invalid={problem === undefined ? undefined : ''}
    >
      <span className={styles.label} aria-hidden="true">
        {label}
      </span>
      {signIn.running ? (
        <Running signIn={signIn} step={signIn.running.step} />
      ) : (
        <div className={styles.state}>
          {hasSignedIn && (
            <span className={styles.in}>
              <Check size={14} aria-hidden />
              {text('ui.sign-in.done')}
            </span>
          )}
          <Button tone={hasSignedIn ? 'default' : 'primary'} onPress={signIn.begin}>
            {text(hasSignedIn ? 'ui.sign-in.again' : 'ui.sign-in.begin')}
            <ExternalLink size={13} aria-hidden />
          </Button>
        </div>
      )}
      {!signIn.running && problem === undefined && <span className={styles.help}>{text(field.help)}</span>}
      {problem !== undefined && (
        <p role="alert" className={styles.problem}>
          <CircleAlert size={14} aria-hidden />
          {problem}
        </p>
      )}
    </div>
  );
}

/** Whether the user has signed in while the form was open. */
const isNew = ({ key }: Field, { draft }: SetupFormState): boolean => (draft.values[key] ?? '') !== '';

/** Whether the saved sign-in is no longer valid. */
const isRefused = ({ known: { profile } }: SetupFormState): boolean => profile?.status.state === 'needs-sign-in';

const isSignedIn = (field: Field, form: SetupFormState): boolean =>
  isNew(field, form) || (isKnownSecret(field, form.known) && !isRefused(form));

function findProblem(field: Field, form: SetupFormState, { running, problem }: SignInState): string | undefined {
  if (running) return undefined;
  const { profile } = form.known;
  return (
    problem ??
    form.problems[field.key] ??
    (profile && field.required && isRefused(form) && !isNew(field, form) ? stateSentence(profile) : undefined)
  );
}

/**
 * When the sign-in starts or ends, its button is replaced by other buttons. Moves a lost focus to the first of them.
 */
function useRestoredFocus(group: RefObject<HTMLDivElement | null>, isRunning: boolean): void {
  const wasRunning = useRef(isRunning);
  useEffect(() => {
    if (wasRunning.current === isRunning) return;
    wasRunning.current = isRunning;
    const isLost =
      document.activeElement === null ||
      document.activeElement === document.body ||
      group.current?.contains(document.activeElement) === true;
    if (isLost) group.current?.querySelector('button')?.focus();
  }, [group, isRunning]);
}

/** Scrolls the field into view when the sign-in reaches its next step. */
function useScrollIntoView(group: RefObject<HTMLDivElement | null>, step: SignInStep | undefined): void {
  useEffect(() => {
    if (step) group.current?.scrollIntoView({ block: 'nearest' });
  }, [group, step]);
}

function Running({ signIn, step }: { signIn: SignInState; step: SignInStep | undefined }) {
  return (
    <div className={styles.running} aria-live="polite">
      <p className={styles.waiting}>
        <Ellipsis size={14} aria-hidden />
        {text(step?.paste ? 'ui.sign-in.waiting-paste' : 'ui.sign-in.waiting')}
      </p>
      {step?.code !== undefined && (
        <p className={styles.words}>
          {text('ui.sign-in.code')}
          <strong className={styles.code}>{step.code}</strong>
        </p>
      )}
      {step?.paste && <Paste onPaste={signIn.paste} />}
      <div className={styles.buttons}>
        <Button onPress={signIn.cancel}>{text('ui.setup.cancel')}</Button>
        {step && (
          <Button
            tone="quiet"
            onPress={() => {
              void copyText(step.url);
            }}
          >
            {text('ui.sign-in.copy')}
          </Button>
        )}
      </div>
    </div>
  );
}

function Paste({ onPaste }: { onPaste: (code: string) => void }) {
  const [code, setCode] = useState('');
  const use = (): void => {
    if (code.trim() !== '') onPaste(code);
  };
  return (
    // Enter submits the code, not the surrounding form.
    <div
      role="presentation"
      className={styles.paste}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
          event.preventDefault();
          use();
        }
      }}
    >
      <TextField autoFocus label={text('ui.sign-in.paste')} value={code} onChange={setCode} name="sign-in-code" />
      <Button isDisabled={code.trim() === ''} onPress={use}>
        {text('ui.sign-in.use')}
      </Button>
    </div>
  );
}
