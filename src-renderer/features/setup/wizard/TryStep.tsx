import { CircleAlert, RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { CheckReport } from '../../../../src-shared/profile.ts';
import { text } from '../../../../src-shared/text/text.ts';
import { Button } from '../../../ui/Button.tsx';
import { useHoist } from '../../../use-hoist.ts';
import { fieldToChange } from '../check-text.ts';
import { CheckList } from '../CheckList.tsx';
import { useCheckAnnouncements } from '../use-check-announcements.ts';
import { saveSetup } from '../save-setup.ts';
import type { SetupFormState } from '../use-setup-form.ts';
import type { TargetStage } from './TargetSteps.tsx';
import styles from './SetupWizard.module.css';
import { StepPage } from './StepPage.tsx';
import type { Wizard } from './use-wizard.ts';

function titleOf(report: CheckReport | undefined, problem: string | undefined): string {
  if (problem !== undefined || (report && !report.ok)) return text('ui.wizard.try.title-failed');
  if (!report) return text('ui.wizard.try.title');
  return text(
    report.results.some(({ outcome }) => outcome === 'warning')
      ? 'ui.wizard.try.title-limited'
      : 'ui.wizard.try.title-ok',
  );
}

/** Tests the settings with a small real upload, and opens its link anonymously. */
export function TryStep({ wizard, stage, form }: { wizard: Wizard; stage: TargetStage; form: SetupFormState }) {
  const hoist = useHoist();
  const { target } = stage;
  const { report, busy } = form;
  const [isSaving, setSaving] = useState(false);
  /** Goes back to the form, with the focus in this field. */
  const change = (focus?: string): void => wizard.go({ step: 'fill', target, ...(focus !== undefined && { focus }) });
  const save = async (): Promise<void> => {
    setSaving(true);
    const saved = await saveSetup(hoist, form);
    setSaving(false);
    if (saved) wizard.go({ step: 'done', target, wasTried: report?.ok === true, ...saved });
    else change();
  };
  const title = titleOf(report, form.problem);
  useCheckAnnouncements(form, title);
  const isTesting = busy === 'testing';
  // If a field is wrong, retrying without changing it rarely helps, so “Try again” is not the primary button.
  const hasWrongField = form.results.some((result) => fieldToChange(result, form.provider) !== undefined);
  return (
    <StepPage
      title={title}
      hint={text('ui.check.intro')}
      buttons={
        <>
          {!isTesting && !report?.ok && (
            <Button
              tone="quiet"
              isDisabled={isSaving}
              onPress={() => {
                void save();
              }}
            >
              {text('ui.wizard.try.save-anyway')}
            </Button>
          )}
          <Button onPress={() => change()}>{text('ui.wizard.back')}</Button>
          {isTesting || report?.ok ? (
            <Button
              tone="primary"
              isDisabled={isTesting || isSaving}
              onPress={() => {
                void save();
              }}
            >
              {text('ui.wizard.continue')}
            </Button>
          ) : (
            <Button
              tone={hasWrongField ? 'default' : 'primary'}
              isDisabled={isSaving}
              onPress={() => {
                void form.test();
              }}
            >
              <RotateCw size={14} aria-hidden />
              {text('ui.setup.try-again')}
            </Button>
          )}
        </>
      }
    >
      {form.problem !== undefined && (
        <p role="alert" className={styles.problem}>
          <CircleAlert size={16} aria-hidden />
          {form.problem}
        </p>
      )}
      <CheckList form={form} isNext onChange={change} />
    </StepPage>
  );
}
