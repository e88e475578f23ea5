import { useDraft } from '../use-draft.ts';
import { draftAt } from './places.ts';
import { FillStep } from './FillStep.tsx';
import { TryStep } from './TryStep.tsx';
import type { Stage, Wizard } from './use-wizard.ts';

export type PlaceStage = Extract<Stage, { step: 'fill' | 'try' }>;

/** The two steps that share one form: what is entered, and what the store says to it. */
export function PlaceSteps({ wizard, stage }: { wizard: Wizard; stage: PlaceStage }) {
  const { place } = stage;
  const form = useDraft({
    provider: place.provider,
    known: { found: place.found },
    draft: wizard.drafts[place.id] ?? draftAt(place),
    change: (next) => wizard.changeDraft(place, next),
  });
  return stage.step === 'fill' ? (
    <FillStep wizard={wizard} stage={stage} form={form} />
  ) : (
    <TryStep wizard={wizard} stage={stage} form={form} />
  );
}
