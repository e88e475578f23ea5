/**
 * The possible values of a field, requested from the service once the fields before it are filled in. If this fails, a
 * short note is shown.
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
  const lastRequest = useRef<{ inputs: string; sequence: number }>({ inputs: '', sequence: 0 });
  /** The values that the suggestions depend on, as one string: those of the other sign-in and location fields. */
  const inputs = provider.fields
    .filter(({ key, group }) => key !== field.key && (group === 'sign-in' || group === 'location'))
    .map(({ key }) => draft.values[key] ?? '')
    .join('\n');
  const fieldIndex = (key: string): number => provider.fields.findIndex((candidate) => candidate.key === key);
  // Whether all required fields before this one have a value
  const isReady = Object.keys(missingFields(draft, provider, known)).every(
    (key) => fieldIndex(key) >= fieldIndex(field.key),
  );

  const load = async (): Promise<void> => {
    if (!isReady || lastRequest.current.inputs === inputs) return;
    lastRequest.current = { inputs, sequence: lastRequest.current.sequence + 1 };
    const { sequence } = lastRequest.current;
    setState({ is: 'loading' });
    const result = await bridge.profiles.suggest({
      draft: toProfileDraft(draft, provider, known.profile),
      field: field.key,
    });
    if (sequence !== lastRequest.current.sequence) return;
    setState(result.ok ? { is: 'loaded', values: result.value } : { is: 'refused' });
    const [first, ...others] = result.ok ? result.value : [];
    if (first !== undefined && others.length === 0 && (draft.values[field.key] ?? '') === '') onSingleValue(first);
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
