/**
 * The current step of the wizard, and the values of each target. Closing the wizard saves them, except for the keys.
 * While it is open, main keeps them, so that a page that replaces a crashed one opens it again.
 */
import { useEffect, useRef, useState } from 'react';
import type { ProfileView, SetupDraft } from '../../../../src-shared/profile.ts';
import type { Hoist } from '../../../hoist.ts';
import type { SetupRequest } from '../../../stores/screen.ts';
import { useHoist, useProfiles } from '../../../use-hoist.ts';
import { toSavedSetup, toSetupDraft, type FormDraft } from '../form-draft.ts';
import {
  savedSetupTarget,
  initialDraft,
  carryDraft,
  listSetupTargets,
  type SetupTargets,
  type SetupTarget,
} from './setup-targets.ts';

export const wizardSteps = ['choose', 'fill', 'try', 'done'] as const;
export type WizardStep = (typeof wizardSteps)[number];

/**
 * The current step. `focus`: the field that needs a fix. `wasTried`: whether the test passed before the destination was
 * saved. `sent`: the number of waiting files that were sent to it.
 */
export type WizardStage =
  | { step: 'choose' }
  | { step: 'fill' | 'try'; target: SetupTarget; focus?: string }
  | { step: 'done'; target: SetupTarget; saved: ProfileView; wasTried: boolean; sent: number };

export interface Wizard {
  stage: WizardStage;
  targets: SetupTargets;
  /** The setup that the user closed before it was finished, if there is one. */
  savedSetup?: { target: SetupTarget; draft: FormDraft };
  /** The form of each target that the user chose, by the ID of the target. */
  drafts: Readonly<Record<string, FormDraft>>;
  choose: (target: SetupTarget) => void;
  /** Continues the saved setup. */
  resume: () => void;
  discardSaved: () => void;
  changeDraft: (target: SetupTarget, next: (draft: FormDraft) => FormDraft) => void;
  go: (stage: WizardStage) => void;
  addAnother: () => void;
  close: () => void;
}

type AddRequest = Extract<SetupRequest, { kind: 'add' }>;

/** The typed values, including keys, while the wizard is open. `last`: the target that was chosen last. */
interface WizardDrafts {
  drafts: Record<string, FormDraft>;
  last?: SetupTarget;
}

/**
 * The form of a target that the user chooses: as the user left it if it was also the last one, otherwise with the
 * values typed for the last one, if both are services of the same provider.
 */
function draftFor(target: SetupTarget, { drafts, last }: WizardDrafts): FormDraft {
  const lastDraft = last && drafts[last.id];
  const carried =
    last && lastDraft && last.id !== target.id ? carryDraft({ target: last, draft: lastDraft }, target) : undefined;
  return carried ?? drafts[target.id] ?? initialDraft(target);
}

/** The target and the values that the wizard starts with, if any. */
function startOf(targets: SetupTargets, { discoveredId, draft }: AddRequest): Start | undefined {
  if (draft) return savedSetupTarget(targets, draft);
  const target =
    discoveredId === undefined
      ? undefined
      : targets.discovered.find(({ discovered }) => discovered?.id === discoveredId);
  return target && { target, draft: initialDraft(target) };
}
interface Start {
  target: SetupTarget;
  draft: FormDraft;
}

export function useWizard(request: AddRequest): Wizard {
  const hoist = useHoist();
  const providers = useProfiles((state) => state.providers);
  const discovered = useProfiles((state) => state.discovered);
  const targets = listSetupTargets(providers, discovered);
  const [start] = useState(() => startOf(targets, request));
  const [stage, setStage] = useState<WizardStage>(start ? { step: 'fill', target: start.target } : { step: 'choose' });
  const [entered, setEntered] = useState<WizardDrafts>(
    start ? { drafts: { [start.target.id]: start.draft }, last: start.target } : { drafts: {} },
  );
  useOpenDraft(hoist, stage.step === 'done' ? { drafts: {} } : entered);
  const [saved, discardSaved] = useSavedSetup(hoist);

  return {
    stage,
    targets,
    drafts: entered.drafts,
    ...(saved && { savedSetup: savedSetupTarget(targets, saved) }),
    choose(target) {
      setEntered((current) => ({
        drafts: { ...current.drafts, [target.id]: draftFor(target, current) },
        last: target,
      }));
      setStage({ step: 'fill', target });
    },
    resume() {
      const resumed = saved && savedSetupTarget(targets, saved);
      if (!resumed) return;
      setEntered(({ drafts }) => ({ drafts: { ...drafts, [resumed.target.id]: resumed.draft }, last: resumed.target }));
      setStage({ step: 'fill', target: resumed.target });
    },
    discardSaved,
    changeDraft(target, next) {
      setEntered(({ drafts, last }) => ({
        drafts: { ...drafts, [target.id]: next(drafts[target.id] ?? initialDraft(target)) },
        last,
      }));
    },
    go(next) {
      setStage(next);
      // A finished setup is not resumed, and its keys need not stay in the page.
      if (next.step !== 'done') return;
      setEntered({ drafts: {} });
      if (saved && savedSetupTarget(targets, saved)?.target.id === next.target.id) discardSaved();
    },
    addAnother() {
      setEntered({ drafts: {} });
      setStage({ step: 'choose' });
    },
    close() {
      const draft = stage.step !== 'done' && entered.last ? entered.drafts[entered.last.id] : undefined;
      const unfinished = draft && entered.last ? toSavedSetup(draft, entered.last.provider) : undefined;
      if (unfinished) void hoist.bridge.profiles.saveSetupDraft({ draft: unfinished });
      hoist.screen.setState({ setup: undefined });
    },
  };
}

/** Main keeps the values without the keys until the wizard is closed or finished. */
function useOpenDraft({ bridge }: Hoist, { drafts, last }: WizardDrafts): void {
  const draft = last && drafts[last.id];
  const provider = last?.provider;
  useEffect(() => {
    const unfinished = draft && provider ? toSetupDraft(draft, provider) : null;
    void bridge.profiles.saveSetupDraft({ draft: unfinished, isOpen: true });
  }, [bridge, draft, provider]);
  useEffect(
    () => () => {
      void bridge.profiles.saveSetupDraft({ draft: null, isOpen: true });
    },
    [bridge],
  );
}

/** The saved setup, once it is loaded, and a function that discards it, also before it is loaded. */
function useSavedSetup({ bridge }: Hoist): [SetupDraft | undefined, () => void] {
  const [saved, setSaved] = useState<SetupDraft>();
  const isDiscarded = useRef(false);
  useEffect(() => {
    void bridge.profiles.savedSetup().then((answer) => {
      if (answer.ok && answer.value.closed && !isDiscarded.current) setSaved(answer.value.closed);
    });
  }, [bridge]);
  return [
    saved,
    () => {
      isDiscarded.current = true;
      setSaved(undefined);
      void bridge.profiles.saveSetupDraft({ draft: null });
    },
  ];
}
