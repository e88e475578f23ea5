/** The choices of the first step: discovered credentials, and every service of every provider. Pure. */
import type { DiscoveredCredentialsView, SetupDraft } from '../../../../src-shared/profile.ts';
import type { Preset, ProviderInfo } from '../../../../src-shared/provider.ts';
import { draftFromSaved, draftFromDiscovered, createDraft, withPreset, type FormDraft } from '../form-draft.ts';
import { discoveredTitle } from '../discovered-text.ts';

/** One choice: discovered credentials, a service with a preset, or a provider that is a single service. */
export interface SetupTarget {
  id: string;
  provider: ProviderInfo;
  name: string;
  preset?: Preset;
  discovered?: DiscoveredCredentialsView;
}

export interface SetupTargets {
  discovered: SetupTarget[];
  services: SetupTarget[];
}

export function listSetupTargets(
  providers: readonly ProviderInfo[],
  discovered: readonly DiscoveredCredentialsView[],
): SetupTargets {
  return {
    discovered: discovered.flatMap((credentials) => {
      const provider = providers.find(({ id }) => id === credentials.providerId);
      const name = discoveredTitle(credentials);
      return provider ? [{ id: `discovered:${credentials.id}`, provider, name, discovered: credentials }] : [];
    }),
    services: listServices(providers),
  };
}

/**
 * The services of all providers. A provider without presets (Dropbox) is a single service. It comes right after the
 * first S3 service, because at the end of the long list it would be hard to find.
 */
function listServices(providers: readonly ProviderInfo[]): SetupTarget[] {
  const withoutPresets = providers
    .filter(({ presets }) => presets.length === 0)
    .map((provider): SetupTarget => ({ id: `provider:${provider.id}`, provider, name: provider.name }));
  const [first, ...others] = providers.flatMap((provider) =>
    provider.presets.map((preset): SetupTarget => ({
      id: `preset:${provider.id}:${preset.id}`,
      provider,
      name: preset.name,
      preset,
    })),
  );
  return [...(first ? [first] : []), ...withoutPresets, ...others];
}

/** The initial form of a target. */
export function initialDraft({ provider, preset, discovered }: SetupTarget): FormDraft {
  if (discovered) return draftFromDiscovered(provider, discovered);
  return preset ? withPreset(createDraft(provider), provider, preset) : createDraft(provider);
}

/**
 * The form after the user chose another service of the same provider: keeps typed values, and drops those that the
 * first service filled in. Undefined if the form cannot be reused.
 */
export function carryDraft(from: { target: SetupTarget; draft: FormDraft }, to: SetupTarget): FormDraft | undefined {
  const isSameKind = from.target.provider.id === to.provider.id && !from.target.discovered && !to.discovered;
  // The errors of the first service are not those of the second one.
  return isSameKind ? { ...withPreset(from.draft, to.provider, to.preset), touched: new Set() } : undefined;
}

/** The target and the form of a saved setup; undefined if its service or its discovered credentials no longer exist. */
export function savedSetupTarget(
  { discovered, services }: SetupTargets,
  saved: SetupDraft,
): { target: SetupTarget; draft: FormDraft } | undefined {
  const target =
    saved.discoveredId === undefined
      ? services.find(({ provider, preset }) => provider.id === saved.providerId && (preset?.id ?? '') === saved.preset)
      : discovered.find((target) => target.discovered?.id === saved.discoveredId);
  return target && { target, draft: draftFromSaved(target.provider, saved) };
}
