/** What can be chosen at the wizard's first step: what was found here, and every service of every provider. Pure. */
import type { FoundView, SetupDraft } from '../../../../src-shared/profile.ts';
import type { Preset, ProviderInfo } from '../../../../src-shared/provider.ts';
import { begunDraft, foundDraft, startDraft, withPreset, type Draft } from '../draft.ts';
import { foundPlace } from '../found-text.ts';

export interface Place {
  id: string;
  provider: ProviderInfo;
  name: string;
  preset?: Preset;
  found?: FoundView;
}

export interface Offers {
  found: Place[];
  services: Place[];
}

export function offersOf(providers: readonly ProviderInfo[], found: readonly FoundView[]): Offers {
  return {
    found: found.flatMap((one) => {
      const provider = providers.find(({ id }) => id === one.providerId);
      return provider ? [{ id: `found:${one.id}`, provider, name: foundPlace(one), found: one }] : [];
    }),
    services: servicesOf(providers),
  };
}

/** What is a service by itself is not lost behind the many that speak one language: it comes after the first of those. */
function servicesOf(providers: readonly ProviderInfo[]): Place[] {
  const alone = providers
    .filter(({ presets }) => presets.length === 0)
    .map((provider): Place => ({ id: `provider:${provider.id}`, provider, name: provider.name }));
  const [first, ...others] = providers.flatMap((provider) =>
    provider.presets.map((preset): Place => ({
      id: `preset:${provider.id}:${preset.id}`,
      provider,
      name: preset.name,
      preset,
    })),
  );
  return [...(first ? [first] : []), ...alone, ...others];
}

/** The form of a place as it begins. */
export function draftAt({ provider, preset, found }: Place): Draft {
  if (found) return foundDraft(provider, found);
  return preset ? withPreset(startDraft(provider), provider, preset) : startDraft(provider);
}

/** From one service to another of the same provider: what was typed comes along, except what the first one filled in. */
export function draftMoved(from: { place: Place; draft: Draft }, to: Place): Draft | undefined {
  const isSameKind = from.place.provider.id === to.provider.id && !from.place.found && !to.found;
  return isSameKind ? withPreset(from.draft, to.provider, to.preset) : undefined;
}

/** Where a setup that was begun goes on; undefined when that place is no longer there. */
export function begunPlace({ found, services }: Offers, begun: SetupDraft): { place: Place; draft: Draft } | undefined {
  const place =
    begun.foundId === undefined
      ? services.find(({ provider, preset }) => provider.id === begun.providerId && (preset?.id ?? '') === begun.preset)
      : found.find((one) => one.found?.id === begun.foundId);
  return place && { place, draft: begunDraft(place.provider, begun) };
}
