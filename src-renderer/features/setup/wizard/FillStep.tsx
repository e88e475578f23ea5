import { CircleAlert, ExternalLink } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, type ClipboardEvent } from 'react';
import { isShown } from '../../../../src-shared/provider.ts';
import { text } from '../../../../src-shared/text/text.ts';
import { announcePolitely } from '../../../stores/feedback.ts';
import { Button } from '../../../ui/Button.tsx';
import { useHoist } from '../../../use-hoist.ts';
import { focusEmpty, focusField, focusProblem } from '../focus-field.ts';
import { discoveredSource } from '../discovered-text.ts';
import { FormFields } from '../FormFields.tsx';
import { SecretStorageChoice } from '../SecretStorageChoice.tsx';
import { SecretStorageLine } from '../SecretStorageLine.tsx';
import { hasKeyPair, requiresKeyEntry } from '../secret-storage.ts';
import { readPasted } from '../paste-keys.ts';
import { useKeyStore } from '../use-key-store.ts';
import type { SetupFormState } from '../use-setup-form.ts';
import type { SetupTarget } from './setup-targets.ts';
import type { TargetStage } from './TargetSteps.tsx';
import styles from './SetupWizard.module.css';
import { StepPage } from './StepPage.tsx';
import type { Wizard } from './use-wizard.ts';

interface FillProps {
  wizard: Wizard;
  stage: TargetStage;
  form: SetupFormState;
}

/** Asks for the settings of the store and the link kind. */
export function FillStep({ wizard, stage, form }: FillProps) {
  const { target, focus } = stage;
  const element = useRef<HTMLFormElement>(null);
  const needsKeys = requiresKeyEntry(form);
  const store = useKeyStore({ isEnabled: needsKeys || target.discovered?.copies === true });
  useFirstFocus(element, focus);
  const paste = usePasteIntoFields(form);
  const submit = async (): Promise<void> => {
    if (await form.isReady()) {
      wizard.go({ step: 'try', target });
      void form.test();
    } else
      requestAnimationFrame(() => {
        if (element.current) focusProblem(element.current);
      });
  };
  const title = target.discovered ? target.name : text('ui.wizard.fill.title', { service: target.name });
  return (
    <StepPage
      title={title}
      hint={<FillHint target={target} hasKeyPair={needsKeys && hasKeyPair(form)} />}
      note={<SecretStorageLine form={form} store={store} />}
      buttons={
        <>
          <Button onPress={() => wizard.go({ step: 'choose' })}>{text('ui.wizard.back')}</Button>
          <Button
            tone="primary"
            type="submit"
            form="setup"
            onPress={() => undefined}
            isDisabled={form.busy !== undefined}
          >
            {text('ui.wizard.continue')}
          </Button>
        </>
      }
    >
      <form
        ref={element}
        id="setup"
        className={styles.form}
        noValidate
        onPaste={paste}
        onSubmit={(event) => {
          event.preventDefault();
          if (!form.busy) void submit();
        }}
      >
        {form.problem !== undefined && (
          <p role="alert" className={styles.problem}>
            <CircleAlert size={16} aria-hidden />
            {form.problem}
          </p>
        )}
        <FormFields form={form} afterKeys={<SecretStorageChoice form={form} store={store} />} />
      </form>
    </StepPage>
  );
}

/** The text below the title: the source of the credentials, what the service needs, and where it shows its keys. */
function FillHint({ target, hasKeyPair }: { target: SetupTarget; hasKeyPair: boolean }) {
  const { bridge } = useHoist();
  const { preset, provider, name, discovered } = target;
  const hasNoPresets = provider.presets.length === 0;
  const openPage =
    preset?.page === undefined
      ? undefined
      : (): void => {
          void bridge.providers.openPage({ providerId: provider.id, of: { preset: preset.id } });
        };
  return (
    <>
      {discovered && <p>{discoveredSource(discovered)}</p>}
      {preset?.help && <p>{text(preset.help)}</p>}
      {hasNoPresets && <p>{text(provider.help)}</p>}
      {hasKeyPair && <p>{text('ui.wizard.fill.paste')}</p>}
      {openPage && (
        <Button
          tone="quiet"
          className={styles.pageLink}
          label={text('ui.wizard.fill.keys-page-label', { service: name })}
          onPress={openPage}
        >
          {text('ui.wizard.fill.keys-page', { service: name })}
          <ExternalLink size={13} aria-hidden />
        </Button>
      )}
    </>
  );
}

/** Focuses the field that needs a fix, otherwise the first empty field, otherwise the title of the step. */
function useFirstFocus(element: React.RefObject<HTMLFormElement | null>, focus: string | undefined): void {
  const focusTarget = useEffectEvent(() => {
    const form = element.current;
    if (!form) return;
    const isFocused = (focus !== undefined && focusField(form, focus)) || focusEmpty(form);
    if (!isFocused) form.closest('[role="dialog"]')?.querySelector<HTMLElement>('h2')?.focus();
  });
  useEffect(() => {
    focusTarget();
  }, []);
}

/** Fills in several fields when the user pastes several values at once, no matter which field has the focus. */
function usePasteIntoFields(form: SetupFormState): (event: ClipboardEvent) => void {
  const { feedback } = useHoist();
  return (event) => {
    const { provider, draft } = form;
    const values = readPasted(
      event.clipboardData.getData('text/plain'),
      provider.fields.filter((field) => isShown(field, draft.values)),
    );
    // An input of several lines takes several lines itself.
    if (!values || event.target instanceof HTMLTextAreaElement) return;
    event.preventDefault();
    form.setValues(values);
    announcePolitely(feedback, text('ui.setup.pasted', { count: Object.keys(values).length }));
  };
}
