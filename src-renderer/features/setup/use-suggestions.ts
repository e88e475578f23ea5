/** Which values a field can have, asked of the provider once what stands before it is filled in. A refusal is a quiet line. */
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { Field } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { useHoist } from '../../use-hoist.ts';
import { missingFields, toProfileDraft } from './draft.ts';
import type { DraftForm } from './use-draft.ts';

export interface Suggestions {
  values: readonly string[];
  note?: string;
  ask: () => void;
}

type Answer = { is: 'asking' } | { is: 'here'; values: readonly string[] } | { is: 'refused' };

/** @param onlyOne called when there is exactly one value to choose from */
export function useSuggestions(field: Field, form: DraftForm, onlyOne: (value: string) => void): Suggestions {
  const { bridge } = useHoist();
  const { draft, provider, known } = form;
  const [answer, setAnswer] = useState<Answer>();
  const asked = useRef<{ others: string; turn: number }>({ others: '', turn: 0 });
  // What is typed into the field itself, the links and the rest changes nothing about what there is to choose from.
  const others = provider.fields
    .filter(({ key, group }) => key !== field.key && (group === 'sign-in' || group === 'place'))
    .map(({ key }) => draft.values[key] ?? '')
    .join('\n');
  const placeOf = (key: string): number => provider.fields.findIndex((one) => one.key === key);
  const isReady = Object.keys(missingFields(draft, provider, known)).every((key) => placeOf(key) >= placeOf(field.key));

  const ask = async (): Promise<void> => {
    if (!isReady || asked.current.others === others) return;
    asked.current = { others, turn: asked.current.turn + 1 };
    const { turn } = asked.current;
    setAnswer({ is: 'asking' });
    const told = await bridge.profiles.suggest({
      draft: toProfileDraft(draft, provider, known.profile),
      field: field.key,
    });
    if (turn !== asked.current.turn) return;
    setAnswer(told.ok ? { is: 'here', values: told.value } : { is: 'refused' });
    const [first, ...more] = told.ok ? told.value : [];
    if (first !== undefined && more.length === 0 && (draft.values[field.key] ?? '') === '') onlyOne(first);
  };
  const atOnce = useEffectEvent(() => {
    if (known.found) void ask();
  });
  // Credentials that were found are complete: what can be chosen is there by the time somebody looks.
  useEffect(() => {
    atOnce();
  }, []);

  return {
    values: answer?.is === 'here' ? answer.values : [],
    note: noteOf(answer),
    ask: () => {
      void ask();
    },
  };
}

function noteOf(answer: Answer | undefined): string | undefined {
  switch (answer?.is) {
    case 'asking':
      return text('ui.suggest.asking');
    case 'refused':
      return text('ui.suggest.refused');
    case 'here':
      return answer.values.length === 0 ? text('ui.suggest.none') : undefined;
    case undefined:
      return undefined;
  }
}
