/**
 * The state of the setup form besides its values: errors, preview, test and saving. The component that shows the form
 * holds the values.
 */
import { useEffect, useRef, useState } from 'react';
import type { AppError } from '../../../src-shared/errors.ts';
import type { CheckReport, CheckResult, FormPreview, ProfileView } from '../../../src-shared/profile.ts';
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
import { useFormPreview } from './use-form-preview.ts';

export interface SetupFormState {
  draft: FormDraft;
  provider: ProviderInfo;
  known: KnownCredentials;
  /** The shown errors, as sentences, by field. */
  problems: Readonly<Record<string, string>>;
  /** The error of the form as a whole. */
  problem?: string;
  /** The destination's name in sentences, even before the user entered a name. */
  destination: string;
  preview: FormPreview;
  /** The results of the test, in the order in which they arrive. */
  results: readonly CheckResult[];
  report?: CheckReport;
  /** Whether the settings changed after the test. */
  isStale: boolean;
  busy?: 'checking' | 'testing' | 'saving';
  setValue: (key: string, value: string) => void;
  /** Sets several values at once. */
  setValues: (values: Record<string, string>) => void;
  /** Shows an error of the service at its field, or above the form if it has no field. */
  refuse: (error: AppError) => void;
  setPreset: (id: string) => void;
  setKeep: (keep: FormDraft['keep']) => void;
  /** Called when the user leaves a field: checks it, and shows its error from now on. */
  touch: (key: string) => void;
  /** Checks the values without network access, and shows the errors. */
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
  /** The error that the form shows when it opens, and its field. */
  reason?: { error: AppError; field?: string };
}

/** Matches a value that may be a pasted address of a bucket: with a slash, a colon, or a letter after a dot. */
const mayBeAddress = /[/:]|\.[a-z]/i;

/**
 * Makes the sentence that the form shows for an error. The remedy of an invalid value is obvious, so it is left out.
 */
const sentenceFor =
  (destination: string) =>
  (error: AppError): string => {
    const { what, remedy } = errorText(withDestination(error, destination));
    return error.code === 'invalid-input' ? what : `${what} ${remedy}`;
  };

const isSame = (a: FormDraft['values'], b: FormDraft['values']): boolean =>
  Object.keys({ ...a, ...b }).every((key) => a[key] === b[key]);

/** Whether the user has not filled in the field: it is empty, or has the preset's value with its `{placeholder}`. */
function isBlank({ preset, values }: FormDraft, { presets }: ProviderInfo, key: string): boolean {
  const value = values[key] ?? '';
  const initial = presets.find(({ id }) => id === preset)?.values[key];
  return value === '' || (value === initial && /\{\w+\}/.test(value));
}

type Sentences = Readonly<Record<string, string>>;
const omitKeys = (sentences: Sentences, keys: readonly string[]): Sentences =>
  Object.fromEntries(Object.entries(sentences).filter(([key]) => !keys.includes(key)));
const pickKeys = (sentences: Sentences, keys: ReadonlySet<string>): Sentences =>
  Object.fromEntries(Object.entries(sentences).filter(([key]) => keys.has(key)));

export function useSetupForm({ provider, known, draft, change, reason }: SetupFormOptions): SetupFormState {
  const { bridge } = useHoist();
  const destinationOf = (): string => destinationLabel({ draft, provider, known });
  /**
   * Errors that the storage service reported, or that occurred while saving. Each disappears when its field changes.
   */
  const [refused, setRefused] = useState<Sentences>(() => {
    const field = reason?.field;
    return reason && field !== undefined ? { [field]: sentenceFor(destinationOf())(reason.error) } : {};
  });
  /** Errors that main found without network access; shown only for fields that the user left. */
  const [invalid, setInvalid] = useState<Sentences>({});
  const [problem, setProblem] = useState(() =>
    reason && reason.field === undefined ? sentenceFor(destinationOf())(reason.error) : undefined,
  );
  const [tested, setTested] = useState<{
    results: readonly CheckResult[];
    report?: CheckReport;
    values: FormDraft['values'];
  }>();
  const [busy, setBusy] = useState<SetupFormState['busy']>();
  /** Number of the latest request; responses to earlier requests are ignored. */
  const latest = useRef({ validate: 0, test: 0 });
  useEffect(
    () =>
      bridge.profiles.testProgress((results) =>
        setTested((current) => (current && !current.report ? { ...current, results } : current)),
      ),
    [bridge],
  );

  const destination = destinationOf();
  const sentence = sentenceFor(destination);
  const missing = missingFields(draft, provider, known);
  const asProfile = (formDraft: FormDraft) => toProfileDraft(formDraft, provider, known.profile);
  const preview = useFormPreview(draft, asProfile);

  const refuse = (error: AppError): void => {
    if (error.field === undefined) setProblem(sentence(error));
    else setRefused({ [error.field]: sentence(error) });
  };
  /** Requests the errors of the values from main. Returns them by field. */
  const validate = async (formDraft: FormDraft): Promise<Sentences> => {
    latest.current.validate += 1;
    const current = latest.current.validate;
    const answer = await bridge.profiles.validate(asProfile(formDraft));
    const sentences = answer.ok
      ? Object.fromEntries(answer.value.map(({ field, error }) => [field, sentence(error)]))
      : {};
    if (current === latest.current.validate) setInvalid(sentences);
    return sentences;
  };
  /** Fills in the fields from a pasted address, unless the user changed a value in the meantime. */
  const splitAddress = async (formDraft: FormDraft): Promise<void> => {
    const answer = await bridge.profiles.preview(asProfile(formDraft));
    const parsed = answer.ok ? answer.value.parsedFields : {};
    if (Object.keys(parsed).length > 0)
      changeFields(Object.keys(parsed), (current) =>
        isSame(current.values, formDraft.values) ? withValues(current, parsed) : current,
      );
  };
  /** Changes the values of these fields and removes their errors, which may no longer apply. */
  const changeFields = (keys: readonly string[], next: (current: FormDraft) => FormDraft): void => {
    change(next);
    setRefused((sentences) => omitKeys(sentences, keys));
    setInvalid((sentences) => omitKeys(sentences, keys));
  };
  /** Shows the errors of missing values, except for the given fields. Returns whether no value is missing. */
  const showMissing = (except: readonly string[]): boolean => {
    const keys = Object.keys(missing).filter((key) => !except.includes(key));
    change((current) => withTouched(current, keys));
    setProblem(undefined);
    return keys.length === 0;
  };

  const test = async (formDraft: FormDraft): Promise<void> => {
    if (!showMissing([nameKey])) return;
    latest.current.test += 1;
    const current = latest.current.test;
    setBusy('testing');
    setTested({ results: [], values: formDraft.values });
    const answer = await bridge.profiles.test(asProfile(formDraft));
    if (current !== latest.current.test) return;
    setBusy(undefined);
    if (!answer.ok) {
      setTested(undefined);
      refuse(answer.error);
      return;
    }
    setTested({ report: answer.value, results: answer.value.results, values: formDraft.values });
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
    preview,
    busy,
    results: tested?.results ?? [],
    report: tested?.report,
    problems: { ...pickKeys(invalid, draft.touched), ...refused, ...pickKeys(missing, draft.touched) },
    isStale: tested?.report !== undefined && !isSame(tested.values, draft.values),
    setValue(key, value) {
      changeFields([key], (current) => withValue(current, key, value));
    },
    refuse,
    setValues(values) {
      changeFields(Object.keys(values), (current) => withValues(current, values));
    },
    setPreset(id) {
      changeFields([...Object.keys(invalid), ...Object.keys(refused)], (current) =>
        withPreset(
          current,
          provider,
          provider.presets.find((preset) => preset.id === id),
        ),
      );
    },
    setKeep(keep) {
      change(({ keep: _before, ...current }) => (keep ? { ...current, keep } : current));
    },
    touch(key) {
      // A field that the user left without filling it in shows no error until the user presses a button of the form.
      if (key !== nameKey && isBlank(draft, provider, key)) return;
      change((current) => withTouched(current, [key]));
      void validate(draft);
      if (mayBeAddress.test(draft.values[key] ?? '')) void splitAddress(draft);
    },
    async isReady() {
      const isFilled = showMissing([nameKey]);
      setBusy('checking');
      const invalidFields = await validate(draft);
      setBusy(undefined);
      change((current) => withTouched(current, Object.keys(invalidFields)));
      return isFilled && Object.keys(invalidFields).length === 0;
    },
    test: () => test(draft),
    async amend(values) {
      changeFields(Object.keys(values), (current) => withValues(current, values));
      await test(withValues(draft, values));
    },
    async save() {
      if (!showMissing([])) return undefined;
      setBusy('saving');
      const answer = await bridge.profiles.save(asProfile(draft));
      setBusy(undefined);
      if (answer.ok) return answer.value;
      refuse(answer.error);
      return undefined;
    },
  };
}
