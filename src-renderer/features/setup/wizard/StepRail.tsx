import { Check } from 'lucide-react';
import { text } from '../../../../src-shared/text/text.ts';
import { classNames } from '../../../ui/class-names.ts';
import { VisuallyHidden } from '../../../ui/VisuallyHidden.tsx';
import styles from './SetupWizard.module.css';
import { wizardSteps, type WizardStep } from './use-wizard.ts';

/** The steps: what is behind, where one is, what is to come. */
export function StepRail({ step }: { step: WizardStep }) {
  const at = wizardSteps.indexOf(step);
  return (
    <ol className={styles.rail} aria-label={text('ui.wizard.steps')}>
      {wizardSteps.map((one, index) => {
        const isCompleted = index < at || (one === 'done' && step === 'done');
        return (
          <li
            key={one}
            className={classNames(styles.step, index === at && styles.current, isCompleted && styles.completed)}
            aria-current={index === at ? 'step' : undefined}
          >
            <span className={styles.number} aria-hidden="true">
              {isCompleted ? <Check size={12} strokeWidth={3} /> : index + 1}
            </span>
            <span className={styles.stepName}>{text(`ui.wizard.step.${one}`)}</span>
            {isCompleted && index !== at && <VisuallyHidden>{`, ${text('ui.wizard.step.is-done')}`}</VisuallyHidden>}
          </li>
        );
      })}
    </ol>
  );
}
