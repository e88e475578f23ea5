/** The form's state: what was typed, what is wrong with it, and its test. It dies with the dialog. */
import { useState } from 'react';
import type { AppError } from '../../../src-shared/errors.ts';
import type { CheckReport, ProfileView } from '../../../src-shared/profile.ts';
import type { ProviderInfo } from '../../../src-shared/provider.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { useHoist } from '../../use-hoist.ts';
import { missingFields, nameKey, startDraft, toProfileDraft, withPreset, withTouched, withValue, type Draft } from './draft.ts';

export interface DraftForm {
  draft: Draft;
  /** What to show under which field. */
  problems: Readonly<Record<string, string>>;
  /** Of the form as a whole. */
  problem?: string;
  report?: CheckReport;
  /** The settings changed after the test. */
  isStale: boolean;
  busy?: 'testing' | 'saving';
  setValue: (key: string, value: string) => void;
  setPreset: (id: string) => void;
  touch: (key: string) => void;
  test: () => Promise<void>;
  /** @returns the saved profile, or undefined when something is to be corrected */
  save: () => Promise<ProfileView | undefined>;
}

const sentence = (error: AppError): string => {
  const { what, remedy } = errorText(error);
  return error.code === 'invalid-input' ? what : `${what} ${remedy}`;
};

export function useDraft(provider: ProviderInfo, profile: ProfileView | undefined): DraftForm {
  const { bridge } = useHoist();
  const [draft, setDraft] = useState<Draft>(() => startDraft(provider, profile));
  const [refused, setRefused] = useState<Readonly<Record<string, string>>>({});
  const [problem, setProblem] = useState<string>();
  const [tested, setTested] = useState<{ report: CheckReport; values: Draft['values'] }>();
  const [busy, setBusy] = useState<DraftForm['busy']>();

  const missing = missingFields(draft, provider, profile);
  const shownMissing = Object.fromEntries(Object.entries(missing).filter(([key]) => draft.touched.has(key)));

  const refuse = (error: AppError): void => {
    if (error.field === undefined) setProblem(sentence(error));
    else setRefused({ [error.field]: sentence(error) });
  };
  /** Shows what is missing among these fields. */
  const isComplete = (but: readonly string[]): boolean => {
    const keys = Object.keys(missing).filter((key) => !but.includes(key));
    setDraft((now) => withTouched(now, keys));
    setProblem(undefined);
    return keys.length === 0;
  };

  return {
    draft, problems: { ...refused, ...shownMissing }, problem, busy, report: tested?.report, isStale: tested !== undefined && tested.values !== draft.values,
    setValue(key, value) {
      setDraft((now) => withValue(now, key, value));
      setRefused(({ [key]: _changed, ...others }) => others);
    },
    setPreset(id) { setDraft((now) => withPreset(now, provider, provider.presets.find((preset) => preset.id === id))); },
    touch(key) { setDraft((now) => withTouched(now, [key])); },
    async test() {
      if (!isComplete([nameKey])) return;
      setBusy('testing');
      setTested(undefined);
      const answer = await bridge.profiles.test(toProfileDraft(draft, provider, profile));
      setBusy(undefined);
      if (!answer.ok) { refuse(answer.error); return; }
      setTested({ report: answer.value, values: draft.values });
      const marked = answer.value.results.find(({ outcome, error }) => outcome === 'failed' && error?.field !== undefined);
      setRefused(marked?.error?.field === undefined ? {} : { [marked.error.field]: sentence(marked.error) });
    },
    async save() {
      if (!isComplete([])) return undefined;
      setBusy('saving');
      const answer = await bridge.profiles.save(toProfileDraft(draft, provider, profile));
      setBusy(undefined);
      if (answer.ok) return answer.value;
      refuse(answer.error);
      return undefined;
    },
  };
}
