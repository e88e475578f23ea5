/** Where the wizard is, and what was entered at each place: Back loses nothing, and closing keeps all but the keys. */
import { useEffect, useRef, useState } from 'react';
import type { ProfileView, SetupDraft } from '../../../../src-shared/profile.ts';
import type { Hoist } from '../../../hoist.ts';
import type { SetupRequest } from '../../../stores/screen.ts';
import { useHoist, useProfiles } from '../../../use-hoist.ts';
import { toBegun, type Draft } from '../draft.ts';
import { begunPlace, draftAt, draftMoved, offersOf, type Offers, type Place } from './places.ts';

export const wizardSteps = ['choose', 'fill', 'try', 'done'] as const;
export type WizardStep = (typeof wizardSteps)[number];

/** `focus`: the field that somebody is sent back to. */
export type Stage =
  | { step: 'choose' }
  | { step: 'fill' | 'try'; place: Place; focus?: string }
  | { step: 'done'; place: Place; saved: ProfileView; wasTried: boolean; sent: number };

export interface Wizard {
  stage: Stage;
  offers: Offers;
  begun?: { place: Place; draft: Draft };
  drafts: Readonly<Record<string, Draft>>;
  choose: (place: Place) => void;
  goOn: () => void;
  forget: () => void;
  changeDraft: (place: Place, next: (draft: Draft) => Draft) => void;
  go: (stage: Stage) => void;
  another: () => void;
  close: () => void;
}

type Add = Extract<SetupRequest, { kind: 'add' }>;

function firstStage(offers: Offers, { foundId }: Add): Stage {
  const place = foundId === undefined ? undefined : offers.found.find(({ found }) => found?.id === foundId);
  return place ? { step: 'fill', place } : { step: 'choose' };
}

/** What is typed lives here as long as the wizard is open, the keys too. */
interface Typed {
  drafts: Record<string, Draft>;
  last?: Place;
}

const typedAt = (stage: Stage): Typed =>
  stage.step === 'fill' ? { drafts: { [stage.place.id]: draftAt(stage.place) }, last: stage.place } : { drafts: {} };

export function useWizard(request: Add): Wizard {
  const hoist = useHoist();
  const providers = useProfiles((state) => state.providers);
  const found = useProfiles((state) => state.found);
  const offers = offersOf(providers, found);
  const [stage, setStage] = useState<Stage>(() => firstStage(offers, request));
  const [typed, setTyped] = useState<Typed>(() => typedAt(stage));
  const [begun, forgetBegun] = useBegun(hoist);

  return {
    stage,
    offers,
    drafts: typed.drafts,
    ...(begun && { begun: begunPlace(offers, begun) }),
    choose(place) {
      setTyped(({ drafts, last }) => {
        const before = last && drafts[last.id];
        const moved = last && before ? draftMoved({ place: last, draft: before }, place) : undefined;
        return {
          drafts: {
            ...drafts,
            [place.id]:
              last?.id === place.id ? (before ?? draftAt(place)) : (moved ?? drafts[place.id] ?? draftAt(place)),
          },
          last: place,
        };
      });
      setStage({ step: 'fill', place });
    },
    goOn() {
      const at = begun && begunPlace(offers, begun);
      if (!at) return;
      setTyped(({ drafts }) => ({ drafts: { ...drafts, [at.place.id]: at.draft }, last: at.place }));
      setStage({ step: 'fill', place: at.place });
    },
    forget: forgetBegun,
    changeDraft(place, next) {
      setTyped(({ drafts, last }) => ({
        drafts: { ...drafts, [place.id]: next(drafts[place.id] ?? draftAt(place)) },
        last,
      }));
    },
    go(to) {
      setStage(to);
      // What is set up is not gone on with; its keys need not stay in the page either.
      if (to.step !== 'done') return;
      setTyped({ drafts: {} });
      if (begun && begunPlace(offers, begun)?.place.id === to.place.id) forgetBegun();
    },
    another() {
      setTyped({ drafts: {} });
      setStage({ step: 'choose' });
    },
    close() {
      const draft = stage.step !== 'done' && typed.last ? typed.drafts[typed.last.id] : undefined;
      const kept = draft && typed.last ? toBegun(draft, typed.last.provider) : undefined;
      if (kept) void hoist.bridge.profiles.keepBegun({ draft: kept });
      hoist.screen.setState({ setup: undefined });
    },
  };
}

function useBegun({ bridge }: Hoist): [SetupDraft | undefined, () => void] {
  const [begun, setBegun] = useState<SetupDraft>();
  const isForgotten = useRef(false);
  useEffect(() => {
    void bridge.profiles.begun().then((answer) => {
      if (answer.ok && answer.value && !isForgotten.current) setBegun(answer.value);
    });
  }, [bridge]);
  return [
    begun,
    () => {
      isForgotten.current = true;
      setBegun(undefined);
      void bridge.profiles.keepBegun({ draft: null });
    },
  ];
}
