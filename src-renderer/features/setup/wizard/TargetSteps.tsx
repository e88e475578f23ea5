import { useSetupForm } from '../use-setup-form.ts';
import { initialDraft } from './setup-targets.ts';
import { FillStep } from './FillStep.tsx';
import { TryStep } from './TryStep.tsx';
import type { WizardStage, Wizard } from './use-wizard.ts';

export type TargetStage = Extract<WizardStage, { step: 'fill' | 'try' }>;

/** The two steps that share one form: what is entered, and what the store says to it. */
export function TargetSteps({ wizard, stage }: { wizard: Wizard; stage: TargetStage }) {
  const { target } = stage;
  const form = useSetupForm({
    provider: target.provider,
    known: { discovered: target.discovered },
    draft: wizard.drafts[target.id] ?? initialDraft(target),
    change: (next) => wizard.changeDraft(target, next),
  });
  return stage.step === 'fill' ? (
    <FillStep wizard={wizard} stage={stage} form={form} />
  ) : (
    <TryStep wizard={wizard} stage={stage} form={form} />
  );
}
