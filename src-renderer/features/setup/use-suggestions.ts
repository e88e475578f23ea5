/**
 * The possible values of a field, requested from the service once the fields before it are filled in. An error is one
 * quiet line.
 */
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { Field } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { useHoist } from '../../use-hoist.ts';
import { missingFields, toProfileDraft } from './form-draft.ts';
import type { SetupFormState } from './use-setup-form.ts';

export interface Suggestions {
  values: readonly string[];
  note?: string;
  load: () => void;
}

type SuggestionState = { is: 'loading' } | { is: 'loaded'; values: readonly string[] } | { is: 'refused' };

/** @param onSingleValue called when there is exactly one value to choose from */
export function useSuggestions(
  field: Field,
  form: SetupFormState,
  onSingleValue: (value: string) => void,
): Suggestions {
  const { bridge } = useHoist();
  const { draft, provider, known } = form;
  const [state, setState] = useState<SuggestionState>();
  const lastRequest = useRef<{ others: string; turn: number }>({ others: '', turn: 0 });
  // The field itself, the link settings and similar fields do not affect the suggestions.
  const inputs = provider.fields
    .filter(({ key, group }) => key !== field.key && (group === 'sign-in' || group === 'location'))
    .map(({ key }) => draft.values[key] ?? '')
    .join('\n');
  const fieldIndex = (key: string): number => provider.fields.findIndex((one) => one.key === key);
  const isReady = Object.keys(missingFields(draft, provider, known)).every(
    (key) => fieldIndex(key) >= fieldIndex(field.key),
  );

  const load = async (): Promise<void> => {
    if (!isReady || lastRequest.current.others === inputs) return;
    lastRequest.current = { others: inputs, turn: lastRequest.current.turn + 1 };
    const { turn } = lastRequest.current;
    setState({ is: 'loading' });
    const result = await bridge.profiles.suggest({
      draft: toProfileDraft(draft, provider, known.profile),
      field: field.key,
    });
    if (turn !== lastRequest.current.turn) return;
    setState(result.ok ? { is: 'loaded', values: result.value } : { is: 'refused' });
    const [first, ...more] = result.ok ? result.value : [];
    if (first !== undefined && more.length === 0 && (draft.values[field.key] ?? '') === '') onSingleValue(first);
  };
  const loadImmediately = useEffectEvent(() => {
    if (known.discovered) void load();
  });
  // Discovered credentials are complete, so the suggestions can load before the user opens the list.
  useEffect(() => {
    loadImmediately();
  }, []);

  return {
    values: state?.is === 'loaded' ? state.values : [],
    note: noteText(state),
    load: () => {
      void load();
    },
  };
}

function noteText(state: SuggestionState | undefined): string | undefined {
  switch (state?.is) {
    case 'loading':
      return text('ui.suggest.loading');
    case 'refused':
      return text('ui.suggest.failed');
    case 'loaded':
      return state.values.length === 0 ? text('ui.suggest.none') : undefined;
    case undefined:
      return undefined;
  }
}
