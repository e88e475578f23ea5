/**
 * The state of the form: errors of the typed values, and its test. The component that shows the form holds the values.
 */
import { useEffect, useRef, useState } from 'react';
import type { AppError } from '../../../src-shared/errors.ts';
import type { CheckReport, CheckResult, ProfileView } from '../../../src-shared/profile.ts';
import type { ProviderInfo } from '../../../src-shared/provider.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { useHoist } from '../../use-hoist.ts';
import { destinationLabel, withDestination } from './check-text.ts';
import {
  missingFields,
  nameKey,
  toProfileDraft,
  withPreset,
  withTouched,
  withValue,
  withValues,
  type FormDraft,
  type KnownCredentials,
} from './form-draft.ts';

export interface SetupFormState {
  draft: FormDraft;
  provider: ProviderInfo;
  known: KnownCredentials;
  /** The errors by field. */
  problems: Readonly<Record<string, string>>;
  /** The error of the form as a whole. */
  problem?: string;
  /** The name used in sentences, also before the user entered one. */
  destination: string;
  /** The results of the test: as they arrive while it runs, all of them afterwards. */
  results: readonly CheckResult[];
  report?: CheckReport;
  /** Whether the settings changed after the test. */
  isStale: boolean;
  busy?: 'checking' | 'testing' | 'saving';
  setValue: (key: string, value: string) => void;
  fill: (values: Record<string, string>) => void;
  /** Shows an error of the service: at the field that it names, otherwise above the form. */
  refuse: (error: AppError) => void;
  setPreset: (id: string) => void;
  setKeep: (keep: FormDraft['keep']) => void;
  touch: (key: string) => void;
  /** Whether all values are complete and valid, as far as that can be checked locally; shows the errors. */
  isReady: () => Promise<boolean>;
  test: () => Promise<void>;
  /** Changes these values and tests again. */
  amend: (values: Record<string, string>) => Promise<void>;
  /** @returns the saved profile, or undefined when the form shows an error */
  save: () => Promise<ProfileView | undefined>;
}

export interface SetupFormOptions {
  provider: ProviderInfo;
  known: KnownCredentials;
  draft: FormDraft;
  change: (next: (draft: FormDraft) => FormDraft) => void;
}

/** A changed name does not affect the test. */
const mayBeAddress = /[/:]|\.[a-z]/i;

const sentenceFor =
  (destination: string) =>
  (error: AppError): string => {
    const { what, remedy } = errorText(withDestination(error, destination));
    return error.code === 'invalid-input' ? what : `${what} ${remedy}`;
  };

const isSame = (a: FormDraft['values'], b: FormDraft['values']): boolean =>
  Object.keys({ ...a, ...b }).every((key) => a[key] === b[key]);

type Sentences = Readonly<Record<string, string>>;
const without = (sentences: Sentences, keys: readonly string[]): Sentences =>
  Object.fromEntries(Object.entries(sentences).filter(([key]) => !keys.includes(key)));
const only = (sentences: Sentences, keys: ReadonlySet<string>): Sentences =>
  Object.fromEntries(Object.entries(sentences).filter(([key]) => keys.has(key)));

export function useSetupForm({ provider, known, draft, change }: SetupFormOptions): SetupFormState {
  const { bridge } = useHoist();
  /** Reported by the store or while saving; disappears when the field changes. */
  const [refused, setRefused] = useState<Sentences>({});
  /** Reported by main's check of the form; shown only for fields that the user left. */
  const [invalid, setInvalid] = useState<Sentences>({});
  const [problem, setProblem] = useState<string>();
  const [tested, setTested] = useState<{
    results: readonly CheckResult[];
    report?: CheckReport;
    values: FormDraft['values'];
  }>();
  const [busy, setBusy] = useState<SetupFormState['busy']>();
  /** Ignores an answer for values that have changed meanwhile. */
  const latest = useRef({ validate: 0, test: 0 });
  useEffect(
    () =>
      bridge.profiles.testProgress((results) => setTested((now) => (now && !now.report ? { ...now, results } : now))),
    [bridge],
  );

  const destination = destinationLabel({ draft, provider, known });
  const sentence = sentenceFor(destination);
  const missing = missingFields(draft, provider, known);
  const asProfile = (one: FormDraft) => toProfileDraft(one, provider, known.profile);

  const refuse = (error: AppError): void => {
    if (error.field === undefined) setProblem(sentence(error));
    else setRefused({ [error.field]: sentence(error) });
  };
  /** A missing value has its own message, so main is not asked about it. */
  const validate = async (one: FormDraft): Promise<Sentences> => {
    latest.current.validate += 1;
    const current = latest.current.validate;
    const answer = await bridge.profiles.validate(asProfile(one));
    const sentences = answer.ok
      ? Object.fromEntries(answer.value.map(({ field, error }) => [field, sentence(error)]))
      : {};
    if (current === latest.current.validate) setInvalid(sentences);
    return sentences;
  };
  /** Distributes a pasted address to its fields, unless the user typed something meanwhile. */
  const splitAddress = async (one: FormDraft): Promise<void> => {
    const answer = await bridge.profiles.preview(asProfile(one));
    const parsed = answer.ok ? answer.value.parsedFields : {};
    if (Object.keys(parsed).length > 0)
      changed(Object.keys(parsed), (now) => (isSame(now.values, one.values) ? withValues(now, parsed) : now));
  };
  const changed = (keys: readonly string[], next: (now: FormDraft) => FormDraft): void => {
    change(next);
    setRefused((now) => without(now, keys));
    setInvalid((now) => without(now, keys));
  };
  /** Shows the errors of missing values among these fields. */
  const isComplete = (except: readonly string[]): boolean => {
    const keys = Object.keys(missing).filter((key) => !except.includes(key));
    change((now) => withTouched(now, keys));
    setProblem(undefined);
    return keys.length === 0;
  };

  const test = async (one: FormDraft): Promise<void> => {
    if (!isComplete([nameKey])) return;
    latest.current.test += 1;
    const current = latest.current.test;
    setBusy('testing');
    setTested({ results: [], values: one.values });
    const answer = await bridge.profiles.test(asProfile(one));
    if (current !== latest.current.test) return;
    setBusy(undefined);
    if (!answer.ok) {
      setTested(undefined);
      refuse(answer.error);
      return;
    }
    setTested({ report: answer.value, results: answer.value.results, values: one.values });
    const failed = answer.value.results.find(
      ({ outcome, error }) => outcome === 'failed' && error?.field !== undefined,
    );
    setRefused(failed?.error?.field === undefined ? {} : { [failed.error.field]: sentence(failed.error) });
  };

  return {
    draft,
    provider,
    known,
    problem,
    destination,
    busy,
    results: tested?.results ?? [],
    report: tested?.report,
    problems: { ...only(invalid, draft.touched), ...refused, ...only(missing, draft.touched) },
    isStale: tested?.report !== undefined && !isSame(tested.values, draft.values),
    setValue(key, value) {
      changed([key], (now) => withValue(now, key, value));
    },
    refuse,
    fill(values) {
      changed(Object.keys(values), (now) => withValues(now, values));
    },
    setPreset(id) {
      changed(Object.keys(invalid), (now) =>
        withPreset(
          now,
          provider,
          provider.presets.find((preset) => preset.id === id),
        ),
      );
    },
    setKeep(keep) {
      change(({ keep: _before, ...now }) => (keep ? { ...now, keep } : now));
    },
    touch(key) {
      // A field that was only tabbed through shows no error until the user continues.
      if (key !== nameKey && (draft.values[key] ?? '') === '') return;
      change((now) => withTouched(now, [key]));
      void validate(draft);
      if (mayBeAddress.test(draft.values[key] ?? '')) void splitAddress(draft);
    },
    async isReady() {
      const isFilled = isComplete([nameKey]);
      setBusy('checking');
      const found = await validate(draft);
      setBusy(undefined);
      change((now) => withTouched(now, Object.keys(found)));
      return isFilled && Object.keys(found).length === 0;
    },
    test: () => test(draft),
    async amend(values) {
      changed(Object.keys(values), (now) => withValues(now, values));
      await test(withValues(draft, values));
    },
    async save() {
      if (!isComplete([])) return undefined;
      setBusy('saving');
      const answer = await bridge.profiles.save(asProfile(draft));
      setBusy(undefined);
      if (answer.ok) return answer.value;
      refuse(answer.error);
      return undefined;
    },
  };
}
