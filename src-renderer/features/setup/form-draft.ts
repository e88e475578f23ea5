/** The setup form without its looks: what it starts with, shows, checks and hands over. Pure. */
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
 * `values` holds all fields, secrets too: they live as long as the form. `touched` were left by the person, so may show an
 * error. `foundId`: what was found on this computer that it began with. `keep`: the person's choice where there is no key store.
 */
export interface FormDraft {
  name: string;
  preset: string;
  values: FieldValues;
  touched: ReadonlySet<string>;
  discoveredId?: string;
  keep?: ProfileDraft['keep'];
}

/** Key of the name's own input, beside the fields of the provider. It may stay empty: main then names it after its bucket. */
export const nameKey = 'name';

/** @param from what the form begins with; secrets are never among it */
export function createDraft(provider: ProviderInfo, from?: Pick<ProfileView, 'name' | 'settings'>): FormDraft {
  const values = Object.fromEntries(
    provider.fields.map((field) => [
      field.key,
      (holdsSecret(field) ? undefined : from?.settings[field.key]) ?? field.initial ?? initialValue(field),
    ]),
  );
  return { name: from?.name ?? '', preset: from ? matchPreset(provider, values) : '', values, touched: new Set() };
}

/** What was found has a name of its own kind ("AWS profile work"), which is not yet the destination's. */
export const draftFromDiscovered = (provider: ProviderInfo, discovered: DiscoveredCredentialsView): FormDraft => ({
  ...createDraft(provider, { name: '', settings: discovered.settings }),
  discoveredId: discovered.id,
});

/** Goes on where somebody stopped; the keys have to be entered again. */
export const draftFromSaved = (provider: ProviderInfo, saved: SetupDraft): FormDraft => ({
  ...createDraft(provider, saved),
  preset: saved.preset,
  ...(saved.discoveredId === undefined ? {} : { discoveredId: saved.discoveredId }),
});

/** What is kept of a setup that is closed before its end; undefined when nothing was entered that would be missed. */
export function toSavedSetup(draft: FormDraft, provider: ProviderInfo): SetupDraft | undefined {
  const preset = provider.presets.find(({ id }) => id === draft.preset);
  const initial = withPreset(createDraft(provider), provider, preset);
  const plainValues = provider.fields
    .filter((field) => !holdsSecret(field))
    .map(({ key }) => [key, draft.values[key] ?? ''] as const);
  if (draft.discoveredId === undefined && plainValues.every(([key, value]) => value === initial.values[key]))
    return undefined;
  return {
    providerId: provider.id,
    name: draft.name,
    preset: draft.preset,
    settings: Object.fromEntries(plainValues),
    ...(draft.discoveredId === undefined ? {} : { discoveredId: draft.discoveredId }),
  };
}

const initialValue = (field: Field): string =>
  field.kind === 'toggle' ? 'false' : field.kind === 'choice' ? (field.choices?.[0]?.value ?? '') : '';

/** The preset that a saved profile was made with, as far as its values tell; `{account}` in a preset is the person's to fill. */
function matchPreset(provider: ProviderInfo, values: FieldValues): string {
  return (
    provider.presets.find((preset) =>
      Object.entries(preset.values).every(([key, value]) => matchesTemplate(value, values[key] ?? '')),
    )?.id ?? ''
  );
}

function matchesTemplate(template: string, value: string): boolean {
  const parts = template.split(/\{\w+\}/);
  return parts.length === 1
    ? template === value
    : value.startsWith(parts[0] ?? '') && value.endsWith(parts.at(-1) ?? '');
}

/** Fills in what the preset knows; what an earlier preset filled in and this one does not know goes back to its start. */
export function withPreset(draft: FormDraft, provider: ProviderInfo, preset: Preset | undefined): FormDraft {
  const before = provider.presets.find(({ id }) => id === draft.preset);
  const resetValues = Object.fromEntries(
    Object.entries(before?.values ?? {})
      .filter(([key, value]) => draft.values[key] === value)
      .map(([key]) => {
        const field = provider.fields.find((one) => one.key === key);
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

/** What stands for secrets that were not typed: those of a saved destination, or those that were found on this computer. */
export interface KnownCredentials {
  profile?: ProfileView;
  discovered?: DiscoveredCredentialsView;
}

/** A secret that is saved, was found, or is read from the environment may stay empty: it keeps its value. */
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

/** What was found is complete but for what it needs; main has it, also where the window does not. */
const isKnown = (field: Field, known: KnownCredentials): boolean =>
  isKnownSecret(field, known) || (known.discovered !== undefined && !known.discovered.needs.includes(field.key));

/** Fields that must be filled in and are not, with the sentence to show under each. */
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

/** What crosses to main: hidden fields stay home, untouched secrets keep their saved value. */
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
