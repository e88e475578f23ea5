/** The setup form without its looks: what it starts with, shows, checks and hands over. Pure. */
import type { FieldValues, FoundView, ProfileDraft, ProfileView, SetupDraft } from '../../../src-shared/profile.ts';
import { holdsSecret, isShown, type Field, type Preset, type ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';

/**
 * `values` holds all fields, secrets too: they live as long as the form. `touched` were left by the person, so may show an
 * error. `foundId`: what was found on this computer that it began with. `keep`: the person's choice where there is no key store.
 */
export interface Draft {
  name: string;
  preset: string;
  values: FieldValues;
  touched: ReadonlySet<string>;
  foundId?: string;
  keep?: ProfileDraft['keep'];
}

/** Key of the name's own input, beside the fields of the provider. It may stay empty: main then names it after its bucket. */
export const nameKey = 'name';

/** @param from what the form begins with; secrets are never among it */
export function startDraft(provider: ProviderInfo, from?: Pick<ProfileView, 'name' | 'settings'>): Draft {
  const values = Object.fromEntries(
    provider.fields.map((field) => [
      field.key,
      (holdsSecret(field) ? undefined : from?.settings[field.key]) ?? field.initial ?? initialOf(field),
    ]),
  );
  return { name: from?.name ?? '', preset: from ? presetOf(provider, values) : '', values, touched: new Set() };
}

/** What was found has a name of its own kind ("AWS profile work"), which is not yet the destination's. */
export const foundDraft = (provider: ProviderInfo, found: FoundView): Draft => ({
  ...startDraft(provider, { name: '', settings: found.settings }),
  foundId: found.id,
});

/** Goes on where somebody stopped; the keys have to be entered again. */
export const begunDraft = (provider: ProviderInfo, begun: SetupDraft): Draft => ({
  ...startDraft(provider, begun),
  preset: begun.preset,
  ...(begun.foundId === undefined ? {} : { foundId: begun.foundId }),
});

/** What is kept of a setup that is closed before its end; undefined when nothing was entered that would be missed. */
export function toBegun(draft: Draft, provider: ProviderInfo): SetupDraft | undefined {
  const preset = provider.presets.find(({ id }) => id === draft.preset);
  const start = withPreset(startDraft(provider), provider, preset);
  const open = provider.fields
    .filter((field) => !holdsSecret(field))
    .map(({ key }) => [key, draft.values[key] ?? ''] as const);
  if (draft.foundId === undefined && open.every(([key, value]) => value === start.values[key])) return undefined;
  return {
    providerId: provider.id,
    name: draft.name,
    preset: draft.preset,
    settings: Object.fromEntries(open),
    ...(draft.foundId === undefined ? {} : { foundId: draft.foundId }),
  };
}

const initialOf = (field: Field): string =>
  field.kind === 'toggle' ? 'false' : field.kind === 'choice' ? (field.choices?.[0]?.value ?? '') : '';

/** The preset that a saved profile was made with, as far as its values tell; `{account}` in a preset is the person's to fill. */
function presetOf(provider: ProviderInfo, values: FieldValues): string {
  return (
    provider.presets.find((preset) =>
      Object.entries(preset.values).every(([key, value]) => isFilledFrom(value, values[key] ?? '')),
    )?.id ?? ''
  );
}

function isFilledFrom(template: string, value: string): boolean {
  const parts = template.split(/\{\w+\}/);
  return parts.length === 1
    ? template === value
    : value.startsWith(parts[0] ?? '') && value.endsWith(parts.at(-1) ?? '');
}

/** Fills in what the preset knows; what an earlier preset filled in and this one does not know goes back to its start. */
export function withPreset(draft: Draft, provider: ProviderInfo, preset: Preset | undefined): Draft {
  const before = provider.presets.find(({ id }) => id === draft.preset);
  const undone = Object.fromEntries(
    Object.entries(before?.values ?? {})
      .filter(([key, value]) => draft.values[key] === value)
      .map(([key]) => {
        const field = provider.fields.find((one) => one.key === key);
        return [key, field?.initial ?? (field ? initialOf(field) : '')];
      }),
  );
  return { ...draft, preset: preset?.id ?? '', values: { ...draft.values, ...undone, ...preset?.values } };
}

export const withValue = (draft: Draft, key: string, value: string): Draft =>
  key === nameKey ? { ...draft, name: value } : { ...draft, values: { ...draft.values, [key]: value } };

export const withTouched = (draft: Draft, keys: readonly string[]): Draft => ({
  ...draft,
  touched: new Set([...draft.touched, ...keys]),
});

/** What stands for secrets that were not typed: those of a saved destination, or those that were found on this computer. */
export interface Known {
  profile?: ProfileView;
  found?: FoundView;
}

/** A secret that is saved, was found, or is read from the environment may stay empty: it keeps its value. */
export function isKnownSecret({ key, kind }: Pick<Field, 'key' | 'kind'>, { profile, found }: Known): boolean {
  if (!holdsSecret({ kind })) return false;
  return (
    profile?.secrets.includes(key) === true ||
    profile?.kept === 'environment' ||
    (found !== undefined && !found.needs.includes(key))
  );
}

/** What was found is complete but for what it needs; main has it, also where the window does not. */
const isKnown = (field: Field, known: Known): boolean =>
  isKnownSecret(field, known) || (known.found !== undefined && !known.found.needs.includes(field.key));

/** Fields that must be filled in and are not, with the sentence to show under each. */
export function missingFields(draft: Draft, provider: ProviderInfo, known: Known = {}): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const field of provider.fields) {
    const needed = field.required && isShown(field, draft.values) && !isKnown(field, known);
    if (needed && (draft.values[field.key] ?? '').trim() === '')
      problems[field.key] = text('ui.setup.required', { label: text(field.label) });
  }
  return problems;
}

/** What crosses to main: hidden fields stay home, untouched secrets keep their saved value. */
export function toProfileDraft(draft: Draft, provider: ProviderInfo, profile?: ProfileView): ProfileDraft {
  const settings: FieldValues = {};
  const secrets: FieldValues = {};
  for (const field of provider.fields) {
    if (!isShown(field, draft.values)) continue;
    const value = draft.values[field.key] ?? '';
    if (!holdsSecret(field)) settings[field.key] = value.trim();
    else if (value.trim() !== '') secrets[field.key] = value.trim();
  }
  const { foundId, keep } = draft;
  return {
    ...(profile && { id: profile.id }),
    providerId: provider.id,
    name: draft.name.trim(),
    settings,
    secrets,
    ...(foundId !== undefined && { foundId }),
    ...(keep && { keep }),
  };
}

export const withValues = (draft: Draft, values: FieldValues): Draft => ({
  ...draft,
  values: { ...draft.values, ...values },
});
