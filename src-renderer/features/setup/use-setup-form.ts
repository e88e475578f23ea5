/** The form's state: what is wrong with what was typed, and its test. What was typed is held by whoever shows the form. */
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
  /** What to show under which field. */
  problems: Readonly<Record<string, string>>;
  /** Of the form as a whole. */
  problem?: string;
  /** What it is called in sentences, also before it has a name. */
  destination: string;
  /** The lines of the test: as they come while it runs, all of them afterwards. */
  results: readonly CheckResult[];
  report?: CheckReport;
  /** The settings changed after the test. */
  isStale: boolean;
  busy?: 'checking' | 'testing' | 'saving';
  setValue: (key: string, value: string) => void;
  fill: (values: Record<string, string>) => void;
  /** Shows why the service refused: at the field that it names, else over the form. */
  refuse: (error: AppError) => void;
  setPreset: (id: string) => void;
  setKeep: (keep: FormDraft['keep']) => void;
  touch: (key: string) => void;
  /** Whether everything is filled in and makes sense, as far as that can be told without asking the store; what is not is shown. */
  isReady: () => Promise<boolean>;
  test: () => Promise<void>;
  /** Changes these, and tries again with them. */
  amend: (values: Record<string, string>) => Promise<void>;
  /** @returns the saved profile, or undefined when something is to be corrected */
  save: () => Promise<ProfileView | undefined>;
}

export interface SetupFormOptions {
  provider: ProviderInfo;
  known: KnownCredentials;
  draft: FormDraft;
  change: (next: (draft: FormDraft) => FormDraft) => void;
}

/** A name alone has no such signs. */
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
  /** By the store or at saving; gone once the field changes. */
  const [refused, setRefused] = useState<Sentences>({});
  /** By main's look at the form alone; shown only under what was left. */
  const [invalid, setInvalid] = useState<Sentences>({});
  const [problem, setProblem] = useState<string>();
  const [tested, setTested] = useState<{
    results: readonly CheckResult[];
    report?: CheckReport;
    values: FormDraft['values'];
  }>();
  const [busy, setBusy] = useState<SetupFormState['busy']>();
  /** An answer about values that changed meanwhile does not count. */
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
  /** What is missing is not asked about again: it has its own words. */
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
  /** A pasted address goes into the fields where its parts belong, unless somebody typed on meanwhile. */
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
  /** Shows what is missing among these fields. */
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
      // What was only passed by is not complained about before the person wants to go on.
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
