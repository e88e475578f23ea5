import { Check } from 'lucide-react';
import { text } from '../../../../src-shared/text/text.ts';
import { classNames } from '../../../ui/class-names.ts';
import { Hidden } from '../../../ui/Hidden.tsx';
import styles from './SetupWizard.module.css';
import { wizardSteps, type WizardStep } from './use-wizard.ts';

/** The steps: what is behind, where one is, what is to come. */
export function StepRail({ step }: { step: WizardStep }) {
  const at = wizardSteps.indexOf(step);
  return (
    <ol className={styles.rail} aria-label={text('ui.wizard.steps')}>
      {wizardSteps.map((one, index) => {
        const isBehind = index < at || (one === 'done' && step === 'done');
        return (
          <li
            key={one}
            className={classNames(styles.step, index === at && styles.current, isBehind && styles.behind)}
            aria-current={index === at ? 'step' : undefined}
          >
            <span className={styles.number} aria-hidden="true">
              {isBehind ? <Check size={12} strokeWidth={3} /> : index + 1}
            </span>
            <span className={styles.stepName}>{text(`ui.wizard.step.${one}`)}</span>
            {isBehind && index !== at && <Hidden>{`, ${text('ui.wizard.step.is-done')}`}</Hidden>}
          </li>
        );
      })}
    </ol>
  );
}
