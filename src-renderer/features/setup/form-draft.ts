/** The logic of the setup form: initial values, visible fields, validation, submitted values. Pure. */
import type {
  FieldValues,
  DiscoveredCredentialsView,
  ProfileDraft,
  ProfileView,
  SetupDraft,
} from '../../../src-shared/profile.ts';
import { holdsSecret, isShown, type Field, type Preset, type ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';

/**
 * `values` holds all fields including secrets, for the lifetime of the form. `touched`: fields that the user left,
 * which may show an error. `discoveredId`: the discovered credentials that the form started with. `keep`: the user's
 * choice without a key store.
 */
export interface FormDraft {
  name: string;
  preset: string;
  values: FieldValues;
  touched: ReadonlySet<string>;
  discoveredId?: string;
  keep?: ProfileDraft['keep'];
}

/** Key of the name input. It may stay empty: main then names the destination after its bucket. */
export const nameKey = 'name';

/** @param from initial values, without secrets */
export function createDraft(provider: ProviderInfo, from?: Pick<ProfileView, 'name' | 'settings'>): FormDraft {
  const values = Object.fromEntries(
    provider.fields.map((field) => [
      field.key,
      (holdsSecret(field) ? undefined : from?.settings[field.key]) ?? field.initial ?? initialValue(field),
    ]),
  );
  return { name: from?.name ?? '', preset: from ? matchPreset(provider, values) : '', values, touched: new Set() };
}

/**
 * The form for discovered credentials. The name stays empty, so that the destination is not called after the source of
 * the credentials ("AWS profile work").
 */
export const draftFromDiscovered = (provider: ProviderInfo, discovered: DiscoveredCredentialsView): FormDraft => ({
  ...createDraft(provider, { name: '', settings: discovered.settings }),
  discoveredId: discovered.id,
});

/** Restores a setup that the user closed; the keys have to be entered again. */
export const draftFromSaved = (provider: ProviderInfo, saved: SetupDraft): FormDraft => ({
  ...createDraft(provider, saved),
  preset: saved.preset,
  ...(saved.discoveredId === undefined ? {} : { discoveredId: saved.discoveredId }),
});

/** The draft to save when the user closes the setup; undefined if the user entered nothing. */
export function toSavedSetup(draft: FormDraft, provider: ProviderInfo): SetupDraft | undefined {
  const preset = provider.presets.find(({ id }) => id === draft.preset);
  const initial = withPreset(createDraft(provider), provider, preset);
  const isInitial = plainValuesOf(draft, provider).every(([key, value]) => value === initial.values[key]);
  if (draft.discoveredId === undefined && isInitial) return undefined;
  return toSetupDraft(draft, provider);
}

/** The draft without its secrets. */
export function toSetupDraft(draft: FormDraft, provider: ProviderInfo): SetupDraft {
  return {
    providerId: provider.id,
    name: draft.name,
    preset: draft.preset,
    settings: Object.fromEntries(plainValuesOf(draft, provider)),
    ...(draft.discoveredId === undefined ? {} : { discoveredId: draft.discoveredId }),
  };
}

const plainValuesOf = ({ values }: FormDraft, { fields }: ProviderInfo): [key: string, value: string][] =>
  fields.filter((field) => !holdsSecret(field)).map(({ key }) => [key, values[key] ?? '']);

const initialValue = (field: Field): string => (field.kind === 'choice' ? (field.choices?.[0]?.value ?? '') : '');

/** The preset that the saved values match. A placeholder of the preset, such as `{account}`, matches any text. */
function matchPreset(provider: ProviderInfo, values: FieldValues): string {
  return (
    provider.presets.find((preset) =>
      Object.entries(preset.values).every(([key, value]) => matchesTemplate(value, values[key] ?? '')),
    )?.id ?? ''
  );
}

/** Compares only the text before the first placeholder and after the last one. */
function matchesTemplate(template: string, value: string): boolean {
  const parts = template.split(/\{\w+\}/);
  return parts.length === 1
    ? template === value
    : value.startsWith(parts[0] ?? '') && value.endsWith(parts.at(-1) ?? '');
}

/**
 * Applies the preset. Fields that the previous preset filled in return to their initial value if this one does not set
 * them.
 */
export function withPreset(draft: FormDraft, provider: ProviderInfo, preset: Preset | undefined): FormDraft {
  const previous = provider.presets.find(({ id }) => id === draft.preset);
  const resetValues = Object.fromEntries(
    Object.entries(previous?.values ?? {})
      .filter(([key, value]) => draft.values[key] === value)
      .map(([key]) => {
        const field = provider.fields.find((candidate) => candidate.key === key);
        return [key, field?.initial ?? (field ? initialValue(field) : '')];
      }),
  );
  return { ...draft, preset: preset?.id ?? '', values: { ...draft.values, ...resetValues, ...preset?.values } };
}

export const withValue = (draft: FormDraft, key: string, value: string): FormDraft =>
  key === nameKey ? { ...draft, name: value } : { ...draft, values: { ...draft.values, [key]: value } };

export const withTouched = (draft: FormDraft, keys: readonly string[]): FormDraft => ({
  ...draft,
  touched: new Set([...draft.touched, ...keys]),
});

/** Sources of secrets that the user need not type: a saved destination or discovered credentials. */
export interface KnownCredentials {
  profile?: ProfileView;
  discovered?: DiscoveredCredentialsView;
}

/** Whether a secret is saved, discovered or read from the environment; its field may then stay empty. */
export function isKnownSecret(
  { key, kind }: Pick<Field, 'key' | 'kind'>,
  { profile, discovered }: KnownCredentials,
): boolean {
  if (!holdsSecret({ kind })) return false;
  return (
    profile?.secrets.includes(key) === true ||
    profile?.secretStorage === 'environment' ||
    (discovered !== undefined && !discovered.needs.includes(key))
  );
}

/** Whether the field may stay empty, because main has its value. Discovered credentials lack only their `needs`. */
const isKnown = (field: Field, known: KnownCredentials): boolean =>
  isKnownSecret(field, known) || (known.discovered !== undefined && !known.discovered.needs.includes(field.key));

/** The errors of required fields without a value, by field. */
export function missingFields(
  draft: FormDraft,
  provider: ProviderInfo,
  known: KnownCredentials = {},
): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const field of provider.fields) {
    const isMissing = field.required && isShown(field, draft.values) && !isKnown(field, known);
    if (isMissing && (draft.values[field.key] ?? '').trim() === '')
      problems[field.key] = text('ui.setup.required', { label: text(field.label) });
  }
  return problems;
}

/** The values that the form sends to main, without hidden fields and empty secrets. Main keeps saved secrets. */
export function toProfileDraft(draft: FormDraft, provider: ProviderInfo, profile?: ProfileView): ProfileDraft {
  const settings: FieldValues = {};
  const secrets: FieldValues = {};
  for (const field of provider.fields) {
    if (!isShown(field, draft.values)) continue;
    const value = draft.values[field.key] ?? '';
    if (!holdsSecret(field)) settings[field.key] = value.trim();
    else if (value.trim() !== '') secrets[field.key] = value.trim();
  }
  const { discoveredId, keep } = draft;
  return {
    ...(profile && { id: profile.id }),
    providerId: provider.id,
    name: draft.name.trim(),
    settings,
    secrets,
    ...(discoveredId !== undefined && { discoveredId }),
    ...(keep && { keep }),
  };
}

export const withValues = (draft: FormDraft, values: FieldValues): FormDraft => ({
  ...draft,
  values: { ...draft.values, ...values },
});
