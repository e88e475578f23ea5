import { CircleAlert, ExternalLink } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, type ClipboardEvent } from 'react';
import { isShown } from '../../../../src-shared/provider.ts';
import { text } from '../../../../src-shared/text/text.ts';
import { sayPolitely } from '../../../stores/feedback.ts';
import { Button } from '../../../ui/Button.tsx';
import { useHoist } from '../../../use-hoist.ts';
import { focusEmpty, focusField, focusProblem } from '../focus-field.ts';
import { foundSource } from '../found-text.ts';
import { FormFields } from '../FormFields.tsx';
import { KeepChoice } from '../KeepChoice.tsx';
import { KeptLine } from '../KeptLine.tsx';
import { asksKeyPair, entersKeys } from '../key-keeping.ts';
import { readPasted } from '../paste-keys.ts';
import { useKeyStore } from '../use-key-store.ts';
import type { DraftForm } from '../use-draft.ts';
import type { Place } from './places.ts';
import type { PlaceStage } from './PlaceSteps.tsx';
import styles from './SetupWizard.module.css';
import { StepPage } from './StepPage.tsx';
import type { Wizard } from './use-wizard.ts';

interface FillProps {
  wizard: Wizard;
  stage: PlaceStage;
  form: DraftForm;
}

/** What the store has to know, and who may open the links. */
export function FillStep({ wizard, stage, form }: FillProps) {
  const { place, focus } = stage;
  const element = useRef<HTMLFormElement>(null);
  const isEntering = entersKeys(form);
  const store = useKeyStore({ isWanted: isEntering || place.found?.copies === true });
  useFirstFocus(element, focus);
  const paste = usePasteBlock(form);
  const goOn = async (): Promise<void> => {
    if (await form.isReady()) {
      wizard.go({ step: 'try', place });
      void form.test();
    } else
      requestAnimationFrame(() => {
        if (element.current) focusProblem(element.current);
      });
  };
  const title = place.found ? place.name : text('ui.wizard.fill.title', { place: place.name });
  return (
    <StepPage
      title={title}
      hint={<FillHint place={place} hasKeyPair={isEntering && asksKeyPair(form)} />}
      note={<KeptLine form={form} store={store} />}
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
          if (!form.busy) void goOn();
        }}
      >
        {form.problem !== undefined && (
          <p role="alert" className={styles.problem}>
            <CircleAlert size={16} aria-hidden />
            {form.problem}
          </p>
        )}
        <FormFields form={form} afterKeys={<KeepChoice form={form} store={store} />} />
      </form>
    </StepPage>
  );
}

function FillHint({ place, hasKeyPair }: { place: Place; hasKeyPair: boolean }) {
  const { bridge } = useHoist();
  const { preset, provider, name, found } = place;
  const isAlone = provider.presets.length === 0;
  const openPage =
    preset?.page === undefined
      ? undefined
      : (): void => {
          void bridge.providers.openPage({ providerId: provider.id, of: { preset: preset.id } });
        };
  return (
    <>
      {found && <p>{foundSource(found)}</p>}
      {preset?.help && <p>{text(preset.help)}</p>}
      {isAlone && <p>{text(provider.help)}</p>}
      {hasKeyPair && <p>{text('ui.wizard.fill.paste')}</p>}
      {openPage && (
        <Button
          tone="quiet"
          className={styles.pageLink}
          label={text('ui.wizard.fill.keys-page-label', { place: name })}
          onPress={openPage}
        >
          {text('ui.wizard.fill.keys-page', { place: name })}
          <ExternalLink size={13} aria-hidden />
        </Button>
      )}
    </>
  );
}

/** To the field that somebody was sent back to, else to the first that is empty. */
function useFirstFocus(element: React.RefObject<HTMLFormElement | null>, focus: string | undefined): void {
  const goThere = useEffectEvent(() => {
    const form = element.current;
    if (!form) return;
    const isThere = (focus !== undefined && focusField(form, focus)) || focusEmpty(form);
    if (!isThere) form.closest('[role="dialog"]')?.querySelector<HTMLElement>('h2')?.focus();
  });
  useEffect(() => {
    goThere();
  }, []);
}

/** Both keys copied at once go into their fields, wherever they are pasted. */
function usePasteBlock(form: DraftForm): (event: ClipboardEvent) => void {
  const { feedback } = useHoist();
  return (event) => {
    const { provider, draft } = form;
    const values = readPasted(
      event.clipboardData.getData('text/plain'),
      provider.fields.filter((field) => isShown(field, draft.values)),
    );
    if (!values || event.target instanceof HTMLTextAreaElement) return;
    event.preventDefault();
    form.fill(values);
    sayPolitely(feedback, text('ui.setup.pasted', { count: Object.keys(values).length }));
  };
}
