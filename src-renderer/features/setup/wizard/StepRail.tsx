import { Check } from 'lucide-react';
import { text } from '../../../../src-shared/text/text.ts';
import { classNames } from '../../../ui/class-names.ts';
import { VisuallyHidden } from '../../../ui/VisuallyHidden.tsx';
import styles from './SetupWizard.module.css';
import { wizardSteps, type WizardStep } from './use-wizard.ts';

/** The list of steps: finished, current, upcoming. */
export function StepRail({ step }: { step: WizardStep }) {
  const currentIndex = wizardSteps.indexOf(step);
  return (
    <ol className={styles.rail} aria-label={text('ui.wizard.steps')}>
      {wizardSteps.map((name, index) => {
        // The last step is completed as soon as it is shown.
        const isCompleted = index < currentIndex || (name === 'done' && step === 'done');
        return (
          <li
            key={name}
            className={classNames(
              styles.step,
              index === currentIndex && styles.current,
              isCompleted && styles.completed,
            )}
            aria-current={index === currentIndex ? 'step' : undefined}
          >
            <span className={styles.number} aria-hidden="true">
              {isCompleted ? <Check size={12} strokeWidth={3} /> : index + 1}
            </span>
            <span className={styles.stepName}>{text(`ui.wizard.step.${name}`)}</span>
            {isCompleted && index !== currentIndex && (
              <VisuallyHidden>{`, ${text('ui.wizard.step.is-done')}`}</VisuallyHidden>
            )}
          </li>
        );
      })}
    </ol>
  );
}
