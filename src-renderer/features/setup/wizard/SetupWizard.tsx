import { useEffect, useRef } from 'react';
import { text } from '../../../../src-shared/text/text.ts';
import type { SetupRequest } from '../../../stores/screen.ts';
import { Dialog } from '../../../ui/Dialog.tsx';
import { useScreen } from '../../../use-hoist.ts';
import { countPending } from '../../drop/pending-summary.ts';
import { ChooseStep } from './ChooseStep.tsx';
import { DoneStep } from './DoneStep.tsx';
import { TargetSteps } from './TargetSteps.tsx';
import styles from './SetupWizard.module.css';
import { StepRail } from './StepRail.tsx';
import { useWizard } from './use-wizard.ts';

/** Sets up a new destination in four steps. The last step shows a working link. */
export function SetupWizard({ request }: { request: Extract<SetupRequest, { kind: 'add' }> }) {
  const wizard = useWizard(request);
  const { stage } = wizard;
  const waiting = useScreen((state) => countPending(state.pending));
  const page = useRef<HTMLDivElement>(null);
  // Focuses the title of the step, so that screen readers read it. The first two steps focus an input themselves.
  useEffect(() => {
    if (stage.step !== 'fill' && stage.step !== 'choose') page.current?.querySelector('h2')?.focus();
  }, [stage.step]);
  return (
    <Dialog title={text('ui.wizard.title')} size="wizard" closeLabel={text('ui.setup.cancel')} onClose={wizard.close}>
      <div className={styles.body}>
        <StepRail step={stage.step} />
        <div ref={page} className={styles.page}>
          {stage.step !== 'done' && waiting > 0 && (
            <p className={styles.waiting}>{text('ui.setup.waiting', { count: waiting })}</p>
          )}
          {stage.step === 'choose' && <ChooseStep wizard={wizard} />}
          {(stage.step === 'fill' || stage.step === 'try') && (
            <TargetSteps key={stage.target.id} wizard={wizard} stage={stage} />
          )}
          {stage.step === 'done' && <DoneStep wizard={wizard} stage={stage} />}
        </div>
      </div>
    </Dialog>
  );
}
