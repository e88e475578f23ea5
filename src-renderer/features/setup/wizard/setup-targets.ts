/** What can be chosen at the wizard's first step: what was found here, and every service of every provider. Pure. */
import type { DiscoveredCredentialsView, SetupDraft } from '../../../../src-shared/profile.ts';
import type { Preset, ProviderInfo } from '../../../../src-shared/provider.ts';
import { draftFromSaved, draftFromDiscovered, createDraft, withPreset, type FormDraft } from '../form-draft.ts';
import { discoveredTitle } from '../discovered-text.ts';

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
    discovered: discovered.flatMap((one) => {
      const provider = providers.find(({ id }) => id === one.providerId);
      return provider ? [{ id: `found:${one.id}`, provider, name: discoveredTitle(one), discovered: one }] : [];
    }),
    services: listServices(providers),
  };
}

/** What is a service by itself is not lost behind the many that speak one language: it comes after the first of those. */
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

/** The form of a place as it begins. */
export function initialDraft({ provider, preset, discovered }: SetupTarget): FormDraft {
  if (discovered) return draftFromDiscovered(provider, discovered);
  return preset ? withPreset(createDraft(provider), provider, preset) : createDraft(provider);
}

/** From one service to another of the same provider: what was typed comes along, except what the first one filled in. */
export function carryDraft(from: { target: SetupTarget; draft: FormDraft }, to: SetupTarget): FormDraft | undefined {
  const isSameKind = from.target.provider.id === to.provider.id && !from.target.discovered && !to.discovered;
  return isSameKind ? withPreset(from.draft, to.provider, to.preset) : undefined;
}

/** Where a setup that was begun goes on; undefined when that place is no longer there. */
export function savedSetupTarget(
  { discovered, services }: SetupTargets,
  saved: SetupDraft,
): { target: SetupTarget; draft: FormDraft } | undefined {
  const target =
    saved.discoveredId === undefined
      ? services.find(({ provider, preset }) => provider.id === saved.providerId && (preset?.id ?? '') === saved.preset)
      : discovered.find((one) => one.discovered?.id === saved.discoveredId);
  return target && { target, draft: draftFromSaved(target.provider, saved) };
}
